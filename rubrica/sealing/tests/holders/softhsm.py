"""A token in software (SoftHSM), with keys of both kinds that were made inside and never leave."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from rubrica.sealing.tests.holders.material import MIDDLE_KEY, certificate

PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
LABEL, PIN = "rubrica-test", "1234"


@dataclass(frozen=True)
class Token:
    module: str
    certificates: dict[str, x509.Certificate]


def module() -> str | None:
    """The path of the library, or None where SoftHSM or the extra is missing."""
    try:
        import pkcs11  # noqa: F401
    except ImportError:
        return None
    return next((path for path in PLACES if Path(path).exists() and shutil.which("softhsm2-util")), None)


@cache
def token(folder: Path) -> Token:
    """Made once in a process: the library reads its configuration when it is loaded, and never again."""
    import pkcs11
    from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
    from pkcs11.util.rsa import encode_rsa_public_key

    from rubrica.sealing.keyring.holders.pkcs11 import _module

    path = module()
    assert path is not None
    (folder / "tokens").mkdir(parents=True)
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    subprocess.run(
        [
            str(shutil.which("softhsm2-util")),
            "--init-token",
            "--free",
            "--label",
            LABEL,
            "--pin",
            PIN,
            "--so-pin",
            "0000",
        ],
        check=True,
        capture_output=True,
    )
    certificates = {}
    with _module(path).get_token(token_label=LABEL).open(rw=True, user_pin=PIN) as session:
        curve = session.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
            local=True,
        )
        made = {
            "ec": curve.generate_keypair(store=True, label="ec", id=b"\x0e"),
            "rsa": session.generate_keypair(pkcs11.KeyType.RSA, 2048, store=True, label="rsa", id=b"\x0a"),
        }
        for kind, (public, _private) in made.items():
            if kind == "ec":
                der = encode_ec_public_key(public)
            else:
                from asn1crypto.keys import PublicKeyInfo, RSAPublicKey

                der = PublicKeyInfo.wrap(RSAPublicKey.load(encode_rsa_public_key(public)), "rsa").dump()
            certificates[kind] = certificate("In the token", load_der_public_key(der), "Issuing", MIDDLE_KEY)
            session.create_object({
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                pkcs11.Attribute.TOKEN: True,
                pkcs11.Attribute.LABEL: kind,
                pkcs11.Attribute.SUBJECT: certificates[kind].subject.public_bytes(),
                pkcs11.Attribute.VALUE: certificates[kind].public_bytes(Encoding.DER),
            })  # fmt: skip
    return Token(path, certificates)
