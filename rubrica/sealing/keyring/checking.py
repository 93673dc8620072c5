"""Whether the keys can seal: asked at the start, by the clock, and by whoever presses the button."""

from __future__ import annotations

import logging
from datetime import timedelta

from cryptography import x509
from django.db.models import Q

from rubrica import clock, database
from rubrica.accounts.models import Organization
from rubrica.sealing.keyring import keys
from rubrica.sealing.keyring.bringing import try_out
from rubrica.sealing.keyring.credentials import CertificateRefused
from rubrica.sealing.keyring.holders.base import HolderFailed
from rubrica.sealing.models import Authority, SealingKey
from rubrica.sealing.values import KeyUnusable

logger = logging.getLogger(__name__)

# A key that is kept outside is tried so often; one that did not answer, with every turn.
EVERY = timedelta(hours=1)
SOON = timedelta(days=60)
ANNOUNCED = (7, 30, 60)  # days before the end


def check(row: SealingKey) -> str:
    """Makes a test signature, and keeps what came of it: the reason why it cannot seal, or nothing."""
    database.let_go()
    problem = _problem(row)
    SealingKey.objects.filter(pk=row.pk).update(problem=problem, checked_at=clock.now())
    return problem


def check_what_is_due() -> None:
    """The current keys that are kept outside; one in the database cannot fall silent."""
    due = Q(checked_at=None) | Q(checked_at__lt=clock.now() - EVERY) | ~Q(problem="")
    outside = SealingKey.objects.filter(due, retired_at=None).exclude(holder=SealingKey.Holder.FILE)
    for row in list(outside.select_related("organization")):
        if problem := check(row):
            logger.error("The key that seals for %s does not sign: %s", row.organization.slug, problem)


def log_unusable() -> None:
    """At the start of a worker, so that nobody has to wait for the first seal to fail."""
    if (authority := Authority.objects.first()) is not None:
        end = x509.load_pem_x509_certificate(authority.certificate_pem.encode()).not_valid_after_utc
        if end < clock.now() + SOON:
            logger.error("The authority ends on %s: run `rubrica certificate renew-authority`.", f"{end:%Y-%m-%d}")
    for row in SealingKey.objects.filter(retired_at=None).select_related("organization"):
        try:
            keys.check_usable(row.organization)
        except KeyUnusable as unusable:
            logger.error("Nothing can be sealed for %s: %s", row.organization.slug, unusable)


def ending() -> list[SealingKey]:
    """Current keys of which owners are to be told that they end within sixty days, or have."""
    found = SealingKey.objects.filter(retired_at=None, usable_until__lt=clock.now() + SOON)
    return list(found.select_related("organization"))


def days_left(row: SealingKey) -> int:
    """Whole days; below zero where it has ended."""
    assert row.usable_until is not None
    return (row.usable_until - clock.now()).days


def announced(row: SealingKey) -> int:
    """Which of the announcements is due: 60, 30 or 7 days before the end, or 0 when it has come."""
    left = days_left(row)
    return 0 if left < 0 else next(days for days in ANNOUNCED if left < days)


def notice(organization: Organization) -> str:
    """For the pages of members, in a word: ``unusable``, ``ended``, ``ending`` or nothing."""
    row = keys.current(organization)
    if row is None or row.usable_until is None:
        return ""
    if row.problem:
        return "unusable"
    if row.usable_until <= clock.now():
        return "ended"
    return "ending" if row.usable_until < clock.now() + SOON else ""


def _problem(row: SealingKey) -> str:
    try:
        key = keys.loaded(row)
        try_out(key)
    except (HolderFailed, CertificateRefused, KeyUnusable) as failure:
        return str(failure) or type(failure).__name__
    return ""
