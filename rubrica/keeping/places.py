"""Where a backup lies: one archive (a tar, so that it can go through a pipe), or a folder that grows by what is new.

Both hold the same entries under the same names, and give them back in the order of ``ORDER``.
"""

import hashlib
import hmac
import io
import json
import os
import re
import sys
import tarfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

from rubrica.keeping import cipher
from rubrica.keeping.cipher import Decrypting, Encrypting, Unreadable

FORMAT, VERSION = "rubrica-backup", 1
ABOUT, DATABASE, LIST, COMPLETE = "backup.json", "database.dump", "blobs.list", "complete.json"
DATA, BLOBS = "data/", "blobs/"
KEY = re.compile(r"\d+/(?:biometric/)?[0-9a-f]{2}/([0-9a-f]{64})")
SNAPSHOTS, ROOT_FILE = "snapshots", "rubrica-backup.json"
STAMP = re.compile(r"\d{8}T\d{6}Z")
STDIO = "-"
CHUNK = 1 << 20


class Writer(Protocol):
    def has(self, name: str, size: int) -> bool: ...

    def add(self, name: str, size: int, content: IO[bytes]) -> None: ...


class Refused(Exception):
    """What was asked for cannot be done; the sentence says what to do."""


Entry = tuple[str, int, IO[bytes]]


def is_folder(target: str) -> bool:
    return target != STDIO and (target.endswith("/") or Path(target).is_dir())


@contextmanager
def writing(target: str, stamp: str, passphrase: str) -> Iterator[Writer]:
    """Whole at the end, or not there: what breaks off leaves no archive, and no snapshot in a folder."""
    if is_folder(target):
        yield FolderWriter(Path(target), stamp, passphrase)
    elif target == STDIO:
        with _tar_into(sys.stdout.buffer, passphrase) as archive:
            yield ArchiveWriter(archive)
        sys.stdout.buffer.flush()
    else:
        with _new_file(Path(target)) as file, _tar_into(file, passphrase) as archive:
            yield ArchiveWriter(archive)


@contextmanager
def _new_file(path: Path) -> "Iterator[IO[bytes]]":
    """Under another name until it is whole, and for its owner alone: the secrets are in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        _sync(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _encrypted(file: "IO[bytes]", passphrase: str, salt: bytes, name: str = "") -> "Iterator[IO[bytes]]":
    if not passphrase:
        yield file
        return
    out = Encrypting(file, passphrase, salt, name)
    try:
        yield out  # type: ignore[misc]  # it is written to, and no more
    except BaseException:
        out.abandon()
        raise
    out.close()


@contextmanager
def _tar_into(file: "IO[bytes]", passphrase: str) -> Iterator[tarfile.TarFile]:
    with _encrypted(file, passphrase, cipher.new_salt()) as out, tarfile.open(fileobj=out, mode="w|") as archive:
        yield archive


class ArchiveWriter:
    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive

    def has(self, name: str, size: int) -> bool:
        return False

    def add(self, name: str, size: int, content: "IO[bytes]") -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        self._archive.addfile(entry, content)


class FolderWriter:
    """``blobs/`` is shared by all snapshots, as blobs never change; the rest is ``snapshots/{stamp}/``. In an encrypted
    folder each file is encrypted for itself and bound to its name; the names of blobs, which tell their SHA-256, are
    replaced."""

    def __init__(self, folder: Path, stamp: str, passphrase: str) -> None:
        self._root = _Root(folder, passphrase, make=True)
        self._stamp = stamp

    def has(self, name: str, size: int) -> bool:
        path = self._root.path(self._stamp, name)
        return name.startswith(BLOBS) and path.exists() and path.stat().st_size == self._root.stored_size(size)

    def add(self, name: str, size: int, content: "IO[bytes]") -> None:
        with (
            _new_file(self._root.path(self._stamp, name)) as file,
            _encrypted(file, self._root.passphrase, self._root.salt, bound(self._stamp, name)) as out,
        ):
            while chunk := content.read(CHUNK):
                out.write(chunk)


def bound(stamp: str, name: str) -> str:
    """What an encrypted file of a folder is tied to: a snapshot's file to its moment, a blob to its name alone."""
    return name if name.startswith(BLOBS) else f"{stamp}/{name}"


