"""Keys with certificates of every kind, for the tests of holders and of what owners bring."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

YEAR = timedelta(days=365)
Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
ROOT_KEY, MIDDLE_KEY = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
# RSA keys are slow to make: one for all.
KEYS: dict[str, Private] = {
    "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ec": ec.generate_private_key(ec.SECP256R1()),
}


def usage(**allowed: bool) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


SIGNS = usage(digital_signature=True, content_commitment=True)


def certificate(
    name: str,
    public: Any,
    issuer: str,
    issuer_key: Private,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = ((SIGNS, True),),
    begins: timedelta = -YEAR,
    ends: timedelta = YEAR,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())


IS_AUTHORITY = [
    (x509.BasicConstraints(ca=True, path_length=None), True),
    (usage(key_cert_sign=True, crl_sign=True), True),
]
ROOT = certificate("Root", ROOT_KEY.public_key(), "Root", ROOT_KEY, IS_AUTHORITY)
MIDDLE = certificate("Issuing", MIDDLE_KEY.public_key(), "Root", ROOT_KEY, IS_AUTHORITY)


def leaf(private: Private, name: str = "Notaría Primera", **changes: Any) -> x509.Certificate:
    """Under the issuing authority, which is under the root."""
    return certificate(name, private.public_key(), "Issuing", MIDDLE_KEY, **changes)


LEAVES = {kind: leaf(private) for kind, private in KEYS.items()}


def pems(*certificates: x509.Certificate) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


def key_pem(private: Private) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
