"""Private keys and holders' secrets at rest: AES-256-GCM under a key of the installation's secret."""

import os
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

from rubrica.sealing.values import KeyUnusable

NONCE_BYTES = 12


class KeyLocked(KeyUnusable):
    """What was stored does not open with this installation's SECRET_KEY."""

    def __init__(self) -> None:
        super().__init__(
            "KEY_LOCKED",
            "The signing key was stored under another SECRET_KEY; restore it or add it to the fallbacks.",
        )


def lock(plain: bytes, context: bytes) -> bytes:
    """``context`` is bound into the encryption, so that a row copied to another organization does not open there."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_wrapping_key(settings.SECRET_KEY)).encrypt(nonce, plain, context)


def unlock(stored: bytes, context: bytes) -> bytes:
    """Raises KeyLocked."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        with suppress(InvalidTag):
            return AESGCM(_wrapping_key(secret)).decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], context)
    raise KeyLocked


def _wrapping_key(secret: str | bytes) -> bytes:
    """RFC 5869; the info string separates this use of the secret from every other."""
    return HKDF(hashes.SHA256(), length=32, salt=None, info=b"rubrica sealing keys v1").derive(force_bytes(secret))
