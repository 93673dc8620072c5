from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rubrica.accounts.models import Member
from rubrica.console.tests.conftest import Lease, send_in
from rubrica.notify.models import Notification
from rubrica.processes.actor import RUBRICA, Actor
from rubrica.processes.models import Document, Event, Process
from tests.cast import Acme, signed_in
from tests.tampering import rewriting_history

OLGA = Actor("member", "olga@acme.example", "Olga Owner")


@pytest.fixture
def client(acme: Acme) -> Client:
    return signed_in(acme.owner)


def page(client: Client, lease: Lease) -> str:
    answer = client.get(reverse("console:process", args=[lease.process.public_id]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_works(client: Client, lease: Lease) -> None:
    shown = page(client, lease)
    for expected in [
        "Lease of Main Street 5",
        lease.document.code,
        "Ana Pérez",
        "benito@example.com",
        "Not yet their turn",
        "Deliver files: 1 of 1",
        "Files approved: 0 of 1",
        "Ana Pérez delivered “ID card”: cédula.jpg",
        "Rubrica started the process",
        "1 to review",
    ]:
        assert expected in shown


def test_what_was_found_in_the_pdf_is_said(client: Client, lease: Lease) -> None:
    found = {"warnings": ["SCRIPTS_REMOVED", "SIGNED"], "signatures": 2, "sound": 1}
    Document.objects.filter(pk=lease.document.pk).update(found=found)
    shown = page(client, lease)
    assert "The PDF contained scripts; they were removed." in shown
    assert "It came with 2 signatures, of which 1 are whole." in shown


def test_what_people_wrote_stays_text(client: Client, lease: Lease) -> None:
    evil = '<img src=x onerror="alert(1)">'
    lease.process.participants.update(name=evil)
    Process.objects.filter(pk=lease.process.pk).update(name=evil, message=evil)
    with rewriting_history():
        Event.objects.filter(process=lease.process).update(actor_name=evil)
    lease.process.requested_files.update(name=evil)
    assert "<img src=x" not in page(client, lease)


def test_nothing_in_the_page_needs_a_weaker_policy(client: Client, lease: Lease) -> None:
    shown = page(client, lease)
    assert "style=" not in shown
    assert " on" + "click=" not in shown
    assert "<script>" not in shown


def test_earlier_versions_are_listed_with_why_they_came_back(client: Client, acme: Acme, lease: Lease) -> None:
    lease.card.reject("Too dark to read", OLGA)
    send_in(acme, lease.card, "second.jpg", b"\xff\xd8\xff\xe0 second")
    shown = page(client, lease)
    assert "1 earlier version" in shown
    assert "sent back: Too dark to read" in shown
    assert reverse("console:submission", args=[lease.process.public_id, lease.photo.pk]) in shown


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("viewer", set()),
        ("reviewer", {"approve", "reject"}),
        ("editor", {"approve", "reject", "resend", "link"}),
    ],
)
def test_buttons_are_for_those_who_may(acme: Acme, lease: Lease, role: str, sees: set[str]) -> None:
    member = Member.objects.create_user(acme.organization, "one@acme.example", role=role, language="en")
    shown = page(signed_in(member), lease)
    actions = {"approve", "reject", "resend", "link", "reset", "seal"}
    found = {action for action in actions if f"/{action}" in shown.replace("/sealed", "")}
    assert found == sees


def test_nothing_can_be_decided_in_a_process_that_has_ended(client: Client, lease: Lease) -> None:
    Process.objects.filter(pk=lease.process.pk).update(state="rejected")
    shown = page(client, lease)
    assert "/approve" not in shown
    assert "/resend" not in shown
    assert "data-every" not in shown


def test_a_sealing_that_failed_says_why_and_can_be_run_again(client: Client, lease: Lease) -> None:
    Document.objects.filter(pk=lease.document.pk).update(state="sealing", seal_error="SEAL_FAILED: The disk is full.")
    shown = page(client, lease)
    assert "“Lease” could not be sealed." in shown
    assert "The disk is full." in shown
    assert "Seal again" in shown

    seal = reverse("console:seal", args=[lease.process.public_id, lease.document.code])
    answer = client.post(seal, follow=True).content.decode()
    assert "“Lease” is being sealed again." in answer
    assert Document.objects.get(pk=lease.document.pk).seal_error == ""


def test_sealing_again_what_is_not_being_sealed_is_refused(client: Client, lease: Lease) -> None:
    seal = reverse("console:seal", args=[lease.process.public_id, lease.document.code])
    assert "not waiting for its seal" in client.post(seal, follow=True).content.decode()


