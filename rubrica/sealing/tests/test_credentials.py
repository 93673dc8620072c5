"""What an owner uploads: read in every usual form, and refused with the reason where it cannot seal."""

import subprocess
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from rubrica.sealing.keyring.bringing import from_files, try_out
from rubrica.sealing.keyring.credentials import MAX_BYTES, CertificateRefused
from rubrica.sealing.tests.holders.material import (
    KEYS,
    LEAVES,
    MIDDLE,
    ROOT,
    SIGNS,
    certificate,
    key_pem,
    leaf,
    pems,
    usage,
)

EC = KEYS["ec"]
DAY = timedelta(days=1)


def p12(
    password: bytes = b"open sesame", chain: Sequence[x509.Certificate] = (MIDDLE, ROOT), kind: str = "ec"
) -> bytes:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"seal", KEYS[kind], LEAVES[kind], list(chain), encryption)


def locked_pem(password: bytes) -> bytes:
    return EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))


def der(one: x509.Certificate) -> bytes:
    return one.public_bytes(Encoding.DER)


PLAIN_KEY = EC.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
OPENSSL_KEY = EC.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
ALL = pems(LEAVES["ec"], MIDDLE, ROOT)


@pytest.mark.parametrize(
    ("files", "password"),
    [
        ([p12()], "open sesame"),
        ([p12(b"")], ""),
        ([p12(b"", kind="rsa")], ""),
        ([p12("contraseña".encode())], "contraseña"),
        ([key_pem(EC) + ALL], ""),
        ([ALL, locked_pem(b"secret")], "secret"),
        ([OPENSSL_KEY, pems(ROOT, MIDDLE, LEAVES["ec"])], "needless"),
        ([PLAIN_KEY, der(LEAVES["ec"]), der(MIDDLE), der(ROOT)], ""),
        ([p12(b"", chain=()), pems(MIDDLE, ROOT, LEAVES["rsa"])], ""),
    ],
    ids=["p12", "p12 open", "p12 rsa", "p12 accents", "pem", "pem locked", "pem openssl", "der", "chain apart"],
)
def test_it_works(files: list[bytes], password: str) -> None:
    candidate = from_files(files, password)
    assert candidate.chain == (MIDDLE, ROOT)
    assert candidate.certificate in LEAVES.values()
    try_out(candidate.key)
    assert "PRIVATE" not in repr(candidate)


def test_a_certificate_that_stands_by_itself() -> None:
    own = certificate("Myself", EC.public_key(), "Myself", EC)
    assert from_files([key_pem(EC), pems(own)]).chain == ()


def test_p384() -> None:
    private = ec.generate_private_key(ec.SECP384R1())
    candidate = from_files([key_pem(private), pems(leaf(private), MIDDLE, ROOT)])
    try_out(candidate.key)


def for_purposes(*purposes: x509.ObjectIdentifier) -> bytes:
    found = leaf(EC, extensions=[(SIGNS, True), (x509.ExtendedKeyUsage(purposes), False)])
    return pems(found, MIDDLE, ROOT)


