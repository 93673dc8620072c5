"""What browser tests and checks need from the system: Chromium, poppler's pdfsig, and Pango for templates."""

import shutil

from tools import system

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGES = ("chromium", "fonts-liberation", "poppler-utils")


def chromium() -> str | None:
    """The path of a Chromium or Chrome, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> None:
    system.ensure_pango()
    if chromium() and shutil.which("pdfsig"):
        return
    if not system.install(*PACKAGES):
        print("No Chromium or pdfsig here and no way to install them: their tests will be skipped by name.")


if __name__ == "__main__":
    main()
