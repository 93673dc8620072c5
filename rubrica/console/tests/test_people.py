"""What editors do about a participant: remind, hand over a link, give another address."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from rubrica import clock
from rubrica.console.people import PAUSE, qr
from rubrica.console.tests.conftest import Lease
from rubrica.processes import notices
from rubrica.processes.models import Event, Participant, ParticipantLink, Process
from rubrica.webhooks.models import Delivery, Webhook
from tests import sending, tampering
from tests.cast import Acme, signed_in


@pytest.fixture
def client(acme: Acme) -> Client:
    return signed_in(acme.owner)


def act(client: Client, lease: Lease, name: str, participant: str, **form: object) -> str:
    address = reverse(f"console:{name}", args=[lease.process.public_id, participant])
    return client.post(address, form, follow=True).content.decode()


def change(client: Client, lease: Lease, email: str) -> str:
    return act(client, lease, "change_email", lease.ana.public_id, email=email)


def test_another_address_is_invited_and_the_old_links_are_dead(client: Client, lease: Lease) -> None:
    old = sending.link(lease.ana)
    assert Client().get(f"{old}/state").status_code == 200
    told = change(client, lease, " ana.new@example.com ")
    assert "Ana Pérez is invited at the new address" in told
    lease.ana.refresh_from_db()
    assert lease.ana.email == "ana.new@example.com"
    assert Client().get(f"{old}/state").status_code != 200
    event = lease.process.events.get(kind=Event.Kind.EMAIL_CHANGED)
    assert (event.data["before"], event.data["after"]) == ("ana@example.com", "ana.new@example.com")
    assert "from ana@example.com to ana.new@example.com" in told
    job = ProcrastinateJob.objects.get(task_name__endswith="invite_elsewhere")
    for _ in range(2):  # a job may run twice
        notices.invite_elsewhere(**job.args)
    (letter,) = [one for one in mail.outbox if "ana.new@example.com" in one.to[0]]
    link = re.search(r"/s/[\w-]+", str(letter.body))
    assert link is not None
    assert Client().get(f"{link[0]}/state").json()["participant"]["name"] == "Ana Pérez"


def test_search_finds_the_new_address_and_not_the_old_one(client: Client, acme: Acme, lease: Lease) -> None:
    change(client, lease, "before@old.example")
    change(client, lease, "fresh@new.example")
    listed = reverse("console:processes")
    assert client.get(listed, {"q": "fresh@new.example"}).context["found"].processes
    assert not client.get(listed, {"q": "before@old.example"}).context["found"].processes


def test_who_is_not_yet_asked_is_invited_in_their_turn(client: Client, lease: Lease) -> None:
    told = act(client, lease, "change_email", lease.benito.public_id, email="b@example.org")
    assert "when it is their turn" in told
    assert not ProcrastinateJob.objects.filter(task_name__endswith="invite_elsewhere").exists()


@pytest.mark.parametrize(
    ("who", "columns", "words"),
    [
        ("ana", {"notify": False}, "give Ana Pérez the new link yourself"),
        ("ana", {"role": "reader", "status": "FINISH"}, "give Ana Pérez the new link yourself"),
        ("ana", {"channels": ["whatsapp"]}, "Ana Pérez gets a new link by WhatsApp"),
        ("ana", {"status": "BLOCK"}, "Ana Pérez is invited at the new address"),
        ("benito", {"notify": False}, "give Benito Díaz the new link yourself"),
        ("benito", {"channels": ["whatsapp"]}, "Benito Díaz is invited by WhatsApp when it is their turn"),
    ],
)
def test_what_is_said_of_the_new_address_is_what_happens(
    client: Client, lease: Lease, who: str, columns: dict[str, object], words: str
) -> None:
    person = getattr(lease, who)
    Participant.objects.filter(pk=person.pk).update(**columns)
    assert words in act(client, lease, "change_email", person.public_id, email="new@example.org")


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "no e-mail address"),
        ("nobody", "no e-mail address"),
        ("a@b@c.example", "no e-mail address"),
        ("x" * 300 + "@example.com", "no e-mail address"),
        ("ana@example.com\nBcc: all@example.com", "no e-mail address"),
        ("ANA@example.com", "the address already"),
        ("benito@example.com", "Somebody else in this process"),
    ],
)
def test_an_address_that_does_not_do_changes_nothing(client: Client, lease: Lease, email: str, words: str) -> None:
    assert words in change(client, lease, email)
    lease.ana.refresh_from_db()
    assert lease.ana.email == "ana@example.com"
    assert not lease.process.events.filter(kind=Event.Kind.EMAIL_CHANGED).exists()


def test_who_has_acted_keeps_the_address_with_which_they_did(client: Client, lease: Lease) -> None:
    lease.ana.sign(kind="type", text="Ana", image=None, by=lease.ana.actor())
    page = client.get(reverse("console:process", args=[lease.process.public_id])).content.decode()
    assert f'id="email-{lease.ana.public_id}"' not in page
    assert f'id="email-{lease.benito.public_id}"' in page
    change(client, lease, "other@example.com")
    lease.ana.refresh_from_db()
    assert lease.ana.email == "ana@example.com"


def test_nothing_changes_after_the_end(client: Client, lease: Lease) -> None:
    Process.objects.update(state="cancelled")
    assert "This process has ended" in change(client, lease, "other@example.com")


def test_nobody_is_reminded_twice_within_ten_minutes(client: Client, lease: Lease) -> None:
    assert "A fresh link is on its way" in act(client, lease, "resend", lease.ana.public_id)
    assert "was reminded a moment ago" in act(client, lease, "resend", lease.ana.public_id)
    assert lease.process.events.filter(kind=Event.Kind.REMINDED).count() == 1
    with tampering.rewriting_history():
        lease.process.events.filter(kind=Event.Kind.REMINDED).update(at=clock.now() - PAUSE - timedelta(seconds=1))
    assert "A fresh link is on its way" in act(client, lease, "resend", lease.ana.public_id)


def test_a_link_comes_with_its_code(client: Client, lease: Lease) -> None:
    page = act(client, lease, "link", lease.ana.public_id)
    shown = re.search(r'id="address" value="([^"]+)"', page)
    assert shown is not None
    drawn = qr(shown[1])
    assert f'<path d="{drawn["path"]}"/>' in page
    assert f'viewBox="0 0 {drawn["size"]} {drawn["size"]}"' in page
    assert ParticipantLink.objects.filter(participant=lease.ana).exists()


def test_the_code_is_read_as_the_link(tmp_path: object) -> None:
    """Its modules are those of the standard: corners, quiet zone, and as many as the version has."""
    drawn = qr("https://sign.example.com/s/" + "a" * 43)
    cells = {tuple(map(int, cell.split(" "))) for cell in re.findall(r"M(\d+ \d+)h1v1h-1z", str(drawn["path"]))}
    size = int(str(drawn["size"]))
    assert min(x for x, _ in cells) == min(y for _, y in cells) == 4
    assert max(x for x, _ in cells) == max(y for _, y in cells) == size - 5
    ring = {(4 + i, 4) for i in range(7)} | {(4, 4 + i) for i in range(7)}
    assert ring <= cells and (5, 5) not in cells and (7, 7) in cells
    assert (size - 8 - 17) % 4 == 0


def test_a_call_that_was_given_up_is_sent_again_from_its_process(client: Client, acme: Acme, lease: Lease) -> None:
    webhook = Webhook.objects.create(organization=acme.organization, word="default", url="https://hook.example")
    lost = Delivery.objects.create(
        organization=acme.organization, webhook=webhook, subject=lease.process.public_id, kind="attachments",
        body="{}", state="dropped", settled_at=clock.now(),
    )  # fmt: skip
    here = reverse("console:process", args=[lease.process.public_id])
    again = reverse("console:send_again", args=[lost.pk])
    assert f'action="{again}"' in client.get(here).content.decode()
    answer = client.post(again, {"process": lease.process.public_id})
    assert answer.headers["Location"] == here
    lost.refresh_from_db()
    assert lost.state == "open"
    assert f'action="{again}"' not in client.get(here).content.decode()
    assert client.post(again, {"process": "elsewhere"}).headers["Location"] == reverse(
        "console:delivery", args=[lost.pk]
    )
