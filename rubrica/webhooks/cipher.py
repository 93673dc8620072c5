"""Secrets that must be read again, kept in the database under a key of the installation's secret."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

NONCE_BYTES = 12


class SecretLocked(Exception):
    """A stored secret does not open with this installation's SECRET_KEY."""


def lock(text: str, context: str) -> bytes:
    """``context`` is bound into the encryption, so that a value copied to another row does not open there."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, text.encode(), context.encode())


def unlock(stored: bytes, context: str) -> str:
    """Raises SecretLocked."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            plain = AESGCM(_key(secret)).decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], context.encode())
        except InvalidTag:
            continue
        return plain.decode()
    raise SecretLocked("This secret was stored under another SECRET_KEY; restore it or add it to the fallbacks.")


def _key(secret: str | bytes) -> bytes:
    """RFC 5869; the info string separates this use of the secret from every other."""
    return HKDF(hashes.SHA256(), length=32, salt=None, info=b"rubrica webhooks v1").derive(force_bytes(secret))
