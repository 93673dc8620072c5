"""A key in an HSM, a smart card or a token, by PKCS #11. Only the operator says which library is loaded.

``pip install rubrica[pkcs11]``, and RUBRICA_PKCS11_MODULE.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from cryptography import x509
from django.conf import settings

from rubrica.sealing.keyring.holders.azure import from_two_numbers
from rubrica.sealing.keyring.holders.base import HolderFailed, KeyKind

NO_LIBRARY = "No PKCS #11 library is set up in this installation (RUBRICA_PKCS11_MODULE and the extra pkcs11)."
NOT_THERE = "The token has no such key."
# A token that was pulled out and put back, or a session that an idle HSM has closed, does not know the old one.
ANEW = (
    "SessionClosed",
    "SessionHandleInvalid",
    "DeviceRemoved",
    "TokenNotPresent",
    "UserNotLoggedIn",
    "KeyHandleInvalid",
)
DENIED = ("PinIncorrect", "PinLocked", "PinExpired", "PinInvalid", "PinLenRange", "UserPinNotInitialized")

DOES_NOT_ACCEPT = "The token does not accept the PIN."

_logins: dict[str, bytes] = {}  # by token, the digest of the PIN that it was opened with
_salt = secrets.token_bytes(16)
_one_at_a_time = threading.RLock()  # sessions are not made for several threads, and a login is the whole process's


class Pkcs11Holder:
    def __init__(self, reference: Mapping[str, str], secret: Mapping[str, str]) -> None:
        self._token, self._label = reference["token"], reference.get("label", "")
        self._id = bytes.fromhex(reference["id"]) if reference.get("id") else None
        self._pin = secret["pin"]
        self._session: Any = None
        self._key: Any = None

    def certificates(self) -> Sequence[x509.Certificate]:
        """Those on the token with the key's own label or id; the others above it may lie elsewhere."""
        found: list[x509.Certificate] = self._guarded(self._find_certificates)
        return found

    def sign(self, data: bytes, kind: KeyKind) -> bytes:
        signature: bytes = self._guarded(lambda: self._sign(data, kind))
        return signature

    def _sign(self, data: bytes, kind: KeyKind) -> bytes:
        mechanism = _library().Mechanism
        key = self._opened()
        if kind == "ec":
            # Every token knows ECDSA over a digest, and only some hash by themselves.
            return from_two_numbers(bytes(key.sign(hashlib.sha256(data).digest(), mechanism=mechanism.ECDSA)))
        return bytes(key.sign(data, mechanism=mechanism.SHA256_RSA_PKCS))

    def _find_certificates(self) -> list[x509.Certificate]:
        names = _library()
        self._opened()
        wanted = {names.Attribute.CLASS: names.ObjectClass.CERTIFICATE, **self._named()}
        found = [bytes(one[names.Attribute.VALUE]) for one in self._session.get_objects(wanted)]
        return [x509.load_der_x509_certificate(one) for one in found]

    def _named(self) -> dict[Any, Any]:
        names = _library().Attribute
        named = {names.LABEL: self._label} if self._label else {}
        return {**named, **({names.ID: self._id} if self._id is not None else {})}

    def _opened(self) -> Any:
        if self._key is None:
            library = _library()
            token = _module(settings.PKCS11_MODULE).get_token(token_label=self._token)
            try:
                self._session = token.open(user_pin=self._pin)
                _logins[self._token] = _digest(self._pin)
            except library.UserAlreadyLoggedIn:
                # By another key on the same token. The token asks for no PIN then, so it is compared here: otherwise
                # one organization could sign with another's key by its name alone.
                if not hmac.compare_digest(_logins.get(self._token, b""), _digest(self._pin)):
                    raise HolderFailed("HOLDER_REFUSED", DOES_NOT_ACCEPT) from None
                self._session = token.open()
            self._key = self._session.get_key(
                object_class=library.ObjectClass.PRIVATE_KEY, label=self._label or None, id=self._id
            )
        return self._key

    def _guarded(self, do: Callable[[], Any]) -> Any:
        """Once more in a new session where the old one was lost. Raises HolderFailed."""
        library = _library()
        with _one_at_a_time:
            try:
                return do()
            except library.PKCS11Error as error:
                if type(error).__name__ not in ANEW or self._session is None:
                    self._forget()
                    raise _failed(error) from None
            self._forget()
            try:
                return do()
            except library.PKCS11Error as error:
                self._forget()
                raise _failed(error) from None

    def _forget(self) -> None:
        self._session = self._key = None


def _failed(error: Exception) -> HolderFailed:
    """Their errors have names that say it, and mostly no words."""
    name = type(error).__name__
    if name in {"NoSuchKey", "NoSuchToken", "MultipleObjectsReturned", "MultipleTokensReturned"}:
        return HolderFailed("HOLDER_KEY_MISSING", NOT_THERE, detail=name)
    if name in DENIED:
        return HolderFailed("HOLDER_REFUSED", DOES_NOT_ACCEPT, detail=name)
    return HolderFailed("HOLDER_UNREACHABLE", "The token did not sign.", detail=name, is_passing=True)


def _digest(pin: str) -> bytes:
    return hashlib.sha256(_salt + pin.encode()).digest()


def _library() -> Any:
    """The Python side. Raises HolderFailed where the extra is not installed or no module is set."""
    if not settings.PKCS11_MODULE:
        raise HolderFailed("HOLDER_MISSING", NO_LIBRARY)
    try:
        return importlib.import_module("pkcs11")
    except ImportError:
        raise HolderFailed("HOLDER_MISSING", NO_LIBRARY) from None


@cache
def _module(path: str) -> Any:
    """Loaded once in a process, as the standard asks."""
    library = _library()
    try:
        return library.lib(path)
    except (library.PKCS11Error, RuntimeError, OSError) as error:
        detail = type(error).__name__
        raise HolderFailed("HOLDER_MISSING", "The PKCS #11 library cannot be loaded.", detail=detail) from None
