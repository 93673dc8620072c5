"""Home: what waits for a member, and nothing that does not."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from rubrica import clock
from rubrica.console.home import COUNTED, SHOWN, Home, gathered
from rubrica.console.tests.conftest import Lease, send_in
from rubrica.notify.models import Notification
from rubrica.processes.models import Document, Evidence, IdentityCheck, Participant, Process, Submission
from rubrica.webhooks.models import Delivery, Webhook
from tests import sending
from tests.cast import Acme, signed_in


@pytest.fixture
def client(acme: Acme) -> Client:
    return signed_in(acme.owner)


def home(acme: Acme) -> Home:
    return gathered(acme.owner)


def fail_mail(acme: Acme, person: Participant, **more: object) -> Notification:
    values = {"key": f"invite:{Notification.objects.count()}", "state": "failed", "error": "550 unknown", **more}
    return Notification.objects.create(
        organization=acme.organization, kind="invite", to=person.email, process_id=person.process_id,
        participant_id=person.pk, **values,
    )  # fmt: skip


def call(acme: Acme, state: str, subject: str = "") -> Delivery:
    webhook, _ = Webhook.objects.get_or_create(organization=acme.organization, word="default", url="https://x.example")
    settled = None if state == "open" else clock.now()
    return Delivery.objects.create(
        organization=acme.organization, webhook=webhook, subject=subject, kind="attachments", body="{}", state=state,
        settled_at=settled,
    )  # fmt: skip


def test_it_works(client: Client, lease: Lease) -> None:
    page = client.get(reverse("console:home")).content.decode()
    assert "ID card" in page
    assert f'{reverse("console:review")}?file={lease.card.pk}"' in page
    assert "Lease of Main Street 5" in page


def test_who_has_no_process_is_led_to_the_first_one(client: Client) -> None:
    page = client.get(reverse("console:home")).content.decode()
    assert "No process yet" in page
    assert reverse("console:new_process") in page
    assert "/v1.5/ext/attachments" in page


def test_when_nothing_waits_it_says_so(client: Client, acme: Acme) -> None:
    sending.start(acme, sending.person("Carla"))
    assert home(acme).is_clear
    assert b"Nothing waits for you" in client.get(reverse("console:home")).content


@pytest.mark.parametrize("query", ["q=Lease", "status=open", "folder=a%2Fb", "tag=x", "before=abc"])
def test_links_to_the_list_that_was_here_lead_to_it(client: Client, query: str) -> None:
    answer = client.get(f"{reverse('console:home')}?{query}")
    assert answer.headers["Location"] == f"{reverse('console:processes')}?{query}"


def test_files_wait_until_they_are_decided_or_the_process_ends(acme: Acme, lease: Lease) -> None:
    assert [file.pk for file in home(acme).files.rows] == [lease.card.pk]
    lease.card.approve(sending.REVIEWER)
    assert not home(acme).files.rows
    send_in(acme, lease.payslip, "pay.jpg", b"\xff\xd8\xff\xe0 pay")
    assert [file.pk for file in home(acme).files.rows] == [lease.payslip.pk]
    lease.ana.reject("No", lease.ana.actor())
    assert not home(acme).files.rows


def test_a_version_that_was_replaced_waits_for_nobody(acme: Acme, lease: Lease) -> None:
    send_in(acme, lease.card, "newer.jpg", b"\xff\xd8\xff\xe0 newer")
    assert Submission.objects.filter(decision="").count() == 2
    assert home(acme).files.count == 1


def test_people_wait_who_are_blocked_or_whose_pictures_nobody_compared(acme: Acme, lease: Lease) -> None:
    Participant.objects.filter(pk=lease.benito.pk).update(status="BLOCK")
    for kind, state in (("photo", "received"), ("identification", "todo")):
        IdentityCheck.objects.create(
            organization=acme.organization, participant=lease.ana, position=0, kind=kind, state=state
        )
    assert [person.name for person in home(acme).blocked.rows] == ["Benito Díaz"]
    IdentityCheck.objects.filter(kind="identification").update(state="received")
    assert {person.name for person in home(acme).blocked.rows} == {"Benito Díaz", "Ana Pérez"}
    Process.objects.update(state="expired")
    assert not home(acme).blocked.rows


def test_what_expires_within_three_days_is_told_in_its_order(acme: Acme) -> None:
    for name, hours in (("Later", 71), ("First", 2), ("Too far", 73)):
        sending.start(acme, sending.person("Carla"), name=name, expires_at=clock.now() + timedelta(hours=hours))
    assert [process.name for process in home(acme).expiring.rows] == ["First", "Later"]
    Process.objects.update(state="finished")
    assert not home(acme).expiring.rows


def test_seals_that_failed_are_told_with_their_reason(client: Client, acme: Acme, lease: Lease) -> None:
    Document.objects.filter(pk=lease.document.pk).update(state="sealing", seal_error="KEY_LOCKED: It is locked.")
    other = sending.start(acme, sending.person("Carla"), name="Files only")
    Evidence.objects.create(organization=acme.organization, process=other, error="Full.")
    found = home(acme).unsealed
    assert [(one["process"].name, one["name"]) for one in found.rows] == [
        ("Lease of Main Street 5", "Lease"),
        ("Files only", ""),
    ]
    assert b"It is locked." in client.get(reverse("console:home")).content
    Document.objects.update(state="sealed")
    Evidence.objects.update(state="made")
    assert not home(acme).unsealed.rows


def test_a_message_that_failed_is_told_until_a_later_one_gets_through(acme: Acme, lease: Lease) -> None:
    failed = fail_mail(acme, lease.ana)
    assert [one["message"] for one in home(acme).mails.rows] == [failed]
    fail_mail(acme, lease.ana, state="sent", error="", sent_at=clock.now())
    assert not home(acme).mails.rows


def test_what_failed_long_ago_or_in_what_has_ended_is_not_told(acme: Acme, lease: Lease) -> None:
    fail_mail(acme, lease.ana, created_at=clock.now() - timedelta(days=8))
    assert not home(acme).mails.rows
    fail_mail(acme, lease.benito)
    assert home(acme).mails.count == 1
    Process.objects.update(state="cancelled")
    assert not home(acme).mails.rows


def test_calls_that_were_given_up_are_told(client: Client, acme: Acme, lease: Lease) -> None:
    for state in ("sent", "open", "skipped"):
        call(acme, state)
    assert not home(acme).calls.rows
    dropped = call(acme, "dropped", lease.process.public_id)
    ((told,),) = [home(acme).calls.rows]
    assert (told["call"], told["process"]) == (dropped, lease.process)
    assert reverse("console:delivery", args=[dropped.pk]).encode() in client.get(reverse("console:home")).content


def test_long_lists_are_cut_and_counted(client: Client, acme: Acme) -> None:
    for number in range(SHOWN + 2):
        sending.start(acme, sending.person("Carla"), name=f"P{number}", expires_at=clock.now() + timedelta(hours=2))
    found = home(acme).expiring
    assert (len(found.rows), found.count, found.is_more) == (SHOWN, SHOWN + 2, False)
    assert SHOWN < COUNTED


def test_another_organization_sees_none_of_it(acme: Acme, lease: Lease, other: Acme) -> None:
    Document.objects.update(state="sealing", seal_error="x")
    Participant.objects.filter(pk=lease.benito.pk).update(status="BLOCK")
    Process.objects.update(expires_at=clock.now())
    fail_mail(acme, lease.ana)
    call(acme, "dropped")
    found = gathered(other.owner)
    assert found.is_clear and not found.newest


def test_the_number_of_queries_does_not_grow(
    client: Client, acme: Acme, lease: Lease, django_assert_max_num_queries: object
) -> None:
    for number in range(8):
        person = sending.start(acme, sending.person("Carla"), name=f"More {number}").participants.get()
        fail_mail(acme, person)
        call(acme, "dropped", person.process.public_id)
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        client.get(reverse("console:home"))
