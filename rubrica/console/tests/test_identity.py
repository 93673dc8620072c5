"""Members see what participants showed of themselves, and decide about those who did not get through."""

import pytest
from django.test import Client
from django.urls import reverse

from rubrica.processes.models import Event, IdentityCapture, Participant, Process
from rubrica.signer.tests.checked import ana, capture, consented, enter, start, wrong_code
from rubrica.signer.tests.phones import phone
from tests import portraits
from tests.cast import Acme, signed_in


@pytest.fixture
def waiting(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> Process:
    """Ana has sent both pictures, and nobody but a person can compare them."""
    monkeypatch.setattr("rubrica.faces.pictures.can_compare", lambda: False)
    process = start(acme, "photo", "identification")
    mine = consented(process)
    capture(mine, "photo", portraits.selfie())
    capture(mine, "identification", portraits.card())
    return process


@pytest.fixture
def blocked(acme: Acme) -> Process:
    process = start(acme, "otp")
    mine = phone(process)
    mine.post("/otp")
    for _ in range(3):
        enter(mine, wrong_code(process))
    return process


def shown(client: Client, process: Process) -> str:
    return client.get(reverse("console:process", args=[process.public_id])).content.decode()


def decide(client: Client, process: Process, **form: str) -> str:
    address = reverse("console:decide", args=[process.public_id, ana(process).public_id])
    assert client.post(address, form).status_code == 302
    return shown(client, process)


def picture(process: Process) -> str:
    newest = IdentityCapture.objects.filter(check_row__participant__process=process)[0]
    return reverse("console:capture", args=[process.public_id, newest.pk])


def test_it_works(acme: Acme, waiting: Process) -> None:
    client = signed_in(acme.reviewer)
    page = shown(client, waiting)
    assert "The pictures could not be compared here." in page
    assert picture(waiting) in page
    answer = client.get(picture(waiting), {"size": "small"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    page = decide(client, waiting, decision="approve", message="I know her.")
    assert "Ana Pérez may go on." in page
    assert "let through by Tomás Reviewer" in page
    event = waiting.events.get(kind=Event.Kind.UNBLOCKED)
    assert (event.data["message"], event.actor) == ("I know her.", "tomas@acme.example")


def test_a_block_says_why_and_can_be_lifted(acme: Acme, blocked: Process) -> None:
    client = signed_in(acme.owner)
    page = shown(client, blocked)
    assert "The code was wrong three times." in page
    assert "3 failed tries" in page
    assert "Ana Pérez can try again." in decide(client, blocked, decision="reset")
    assert ana(blocked).status == Participant.Status.NOTIFICATION


@pytest.mark.parametrize(
    ("decision", "state"), [("reject", Process.State.REJECTED), ("cancel", Process.State.CANCELLED)]
)
def test_decisions_that_end_it(acme: Acme, blocked: Process, decision: str, state: str) -> None:
    decide(signed_in(acme.owner), blocked, decision=decision, message="Not her.")
    blocked.refresh_from_db()
    assert blocked.state == state


@pytest.mark.parametrize("decision", ["approve", "cancel"])
def test_some_decisions_need_a_reason(acme: Acme, blocked: Process, decision: str) -> None:
    assert "Say why" in decide(signed_in(acme.owner), blocked, decision=decision, message="  ")
    assert ana(blocked).status == Participant.Status.BLOCK


def test_a_decision_that_somebody_else_took_first(acme: Acme, blocked: Process) -> None:
    client = signed_in(acme.owner)
    decide(client, blocked, decision="reset")
    assert "Somebody else decided about this participant" in decide(client, blocked, decision="reject")


def test_who_only_looks_sees_no_faces(acme: Acme, waiting: Process) -> None:
    acme.reviewer.role = "viewer"
    acme.reviewer.save()
    client = signed_in(acme.reviewer)
    assert picture(waiting) not in shown(client, waiting)
    assert client.get(picture(waiting)).status_code == 403
    address = reverse("console:decide", args=[waiting.public_id, ana(waiting).public_id])
    assert client.post(address, {"decision": "reset"}).status_code == 403


def test_not_yours_is_not_found(other: Acme, waiting: Process) -> None:
    client = signed_in(other.owner)
    assert client.get(picture(waiting)).status_code == 404
    address = reverse("console:decide", args=[waiting.public_id, ana(waiting).public_id])
    assert client.post(address, {"decision": "reset"}).status_code == 404


def test_what_was_erased(acme: Acme, waiting: Process) -> None:
    from rubrica import clock

    IdentityCapture.objects.update(original=None, redrawn=None, erased_at=clock.now())
    client = signed_in(acme.owner)
    assert "Erased when its time was over" in shown(client, waiting)
    assert client.get(picture(waiting)).status_code == 404
