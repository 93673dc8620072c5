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

REMOTE = (
    "See that the bucket is there, that this login may read, write, list and delete in it, and that endpoint, region, "
    "style and ca of RUBRICA_STORAGE_URL are right."
)


def storage() -> Finding:
    """A probe is written, read back and removed, as a blob would be."""
    from django.core.files.base import ContentFile

    from rubrica.files.storage import storage as kept
    from rubrica.files.storage import where

    name, content = f"doctor-probe-{secrets.token_hex(8)}", secrets.token_bytes(PROBE)
    try:
        kept().save(name, ContentFile(content))
        with kept().open(name) as file:
            came_back = file.read()
        kept().delete(name)
    except OSError as error:
        return failure(
            f"The storage {where()} does not work: {(error.strerror or str(error)).rstrip('.')}.",
            REMOTE
            if kept().is_remote
            else "Mend the folder, its disk or its permissions, or correct RUBRICA_STORAGE_URL.",
        )
    finally:
        with suppress(OSError):
            kept().delete(name)
    if came_back != content:
        return failure("The storage gave back other bytes than were written.", "Mend the disk before anything else.")
    return ok(f"A probe was written to {where()}, read back and removed.")


def certificates() -> Finding:
    """The authority's and those that seal now; and that their keys open with our secret."""
    from rubrica.sealing.models import Authority, SealingKey

    authority = Authority.objects.first()
    if authority is None:
        return warning("There is no certificate authority yet.", "`rubrica setup` and the first start make it.")
    current = list(SealingKey.objects.filter(retired_at=None).select_related("organization"))
    authority_end = _end(authority.certificate_pem)
    found = [*_locked(authority, current), *_ending(authority_end, "the authority", RENEW_AUTHORITY)]
    ends = [authority_end]
    for key in current:
        ends.append(key.usable_until or _end(key.certificate_pem))
        found += _ending(ends[-1], f"the certificate of {key.organization.slug}", RENEW)
        found += [*_silent(key), *_elsewhere(key)]
    good = (
        f"Good are the authority's and those of {len(current)} organizations; the first ends on {min(ends):%Y-%m-%d}."
    )
    return together(found or [ok(good)])


RENEW = "An owner renews it under Settings → Certificate, or you do with `rubrica certificate`."
RENEW_AUTHORITY = "Run `rubrica certificate renew-authority`, then `rubrica certificate rotate` for each organization."


def _end(pem: str) -> datetime:
    from cryptography import x509

    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc


def _ending(end: datetime, whose: str, do: str) -> list[Finding]:
    from rubrica import clock

    days = (end - clock.now()).days
    if days < 0:
        return [failure(f"{whose.capitalize()} ended on {end:%Y-%m-%d}.", do)]
    return [warning(f"{whose.capitalize()} ends in {days} days, on {end:%Y-%m-%d}.", do)] if days < SOON else []


def _silent(key: "SealingKey") -> list[Finding]:
    """A test signature by each key that is kept outside."""
    from rubrica.sealing.keyring import checking

    if key.holder == key.Holder.FILE or not (problem := checking.check(key)):
        return []
    do = "Mend the token or service, its address or its credentials; Settings → Certificate has what is set."
    return [failure(f"The key that seals for {key.organization.slug} does not sign: {problem}", do)]


def _elsewhere(key: "SealingKey") -> list[Finding]:
    """Certificates of ours name the address at which validators ask about them, and it may have moved."""
    from django.conf import settings

    if not key.is_ours or f"{settings.PUBLIC_URL}/pki/crl".encode() in _der(key.certificate_pem):
        return []
    whose = key.organization.slug
    sentence = f"The certificate of {whose} names another address than {settings.PUBLIC_URL} to ask about it."
    return [warning(sentence, f"Once the address is right, run `rubrica certificate rotate --organization {whose}`.")]


def _der(pem: str) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    return x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)


def _locked(authority: "Authority", current: "Iterable[SealingKey]") -> list[Finding]:
    """Whether the keys open with the secret that is set."""
    from rubrica.sealing.keyring import keys

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
