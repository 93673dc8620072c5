"""Backup and restore of many gigabytes, beside a plain copy of the same files. Only when asked for: it takes room three
times over. ``BENCH_KEEPING_GB`` says how much, 10 without it."""

import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.figures import Figure
from bench.server import BIN, set_up

GIGABYTES = float(os.environ.get("BENCH_KEEPING_GB", "10"))
FILE = 4_000_000  # bytes, as a scan of some pages
FILL = """
import io, os
from rubrica.accounts.models import Organization
from rubrica.files import intake
from rubrica.files.models import Blob
organization = Organization.objects.get()
block = os.urandom(FILE)
for number in range(COUNT):
    with intake.arriving(io.BytesIO(number.to_bytes(8, "big") + block[8:]), limit=FILE) as arrived:
        Blob.keep(organization, arrived)
"""


def _copied(blobs: Path, to: Path) -> None:
    shutil.copytree(blobs, to)
    os.sync()


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="rubrica-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL's own user goes in
        environment = {**os.environ, "RUBRICA_DATA_DIR": str(folder / "data")}
        set_up(environment)
        fill = FILL.replace("COUNT", str(int(GIGABYTES * 1e9 / FILE))).replace("FILE", str(FILE))
        _run(environment, "manage", "shell", "-v", "0", "-c", fill)
        return _figures(folder, environment)


def _figures(folder: Path, environment: dict[str, str]) -> list[Figure]:
    blobs, told = folder / "data" / "blobs", f"{GIGABYTES:g} GB"
    copy = _timed(lambda: _copied(blobs, folder / "copy"))
    shutil.rmtree(folder / "copy")
    kept = {**environment, "RUBRICA_BACKUP_PASSPHRASE": "a passphrase of the bench"}
    first = _timed(lambda: _run(kept, "backup", f"{folder}/kept/"))
    again = _timed(lambda: _run(kept, "backup", f"{folder}/kept/"))
    new = {**kept, "RUBRICA_DATA_DIR": str(folder / "new")}
    back = _timed(lambda: _run(new, "restore", f"{folder}/kept/"))
    shutil.rmtree(folder / "kept")
    shutil.rmtree(folder / "new")
    archive = _timed(lambda: _run(environment, "backup", str(folder / "all.tar")))
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return [
        Figure(f"backup of {told} to an archive", archive, "s", "–", copy, "cp -r of the files"),
        Figure(f"backup of {told} to a folder, encrypted", first, "s", "–", copy, "cp -r of the files"),
        Figure(f"the same again, nothing new in {told}", again, "s", "–"),
        Figure(f"restore of {told}, encrypted, every file hashed", back, "s", "–", copy, "cp -r of the files"),
        Figure("most memory of a command", memory, "MiB", "< 400"),
    ]


def _run(environment: dict[str, str], *words: str) -> None:
    subprocess.run([str(BIN / "rubrica"), *words], env=environment, check=True, stdout=subprocess.DEVNULL)


def _timed(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun
