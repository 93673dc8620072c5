"""What browser tests and checks need from the system: Chromium, and poppler's pdfsig. Installs Debian's as root."""

import os
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGES = ("chromium", "fonts-liberation", "poppler-utils")


def chromium() -> str | None:
    """The path of a Chromium or Chrome, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> None:
    if chromium() and shutil.which("pdfsig"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print("No Chromium or pdfsig here and no way to install them: their tests will be skipped by name.")
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
    subprocess.run(install, env=environment, check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
