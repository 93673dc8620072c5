"""What an operator meets at the start: a port that is taken, a folder that cannot be used, a child that dies."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rubrica import postgres
from rubrica.supervisor import Child
from tests.server import RUBRICA


def test_a_port_that_is_taken_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        environment = {**os.environ, "RUBRICA_DATA_DIR": str(tmp_path)}
        done = subprocess.run(
            [RUBRICA, "serve", "--port", port], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in done.stderr


@pytest.mark.parametrize(("folder", "word"), [("with a space", "space"), ("x" * 120, "too long")])
def test_folders_that_cannot_hold_the_socket(tmp_path: Path, folder: str, word: str) -> None:
    with pytest.raises(SystemExit, match=word), postgres.running(tmp_path / folder):
        pass


def test_a_child_that_dies_is_named_and_started_again(capfd: pytest.CaptureFixture[str]) -> None:
    child = Child([sys.executable, "-c", "raise SystemExit(3)"])
    child.check()
    assert child.process is not None
    child.process.wait()
    child.check()
    assert "ended with 3; starting it again in" in capfd.readouterr().err
    assert child.process is None
    child.start_at = 0
    child.check()
    assert child.process is not None
    child.process.wait()
