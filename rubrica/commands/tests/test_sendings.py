"""Processes from the shell of the server: fresh links, seals tried again, and what is exported."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rubrica import cli
from rubrica.commands import base
from rubrica.files.storage import storage
from rubrica.processes import finale
from rubrica.processes.models import Document, Event, Process
from tests import pdfs, sending
from tests.cast import Acme
from tests.sending import REVIEWER, deliver, person, slot, somebody


@pytest.fixture(autouse=True)
def _the_database_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "is_embedded", lambda: False)


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert cli.main([*words, "--json"]) == code
    said = capsys.readouterr()
    return json.loads(said.err if code else said.out)


def reminders() -> int:
    return Event.objects.filter(kind=Event.Kind.REMINDED).count()


def test_fresh_links_go_to_those_who_have_something_to_do(acme: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    process = sending.start(acme, person("Ana Pérez", "ID card"), person("Bea Roa", "ID card", order=2))
    ana, bea = run(capsys, "resend", process.public_id, "--dry-run")
    assert (ana["sent"], bea["code"], reminders()) == (True, "NOT_YOUR_TURN", 0)
    run(capsys, "resend", process.public_id)
    assert reminders() == 1
    (only,) = run(capsys, "resend", process.public_id, "--email", "ANA@example.com")
    assert (only["participant"], reminders()) == ("Ana Pérez", 2)
    assert "Nobody" in run(capsys, "resend", process.public_id, "--email", "x@y.example", code=2)["error"]
    assert "no process" in run(capsys, "resend", "0" * 24, code=2)["error"]


def waiting_for_its_seal(acme: Acme) -> Document:
    process = sending.start(acme, person("Ana Pérez"), pdf=pdfs.contract())
    ana = somebody(process)
    ana.sign(kind="type", text="Ana Pérez", image=None, by=ana.actor("203.0.113.9", "Phone"))
    return process.documents.get()


def test_a_seal_that_failed_is_tried_again(acme: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    document = waiting_for_its_seal(acme)
    finale.record_failure(document.pk, "No space left on device")
    (found,) = run(capsys, "reseal", "--dry-run")
    assert (found["document"], found["reason"]) == (document.code, "No space left on device")
    assert Document.objects.get().seal_error
    run(capsys, "reseal")
    assert Document.objects.get().seal_error == ""
    assert run(capsys, "reseal") == []


def test_one_whose_job_was_lost_is_found_by_its_process(acme: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    document = waiting_for_its_seal(acme)
    before = Event.objects.filter(kind=Event.Kind.SEALING).count()
    assert run(capsys, "reseal") == []
    assert len(run(capsys, "reseal", document.code)) == 1
    assert Event.objects.filter(kind=Event.Kind.SEALING).count() == before + 1


@pytest.fixture
def finished(acme: Acme) -> Process:
    process = sending.start(acme, person("Ana Pérez", "ID card"), pdf=pdfs.contract())
    deliver(acme, slot(process, "ID card"))
    ana = somebody(process)
    ana.sign(kind="type", text="Ana Pérez", image=None, by=ana.actor("203.0.113.9", "Phone"))
    slot(process, "ID card").approve(REVIEWER)
    finale.seal_document(process.documents.get().pk)
    return Process.objects.get(pk=process.pk)


def test_a_process_is_exported_as_the_bundle_that_proves_it(
    finished: Process, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "evidence.zip"
    code = finished.documents.get().code
    run(capsys, "export", "--process", code, "--to", str(target), "--dry-run")
    assert not target.exists()
    (said,) = run(capsys, "export", "--process", code, "--to", str(target))
    with zipfile.ZipFile(io.BytesIO(target.read_bytes())) as found:
        assert found.testzip() is None and "index.json" in found.namelist()
    assert said["bytes"] == target.stat().st_size
    assert "already" in run(capsys, "export", "--process", code, "--to", str(target), code=2)["error"]


def test_not_before_it_has_finished(acme: Acme, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    process = sending.start(acme, person("Ana Pérez", "ID card"))
    said = run(capsys, "export", "--process", process.public_id, "--to", str(tmp_path / "x.zip"), code=2)
    assert said["error"].startswith("PROCESS_NOT_FINISHED") and list(tmp_path.glob("*x.zip*")) == []


def test_everything_of_an_organization_and_of_nobody_else(
    finished: Process, acme: Acme, other: Acme, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    sending.start(other, person("Eve Other", "ID card"))
    started = sending.start(acme, person("Bea Roa", "ID card"))
    deliver(acme, slot(started, "ID card"))
    target = tmp_path / "export"
    asked = ("export", "--organization", acme.organization.slug, "--to", str(target))
    assert run(capsys, *asked, "--dry-run")[0]["processes"] == 2 and not target.exists()
    (said,) = run(capsys, *asked)
    assert said["missing"] == []
    lines = [json.loads(line) for line in (target / "processes.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == [finished.public_id, started.public_id]
    contents = [line["documents"][0]["sealed"] for line in lines[:1]] + [line["files"][0]["content"] for line in lines]
    for content in contents:
        assert (target / content["path"]).stat().st_size == content["size"]
    assert lines[0]["events"][-1]["hash"] == bytes(finished.chain_head).hex()
    assert "Eve Other" not in (target / "processes.jsonl").read_text()
    assert "not an empty folder" in run(capsys, *asked, code=2)["error"]


def test_a_lost_file_is_named_and_the_rest_is_there(
    finished: Process, acme: Acme, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    sealed = finished.documents.select_related("sealed").get().sealed
    assert sealed is not None
    storage().delete(sealed.key)
    (said,) = run(capsys, "export", "--to", str(tmp_path / "export"))
    assert len(said["missing"]) == 1 and said["missing"][0].endswith("/sealed.pdf")
    assert len(list((tmp_path / "export").rglob("files/*"))) == 1
