"""Levels from the sealing of a process up to the renewal of its archive timestamp, by the jobs that do it."""

import ipaddress
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from procrastinate.jobs import Job

import rubrica_verify
from rubrica import clock
from rubrica.files.access import local_path
from rubrica.processes import bundle, finale, jobs, levels
from rubrica.processes.errors import Refused
from rubrica.processes.models import Document, Due, Event, Process
from rubrica.sealing import sandbox
from rubrica.sealing.keyring.keys import signing_key
from rubrica.sealing.levels import fetching, revision, server
from rubrica.sealing.levels.stamping import forget_troubles
from rubrica.sealing.levels.trouble import NotRaised
from tests import queue, sending, tsa
from tests.cast import Acme
from tests.contract import calls
from tests.sending import content, person
from tests.tsa import Authority

Kind = Event.Kind


class Hands:
    """The clock of the test, also of the authority."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def turn(self, **time: float) -> None:
        self.ahead += timedelta(**time)
        fetching.forget()

    def read(self) -> datetime:
        return REAL() + self.ahead


REAL = clock.now


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    hands = Hands()
    monkeypatch.setattr(clock, "now", hands.read)
    return hands


@pytest.fixture
def authority(settings: Any, hands: Hands) -> Iterator[Authority]:
    with tsa.authority(clock=hands.read, life=timedelta(days=400)) as running:
        settings.ALLOWED_PRIVATE = [ipaddress.ip_network("127.0.0.0/8")]
        settings.TSA = server.read(running.url, running.pem)
        fetching.forget()
        forget_troubles()
        yield running


def sealed_document(acme: Acme) -> Document:
    """Everybody has signed and the job has sealed; its level is for the next job."""
    process = sending.start_signing(acme, person("Ana"))
    ana = process.participants.get()
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor())
    document = process.documents.get()
    finale.seal_document(document.pk)
    document.refresh_from_db()
    assert document.state == "sealed" and document.process.is_finished
    return document


def work(document: Document) -> Document:
    """The waiting jobs about levels run, also those whose time has come."""
    jobs.do_what_is_due.func(timestamp=0)
    queue.run("raise_level")
    return Document.objects.get(pk=document.pk)


def told(document: Document, kind: str) -> list[dict[str, Any]]:
    return list(document.process.events.filter(kind=kind).order_by("sequence").values_list("data", flat=True))


def test_it_works(acme: Acme, authority: Authority) -> None:
    document = sealed_document(acme)
    assert (document.level, document.level_error) == ("B-T", "")
    first = content(document.sealed)
    document = work(document)
    assert (document.level, document.level_error, document.level_tries) == ("B-LTA", "", 0)
    assert content(document.sealed).startswith(first)
    (sealed,), (raised,) = told(document, Kind.SEALED), told(document, Kind.UPGRADED)
    assert (sealed["level"], sealed["size"]) == ("B-T", len(first))
    assert (raised["level"], raised["sha256"]) == ("B-LTA", document.sealed and document.sealed.sha256)
    assert document.renew_at is not None and Due.objects.get(kind="raise").at == document.renew_at


def test_a_stranger_checks_a_document_of_the_highest_level_offline(
    acme: Acme, authority: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Timestamps and all, with ``rubrica_verify.py``; and not once something was added behind the last one."""
    document = work(sealed_document(acme))
    (tmp_path / "ca.pem").write_bytes(signing_key(acme.organization).chain[-1].public_bytes(Encoding.PEM))
    content_of = b"".join(bundle.bundle(Process.objects.get(pk=document.process_id)))
    (tmp_path / "bundle.zip").write_bytes(content_of)
    check = ["--ca", str(tmp_path / "ca.pem")]
    code = rubrica_verify.main([str(tmp_path / "bundle.zip"), *check])
    said = capsys.readouterr().out
    assert code == 0 and "was added later, under a timestamp" in said, said
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        archive.extractall(tmp_path / "bundle")
    (path,) = tmp_path.glob("bundle/documents/*/sealed.pdf")
    path.write_bytes(path.read_bytes() + b"\n%%EOF\n")
    assert rubrica_verify.main([str(tmp_path / "bundle"), *check]) == 1
    assert "Something was added that no signature covers." in capsys.readouterr().out


def test_a_dead_server_delays_nothing_and_the_level_is_raised_later(
    acme: Acme, authority: Authority, hands: Hands
) -> None:
    authority.fault = "500"
    document = sealed_document(acme)
    assert (document.level, document.level_error.partition(":")[0]) == ("B-B", "TSA_AWAY")
    work(document)
    assert told(document, Kind.UPGRADE_FAILED) == []  # nothing was due yet
    hands.turn(minutes=2)
    document = work(document)
    assert (document.level, document.level_tries) == ("B-B", 2)
    authority.fault = ""
    hands.turn(minutes=6)
    document = work(document)
    assert (document.level, document.level_error, document.level_tries) == ("B-LTA", "", 0)
    assert verify_level(document) == "B-LTA"


