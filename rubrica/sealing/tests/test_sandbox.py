import errno
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rubrica.sealing import sandbox
from rubrica.sealing.tests import material, newcomers
from rubrica.sealing.values import RefusedPdf, SandboxError, SandboxTimeout


def test_it_works() -> None:
    assert sandbox.run(material.add, 2, 3) == 5


def test_our_refusals_come_through() -> None:
    with pytest.raises(RefusedPdf) as caught:
        sandbox.run(material.refuse)
    assert (caught.value.code, caught.value.detail) == ("PDF_EMPTY", "The PDF has no pages.")


def test_other_exceptions_are_reported_by_name() -> None:
    with pytest.raises(sandbox.EngineFailed, match="KeyError"):
        sandbox.run(material.stumble)


def test_a_crash_is_an_error() -> None:
    with pytest.raises(SandboxError):
        sandbox.run(material.crash)


@pytest.mark.parametrize("endless", [material.sleep_on, material.spin])
def test_time_runs_out(endless: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "GRACE_SECONDS", 0.3)
    started = time.monotonic()
    with pytest.raises(SandboxTimeout):
        sandbox.run(endless, seconds=0.7)  # type: ignore[arg-type]
    assert time.monotonic() - started < 5


def test_memory_is_limited() -> None:
    with pytest.raises(sandbox.EngineFailed, match="MemoryError"):
        sandbox.run(material.hog)


def test_files_cannot_be_written_unless_allowed(tmp_path: Path) -> None:
    path = tmp_path / "big"
    with pytest.raises(sandbox.EngineFailed, match="OSError"):
        sandbox.run(material.write_much, str(path), written_megabytes=1)
    sandbox.run(material.write_much, str(path), written_megabytes=8)
    assert path.stat().st_size == 4 << 20


def test_a_full_disk_says_nothing_about_the_file() -> None:
    with pytest.raises(OSError, match="No space left") as caught:
        sandbox.run(material.write_much, "/dev/full", written_megabytes=8)
    assert caught.value.errno == errno.ENOSPC


def test_a_server_that_was_warmed_is_the_one_that_answers() -> None:
    sandbox._server.stop()
    sandbox.warm()
    started = sandbox._server._process
    assert started is not None
    assert started.poll() is None
    sandbox.warm()
    assert sandbox.run(material.add, 2, 3) == 5
    assert sandbox._server._process is started


def test_a_child_has_what_it_needs_loaded(sealed: Path) -> None:
    """A picture takes 8 ms, and the modules that Pillow looks for at its first one took 80 in every child."""
    intake, verify = "rubrica.sealing.intake", "rubrica.sealing.verification.verify"
    assert sandbox.run(newcomers.loaded_by, f"{intake}.render", "render_here", str(sealed), 1, 400) == []
    assert sandbox.run(newcomers.loaded_by, f"{intake}.tiles", "tile_here", str(sealed), 1, 800, 0, 0) == []
    assert sandbox.run(newcomers.loaded_by, f"{intake}.inspect", "inspect_here", str(sealed)) == []
    assert sandbox.run(newcomers.loaded_by, verify, "verify_here", str(sealed), []) == []


def test_a_child_does_not_see_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [name for name in sandbox.run(material.environment) if name.startswith("RUBRICA")]


def test_an_answer_cannot_carry_code() -> None:
    taken_over = Path("/tmp/taken-over")
    taken_over.unlink(missing_ok=True)
    with pytest.raises(SandboxError):
        sandbox.run(material.answer_with_code)
    assert not taken_over.exists()


def test_a_killed_server_is_replaced() -> None:
    sandbox.run(material.add, 1, 1)
    process = sandbox._server._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    assert sandbox.run(material.add, 2, 2) == 4
    assert sandbox._server._process is not process


def test_an_engine_is_loaded_when_it_is_asked_for_and_stays() -> None:
    sandbox._server.stop()
    assert not sandbox.run(material.has_loaded, "weasyprint")
    sandbox.run(material.add, 2, 3, engine="weasyprint")
    assert sandbox.run(material.has_loaded, "weasyprint")


def test_threads_may_start_it_together() -> None:
    sandbox._server.stop()
    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(lambda number: sandbox.run(material.add, number, 1), range(60))) == list(range(1, 61))


def test_no_zombies_are_left() -> None:
    for _attempt in range(5):
        sandbox.run(material.add, 1, 1)
    process = sandbox._server._process
    assert process is not None
    time.sleep(0.1)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert children == []