class _Root:
    """What holds for the whole folder: how it is encrypted, and which file has which name."""

    def __init__(self, folder: Path, passphrase: str, *, make: bool) -> None:
        self.folder, self.passphrase = folder, passphrase
        about = folder / ROOT_FILE
        if not about.exists():
            self._begin(about, make)
        found = json.loads(about.read_text())
        if (found.get("format"), found.get("version")) != (FORMAT, VERSION):
            raise Refused(f"{about} is not of a version that can be read here.")
        self.salt, cost = bytes.fromhex(found["salt"]), int(found["cost"])
        self._names = b""
        if bool(self.salt) != bool(passphrase):
            how = "is encrypted: give its passphrase" if self.salt else "is not encrypted: use another folder"
            raise Refused(f"{folder} {how}.")
        if self.salt:
            self._names = _names(passphrase, self.salt, min(cost, cipher.MOST_COST))
            if found["check"] != self._called("check"):
                raise Unreadable("The passphrase is wrong.")

    def _begin(self, about: Path, make: bool) -> None:
        if not make or (self.folder.exists() and any(self.folder.iterdir())):
            raise Refused(f"{self.folder} is no backup of Rubrica, and not an empty folder either.")
        salt = cipher.new_salt() if self.passphrase else b""
        self._names = _names(self.passphrase, salt, cipher.COST) if salt else b""
        told = {
            "format": FORMAT,
            "version": VERSION,
            "salt": salt.hex(),
            "cost": cipher.COST,
            "check": self._called("check"),
        }
        with _new_file(about) as file:
            file.write(json.dumps(told).encode())

    def path(self, stamp: str, name: str) -> Path:
        if not name.startswith(BLOBS):
            return self.folder / SNAPSHOTS / stamp / name
        if self._names:
            called = self._called(name)
            name = f"{BLOBS}{called[:2]}/{called}"
        return self.folder / name

    def stored_size(self, size: int) -> int:
        if not self.salt:
            return size
        return cipher.HEAD.size + size + max(1, -(-size // cipher.CHUNK)) * cipher.TAG

    def _called(self, name: str) -> str:
        return hmac.new(self._names, name.encode(), hashlib.sha256).hexdigest() if self._names else ""


def _names(passphrase: str, salt: bytes, cost: int) -> bytes:
    return cipher.derived(cipher.master_key(passphrase, salt, cost), salt, cipher.NAMES)


@contextmanager
def reading(source: str, passphrase: str) -> Iterator[Iterator[Entry]]:
    """Entries in their order; each is read before the next is asked for. Raises Refused and Unreadable."""
    try:
        with _entries(source, passphrase) as entries, closing(entries):
            yield entries
    except (tarfile.TarError, EOFError) as error:  # also of whoever reads an entry to its end
        raise Unreadable(f"The backup is damaged or cut: {error}.") from None


@contextmanager
def _entries(source: str, passphrase: str) -> Iterator[Generator[Entry, None, None]]:
    if source != STDIO and Path(source).is_dir():
        yield _folder_entries(_Root(Path(source), passphrase, make=False))
    elif source == STDIO:
        with open(sys.stdin.fileno(), "rb", closefd=False) as file:
            yield _archive_entries(file, passphrase)
    else:
        if not Path(source).exists():
            raise Refused(f"There is no {source}.")
        with open(source, "rb") as file:
            yield _archive_entries(file, passphrase)


def _archive_entries(file: "io.BufferedReader", passphrase: str) -> Generator[Entry, None, None]:
    encrypted = cipher.is_encrypted(file.peek(len(cipher.MAGIC)))
    if encrypted != bool(passphrase):
        raise Refused(
            "This backup is encrypted: give its passphrase." if encrypted else "This backup is not encrypted."
        )
    plain = io.BufferedReader(Decrypting(file, passphrase), CHUNK) if encrypted else file
    with tarfile.open(fileobj=plain, mode="r|") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None:
                yield member.name, member.size, content


def _folder_entries(root: _Root) -> Generator[Entry, None, None]:
    stamp = newest(root.folder)
    base = root.folder / SNAPSHOTS / stamp
    for name in [ABOUT, *sorted(_names_in(base / DATA, base)), DATABASE, LIST]:
        yield from _opened(root, stamp, name)
    for _, _, listed in _opened(root, stamp, LIST):
        for line in listed:
            with suppress(FileNotFoundError):  # what is missing is counted by whoever reads
                yield from _opened(root, stamp, BLOBS + line.split()[1].decode())
    yield from _opened(root, stamp, COMPLETE)


def _names_in(folder: Path, base: Path) -> list[str]:
    return [str(path.relative_to(base)) for path in folder.rglob("*") if path.is_file()]


def newest(folder: Path) -> str:
    """The last snapshot that was finished. Raises Refused where there is none."""
    stamps = [
        path.parent.name for path in (folder / SNAPSHOTS).glob(f"*/{COMPLETE}") if STAMP.fullmatch(path.parent.name)
    ]
    if not stamps:
        raise Refused(f"There is no finished backup in {folder}.")
    return max(stamps)


def _opened(root: _Root, stamp: str, name: str) -> Iterator[Entry]:
    with root.path(stamp, name).open("rb") as file:
        if root.passphrase:
            yield name, -1, io.BufferedReader(Decrypting(file, root.passphrase, bound(stamp, name)), CHUNK)
        else:
            yield name, os.fstat(file.fileno()).st_size, file
