"""Packages of the system that parts of the product need: Debian's, installed as root, and done without elsewhere."""

import os
import shutil
import subprocess
import sys

PANGO = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")


def install(*packages: str) -> bool:
    """Whether it could be tried; what came of it is seen by asking again."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        try:
            subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL, timeout=300)
        except subprocess.TimeoutExpired:
            return False
    return True


def has_pango() -> bool:
    """Asked in a process of its own: a library that was looked for and not found stays so."""
    command = [sys.executable, "-c", "import weasyprint"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def ensure_pango() -> None:
    """Documents from templates need it; a package mirror that is away must not keep the rest from starting."""
    if has_pango() or (install(*PANGO) and has_pango()):
        return
    print(
        f"Documents from templates need Pango: apt-get install {' '.join(PANGO)}. The rest works without it.",
        flush=True,
    )


if __name__ == "__main__":
    ensure_pango()