def test_mail_that_did_not_get_through_is_shown_until_one_does(client: Client, acme: Acme, lease: Lease) -> None:
    def mail(key: str, **fields: Any) -> None:
        Notification.objects.create(
            organization=acme.organization,
            key=key,
            kind="invite",
            to="ana@example.com",
            process_id=lease.process.pk,
            participant_id=lease.ana.pk,
            **fields,
        )

    mail("1", state="failed", permanent=True, error="550 No such user here")
    assert "550 No such user here" in page(client, lease)
    mail("2", state="sent", sent_at=lease.process.created_at)
    assert "550 No such user here" not in page(client, lease)


def test_every_kind_of_event_has_its_words(client: Client, lease: Lease) -> None:
    for kind in Event.Kind.values:
        lease.process.refresh_from_db()
        lease.process.record(kind, RUBRICA)
    assert "Everything is done" in page(client, lease)


def test_the_number_of_queries_does_not_grow(
    client: Client, acme: Acme, lease: Lease, django_assert_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as before:
        page(client, lease)
    for number in range(4):
        send_in(acme, lease.card, f"{number}.jpg", b"\xff\xd8\xff\xe0 %d" % number)
        send_in(acme, lease.payslip, f"{number}.txt", b"text %d" % number)
    with django_assert_num_queries(len(before)):
        page(client, lease)


def test_the_live_part_comes_only_when_something_changed(client: Client, lease: Lease) -> None:
    live = reverse("console:live", args=[lease.process.public_id])
    first = client.get(live)
    version = first.context["view"].version
    assert f'data-version="{version}"' in first.content.decode()
    assert client.get(live, {"version": version}).status_code == 204

    lease.card.approve(OLGA)
    again = client.get(live, {"version": version})
    assert "Olga Owner approved “ID card” from Ana Pérez" in again.content.decode()
    assert "<html" not in again.content.decode()


def test_each_channel_that_failed_is_shown_by_itself(client: Client, acme: Acme, lease: Lease) -> None:
    about = {"organization": acme.organization, "process_id": lease.process.pk, "participant_id": lease.ana.pk}
    Notification.objects.create(
        key="1:whatsapp", channel="whatsapp", kind="invite", state="failed", error="131026 Undeliverable", **about
    )
    Notification.objects.create(
        key="1", channel="mail", kind="invite", state="sent", sent_at=lease.process.created_at, **about
    )
    shown = page(client, lease)
    assert "131026 Undeliverable" in shown
    assert "The last message by WhatsApp has not been delivered yet; it is tried again." in shown
    Notification.objects.filter(key="1:whatsapp").update(permanent=True)
    assert "The last message by WhatsApp could not be delivered." in page(client, lease)


def test_the_version_follows_sealing_and_mail_too(client: Client, acme: Acme, lease: Lease) -> None:
    live = reverse("console:live", args=[lease.process.public_id])
    seen = {client.get(live).context["view"].version}
    Document.objects.filter(pk=lease.document.pk).update(state="sealing")
    seen.add(client.get(live).context["view"].version)
    Document.objects.filter(pk=lease.document.pk).update(seal_error="Broken")
    seen.add(client.get(live).context["view"].version)
    Notification.objects.create(organization=acme.organization, key="1", kind="invite", process_id=lease.process.pk)
    seen.add(client.get(live).context["view"].version)
    assert len(seen) == 4


def test_who_signed_and_owes_a_file_again_is_not_done(client: Client, lease: Lease) -> None:
    lease.ana.sign(kind="type", text="Ana Pérez", image=None, by=lease.ana.actor())
    assert "Send the link again" not in person(client, lease, "Ana Pérez")
    lease.card.reject("Too dark.", OLGA)
    assert "Asked" in person(client, lease, "Ana Pérez")
    assert "Send the link again" in person(client, lease, "Ana Pérez")


def test_a_rejected_process_says_who_did_it_and_why(client: Client, lease: Lease) -> None:
    lease.ana.reject("Clause 4 is not what we agreed on.", lease.ana.actor())
    shown = page(client, lease)
    assert shown.index("Ana Pérez declined: Clause 4") < shown.index("review-heading")
    assert "Not sealed" in shown
    assert "Declined" in person(client, lease, "Ana Pérez")
    assert "Not done" in person(client, lease, "Benito Díaz")


def person(client: Client, lease: Lease, name: str) -> str:
    """The card of one participant."""
    cards = page(client, lease).partition("people-heading")[2].split("<article")
    return next(card for card in cards if f"{name}</h3>" in card)
