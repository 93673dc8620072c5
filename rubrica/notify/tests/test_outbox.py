import logging
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.test import Client, override_settings
from django.urls import reverse

from rubrica import clock
from rubrica.accounts.models import Member
from rubrica.notify import jobs, messages, smtp, views
from rubrica.notify.messages import Asked, Person, Sending
from rubrica.notify.models import Notification, OutboxMessage
from tests.cast import Acme, signed_in

pytestmark = pytest.mark.django_db

ACTIVE = override_settings(**smtp.django_settings(""))


@pytest.fixture
def owner(acme: Acme) -> Member:
    return acme.owner


@pytest.fixture
def kept(owner: Member) -> OutboxMessage:
    with ACTIVE:
        messages.invite(
            key="invite:1",
            to=Person("Ana Núñez", "ana@example.com", "en"),
            sending=Sending(owner.organization_id, "Acme", 1, "Lease", "Olga", message="<script>alert(1)</script>"),
            asked=Asked(signs=("Lease",)),
            link="https://sign.example/s/the-token",
        )
    return OutboxMessage.objects.get()


def pages(message: OutboxMessage) -> list[str]:
    one = [reverse(f"notify:{name}", args=[message.pk]) for name in ["message", "message_html"]]
    return [reverse("notify:outbox"), *one]


def test_it_works(owner: Member, kept: OutboxMessage) -> None:
    assert (kept.organization_id, kept.subject) == (owner.organization_id, "Acme needs you for “Lease”")
    assert kept.to == "Ana Núñez <ana@example.com>"
    client = signed_in(owner)
    assert b"Acme needs you for" in client.get(reverse("notify:outbox")).content
    page = client.get(reverse("notify:message", args=[kept.pk])).content.decode()
    assert 'href="https://sign.example/s/the-token"' in page
    assert "sandbox=" in page
    assert Notification.objects.get().state == "sent"


def test_the_mail_itself_is_shown_without_rights(owner: Member, kept: OutboxMessage) -> None:
    answer = signed_in(owner).get(reverse("notify:message_html", args=[kept.pk]))
    assert answer.headers["Content-Security-Policy"] == views.MAIL_POLICY
    assert "allow-scripts" not in views.MAIL_POLICY
    assert "allow-same-origin" not in views.MAIL_POLICY
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert b"<script>alert" not in answer.content


def test_a_stranger_is_sent_to_sign_in(kept: OutboxMessage) -> None:
    for address in pages(kept):
        assert Client().get(address).headers["Location"].startswith(reverse("account_login"))


def test_another_organization_finds_nothing(kept: OutboxMessage, other: Acme) -> None:
    client = signed_in(other.owner)
    outbox, *one = pages(kept)
    assert b"Lease" not in client.get(outbox).content
    assert [client.get(address).status_code for address in one] == [404, 404]


@pytest.mark.parametrize("role", ["editor", "reviewer", "viewer"])
def test_other_members_are_refused(owner: Member, kept: OutboxMessage, role: str) -> None:
    client = signed_in(Member.objects.create_user(owner.organization, "ed@acme.example", role=role))
    assert [client.get(address).status_code for address in pages(kept)] == [403, 403, 403]


def test_nothing_here_can_be_posted_to(owner: Member, kept: OutboxMessage) -> None:
    assert [signed_in(owner).post(address).status_code for address in pages(kept)] == [405, 405, 405]


def test_older_messages_are_a_page_away(owner: Member) -> None:
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            organization=owner.organization, message_id=f"<{n}@x>", to="ana@example.com", subject=f"Mail {n}."
        )
        for n in range(views.PAGE + 2)
    )
    client = signed_in(owner)
    first = client.get(reverse("notify:outbox"))
    assert b"Mail 51." in first.content
    assert b"Mail 1." not in first.content
    assert b"Mail 1." in client.get(reverse("notify:outbox"), {"before": first.context["older"]}).content


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "²"])
def test_a_bad_place_to_go_on_from_is_the_beginning(owner: Member, kept: OutboxMessage, before: str) -> None:
    assert b"Lease" in signed_in(owner).get(reverse("notify:outbox"), {"before": before}).content


def test_the_same_message_is_kept_once(owner: Member) -> None:
    for _ in range(2):
        with ACTIVE:
            EmailMessage("Hi", "Text", to=["x@example.com"], headers={"Message-ID": "<same@x>"}).send()
    assert OutboxMessage.objects.count() == 1


def test_mail_of_the_login_belongs_where_its_member_does(owner: Member) -> None:
    with ACTIVE:
        EmailMultiAlternatives("Reset your password", "Text", to=["Olga@acme.example"]).send()
        EmailMultiAlternatives("Reset your password", "Text", to=["nobody@example.com"]).send()
    organizations = OutboxMessage.objects.order_by("pk").values_list("organization", flat=True)
    assert list(organizations) == [owner.organization_id, None]


def test_the_log_has_one_line_and_no_link(
    owner: Member, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    with caplog.at_level(logging.INFO, logger="rubrica.notify.outbox"):
        request.getfixturevalue("kept")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "rubrica.notify.outbox"]
    assert "ana@example.com" in line
    assert "the-token" not in line


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_messages_to_phones_are_shown_as_a_phone_shows_them(owner: Member, channel: str) -> None:
    ana = Person("Ana Núñez", "", "en", phone="+573001112233")
    about = Sending(owner.organization_id, "Acme", 1, "Lease <b>")
    messages.new_link(key="1", to=ana, sending=about, link="https://sign.example/s/t", channels=[channel])
    kept, client = OutboxMessage.objects.get(), signed_in(owner)
    assert "Acme · Lease &lt;b&gt;" in client.get(reverse("notify:outbox")).content.decode()
    page = client.get(reverse("notify:message", args=[kept.pk])).content.decode()
    assert f"bubble--{channel}" in page
    assert 'href="https://sign.example/s/t"' in page
    assert "<b>" not in page
    assert "iframe" not in page


@pytest.mark.parametrize("channel", ["mail", "sms", "whatsapp"])
def test_a_code_is_readable_no_longer_than_it_is_good(
    owner: Member, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = Person("Ana", "ana@example.com", "en", phone="+573001112233")
    with ACTIVE:
        about = Sending(owner.organization_id, "Acme", 1, "Lease")
        messages.code(key="1", to=ana, sending=about, code="402718", channel=channel)
    kept, client = OutboxMessage.objects.get(), signed_in(owner)
    assert "402718" not in client.get(reverse("notify:outbox")).content.decode()
    assert "402718" in client.get(reverse("notify:message", args=[kept.pk])).content.decode()

    later = clock.now() + messages.CODE_LIFE + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    pages_of_code = [client.get(address).status_code for address in pages(kept)]
    assert pages_of_code == [200, 404, 404]
    assert b"/outbox/" not in client.get(reverse("notify:outbox")).content
    jobs.forget_outbox(0)
    assert not OutboxMessage.objects.exists()


def test_what_has_no_end_is_not_forgotten(kept: OutboxMessage) -> None:
    jobs.forget_outbox(0)
    assert OutboxMessage.objects.get() == kept
