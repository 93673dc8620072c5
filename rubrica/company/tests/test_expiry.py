"""Owners hear 60, 30 and 7 days before the certificate ends that seals for them, and when it has: once each."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMultiAlternatives

from rubrica import clock
from rubrica.accounts.models import Member
from rubrica.company import expiry
from rubrica.sealing.keyring import keys
from rubrica.sealing.models import SealingKey
from tests.cast import Acme

pytestmark = pytest.mark.django_db


def days_before(days: int) -> None:
    SealingKey.objects.update(usable_until=clock.now() + timedelta(days=days, minutes=1))


def announce() -> None:
    """As the job does, hour by hour."""
    for _hour in range(3):
        for due in expiry.announce():
            expiry.tell(*due)


def test_four_times_and_once_each(acme: Acme, mailoutbox: list[EmailMultiAlternatives]) -> None:
    keys.rotate(acme.organization)
    for days, mails in ((61, 0), (59, 1), (31, 1), (29, 2), (8, 2), (6, 3), (1, 3), (-1, 4), (-30, 4)):
        days_before(days)
        announce()
        assert len(mailoutbox) == mails, days
    assert [mail.subject for mail in mailoutbox] == ["The certificate that seals ends soon"] * 3 + [
        "The certificate that seals has ended"
    ]
    assert "http://127.0.0.1:8000/console/settings/certificate" in str(mailoutbox[0].body)


def test_every_owner_and_nobody_else(acme: Acme, other: Acme, mailoutbox: list[EmailMultiAlternatives]) -> None:
    Member.objects.create_user(acme.organization, "oscar@acme.example", None, role="owner", language="es")
    keys.rotate(acme.organization)
    days_before(10)
    announce()
    assert sorted(mail.to[0] for mail in mailoutbox) == ["Olga Owner <olga@acme.example>", "oscar@acme.example"]


def test_nobody_is_told_of_a_key_that_was_replaced(acme: Acme, mailoutbox: list[EmailMultiAlternatives]) -> None:
    keys.rotate(acme.organization)
    days_before(10)
    due = expiry.announce()
    keys.rotate(acme.organization)
    for one in due:
        expiry.tell(*one)
    assert mailoutbox == []
