"""The checker of invariants notices each thing that it is there for: one finished process, and one of its rows, bytes
or witnesses broken at a time."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings

from rubrica.files.models import Blob
from rubrica.notify.models import Notification
from rubrica.processes import finale
from rubrica.processes.actor import RUBRICA
from rubrica.processes.models import Document, Event, Participant, Process, Submission
from rubrica.webhooks.models import Delivery, Webhook
from tests import pdfs, queue, sending
from tests.cast import make_acme
from tests.sending import REVIEWER, deliver, person, slot, somebody
from tests.tampering import UNGUARDED
from tools.invariants.__main__ import everything
from tools.invariants.chains import root
from tools.invariants.findings import Report
from tools.invariants.outside import Outside, lines
from tools.invariants.rows import Rows
from tools.invariants.storage import Folder

pytestmark = pytest.mark.django_db


@dataclass
class Stage:
    process: Process
    blobs: Path
    outside: Outside

    def report(self, *, settled: bool = True) -> Report:
        rows = Rows(connection.connection)
        return everything(rows, Folder(self.blobs), self.outside, settled=settled)

    def breaches(self) -> set[str]:
        return {one.invariant for one in self.report().breaches}


@pytest.fixture(scope="module")
def finished(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """Sealed for real, once for all tests here, in a transaction that leaves nothing."""
    blobs = tmp_path_factory.mktemp("blobs")
    with django_db_blocker.unblock(), override_settings(STORAGE_URL=f"file://{blobs}"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
        yield Stage(_finished(), blobs, Outside())
        transaction.set_rollback(True)


@pytest.fixture
def stage(finished: Stage) -> Iterator[Stage]:
    """What a test breaks is whole again for the next one."""
    with transaction.atomic():
        yield Stage(finished.process, finished.blobs, _witnesses(finished.process))
        transaction.set_rollback(True)


def _finished() -> Process:
    acme = make_acme()
    Webhook.objects.create(organization=acme.organization, word="default", url="https://hook.example/")
    process = sending.start(acme, person("Ana Pérez", "ID card"), pdf=pdfs.contract())
    queue.run("invite")
    deliver(acme, slot(process, "ID card"))
    ana = somebody(process)
    ana.sign(kind="type", text="Ana Pérez", image=None, by=ana.actor("203.0.113.9", "Phone"))
    slot(process, "ID card").approve(REVIEWER)
    finale.seal_document(process.documents.get().pk)
    queue.run("announce_finish")
    for delivery in Delivery.objects.all():
        delivery.settle(Delivery.State.SENT)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    process.refresh_from_db()
    return process


def _witnesses(process: Process) -> Outside:
    """What a client and two sinks would have written of it."""
    outside = Outside(hears=True)
    document, delivered = process.documents.get(), Submission.objects.get()
    assert document.sealed is not None
    blob = delivered.blob
    about = {"package": process.public_id, "code": document.code, "at": "now", "name": process.name}
    people = {"email": somebody(process).email}
    for what in ("asked", "created", "signed", "over", "done"):
        outside.answers[what].append({"what": what, **about, **people})
    for what, file in (("uploaded", blob), ("approved", blob), ("sealed", document.sealed)):
        outside.answers[what].append({"what": what, **about, "sha256": file.sha256, "size": file.size})
    for sent in Notification.objects.all():
        key = hashlib.sha256(sent.key.encode()).hexdigest()[:40]
        outside.mails[key].append({"what": "mail", "id": key, "to": sent.to, "subject": sent.kind})
    for message in Delivery.objects.all():
        digest = hashlib.sha256(message.body.encode()).hexdigest()
        outside.calls[message.message_id].append({"what": "call", "id": message.message_id, "sha256": digest})
    return outside


def test_all_hold_and_all_was_looked_at(stage: Stage) -> None:
    report = stage.report()
    assert report.breaches == []
    looked_at = {"answers", "blobs", "chains", "events", "mails", "notifications", "sealed PDFs", "webhook calls"}
    assert looked_at <= {what for what, count in report.seen.items() if count}
    assert "All invariants hold." in report.in_words()


def _change(statement: str, *values: Any) -> None:
    """As nobody but a broken disk, or a superuser, could."""
    with connection.cursor() as cursor:
        cursor.execute(UNGUARDED)
        cursor.execute(statement, values)


# Each breaks one thing; the checker must name it by the invariant beside it.
def _event_changed(stage: Stage) -> None:
    _change("UPDATE processes_event SET ip = '192.0.2.1' WHERE kind = 'participant.signed'")


def _event_gone(stage: Stage) -> None:
    _change("DELETE FROM processes_event WHERE kind = 'participant.invited'")


def _head_behind(stage: Stage) -> None:
    _change("UPDATE processes_process SET chain_length = chain_length - 1")


def _bytes_gone(stage: Stage) -> None:
    _other_blob(stage).unlink()


def _bytes_cut(stage: Stage) -> None:
    path = _other_blob(stage)
    path.write_bytes(path.read_bytes()[:-1])


def _seal_changed(stage: Stage) -> None:
    """Of a file whose digest in the database was changed along with it."""
    blob = _sealed(stage)
    data = bytearray((stage.blobs / blob.key).read_bytes())
    data[1000] ^= 1
    changed = hashlib.sha256(data).hexdigest()
    _change("UPDATE files_blob SET sha256 = %s WHERE id = %s", changed, blob.pk)
    (stage.blobs / Blob.objects.get(pk=blob.pk).key).parent.mkdir(parents=True, exist_ok=True)
    (stage.blobs / Blob.objects.get(pk=blob.pk).key).write_bytes(data)


def _seal_of_another_history(stage: Stage) -> None:
    _change("UPDATE processes_event SET hash = sha256(hash) WHERE kind = 'document.sealing'")


def _process_lost(stage: Stage) -> None:
    stage.outside.answers["created"][0]["package"] = "0" * 24


def _upload_lost(stage: Stage) -> None:
    stage.outside.answers["uploaded"][0]["sha256"] = "0" * 64


def _approval_lost(stage: Stage) -> None:
    _change("UPDATE processes_submission SET decision = ''")


def _signature_lost(stage: Stage) -> None:
    _change("DELETE FROM processes_signature")


def _seal_replaced(stage: Stage) -> None:
    stage.outside.answers["sealed"][0]["sha256"] = "0" * 64


def _end_lost(stage: Stage) -> None:
    _change("UPDATE processes_process SET state = 'cancelled'")


def _mail_lost(stage: Stage) -> None:
    stage.outside.mails.popitem()


def _call_lost(stage: Stage) -> None:
    stage.outside.calls.popitem()


def _process_twice(stage: Stage) -> None:
    process = stage.process
    twin = Process.objects.get(pk=process.pk)
    twin.pk, twin.public_id, twin.state, twin.chain_length, twin.chain_head = None, "1" * 24, "cancelled", 0, b""
    twin.save(force_insert=True)


def _upload_twice(stage: Stage) -> None:
    first = Submission.objects.get()
    first.pk, first.version = None, 2
    first.save(force_insert=True)


def _mail_twice(stage: Stage) -> None:
    first = Notification.objects.filter(kind="finished").exclude(participant_id=None).latest("pk")
    first.pk, first.key = None, f"again:{first.key}"
    first.save(force_insert=True)
    stage.outside.mails[hashlib.sha256(first.key.encode()).hexdigest()[:40]].append({"to": first.to, "subject": "x"})


def _mail_from_nowhere(stage: Stage) -> None:
    stage.outside.mails["0" * 40].append({"what": "mail", "id": "0" * 40, "to": "ana@example.com", "subject": "x"})


def _call_twice(stage: Stage) -> None:
    first = Delivery.objects.exclude(event_id=None)[0]
    first.pk, first.message_id = None, "msg_twin"
    first.save(force_insert=True)
    digest = hashlib.sha256(first.body.encode()).hexdigest()
    stage.outside.calls["msg_twin"].append({"what": "call", "id": "msg_twin", "sha256": digest})


def _call_with_another_body(stage: Stage) -> None:
    next(iter(stage.outside.calls.values())).append({"what": "call", "id": "x", "sha256": "0" * 64})


def _sealed_twice(stage: Stage) -> None:
    process = Process.objects.get(pk=stage.process.pk)
    sealed = Event.objects.get(kind=Event.Kind.SEALED)
    process.record(Event.Kind.SEALED, RUBRICA, **sealed.data)


def _seal_by_nobody(stage: Stage) -> None:
    _change("UPDATE processes_document SET state = 'sealing'")


def _complete_and_still(stage: Stage) -> None:
    _change("UPDATE processes_process SET state = 'open'")
    Document.objects.update(state="open")


def _file_in_no_inbox(stage: Stage) -> None:
    _change("UPDATE processes_submission SET awaits_review = NOT awaits_review")


def _invitation_by_nobody(stage: Stage) -> None:
    _change("UPDATE processes_process SET state = 'open'")
    Participant.objects.update(status="NOTIFICATION")
    _change("DELETE FROM processes_event WHERE kind = 'participant.invited'")


def _mail_by_nobody(stage: Stage) -> None:
    Notification.objects.filter(kind="finished").update(state="queued", sent_at=None)


def _end_told_to_nobody(stage: Stage) -> None:
    Notification.objects.filter(kind="finished").delete()


def _call_by_nobody(stage: Stage) -> None:
    _change("UPDATE webhooks_delivery SET state = 'open', settled_at = NULL, created_at = now() - interval '1 hour'")


JOB = "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('mail', 'a.job', %s)"


def _job_failed(stage: Stage) -> None:
    _change(JOB, "failed")


def _job_of_the_dead(stage: Stage) -> None:
    _change(JOB, "doing")


def _job_waits(stage: Stage) -> None:
    _change(JOB, "todo")


def _other_blob(stage: Stage) -> Path:
    """The bytes of the file that was delivered, a copy of which the next test gets."""
    path = stage.blobs / Submission.objects.get().blob.key
    spare = path.with_suffix(".spare")
    if spare.exists():
        path.write_bytes(spare.read_bytes())
    else:
        spare.write_bytes(path.read_bytes())
    return path


def _sealed(stage: Stage) -> Blob:
    found = stage.process.documents.get().sealed
    assert found is not None
    return found


BREAKS: list[tuple[Callable[[Stage], None], str]] = [
    (_event_changed, "chain"),
    (_event_gone, "chain"),
    (_head_behind, "chain"),
    (_seal_changed, "seal"),
    (_seal_of_another_history, "seal"),
    (_process_lost, "lost"),
    (_upload_lost, "lost"),
    (_approval_lost, "lost"),
    (_signature_lost, "lost"),
    (_seal_replaced, "lost"),
    (_end_lost, "lost"),
    (_mail_lost, "lost"),
    (_call_lost, "lost"),
    (_process_twice, "double"),
    (_upload_twice, "double"),
    (_mail_twice, "double"),
    (_mail_from_nowhere, "double"),
    (_call_twice, "double"),
    (_call_with_another_body, "double"),
    (_sealed_twice, "double"),
    (_seal_by_nobody, "stuck"),
    (_complete_and_still, "stuck"),
    (_file_in_no_inbox, "stuck"),
    (_invitation_by_nobody, "stuck"),
    (_mail_by_nobody, "stuck"),
    (_end_told_to_nobody, "stuck"),
    (_call_by_nobody, "stuck"),
    (_job_failed, "stuck"),
    (_job_of_the_dead, "stuck"),
    (_job_waits, "stuck"),
    (_bytes_cut, "bytes"),
    (_bytes_gone, "bytes"),  # the last, as the bytes are not put back
]


@pytest.mark.parametrize(("breaks", "invariant"), BREAKS, ids=[one.__name__.strip("_") for one, _ in BREAKS])
def test_each_breach_is_named(stage: Stage, breaks: Callable[[Stage], None], invariant: str) -> None:
    breaks(stage)
    assert invariant in stage.breaches()


def test_what_comes_again_under_its_own_id_is_counted_and_allowed(stage: Stage) -> None:
    for found in (stage.outside.mails, stage.outside.calls):
        again = next(iter(found.values()))
        again.append(again[0])
    report = stage.report()
    assert not [one for one in report.breaches if one.invariant == "double"]
    assert report.notes["mails that came again under the same Message-ID"] == 1
    assert report.notes["webhook calls that came again under the same id"] == 1


def test_a_line_that_was_being_written_when_the_power_went_counts_for_nothing(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    journal.write_bytes(b'{"what": "signed"}\n{"what": "appr')
    assert list(lines(journal)) == [{"what": "signed"}]


def test_the_root_is_that_of_the_published_vectors() -> None:
    """RFC 6962 §2.1: the tree over these leaves, as implementations of certificate transparency publish its roots."""
    leaves = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
    hashes = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root(hashes[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert root(hashes[:2]).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert root(hashes[:7]).hex() == "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"
