"""The data directory, the room in it, and the secret that lies there. Nothing here makes what is missing."""

import os
import pwd
import shutil
import stat
import tempfile
from functools import cached_property
from pathlib import Path

from rubrica import environment
from rubrica.doctor.findings import Finding, failure, ok, together, warning

GIBIBYTE = 1 << 30
LOW = 2 * GIBIBYTE  # free; less is a warning
LOW_NAMES = 10_000  # free names of files (inodes)
SHORT_SECRET = 32  # characters


class DataDirectory:
    """The folder that RUBRICA_DATA_DIR names, as it is before any command had a hand in it."""

    @cached_property
    def path(self) -> Path:
        return Path(environment.text("RUBRICA_DATA_DIR", "./var")).resolve()

    def is_there(self) -> bool:
        try:
            return self.path.is_dir()
        except OSError:
            return False

    def owner(self) -> str:
        """Whose it is where we are root and it is not root's; empty otherwise.

        Root may write everywhere, and what it leaves behind locks the owner out.
        """
        uid = self.path.stat().st_uid
        return _name(uid) if os.geteuid() == 0 and uid != 0 else ""

    def look(self) -> Finding:
        if not self.is_there():
            return failure(
                f"There is no folder {self.path}, or this user may not see it.",
                "Run `rubrica setup`, or set RUBRICA_DATA_DIR to the folder that it made, and run this as its owner.",
            )
        if owner := self.owner():
            return failure(
                f"{self.path} belongs to {owner}, but this is root.",
                f"Run it as {owner}: runuser -u {owner} -- rubrica doctor, with the settings of the service.",
            )
        try:
            with tempfile.TemporaryFile(dir=self.path) as file:
                file.write(b"probe")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            return failure(
                f"Nothing can be written to {self.path}: {error.strerror}.",
                f"Give it to the user that runs Rubrica ({_name(os.geteuid())} runs this), or mend the disk.",
            )
        return ok(f"{self.path} can be written.")

    @property
    def secret(self) -> Path:
        return self.path / "secret.key"

    def has_secret(self) -> bool:
        return bool(environment.text("RUBRICA_SECRET_KEY")) or self.secret.exists()

    def look_at_secret(self) -> Finding:
        if value := environment.text("RUBRICA_SECRET_KEY"):
            return _strength(value, "RUBRICA_SECRET_KEY")
        if not self.secret.exists():
            return failure(
                f"There is no {self.secret}: what was sealed under the old secret cannot go on with a new one.",
                "Restore it from your copy. On a new installation `rubrica setup` makes it.",
            )
        mode = stat.S_IMODE(self.secret.stat().st_mode)
        if mode & 0o077:
            return failure(
                f"{self.secret} has mode {mode:04o}: others on this machine can read or change it.",
                f"Run: chmod 600 {self.secret}",
            )
        return _strength(self.secret.read_text(), str(self.secret))


def _strength(secret: str, where: str) -> Finding:
    if len(secret) < SHORT_SECRET:
        return warning(
            f"The secret in {where} has {len(secret)} characters and can be guessed.",
            f"Use {SHORT_SECRET} random ones or more, before the first seal: keys made under this one need it.",
        )
    return ok(f"{where} is set and long enough." if where.isupper() else f"{where} is there, for its owner alone.")


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def room() -> Finding:
    """Of the disks under the data directory and under the folder in which files arrive, which a local storage has
    beside its files."""
    from django.conf import settings

    from rubrica.files.address import Folder
    from rubrica.files.storage import where

    place = where()
    kept = place.path if isinstance(place, Folder) else Path(settings.DATA_DIR)
    disks = {path.stat().st_dev: path for path in (_existing(kept), Path(settings.DATA_DIR))}
    needed = 2 * max(settings.MAX_UPLOAD_BYTES, settings.MAX_DOCUMENT_BYTES)
    return together([room_in(path, needed) for path in disks.values()])


def room_in(path: Path, needed: int, low: int = LOW) -> Finding:
    """``needed`` bytes are what one large file takes while it is worked on."""
    disk, names = shutil.disk_usage(path), os.statvfs(path)
    said = f"{_size(disk.free)} of {_size(disk.total)} are free in {path}."
    do = "Make room, or move the data to a larger disk."
    if disk.free < needed:
        return failure(f"{said} One large file may need {_size(needed)}.", do)
    if names.f_files and names.f_favail < LOW_NAMES:
        return warning(f"The disk under {path} can take only {names.f_favail} more files.", do)
    if disk.free < low:
        return warning(said, do)
    return ok(said)


def _existing(path: Path) -> Path:
    """The storage's folder is made by the first file."""
    return next(parent for parent in (path, *path.parents) if parent.exists())


def _size(number: int) -> str:
    return f"{number / GIBIBYTE:.1f} GiB" if number >= GIBIBYTE else f"{number / (1 << 20):.0f} MiB"
