"""What editors and owners do with a process that is on its way or has ended: cancel, reactivate, see it edited."""

import pytest
from django.test import Client
from django.urls import reverse

from rubrica.processes.actor import RUBRICA
from rubrica.processes.models import Event, Process
from rubrica.processes.reopening import take_back
from tests import queue, sending
from tests.cast import Acme, signed_in
from tests.sending import paper, person


@pytest.fixture
def client(acme: Acme) -> Client:
    return signed_in(acme.owner)


@pytest.fixture
def process(acme: Acme) -> Process:
    return sending.start_signing(acme, person("Ana"), person("Benito"), kind=Process.Kind.DOCUMENT)


def do(client: Client, name: str, process: Process, **fields: str) -> str:
    answer = client.post(reverse(f"console:{name}", args=[process.public_id]), fields, follow=True)
    assert answer.status_code == 200
    process.refresh_from_db()
    return answer.content.decode()


def page(client: Client, process: Process) -> str:
    return client.get(reverse("console:process", args=[process.public_id])).content.decode()


def test_cancelling_says_why(client: Client, process: Process) -> None:
    assert 'id="cancel-dialog"' in page(client, process)
    shown = do(client, "cancel", process, message=" Not needed any more. ")
    assert "The process is cancelled. Who was asked is told why." in shown
    assert "Olga Owner cancelled the process: Not needed any more." in shown
    assert process.state == "cancelled" and 'id="cancel-dialog"' not in shown
    queue.run("announce_cancellation")
    assert queue.told("cancelled") == ["ana@example.com", "benito@example.com"]


def test_cancelling_needs_a_message(client: Client, process: Process) -> None:
    for message in ("", "  ", "\0"):
        assert "Say why the process is cancelled" in do(client, "cancel", process, message=message)
    assert process.is_open


def test_what_is_over_cannot_be_cancelled(client: Client, process: Process) -> None:
    Process.objects.update(state="finished")
    assert "This process has ended" in do(client, "cancel", process, message="No.")
    assert 'id="cancel"' not in page(client, process) and 'id="reactivate"' not in page(client, process)


@pytest.mark.parametrize("state", ["rejected", "expired", "cancelled"])
def test_what_ended_early_is_reactivated(client: Client, process: Process, state: str) -> None:
    Process.objects.update(state=state)
    assert 'id="reactivate"' in page(client, process)
    shown = do(client, "reactivate", process)
    assert "The process goes on. 2 people are asked again." in shown
    assert process.is_open and process.events.filter(kind=Event.Kind.REACTIVATED).exists()
    assert "Only what was rejected, cancelled or has expired" in do(client, "reactivate", process)


def test_what_is_being_edited_says_so_and_can_be_cancelled(client: Client, process: Process) -> None:
    take_back(process, RUBRICA)
    shown = page(client, process)
    assert "Being edited" in shown and "A program took it back to edit it." in shown
    assert "is cancelled" in do(client, "cancel", process, message="Not needed.")


def test_others_may_not(acme: Acme, other: Acme, process: Process) -> None:
    reviewer, stranger = signed_in(acme.reviewer), signed_in(other.owner)
    for name in ("cancel", "reactivate"):
        address = reverse(f"console:{name}", args=[process.public_id])
        assert reviewer.post(address, {"message": "No."}).status_code == 403
        assert stranger.post(address, {"message": "No."}).status_code == 404
        assert Client().post(address).status_code == 302
        assert reviewer.get(address).status_code == 405
    assert 'id="cancel"' not in page(reviewer, process)
    process.refresh_from_db()
    assert process.is_open


def test_a_package_lists_every_document_with_its_signers(client: Client, acme: Acme) -> None:
    ana, benito, rita = person("Ana"), person("Benito"), person("Rita", role="reader")
    papers = [paper([ana, benito], name="Contract"), paper([ana], name="Note")]
    process = sending.start(acme, ana, benito, rita, papers=papers, kind=Process.Kind.PACKAGE)
    shown = page(client, process)
    signed = [part.partition("</p>")[0].split("</span>")[-1].strip() for part in shown.split("Signed by")[1:]]
    assert signed == ["Ana, Benito", "Ana"]
    assert "rita@example.com · Reader" in shown and "Approve" not in shown


def test_a_document_alone_does_not_repeat_its_people(client: Client, process: Process) -> None:
    assert "Signed by" not in page(client, process)
