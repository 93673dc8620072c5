"""``pip install rubrica-….whl`` and ``rubrica serve``: what the wheel holds is enough."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from tests.server import eventually, plain_environment
from tools.demo import free_port

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
UV = str(BIN / "uv")

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [UV, "build", "--quiet", "--system-certs", "--wheel", "--out-dir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (made,) = out.glob("rubrica-*.whl")
    return made


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Not pytest's, whose permissions keep PostgreSQL's user out."""
    with tempfile.TemporaryDirectory(prefix="rubrica-wheel-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def rubrica(wheel: Path, folder: Path) -> Path:
    """The command in an environment that has the wheel and what it needs in the versions of the lock, and no tool."""
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, str(folder / "venv")], check=True)
    install = [UV, "pip", "install", "--quiet", "--system-certs", "--python", str(folder / "venv/bin/python")]
    subprocess.run([*install, "--constraints", str(_versions(folder)), str(wheel)], check=True)
    return folder / "venv/bin/rubrica"


def _versions(folder: Path) -> Path:
    lock = (ROOT / "requirements.lock").read_text().splitlines()
    pinned = [line.split(" ;")[0].rstrip(" \\") for line in lock if "==" in line and not line.startswith((" ", "#"))]
    (folder / "versions.txt").write_text("\n".join(pinned))
    return folder / "versions.txt"


@pytest.fixture
def installed(rubrica: Path, folder: Path) -> Iterator[str]:
    """The address of a server that began with an empty folder outside of the sources."""
    port = free_port()
    data = {**plain_environment(), "RUBRICA_DATA_DIR": f"{folder}/data", "PATH": "/usr/bin:/bin"}
    setup = [str(rubrica), "setup", "--organization", "Acme", "--email", "owner@acme.example", "--json"]
    done = subprocess.run(setup, env=data, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["private_key"].startswith("prk_")
    server = subprocess.Popen([str(rubrica), "serve", "--port", str(port)], env=data, cwd=folder)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(60)


def test_it_works(installed: str) -> None:
    with httpx.Client(base_url=installed, timeout=30) as http:

        def is_ready() -> bool:
            try:
                return http.get("/readyz").status_code == 200
            except httpx.TransportError:
                return False

        eventually(is_ready, "the server", 60)
        page = http.get("/accounts/login/", headers={"Accept-Language": "pt"})
        assert page.status_code == 200 and 'lang="pt"' in page.text and "Entrar" in page.text
        (style, *_) = [
            part.split('"')[0] for part in page.text.split('href="') if part.startswith("/static/build/app.")
        ]
        assert http.get(style).headers["Content-Type"].startswith("text/css")


def test_it_holds_no_tests_and_every_font(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    assert not [name for name in names if "/tests/" in name or name.endswith((".po", ".ts"))]
    assert {Path(name).suffix for name in names if name.startswith("rubrica/sealing/fonts/")} >= {".ttf", ".LICENSE"}
