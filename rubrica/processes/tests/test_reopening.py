"""The ways back, below any dialect: what ended goes on, what is open is taken back and sent anew."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from rubrica import clock
from rubrica.files.models import Blob
from rubrica.processes import reopening
from rubrica.processes.errors import Refused
from rubrica.processes.models import Due, Event, Hold, Process, Signature
from rubrica.processes.models.event import first_broken
from rubrica.processes.sending import Sending
from rubrica.retention import erasing
from tests import sending
from tests.cast import Acme, make_acme
from tests.contract import calls
from tests.sending import REVIEWER, person, somebody


def document(acme: Acme, *people: sending.Guest, **more: Any) -> Process:
    return sending.start_signing(acme, *people, kind=Process.Kind.DOCUMENT, **more)


def anew(process: Process, *people: sending.Guest, **more: Any) -> Sending:
    return Sending(
        name="Again", subject="", message="", creator_email="olga@acme.example", people=people,
        kind=process.kind, papers=[sending.paper(people)], **more,
    )  # fmt: skip


def sign(process: Process, name: str) -> None:
    signer = somebody(process, name)
    signer.sign(kind="type", text=name, image=None, by=signer.actor())


def test_who_owes_a_file_again_is_asked_too(acme: Acme) -> None:
    """Benito has signed, and the file that came with it was sent back."""
    process = sending.start_signing(acme, person("Ana"), person("Benito", "ID card"), remind_every_hours=3)
    sending.deliver(acme, sending.slot(process, "ID card"))
    sign(process, "Benito")
    sending.slot(process, "ID card").reject("Blurred.", REVIEWER)
    ana = somebody(process, "Ana")
    ana.reject("No.", ana.actor())
    asked = reopening.reactivate(process, REVIEWER)
    assert sorted(one.name for one in asked) == ["Ana", "Benito"]
    assert Due.objects.filter(kind="remind").count() == 2


def test_a_document_that_never_came_waits_again(acme: Acme) -> None:
    process = sending.await_upload(acme, person("Ana")).process
    process.cancel("Not now.", REVIEWER)
    assert reopening.reactivate(process, REVIEWER) == []
    process.refresh_from_db()
    assert process.is_open and somebody(process).status == "PENDING"


def test_everybody_was_done_when_it_was_called_off(acme: Acme) -> None:
    """The last file is optional and undecided, so the process could be cancelled; it goes on to its end by itself."""
    process = document(acme, person("Ana"))
    Process.objects.update(state="cancelled")
    process.participants.update(status="FINISH")
    reopening.reactivate(process, REVIEWER)
    assert process.documents.get().state == "sealing"


def test_reactivating_twice_at_once_opens_once(transactional_db: None) -> None:
    acme = make_acme()
    process = document(acme, person("Ana"))
    process.cancel("Not now.", REVIEWER)
    outcomes, both = [], threading.Barrier(2, timeout=30)

    def work() -> None:
        both.wait()
        try:
            reopening.reactivate(Process.objects.get(pk=process.pk), REVIEWER)
            outcomes.append("opened")
        except Refused as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sorted(outcomes) == ["NOT_ENDED", "opened"]
    assert len(calls.jobs("announce_again")) == 1


def test_taking_back_races_with_the_last_signature(transactional_db: None) -> None:
    """One of the two is first, and the other is refused: there is never a signature on what is edited."""
    acme = make_acme()
    process = document(acme, person("Ana"))
    both, outcomes = threading.Barrier(2, timeout=30), []

    def run(act: Any, name: str) -> None:
        both.wait()
        try:
            act()
            outcomes.append(name)
        except Refused as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    workers = [
        threading.Thread(target=run, args=(lambda: sign(process, "Ana"), "signed")),
        threading.Thread(target=run, args=(lambda: reopening.take_back(process, REVIEWER), "taken back")),
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    process.refresh_from_db()
    assert sorted(outcomes) in [["NOT_EDITABLE", "signed"], ["PROCESS_CLOSED", "taken back"]]
    assert Signature.objects.exists() == (process.state != "editing")
    assert first_broken(process) is None


@pytest.mark.parametrize("kind", [Process.Kind.FILES])
def test_what_asks_for_files_is_not_taken_back(acme: Acme, kind: str) -> None:
    process = sending.start_signing(acme, person("Ana"), kind=kind)
    with pytest.raises(Refused, match="Only an open process of documents"):
        reopening.take_back(process, REVIEWER)


def test_plans_of_before_are_gone(acme: Acme) -> None:
    soon = clock.now() + timedelta(days=3)
    process = document(acme, person("Ana"), remind_every_hours=3, expires_at=soon)
    assert Due.objects.count() == 2
    reopening.take_back(process, REVIEWER)
    assert not Due.objects.exists()
    later = soon + timedelta(days=3)
    reopening.send_anew(process, anew(process, person("Benito"), expires_at=later), REVIEWER)
    assert [(due.kind, due.at) for due in Due.objects.all()] == [("expire", later)]


def test_only_what_is_in_edition_or_empty_is_sent_anew(acme: Acme) -> None:
    process = document(acme, person("Ana"))
    with pytest.raises(Refused, match="not in edition"):
        reopening.send_anew(process, anew(process, person("Benito")), REVIEWER)
    assert somebody(process).name == "Ana"


def test_of_two_who_send_anew_one_is_refused(acme: Acme) -> None:
    process = document(acme, person("Ana"))
    reopening.take_back(process, REVIEWER)
    reopening.send_anew(process, anew(process, person("Benito")), REVIEWER)
    with pytest.raises(Refused, match="not in edition"):
        reopening.send_anew(process, anew(process, person("Carla")), REVIEWER)
    assert [one.name for one in process.participants.all()] == ["Benito"]


def test_a_failure_half_way_leaves_the_edition(acme: Acme) -> None:
    process = document(acme, person("Ana"))
    reopening.take_back(process, REVIEWER)

    def broken(_: Process) -> None:
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        reopening.send_anew(process, anew(process, person("Benito")), REVIEWER, broken)
    process.refresh_from_db()
    assert (process.state, somebody(process).name) == ("editing", "Ana")
    assert process.events.filter(kind=Event.Kind.EDITED).count() == 0


@pytest.mark.parametrize("whole", [False, True], ids=["process", "organization"])
def test_what_is_held_is_not_sent_anew(acme: Acme, whole: bool) -> None:
    process = document(acme, person("Ana"))
    reopening.take_back(process, REVIEWER)
    Hold.place(acme.organization, None if whole else process, "A claim", REVIEWER)
    with pytest.raises(Refused, match="legal hold"):
        reopening.send_anew(process, anew(process, person("Benito")), REVIEWER)
    assert somebody(process, "Ana").name == "Ana"


def test_what_was_erased_does_not_go_on(acme: Acme) -> None:
    process = document(acme, person("Ana"), person("Benito"))
    process.cancel("Not now.", REVIEWER)
    erasing.erase(acme.organization, somebody(process, "Benito").email, REVIEWER)
    with pytest.raises(Refused, match="erased"):
        reopening.reactivate(process, REVIEWER)
    process.refresh_from_db()
    assert process.state == "cancelled" and not Due.objects.exists()


def test_what_lost_its_bytes_does_not_go_on(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "ID card", "Invoice"))
    sending.deliver(acme, sending.slot(process, "ID card"))
    process.cancel("Not now.", REVIEWER)
    Blob.objects.update(erased_at=clock.now())
    with pytest.raises(Refused, match="erased"):
        reopening.reactivate(process, REVIEWER)
    Blob.objects.update(erased_at=None)
    assert [one.name for one in reopening.reactivate(process, REVIEWER)] == ["Ana"]
