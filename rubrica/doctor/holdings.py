"""What is kept: the storage's bytes, the certificates that seal, the webhooks that are called."""

import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from rubrica.doctor.findings import Finding, failure, ok, together, warning

if TYPE_CHECKING:
    from rubrica.sealing.models import Authority, SealingKey

SOON = 90  # days left of a certificate
PROBE = 64 * 1024  # bytes, so that the answer is more than what a file system keeps in a name


def storage() -> Finding:
    """A probe is written, read back and removed, as a blob would be."""
    from django.conf import settings
    from django.core.files.base import ContentFile

    from rubrica.files.storage import storage as kept

    name, content = f"doctor-probe-{secrets.token_hex(8)}", secrets.token_bytes(PROBE)
    try:
        kept().save(name, ContentFile(content))
        with kept().open(name) as file:
            came_back = file.read()
        kept().delete(name)
    except OSError as error:
        return failure(
            f"The storage {settings.STORAGE_URL} does not work: {error.strerror or error}.",
            "Mend the folder, its disk or its permissions, or correct RUBRICA_STORAGE_URL.",
        )
    finally:
        with suppress(OSError):
            kept().delete(name)
    if came_back != content:
        return failure("The storage gave back other bytes than were written.", "Mend the disk before anything else.")
    return ok(f"A probe was written to {settings.STORAGE_URL}, read back and removed.")


def certificates() -> Finding:
    """The authority's and those that seal now; and that their keys open with our secret."""
    from rubrica.sealing.models import Authority, SealingKey

    authority = Authority.objects.first()
    if authority is None:
        return warning("There is no certificate authority yet.", "`rubrica setup` and the first start make it.")
    current = SealingKey.objects.filter(retired_at=None).select_related("organization")
    ends = {f"the certificate of {key.organization.slug}": _end(key.certificate_pem) for key in current}
    authority_end = _end(authority.certificate_pem)
    found = [*_locked(authority, current), *_ending(authority_end, "the authority", RENEW_AUTHORITY)]
    for whose, end in ends.items():
        found += _ending(end, whose, RENEW)
    first = min([authority_end, *ends.values()])
    good = f"Good are the authority's and those of {len(ends)} organizations; the first ends on {first:%Y-%m-%d}."
    return together(found or [ok(good)])


RENEW = "Retire the key as docs/operate.md says under Certificates; the next seal makes a new one."
RENEW_AUTHORITY = "Nothing can renew it in this version: what it sealed stays good for verifiers that know the time."


def _end(pem: str) -> datetime:
    from cryptography import x509

    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc


def _ending(end: datetime, whose: str, do: str) -> list[Finding]:
    from rubrica import clock

    days = (end - clock.now()).days
    if days < 0:
        return [failure(f"{whose.capitalize()} ended on {end:%Y-%m-%d}.", do)]
    return [warning(f"{whose.capitalize()} ends in {days} days, on {end:%Y-%m-%d}.", do)] if days < SOON else []


def _locked(authority: "Authority", current: "Iterable[SealingKey]") -> list[Finding]:
    """Whether the keys open with the secret that is set."""
    from rubrica.sealing import keys

    try:
        keys.check_opens(authority, current)
    except keys.KeyLocked:
        return [failure(
            "The sealing keys do not open with the secret that is set, so nothing can be sealed.",
            "Start with the RUBRICA_SECRET_KEY (or the secret.key) that they were made with.",
        )]  # fmt: skip
    return []


def webhooks() -> Finding:
    """Those that failed for a day were switched off; a member's own decision is no trouble."""
    from rubrica.webhooks.models import Webhook

    kept = Webhook.objects.kept()
    off = kept.filter(off_because=Webhook.Off.FAILING).select_related("organization")
    if names := [f"{webhook.word} of {webhook.organization.slug}" for webhook in off]:
        return warning(
            f"{len(names)} webhooks failed for a day and are switched off: {', '.join(names[:5])}.",
            "Mend the receiver, then switch them on again under Settings → Webhooks in the console.",
        )
    failing = kept.filter(off_at=None, failing_since__isnull=False).count()
    if failing:
        return warning(f"{failing} webhooks fail at the moment.", "Settings → Webhooks shows what was answered.")
    by_hand = kept.filter(off_because=Webhook.Off.MEMBER).count()
    return ok(f"{kept.count() - by_hand} webhooks are on, {by_hand} were switched off by a member.")
