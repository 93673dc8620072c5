"""Settings come from environment variables; each may also be given as a file named by ``…_FILE``."""

import os
import secrets
from pathlib import Path


def text(name: str, default: str = "") -> str:
    """The value of ``name``, else the stripped content of the file that ``name_FILE`` names, else ``default``.

    A variable that is set to nothing counts as not set, as unit files and compose files leave them.
    """
    if os.environ.get(name):
        return os.environ[name]
    path = os.environ.get(f"{name}_FILE")
    return Path(path).read_text().strip() if path else default


def number(name: str, default: int) -> int:
    """Raises SystemExit with a sentence when the value is not a whole number."""
    value = text(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise SystemExit(f"{name} must be a whole number, not {value!r}.") from None


def flag(name: str, default: bool = False) -> bool:
    return text(name, str(default)).lower() in {"1", "true", "yes", "on"}


def secret(name: str, path: Path) -> str:
    """The value of ``name``, else the one kept in ``path``, made on first use and readable by its owner only."""
    value = text(name)
    if value:
        return value
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    value = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    return value
