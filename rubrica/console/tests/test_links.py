import hashlib
import re

import pytest
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from rubrica.console.tests.conftest import Lease
from rubrica.processes.models import Event, Participant, ParticipantLink, Process
from tests.cast import Acme, signed_in


@pytest.fixture
def client(acme: Acme) -> Client:
    return signed_in(acme.owner)


def act(client: Client, lease: Lease, action: str, person: Participant | None = None) -> str:
    person = person or lease.ana
    address = reverse(f"console:{action}", args=[lease.process.public_id, person.public_id])
    return client.post(address, follow=True).content.decode()


def test_it_works(client: Client, lease: Lease) -> None:
    """A link is shown once, works, and the history says who made it."""
    shown = act(client, lease, "link")
    found = re.search(r'value="http[^"]*/s/([\w-]+)"', shown)
    assert found
    digest = hashlib.sha256(found[1].encode()).digest()
    assert ParticipantLink.objects.get(digest=digest).participant == lease.ana
    page = client.get(reverse("console:process", args=[lease.process.public_id])).content.decode()
    assert "Olga Owner made a link for Ana Pérez" in page
    assert found[1] not in page


def test_the_page_with_the_link_is_kept_nowhere(client: Client, lease: Lease) -> None:
    answer = client.post(reverse("console:link", args=[lease.process.public_id, lease.ana.public_id]))
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}


def test_there_is_no_link_into_a_process_that_was_refused(client: Client, lease: Lease) -> None:
    Process.objects.filter(pk=lease.process.pk).update(state="rejected")
    assert "This process has ended" in act(client, lease, "link")
    assert not ParticipantLink.objects.exists()


def test_the_link_is_sent_again(client: Client, lease: Lease) -> None:
    assert "A fresh link is on its way to ana@example.com." in act(client, lease, "resend")
    assert ProcrastinateJob.objects.filter(task_name__endswith="remind").count() == 1
    assert lease.process.events.get(kind=Event.Kind.REMINDED).actor == "olga@acme.example"


def test_who_has_not_their_turn_is_not_reminded(client: Client, lease: Lease) -> None:
    assert "Others come first" in act(client, lease, "resend", lease.benito)
    assert not ProcrastinateJob.objects.filter(task_name__endswith="remind").exists()


def test_an_unknown_participant_is_not_found(client: Client, lease: Lease) -> None:
    for action in ["link", "resend"]:
        address = reverse(f"console:{action}", args=[lease.process.public_id, "??"])
        assert client.post(address).status_code == 404
