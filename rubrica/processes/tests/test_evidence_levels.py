"""Evidence apart from documents rises like a document; its container stays what it was when it was signed."""

import hashlib
import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from procrastinate.jobs import Job

import rubrica_verify
from rubrica import clock
from rubrica.processes import bundle, jobs
from rubrica.processes.errors import Refused
from rubrica.processes.models import Due, Event, Evidence, Process
from rubrica.processes.published import published
from rubrica.processes.tests.test_levels import Hands, authority, hands
from rubrica.sealing.keyring.keys import signing_key
from tests import queue, sending
from tests.cast import Acme
from tests.contract import calls
from tests.sending import REVIEWER, content, deliver, person, slot
from tests.tsa import Authority

__all__ = ["authority", "hands"]


def made(acme: Acme) -> Evidence:
    """Everything is delivered and approved, and the evidence is sealed; its level is for the next job."""
    process = sending.start(acme, person("Ana Pérez", "ID card"))
    deliver(acme, slot(process, "ID card"))
    slot(process, "ID card").approve(REVIEWER)
    queue.run("make_evidence")
    return Evidence.objects.get(process=process)


def work(evidence: Evidence) -> Evidence:
    jobs.do_what_is_due.func(timestamp=0)
    queue.run("raise_evidence")
    return Evidence.objects.get(pk=evidence.pk)


def told(evidence: Evidence, kind: str) -> list[dict[str, Any]]:
    return list(evidence.process.events.filter(kind=kind).order_by("sequence").values_list("data", flat=True))


def test_it_works(acme: Acme, authority: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And a stranger finds bundle and container good."""
    evidence = made(acme)
    assert (evidence.level, evidence.level_error) == ("B-T", "")
    first = content(evidence.pdf)
    evidence = work(evidence)
    assert (evidence.level, evidence.level_error, evidence.level_tries) == ("B-LTA", "", 0)
    newest = content(evidence.pdf)
    assert newest.startswith(first) and len(newest) > len(first)
    assert evidence.renew_at is not None and Due.objects.get(kind="raise").at == evidence.renew_at
    (raised,) = told(evidence, Event.Kind.EVIDENCE_UPGRADED)
    assert (raised["level"], raised["sha256"]) == ("B-LTA", hashlib.sha256(newest).hexdigest())
    found = [published(hashlib.sha256(data).hexdigest()) for data in (first, newest)]
    assert [(one.level, one.is_newest) for one in found if one] == [("B-T", False), ("B-LTA", True)]

    with zipfile.ZipFile(io.BytesIO(b"".join(bundle.container(evidence)))) as container:
        assert container.read("evidence/sealed.pdf") == first  # what its signature is about
    process = Process.objects.get(pk=evidence.process_id)
    (tmp_path / "bundle.zip").write_bytes(b"".join(bundle.bundle(process)))
    (tmp_path / "ca.pem").write_bytes(signing_key(acme.organization).chain[-1].public_bytes(Encoding.PEM))
    code = rubrica_verify.main([str(tmp_path / "bundle.zip"), "--ca", str(tmp_path / "ca.pem")])
    said = capsys.readouterr().out
    assert code == 0, said
    assert "ok     the ASiC-E container" in said and "was added later, under a timestamp" in said


def test_a_server_that_fails_delays_nothing_and_the_clock_tries_again(
    acme: Acme, authority: Authority, hands: Hands
) -> None:
    authority.fault = "500"
    evidence = made(acme)
    assert (evidence.is_made, evidence.level, evidence.level_error.partition(":")[0]) == (True, "B-B", "TSA_AWAY")
    hands.turn(minutes=2)
    evidence = work(evidence)
    assert (evidence.level, evidence.level_tries) == ("B-B", 2)
    authority.fault = ""
    hands.turn(minutes=6)
    assert work(evidence).level == "B-LTA"


def test_an_owner_can_have_it_tried_now(acme: Acme, authority: Authority) -> None:
    authority.fault = "500"
    evidence = made(acme)
    authority.fault = ""
    evidence.raise_level()
    assert calls.jobs("raise_evidence") == [{"evidence_id": evidence.pk}]
    evidence = work(evidence)
    assert evidence.level == "B-LTA"
    with pytest.raises(Refused, match="highest level"):
        evidence.raise_level()


def test_a_job_that_kills_its_workers_waits_as_long_as_any_failure(acme: Acme, authority: Authority) -> None:
    evidence = made(acme)
    jobs._give_up(Job(id=1, queue="levels", lock=None, queueing_lock=None, task_name="x",
                      task_kwargs={"evidence_id": evidence.pk}))  # fmt: skip
    evidence.refresh_from_db()
    assert (evidence.is_made, evidence.level_error.partition(":")[0], evidence.error) == (True, "LEVEL_FAILED", "")
    assert Due.objects.get(kind="raise").at < clock.now() + timedelta(minutes=2)


def test_without_a_server_nothing_is_planned(acme: Acme) -> None:
    evidence = made(acme)
    assert (evidence.level, evidence.level_error) == ("B-B", "")
    assert calls.jobs("raise_evidence") == [] and not Due.objects.exists()
