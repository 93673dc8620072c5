"""Settings come from environment variables; each may also be given as a file named by ``…_FILE``."""

import ipaddress
import os
import secrets
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

asked: set[str] = set()  # names of settings that were looked for; what else is set is a mistake (``rubrica doctor``)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def text(name: str, default: str = "") -> str:
    """The value of ``name``, else the stripped content of the file that ``name_FILE`` names, else ``default``.

    A variable that is set to nothing counts as not set, as unit files and compose files leave them. Raises SystemExit
    with a sentence when the file cannot be read.
    """
    asked.add(name)
    if os.environ.get(name):
        return os.environ[name]
    path = os.environ.get(f"{name}_FILE")
    return _content(name, path) if path else default


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except (OSError, ValueError) as error:
        raise SystemExit(f"{name}_FILE names {path}, which cannot be read: {error}.") from None


def zone(name: str, default: str) -> ZoneInfo:
    """A time zone of the IANA database. Raises SystemExit with a sentence where there is none of this name."""
    try:
        return ZoneInfo(text(name, default))
    except (ZoneInfoNotFoundError, ValueError):
        raise SystemExit(f"{name} must be a time zone such as America/Bogota, not {text(name)}.") from None


def number(name: str, default: int) -> int:
    """Raises SystemExit with a sentence when the value is not a whole number."""
    value = text(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise SystemExit(f"{name} must be a whole number, not {value!r}.") from None


def choice(name: str, *known: str) -> str:
    """One of ``known``, of which the first is the default. Raises SystemExit with a sentence for anything else."""
    value = text(name, known[0])
    if value not in known:
        raise SystemExit(f"{name} must be one of {', '.join(known)}, not {value!r}.")
    return value


def numbers(name: str, default: tuple[int, ...]) -> tuple[int, ...]:
    """Whole numbers with commas between them. Raises SystemExit with a sentence for anything else."""
    value = text(name)
    try:
        return tuple(int(part) for part in value.split(",")) if value else default
    except ValueError:
        raise SystemExit(f"{name} must be whole numbers with commas between them, not {value!r}.") from None


def networks(name: str) -> list[Network]:
    """Networks such as ``10.1.0.0/16``, or single addresses, with commas between them."""
    try:
        return [ipaddress.ip_network(part.strip()) for part in text(name).split(",") if part.strip()]
    except ValueError as error:
        raise SystemExit(f"{name} must be networks with commas between them: {error}.") from None


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