WEB = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
MAIL = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION)
WEAK = rsa.generate_private_key(public_exponent=65537, key_size=1024)
ODD = ec.generate_private_key(ec.SECP256K1())
REFUSED: dict[str, tuple[list[bytes], str, str]] = {
    "wrong password": ([p12()], "open", "PASSWORD_WRONG"),
    "no password": ([p12()], "", "PASSWORD_WRONG"),
    "wrong password of a key": ([locked_pem(b"a"), ALL], "b", "PASSWORD_WRONG"),
    "no password of a key": ([locked_pem(b"a"), ALL], "", "PASSWORD_WRONG"),
    "cut": ([p12(b"")[:-40]], "", "PASSWORD_WRONG"),
    "nothing": ([], "", "KEY_MISSING"),
    "a text": ([b"hello"], "", "PASSWORD_WRONG"),
    "a broken PEM": ([b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"], "", "FILE_UNREADABLE"),
    "large": ([b"\0" * (MAX_BYTES + 1)], "", "FILE_TOO_LARGE"),
    "no key": ([ALL], "", "KEY_MISSING"),
    "no certificate": ([key_pem(EC)], "", "CERTIFICATE_MISSING"),
    "two keys": ([key_pem(EC), key_pem(KEYS["rsa"]), ALL], "", "TOO_MANY"),
    "another's certificate": ([key_pem(EC), pems(LEAVES["rsa"], MIDDLE, ROOT)], "", "KEY_MISMATCH"),
    "no root": ([key_pem(EC), pems(LEAVES["ec"], MIDDLE)], "", "CHAIN_INCOMPLETE"),
    "no issuer": ([key_pem(EC), pems(LEAVES["ec"], ROOT)], "", "CHAIN_INCOMPLETE"),
    "ended": ([key_pem(EC), pems(leaf(EC, ends=-DAY), MIDDLE, ROOT)], "", "CERTIFICATE_EXPIRED"),
    "to come": ([key_pem(EC), pems(leaf(EC, begins=DAY), MIDDLE, ROOT)], "", "CERTIFICATE_NOT_YET_VALID"),
    "a web server's": ([key_pem(EC), for_purposes(*WEB)], "", "USAGE_WRONG"),
    "encryption only": (
        [key_pem(EC), pems(leaf(EC, extensions=[(usage(key_agreement=True), True)]), MIDDLE, ROOT)], "", "USAGE_WRONG"),
    "an authority's": ([key_pem(EC), pems(
        certificate("CA", EC.public_key(), "CA", EC, [(x509.BasicConstraints(ca=True, path_length=None), True)]))],
        "", "USAGE_WRONG"),
    "RSA-1024": ([key_pem(WEAK), pems(leaf(WEAK), MIDDLE, ROOT)], "", "KEY_WEAK"),
    "another curve": ([key_pem(ODD), pems(leaf(ODD), MIDDLE, ROOT)], "", "KEY_KIND"),
    "another kind": ([ed25519.Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), ALL], "", "KEY_KIND"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_seal_is_refused(case: str) -> None:
    files, password, code = REFUSED[case]
    with pytest.raises(CertificateRefused) as refused:
        from_files(files, password)
    assert refused.value.code == code
    assert "%(" not in str(refused.value)


def test_the_missing_issuer_is_named() -> None:
    with pytest.raises(CertificateRefused, match=r"“Issuing”.*“Notaría Primera”"):
        from_files([key_pem(EC), pems(LEAVES["ec"], ROOT)])


def test_an_issuer_by_name_alone_is_none() -> None:
    """Same name, another key: what counts is the signature."""
    impostor = certificate(
        "Issuing", EC.public_key(), "Root", EC, [(x509.BasicConstraints(ca=True, path_length=None), True)]
    )
    with pytest.raises(CertificateRefused) as refused:
        from_files([key_pem(EC), pems(LEAVES["ec"], impostor, ROOT)])
    assert refused.value.code == "CHAIN_INCOMPLETE"


@pytest.mark.parametrize("purposes", [MAIL, (x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"), *WEB)])
def test_purposes_that_include_documents_or_mail(purposes: Any) -> None:
    assert from_files([key_pem(EC), for_purposes(*purposes)]).chain == (MIDDLE, ROOT)


def test_a_weak_hash_is_refused(tmp_path: Path) -> None:
    """The library does not sign with SHA-1 any more; openssl does where it is asked to."""
    (tmp_path / "key.pem").write_bytes(key_pem(KEYS["rsa"]))
    command = ["openssl", "req", "-x509", "-sha1", "-days", "9", "-subj", "/CN=Old", "-key", str(tmp_path / "key.pem"),
               "-addext", "basicConstraints=critical,CA:FALSE"]  # fmt: skip
    made = subprocess.run(command, capture_output=True, check=True).stdout
    with pytest.raises(CertificateRefused) as refused:
        from_files([key_pem(KEYS["rsa"]), made])
    assert refused.value.code == "KEY_WEAK"