def verify_level(document: Document) -> str:
    """What is really in the stored file."""
    assert document.sealed is not None
    with local_path(document.sealed) as path:
        return sandbox.run(revision.read, str(path)).level


def test_failures_are_tried_again_at_growing_distances_and_never_given_up(
    acme: Acme, authority: Authority, hands: Hands
) -> None:
    document = sealed_document(acme)
    authority.fault = "no revocation"
    document = work(document)
    assert (document.level, document.level_error.partition(":")[0]) == ("B-T", "REVOCATION_MISSING")
    waits = []
    for _ in range(14):
        (due,) = Due.objects.filter(document=document)
        waits.append(due.at - clock.now())
        levels.record_failure(document, NotRaised("REVOCATION_MISSING", "No."))
        document.refresh_from_db()
    minutes = [round(wait.total_seconds() / 60) for wait in waits]
    assert minutes == [1, 5, 30, 120, 360, *[1440] * 7, 10080, 10080]
    (failed,) = told(document, Kind.UPGRADE_FAILED)  # the same trouble is told once
    assert (failed["level"], failed["reason"].partition(":")[0]) == ("B-T", "REVOCATION_MISSING")


def test_a_job_that_runs_twice_gives_one_result(acme: Acme, authority: Authority) -> None:
    document = sealed_document(acme)
    stale = Document.objects.select_related("process__organization", "sealed").get(pk=document.pk)
    levels.raise_level(document.pk)
    asked = len(authority.calls)
    levels.raise_level(document.pk)
    assert len(authority.calls) == asked  # it saw that there is nothing to do
    blob, raised = levels._make_blob(stale)  # another worker that had begun before
    levels._publish(stale, blob, raised)
    assert len(told(document, Kind.UPGRADED)) == 1
    after = Document.objects.get(pk=document.pk)
    assert after.sealed_id != blob.pk and Due.objects.filter(document=document).count() == 1


def test_a_worker_killed_between_file_and_row_is_made_good_by_the_next_run(
    acme: Acme, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = sealed_document(acme)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(levels, "_publish", killed)
        with pytest.raises(KeyboardInterrupt):
            levels.raise_level(document.pk)
    assert Document.objects.get(pk=document.pk).level == "B-T"
    document = work(document)
    assert (document.level, len(told(document, Kind.UPGRADED))) == ("B-LTA", 1)


def test_the_archive_timestamp_is_renewed_by_the_clock(acme: Acme, authority: Authority, hands: Hands) -> None:
    document = work(sealed_document(acme))
    first, before = content(document.sealed), document.renew_at
    assert before is not None
    assert (before - clock.now()).days == 299  # of 400 days a quarter is left
    hands.turn(days=200)
    assert work(document).sealed == document.sealed  # too early
    hands.turn(days=120)
    authority.signers.append(authority.certificate)
    authority.certificate = authority.issue()
    renewed = work(document)
    assert content(renewed.sealed).startswith(first) and len(content(renewed.sealed)) > len(first)
    assert (renewed.level, renewed.level_error) == ("B-LTA", "")
    assert renewed.renew_at is not None and renewed.renew_at > before
    assert Due.objects.get(document=document).at == renewed.renew_at


def test_a_renewal_that_fails_keeps_the_level_and_is_tried_again(
    acme: Acme, authority: Authority, hands: Hands
) -> None:
    document = work(sealed_document(acme))
    hands.turn(days=320)
    authority.fault = "500"
    document = work(document)
    assert (document.level, document.level_tries) == ("B-LTA", 1)
    assert document.level_error and Due.objects.get(document=document).at < clock.now() + timedelta(minutes=1)


def test_without_a_server_nothing_is_planned(acme: Acme) -> None:
    document = sealed_document(acme)
    assert (document.level, document.level_error) == ("B-B", "")
    assert calls.jobs("raise_level") == [] and not Due.objects.exists()


def test_an_owner_can_have_it_tried_now(acme: Acme, authority: Authority) -> None:
    authority.fault = "500"
    document = sealed_document(acme)
    authority.fault = ""
    document.raise_level()
    assert calls.jobs("raise_level") == [{"document_id": document.pk}]
    document = work(document)
    assert document.level == "B-LTA"
    with pytest.raises(Refused, match="highest level"):
        document.raise_level()


def test_what_nobody_foresaw_is_shown_and_tried_again(
    acme: Acme, authority: Authority, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    document = sealed_document(acme)

    def broken(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(levels, "raised_file", broken)
    document = work(document)
    assert (document.level, "No space left" in document.level_error) == ("B-T", True)
    assert Due.objects.filter(document=document).exists() and "No space left" in caplog.text


def test_a_job_that_kills_its_workers_waits_as_long_as_any_failure(acme: Acme, authority: Authority) -> None:
    document = sealed_document(acme)
    jobs._give_up(Job(id=1, queue="levels", lock=None, queueing_lock=None, task_name="x",
                      task_kwargs={"document_id": document.pk}))  # fmt: skip
    document.refresh_from_db()
    assert (document.level, document.level_error.partition(":")[0]) == ("B-T", "LEVEL_FAILED")
