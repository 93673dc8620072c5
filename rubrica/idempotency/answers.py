"""What was answered, as it is kept: sealed, because answers hold upload addresses and names of people.

The key comes from SECRET_KEY, so that a copy of the database alone opens nothing; the row's own key is bound in, so
that an answer moved to another row does not open there.
"""

import json
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpResponse
from django.utils.encoding import force_bytes

from rubrica.idempotency.models import Scope

KEPT_HEADERS = ("Content-Type", "Allow", "Location", "Retry-After")
NONCE_BYTES = 12


class AnswerLost(Exception):
    """The answer was sealed under a SECRET_KEY that is not known any more."""


@dataclass(frozen=True)
class Place:
    """The row that an answer belongs to."""

    scope: Scope
    key: str

    @property
    def context(self) -> bytes:
        return f"{self.scope.organization_id}:{self.scope.kind}:{self.key}".encode()


def sealed(response: HttpResponse, place: Place) -> bytes:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    plain = json.dumps(headers).encode() + b"\n" + response.content
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, plain, place.context)


def replay(status: int, stored: bytes, place: Place) -> HttpResponse:
    """The first answer once more. Raises AnswerLost."""
    headers, _, content = _opened(stored, place.context).partition(b"\n")
    answer = HttpResponse(content, status=status, headers=json.loads(headers))
    answer.headers["Idempotency-Replayed"] = "true"
    return answer


def _opened(stored: bytes, context: bytes) -> bytes:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return AESGCM(_key(secret)).decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], context)
        except InvalidTag:
            continue
    raise AnswerLost


def _key(secret: str | bytes) -> bytes:
    """RFC 5869; the info string separates this use of the secret from every other."""
    return HKDF(hashes.SHA256(), length=32, salt=None, info=b"rubrica kept answers v1").derive(force_bytes(secret))
