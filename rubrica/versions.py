"""Whether the embedded database is of this version, told in milliseconds and without loading Django."""

import hashlib
from importlib.metadata import version
from pathlib import Path

MIGRATING_PACKAGES = ("django", "django-allauth", "procrastinate")
ROOT = Path(__file__).resolve().parent


def fingerprint() -> str:
    """Of everything that can bring a migration: our own files, the policies after them, the packages with some."""
    names = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("*/migrations/0*.py"))
    names += [(ROOT / "tenancy" / name).read_text() for name in ("policies.py", "installing.py")]
    names += [f"{package} {version(package)}" for package in MIGRATING_PACKAGES]
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def is_current(data_dir: Path) -> bool:
    stamp = _stamp(data_dir)
    return stamp.exists() and stamp.read_text() == fingerprint()


def mark_current(data_dir: Path) -> None:
    _stamp(data_dir).write_text(fingerprint())


def _stamp(data_dir: Path) -> Path:
    """Inside the cluster, so that whoever removes or restores the one takes the other along."""
    return data_dir / "postgres" / "rubrica.version"
