"""Google Cloud KMS: ``asymmetricSign`` of a key version, as a service account."""

import base64
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from rubrica.sealing.keyring.holders.base import HolderFailed, KeyKind
from rubrica.sealing.keyring.holders.wire import Token, call, check_endpoint, form, octets, text

ENDPOINT = "https://cloudkms.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/cloudkms"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_SECONDS = 3600


class GoogleHolder:
    def __init__(self, reference: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        self._name = reference["key"].strip("/")
        self._url = check_endpoint(reference.get("endpoint") or ENDPOINT)
        self._account = _account(secrets["service_account"])
        self._token = Token(self._fetch)

    def certificates(self) -> Sequence[x509.Certificate]:
        return ()  # KMS knows keys only.

    def sign(self, data: bytes, kind: KeyKind) -> bytes:
        """The algorithm belongs to the key. Checksums are left out: the signature itself is checked in the end."""
        body = {"digest": {"sha256": base64.b64encode(hashlib.sha256(data).digest()).decode()}}
        found = call("POST", f"{self._url}/v1/{self._name}:asymmetricSign", body, headers=self._headers())
        if found.get("name") != self._name:
            raise HolderFailed("HOLDER_ANSWER", "The service that holds the key answered for another key.")
        return octets(text(found, "signature"))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token.get()}", "Content-Type": "application/json"}

    def _fetch(self) -> dict[str, Any]:
        return form(self._account["token_uri"], {"grant_type": GRANT, "assertion": self._assertion()})

    def _assertion(self) -> str:
        """RFC 7523: who asks, signed with the account's own key. By the real clock, which Google compares with."""
        now = int(time.time())
        head = {"alg": "RS256", "typ": "JWT", "kid": self._account["private_key_id"]}
        claims = {
            "iss": self._account["client_email"],
            "scope": SCOPE,
            "aud": self._account["token_uri"],
            "iat": now,
            "exp": now + TOKEN_SECONDS,
        }
        signed = f"{_part(json.dumps(head).encode())}.{_part(json.dumps(claims).encode())}"
        private: RSAPrivateKey = self._account["key"]
        return f"{signed}.{_part(private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _account(given: str) -> dict[str, Any]:
    """The JSON file of a service account, with its key read. Raises HolderFailed."""
    try:
        found = json.loads(given)
        account = {name: str(found[name]) for name in ("client_email", "private_key_id", "token_uri")}
        private = load_pem_private_key(str(found["private_key"]).encode(), None)
    except (ValueError, KeyError, TypeError):
        private = None
    if not isinstance(private, RSAPrivateKey):
        raise HolderFailed("HOLDER_CREDENTIALS", "This is not the JSON file of a service account.")
    return {**account, "key": private, "token_uri": check_endpoint(account["token_uri"])}


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
