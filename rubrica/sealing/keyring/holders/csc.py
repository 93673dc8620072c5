"""A remote signing service by the API of the Cloud Signature Consortium, version 2.

The service account's own credential (OAuth 2 client credentials); each signature is authorised by its hash, with the
credential's PIN where it has one. A credential that wants a person with a telephone cannot seal by itself.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography import x509

from rubrica.sealing.keyring.holders.base import HolderFailed, KeyKind
from rubrica.sealing.keyring.holders.wire import Token, call, check_endpoint, form, octets, text, useless

SHA256 = "2.16.840.1.101.3.4.2.1"
ALGORITHMS = {"rsa": ("1.2.840.113549.1.1.11", "1.2.840.113549.1.1.1"), "ec": ("1.2.840.10045.4.3.2",)}
WITHOUT_A_PERSON = {"explicit", "implicit"}
NEEDED = ("credentials/info", "credentials/authorize", "signatures/signHash")


class CscHolder:
    def __init__(self, reference: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        self._url = check_endpoint(reference["url"])
        self._credential = reference["credential"]
        self._client, self._client_secret = reference["client"], secrets["client_secret"]
        self._pin = secrets.get("pin", "")
        self._token = Token(self._fetch)
        self._known: dict[str, Any] | None = None

    def certificates(self) -> Sequence[x509.Certificate]:
        found = self._info().get("cert") or {}
        try:
            return [x509.load_der_x509_certificate(octets(one)) for one in found.get("certificates") or ()]
        except (ValueError, TypeError):
            raise useless() from None

    def sign(self, data: bytes, kind: KeyKind) -> bytes:
        hashed = base64.b64encode(hashlib.sha256(data).digest()).decode()
        body = {
            "credentialID": self._credential,
            "SAD": self._authorized(hashed),
            "hashes": [hashed],
            "hashAlgorithmOID": SHA256,
            "signAlgo": self._algorithm(kind),
            "operationMode": "S",
        }
        # Not again: what was authorised may be used up, and each signature may cost money.
        signatures = self._call("signatures/signHash", body, again=False).get("signatures")
        if not isinstance(signatures, list) or len(signatures) != 1:
            raise useless()
        return octets(signatures[0])

    def _authorized(self, hashed: str) -> str:
        """The signature activation data for this one hash; wrong PINs lock a credential, so none is tried again."""
        asked: dict[str, Any] = {
            "credentialID": self._credential,
            "numSignatures": 1,
            "hashes": [hashed],
            "hashAlgorithmOID": SHA256,
        }
        if self._pin:
            asked["authData"] = [{"id": "PIN", "value": self._pin}]
        return text(self._call("credentials/authorize", asked, again=False), "SAD")

    def _algorithm(self, kind: KeyKind) -> str:
        offered = (self._info().get("key") or {}).get("algo") or ()
        for one in ALGORITHMS[kind]:
            if one in offered:
                return one
        raise HolderFailed("HOLDER_REFUSED", "This key does not sign with SHA-256 as it is needed here.")

    def _info(self) -> dict[str, Any]:
        if self._known is None:
            asked = {"credentialID": self._credential, "certificates": "chain", "certInfo": True, "authInfo": True}
            found = self._call("credentials/info", asked)
            status, mode = (found.get("key") or {}).get("status"), (found.get("auth") or {}).get("mode")
            if status != "enabled":
                raise HolderFailed("HOLDER_REFUSED", "The service says that this key is switched off.")
            if mode not in WITHOUT_A_PERSON:
                sentence = "Each signature with this key asks a person, so it cannot seal by itself."
                raise HolderFailed("HOLDER_REFUSED", sentence)
            self._known = found
        return self._known

    def _call(self, method: str, body: Mapping[str, Any], *, again: bool = True) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token.get()}", "Content-Type": "application/json"}
        return call("POST", f"{self._url}/{method}", body, headers=headers, again=again)

    def _fetch(self) -> dict[str, Any]:
        """``info`` is open to everybody, and says what the service can do and where its tokens come from."""
        found = call("POST", f"{self._url}/info", {}, headers={"Content-Type": "application/json"})
        offered = found.get("methods") or ()
        if missing := [method for method in NEEDED if method not in offered]:
            sentence = "The service does not offer what sealing needs."
            raise HolderFailed("HOLDER_REFUSED", sentence, detail=", ".join(missing))
        oauth = check_endpoint(str(found.get("oauth2") or self._url))
        asked = {
            "grant_type": "client_credentials",
            "client_id": self._client,
            "client_secret": self._client_secret,
            "scope": "service",
        }
        return form(f"{oauth}/oauth2/token", asked)
