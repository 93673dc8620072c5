import pytest
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from rubrica.console.tests.conftest import Lease, send_in
from rubrica.processes.actor import Actor
from rubrica.processes.models import Event, RequestedFile, Submission
from tests.cast import Acme, signed_in

OLGA = Actor("member", "olga@acme.example", "Olga Owner")


@pytest.fixture
def client(acme: Acme) -> Client:
    return signed_in(acme.reviewer)


def decide(client: Client, lease: Lease, action: str, **form: object) -> str:
    """Posts as the page does and gives the page that follows."""
    address = reverse(f"console:{action}", args=[lease.process.public_id, lease.card.pk])
    answer = client.post(address, {"submission": lease.photo.pk, **form}, headers={"User-Agent": "Firefox"})
    process = reverse("console:process", args=[lease.process.public_id])
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{process}#file-{lease.card.pk}"
    return client.get(process).content.decode()


def status(lease: Lease) -> str:
    return RequestedFile.objects.select_related("current").get(pk=lease.card.pk).status


def test_it_works(client: Client, lease: Lease) -> None:
    assert "“ID card” is approved." in decide(client, lease, "approve")
    assert status(lease) == "approved"
    event = lease.process.events.get(kind=Event.Kind.FILE_APPROVED)
    assert (event.actor, event.actor_name, event.ip, event.user_agent) == (
        "tomas@acme.example",
        "Tomás Reviewer",
        "127.0.0.1",
        "Firefox",
    )


def test_a_file_is_sent_back_with_its_reason(client: Client, lease: Lease) -> None:
    shown = decide(client, lease, "reject", reason="  Too dark\nto read ")
    assert "Ana Pérez is told why" in shown
    assert status(lease) == "rejected"
    photo = Submission.objects.get(pk=lease.photo.pk)
    assert (photo.reason, photo.decided_by) == ("Too dark\nto read", "Tomás Reviewer")
    assert ProcrastinateJob.objects.filter(task_name__endswith="announce_file_rejection").count() == 1


@pytest.mark.parametrize("reason", ["", "   \n", "\0"])
def test_sending_back_needs_a_reason(client: Client, lease: Lease, reason: str) -> None:
    assert "Say why the file is sent back" in decide(client, lease, "reject", reason=reason)
    assert status(lease) == "uploaded"


def test_a_decision_can_be_taken_back(client: Client, lease: Lease) -> None:
    lease.card.approve(OLGA)
    assert "waits for review again" in decide(client, lease, "reset")
    assert status(lease) == "uploaded"
    assert "no decision to take back" in decide(client, lease, "reset")


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_a_version_that_nobody_looked_at_is_not_decided(client: Client, acme: Acme, lease: Lease, action: str) -> None:
    send_in(acme, lease.card, "newer.jpg", b"\xff\xd8\xff\xe0 newer")
    assert "Look at the new version first." in decide(client, lease, action, reason="Blurred")
    assert status(lease) == "uploaded"


def test_a_file_that_was_withdrawn_is_not_decided(client: Client, lease: Lease) -> None:
    lease.card.withdraw(lease.ana.actor())
    decide(client, lease, "approve")
    assert status(lease) == "missing"


def test_two_reviewers_decide_once(client: Client, lease: Lease) -> None:
    decide(client, lease, "approve")
    assert "Somebody else decided" in decide(client, lease, "reject", reason="Blurred")
    assert status(lease) == "approved"


def test_nothing_is_decided_after_the_end(client: Client, lease: Lease) -> None:
    lease.ana.reject("I do not want it", lease.ana.actor())
    assert "This process has ended" in decide(client, lease, "approve")
    assert status(lease) == "uploaded"


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30])
def test_a_form_that_says_nonsense_decides_nothing(client: Client, lease: Lease, seen: str) -> None:
    decide(client, lease, "approve", submission=seen)
    assert status(lease) == "uploaded"


def test_an_unknown_file_is_not_found(client: Client, lease: Lease) -> None:
    for number in [0, lease.card.pk + 1000, 10**18]:
        address = reverse("console:approve", args=[lease.process.public_id, number])
        assert client.post(address).status_code == 404
