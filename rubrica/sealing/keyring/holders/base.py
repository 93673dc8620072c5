"""What every holder of a key does: whoever has it signs with it, and it never has to leave."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

KeyKind = Literal["rsa", "ec"]

Translate = Callable[[str], str]


class Holder(Protocol):
    """One key. Both calls may go over a network and raise HolderFailed; they may come from several threads."""

    def certificates(self) -> Sequence[x509.Certificate]:
        """Those that lie with the key, its own first; nothing where it is kept without any."""

    def sign(self, data: bytes, kind: KeyKind) -> bytes:
        """The signature of the data's SHA-256: RSA PKCS #1 v1.5, or ECDSA in DER."""


class HolderFailed(Exception):
    """The holder did not sign. ``code`` is stable, ``detail`` is what it said itself, without any secret.

    ``is_passing`` where another try may do: nobody answered, or it was too busy.
    """

    def __init__(self, code: str, sentence: str, *, detail: str = "", is_passing: bool = False) -> None:
        self.code, self.sentence, self.detail, self.is_passing = code, sentence, detail, is_passing
        super().__init__(self.words())

    def words(self, translate: Translate = str) -> str:
        """The sentence, with what the other side said behind it."""
        return f"{translate(self.sentence)} ({self.detail})" if self.detail else translate(self.sentence)


def fits(certificate: x509.Certificate, signature: bytes, data: bytes) -> bool:
    """Whether the certificate's key made this signature, over the data's SHA-256."""
    public = certificate.public_key()
    try:
        if isinstance(public, EllipticCurvePublicKey):
            public.verify(signature, data, ECDSA(hashes.SHA256()))
        elif isinstance(public, RSAPublicKey):
            public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True
