"""Azure Key Vault and Managed HSM: ``sign`` of a key (RS256, ES256), and the certificate where the vault has it."""

import base64
import hashlib
from collections.abc import Mapping, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from rubrica.sealing.keyring.holders.base import HolderFailed, KeyKind
from rubrica.sealing.keyring.holders.wire import Token, call, check_endpoint, form, octets, text

LOGIN = "https://login.microsoftonline.com"
VERSION = "7.4"
ALGORITHMS = {"rsa": "RS256", "ec": "ES256"}


class AzureHolder:
    """The token's scope is that of the vault's cloud, which is what stands behind the vault's own name."""

    def __init__(self, reference: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        self._vault = check_endpoint(reference["vault"])
        self._key = "/".join(filter(None, (reference["key"], reference.get("version", ""))))
        login = check_endpoint(reference.get("login") or LOGIN)
        asked = {
            "grant_type": "client_credentials",
            "client_id": reference["client"],
            "client_secret": secrets["client_secret"],
            "scope": f"{_audience(self._vault)}/.default",
        }
        self._token = Token(lambda: form(f"{login}/{reference['tenant']}/oauth2/v2.0/token", asked))

    def certificates(self) -> Sequence[x509.Certificate]:
        """A key without a certificate of the same name is a key all the same."""
        headers = self._headers()
        try:
            found = call("GET", f"{self._vault}/certificates/{self._key}?api-version={VERSION}", headers=headers)
        except HolderFailed as failure:
            if failure.code == "HOLDER_REFUSED":
                return ()
            raise
        return [x509.load_der_x509_certificate(octets(text(found, "cer")))]

    def sign(self, data: bytes, kind: KeyKind) -> bytes:
        body = {"alg": ALGORITHMS[kind], "value": _encoded(hashlib.sha256(data).digest())}
        url = f"{self._vault}/keys/{self._key}/sign?api-version={VERSION}"
        signature = octets(text(call("POST", url, body, headers=self._headers()), "value"))
        return signature if kind == "rsa" else from_two_numbers(signature)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token.get()}", "Content-Type": "application/json"}


def from_two_numbers(signature: bytes) -> bytes:
    """ECDSA as JOSE and PKCS #11 write it, two numbers of the same length, in DER."""
    half = len(signature) // 2
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))


def _audience(vault: str) -> str:
    """``https://vault.azure.net`` of ``https://name.vault.azure.net``; what has no such name is asked by its own."""
    host = vault.partition("://")[2].partition("/")[0]
    suffix = host.partition(".")[2]
    return f"https://{suffix}" if suffix.startswith(("vault.", "managedhsm.")) else vault


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
