"""What is signed at the end of a day, byte for byte, and its signature (docs/verify.md, "The chain of events").

A head is made by one job and signed by another: a key may lie with a service that is away.
"""

import hashlib
import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.dispatch import Signal

from rubrica import clock
from rubrica.database import let_go
from rubrica.processes import jobs
from rubrica.processes.models import LedgerHead, LedgerSignature, LedgerTimestamp
from rubrica.sealing.keyring.keys import signing_key
from rubrica.sealing.levels.asking import ask
from rubrica.sealing.writing import cms

FORM = "rubrica-ledger-head-v1"
GIVEN_UP = timedelta(days=30)  # a head that is older than this without a signature is vouched for by later ones

head_signed = Signal()  # in the transaction that stored the signature; with ``head``


def leaf_bytes(public_id: str, length: int, head: bytes) -> bytes:
    """What a leaf of the ledger says: that the chain of this process had come so far."""
    return _canonical([public_id, length, head.hex()])


def head_bytes(ledger: str, day: date, size: int, root: bytes, made_at: datetime) -> bytes:
    """What is signed. ``ledger`` is the organization's id."""
    made = made_at.astimezone(UTC).isoformat(timespec="microseconds")
    return _canonical([FORM, ledger, day.isoformat(), size, root.hex(), made])


def signed_bytes(head: LedgerHead) -> bytes:
    return head_bytes(head.organization.slug, head.day, head.size, bytes(head.root), head.made_at)


def _canonical(fields: list[Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def sign(head_id: int) -> None:
    """Signs once, however often it runs."""
    head = LedgerHead.objects.select_related("organization").get(pk=head_id)
    if LedgerSignature.objects.filter(head=head).exists():
        return
    digest = hashlib.sha256(signed_bytes(head)).digest()
    key = signing_key(head.organization)
    let_go()
    now = clock.now()
    signature = cms.sign_digest(digest, key, signing_time=now)
    with suppress(_Done), transaction.atomic():
        _add(LedgerSignature(head=head, cms=signature, made_at=now))
        head_signed.send(sender=LedgerHead, head=head)
        if settings.TSA:
            jobs.stamp_ledger_head.defer(head_id=head.pk)


def stamp(head_id: int) -> None:
    """Has the signature of a head timestamped, once. Raises ``NotRaised`` while the server gives nothing."""
    signature = LedgerSignature.objects.get(head_id=head_id)
    if settings.TSA is None or LedgerTimestamp.objects.filter(head_id=head_id).exists():
        return
    let_go()
    token = ask(settings.TSA, hashlib.sha256(bytes(signature.cms)).digest())
    with suppress(_Done), transaction.atomic():
        _add(LedgerTimestamp(head_id=head_id, token=token.der, made_at=clock.now()))


class _Done(Exception):
    """Another run of the job was first."""


def _add(row: LedgerSignature | LedgerTimestamp) -> None:
    """Raises _Done where there is one already."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if type(row).objects.filter(head_id=row.head_id).exists():
            raise _Done from None
        raise


def unsigned(before: datetime | None = None) -> list[int]:
    """Heads that still lack their signature: a job that failed too often is given another chance."""
    now = clock.now()
    found = LedgerHead.objects.filter(made_at__gt=now - GIVEN_UP, made_at__lte=before or now, signature=None)
    return list(found.order_by("made_at").values_list("pk", flat=True))


def latest(organization_id: int) -> LedgerHead | None:
    """The newest head that is signed, with its signature, and its timestamp if there is one."""
    heads = LedgerHead.objects.filter(organization_id=organization_id, signature__isnull=False)
    return heads.select_related("organization", "signature", "timestamp").order_by("-day").first()
