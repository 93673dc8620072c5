"""Root keys: what wraps the keys of the organizations. In a file of the operator's, or in a key service.

The file has one key a line, ``rubrica-root-1:`` and 32 bytes in base64; the first one wraps, all of them open.
"""

import base64
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from rubrica.files.storage import sync_folder
from rubrica.web.errors import StorageAway

LINE = re.compile(r"rubrica-root-1:([A-Za-z0-9+/]{43}=)")
NONCE = 12
KMS_OPTIONS = {"region", "endpoint"}
KMS_NAME = "RUBRICA_ROOT_KEY_KMS"
SECONDS = 10  # for an answer of the key service


class RootAway(StorageAway):
    """No root key that is set opens this, or the service that has it does not answer; the message says which."""


class Root(Protocol):
    """``context`` names what is wrapped; under another name it does not open."""

    @property
    def name(self) -> str: ...

    def wrap(self, secret: bytes, context: str) -> bytes: ...

    def unwrap(self, wrapped: bytes, context: str) -> bytes: ...


@dataclass(frozen=True)
class FileRoot:
    secret: bytes

    @property
    def name(self) -> str:
        """Tells which key it is, and nothing of it."""
        return "file:" + hashlib.sha256(b"rubrica root key" + self.secret).hexdigest()[:16]

    def wrap(self, secret: bytes, context: str) -> bytes:
        nonce = os.urandom(NONCE)  # few keys are ever wrapped by one root, so that chance is enough
        return nonce + AESGCM(self.secret).encrypt(nonce, secret, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        try:
            return AESGCM(self.secret).decrypt(wrapped[:NONCE], wrapped[NONCE:], context.encode())
        except (InvalidTag, ValueError):
            raise RootAway("The root key does not open a key of the storage: it was changed.") from None


class KmsRoot:
    """A symmetric key of AWS KMS, or of a service that speaks the same: ``kms://key?region=…&endpoint=…``.

    The login is found as such programs find theirs (AWS_ACCESS_KEY_ID, a profile, the machine's role).
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._key = unquote(parts.netloc + parts.path)
        self._options = dict(parse_qsl(parts.query))
        if parts.scheme != "kms" or not self._key or self._options.keys() - KMS_OPTIONS:
            raise SystemExit(f"{KMS_NAME} must be kms://KEY?region=REGION, not {url}.")

    @property
    def name(self) -> str:
        return f"kms:{self._key}"

    def wrap(self, secret: bytes, context: str) -> bytes:
        return bytes(self._asked("encrypt", "CiphertextBlob", Plaintext=secret, EncryptionContext=_told(context)))

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        return bytes(self._asked("decrypt", "Plaintext", CiphertextBlob=wrapped, EncryptionContext=_told(context)))

    def _asked(self, call: str, field: str, **how: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._client, call)(KeyId=self._key, **how)[field]
        except (BotoCoreError, ClientError) as error:
            raise RootAway(f"The key service refuses, or does not answer: {error}") from error

    @cached_property
    def _client(self) -> Any:
        try:
            import boto3
            from botocore.config import Config
        except ImportError as error:
            raise RootAway(f"{KMS_NAME} is set: install rubrica[s3] ({error}).") from None
        config = Config(connect_timeout=5, read_timeout=SECONDS, retries={"mode": "standard", "total_max_attempts": 4})
        return boto3.client("kms", region_name=self._options.get("region"),
                            endpoint_url=self._options.get("endpoint"), config=config)  # fmt: skip


def _told(context: str) -> dict[str, str]:
    return {"rubrica": context}


def current() -> Root:
    """The one that wraps. Raises RootAway where there is none."""
    found = every()
    if not found:
        raise RootAway(f"There is no root key in {settings.ROOT_KEY_FILE}: `rubrica encryption new-root` makes one.")
    return found[0]


def every() -> list[Root]:
    """Read anew each time: keys of organizations are opened once a process, and a file may have got a new line."""
    outside: list[Root] = [service(settings.ROOT_KEY_KMS)] if settings.ROOT_KEY_KMS else []
    return [*outside, *in_file(settings.ROOT_KEY_FILE)]


_services: dict[str, KmsRoot] = {}


def service(url: str) -> KmsRoot:
    """Raises SystemExit."""
    return _services.setdefault(url, KmsRoot(url))


def named(name: str) -> Root:
    """Raises RootAway."""
    for root in every():
        if root.name == name:
            return root
    raise RootAway(f"Root key {name} is not set, and files were encrypted under it.")


def in_file(path: Path) -> list[FileRoot]:
    """None where there is no file. Raises RootAway for one that is something else."""
    try:
        lines = path.read_text().split()
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise _useless(path, f"cannot be read: {error}") from None
    found = [match for line in lines if (match := LINE.fullmatch(line))]
    if len(found) < len(lines):
        raise _useless(path, "is no file of root keys")
    return [FileRoot(base64.b64decode(match[1])) for match in found]


def _useless(path: Path, why: str) -> RootAway:
    """No end of the program: it is read anew while requests are answered, and an operator may just be changing it."""
    return RootAway(f"RUBRICA_ROOT_KEY_FILE names {path}, which {why}.")


def begin(path: Path) -> None:
    """The first key, unless another process has just made it."""
    with suppress(FileExistsError):
        _write(path, [FileRoot(os.urandom(32))], os.link)


def add(path: Path) -> FileRoot:
    """A new key as the first line; those that were there still open."""
    made = FileRoot(os.urandom(32))
    _write(path, [made, *in_file(path)], os.replace)
    return made


def keep_first(path: Path) -> None:
    _write(path, in_file(path)[:1], os.replace)


def _write(path: Path, keys: list[FileRoot], put: Callable[[Path, Path], None]) -> None:
    """Whole or not at all; as the file was that it replaces, else for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(part, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.writelines(f"rubrica-root-1:{base64.b64encode(key.secret).decode()}\n" for key in keys)
            file.flush()
            _as_before(file.fileno(), path)
            os.fsync(file.fileno())
        put(part, path)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


def _as_before(file: int, path: Path) -> None:
    """An operator's root makes new keys, and the service has to read them."""
    try:
        old = path.stat()
    except FileNotFoundError:
        if os.geteuid() == 0:
            folder = path.parent.stat()
            os.fchown(file, folder.st_uid, folder.st_gid)
        return
    new = os.fstat(file)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        os.fchown(file, old.st_uid, old.st_gid)
    os.fchmod(file, stat.S_IMODE(old.st_mode))


def is_open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
