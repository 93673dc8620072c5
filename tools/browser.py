"""What tests need from the system: Chromium, poppler's pdfsig and qpdf for second opinions, Pango, and SoftHSM."""

import shutil

from tools import system

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGES = ("chromium", "fonts-liberation", "poppler-utils", "qpdf", "softhsm2", "pgbouncer")
ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]  # root starts it too
PROGRAMS = ("pdfsig", "qpdf", "softhsm2-util", "pgbouncer")


def chromium() -> str | None:
    """The path of a Chromium or Chrome, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> None:
    system.ensure_pango()
    if chromium() and all(shutil.which(program) for program in PROGRAMS):
        return
    if not system.install(*PACKAGES):
        print("Chromium, pdfsig, qpdf or SoftHSM is missing and cannot be installed: its tests are skipped by name.")


if __name__ == "__main__":
    main()
