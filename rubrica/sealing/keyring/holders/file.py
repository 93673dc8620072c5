"""A key in memory: the built-in one, and those that an owner uploads. It is encrypted in the database (``locking``)."""

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from rubrica.sealing.keyring.holders.base import HolderFailed, KeyKind
from rubrica.sealing.values import SigningKey

PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey


class FileHolder:
    """Loading checks an RSA key for tens of milliseconds, so it is loaded once and kept."""

    def __init__(self, private_key: PrivateKey, certificates: Sequence[x509.Certificate] = ()) -> None:
        self._private_key, self._certificates = private_key, certificates

    @classmethod
    def from_der(cls, data: bytes) -> "FileHolder":
        """From an unencrypted PKCS #8."""
        private = load_der_private_key(data, None)
        if not isinstance(private, EllipticCurvePrivateKey | RSAPrivateKey):
            raise HolderFailed("HOLDER_KEY_MISSING", "This kind of key cannot seal; use RSA or an elliptic curve.")
        return cls(private)

    def certificates(self) -> Sequence[x509.Certificate]:
        return self._certificates

    def sign(self, data: bytes, kind: KeyKind) -> bytes:
        if isinstance(self._private_key, EllipticCurvePrivateKey):
            return self._private_key.sign(data, ECDSA(hashes.SHA256()))
        return self._private_key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def in_memory(
    private_key: PrivateKey, certificate: x509.Certificate, chain: Sequence[x509.Certificate] = ()
) -> SigningKey:
    """A key to seal with, of parts that are at hand."""
    kind: KeyKind = "ec" if isinstance(private_key, EllipticCurvePrivateKey) else "rsa"
    holder = FileHolder(private_key)
    return SigningKey(certificate, tuple(chain), lambda data: holder.sign(data, kind))
