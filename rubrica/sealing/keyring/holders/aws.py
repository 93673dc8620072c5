"""AWS KMS: ``Sign`` of an asymmetric key (RSA_2048 to RSA_4096, ECC_NIST_P256) with usage SIGN_VERIFY."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from cryptography import x509

from rubrica.sealing.keyring.holders.base import KeyKind
from rubrica.sealing.keyring.holders.sigv4 import Credentials, signed
from rubrica.sealing.keyring.holders.wire import call, check_endpoint, octets, text

ALGORITHMS = {"rsa": "RSASSA_PKCS1_V1_5_SHA_256", "ec": "ECDSA_SHA_256"}
JSON = "application/x-amz-json-1.1"


class AwsHolder:
    def __init__(self, reference: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        self._region, self._key = reference["region"], reference["key"]
        self._url = check_endpoint(reference.get("endpoint") or f"https://kms.{self._region}.amazonaws.com")
        token = secrets.get("session_token", "")
        self._credentials = Credentials(reference["access_key"], secrets["secret_key"], token)

    def certificates(self) -> Sequence[x509.Certificate]:
        return ()  # KMS knows keys only.

    def sign(self, data: bytes, kind: KeyKind) -> bytes:
        body = {
            "KeyId": self._key,
            "Message": base64.b64encode(hashlib.sha256(data).digest()).decode(),
            "MessageType": "DIGEST",
            "SigningAlgorithm": ALGORITHMS[kind],
        }
        return octets(text(call("POST", f"{self._url}/", body, headers=self._headers), "Signature"))

    def _headers(self, content: bytes) -> dict[str, str]:
        headers = {"Content-Type": JSON, "X-Amz-Target": "TrentService.Sign"}
        # The real time, also in tests that move ours: Amazon refuses what is five minutes off.
        return signed("POST", f"{self._url}/", headers, content, credentials=self._credentials,
                      scope=(self._region, "kms"), now=datetime.now(UTC))  # fmt: skip
