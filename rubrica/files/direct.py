"""Uploads that go straight into the bucket, past this server: one signed address for one object of one length.

What came is a piece as any other, seen by nobody until a job has read, hashed and typed it and kept it under its own
name. The address stays good for whoever has it until it expires, so nothing ever points at that object itself.
"""

import secrets
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from rubrica.files.encrypted import PIECES
from rubrica.files.intake import IntakeRefused
from rubrica.files.models import PartialUpload
from rubrica.files.storage import storage

SECONDS = 900  # until the sending must have begun
TYPE = "application/octet-stream"  # whatever it is: the type is told from the bytes


def offered(upload: PartialUpload) -> dict[str, Any] | None:
    """Where and how this upload may go directly; None where it comes through this server."""
    least = settings.STORAGE_DIRECT_UPLOAD_BYTES
    kept = storage()
    if not least or upload.length < least or not hasattr(kept, "upload_url"):
        return None
    upload.direct_key = f"{PIECES}/{upload.organization_id}/{upload.pk}/direct-{secrets.token_hex(16)}"
    upload.save(update_fields=["direct_key"])
    url = kept.upload_url(upload.direct_key, SECONDS, upload.length, TYPE)
    return {"url": url, "method": "PUT", "headers": {"Content-Type": TYPE}, "seconds": SECONDS}


def is_said_to_be_here(upload: PartialUpload, start: int, length: int) -> bool:
    """An empty piece at the end says so, of one that has not come through this server."""
    return bool(upload.direct_key) and start == upload.length and length == 0


def take(upload: PartialUpload) -> bool:
    """Whether it was not known yet. Raises IntakeRefused with UPLOAD_OFFSET (409) where it is not here whole."""
    if upload.pieces.filter(key=upload.direct_key).exists():
        return False
    try:
        size = storage().size(upload.direct_key)
    except FileNotFoundError:
        size = 0
    if size == upload.length:
        try:
            with transaction.atomic():
                upload.pieces.create(start=0, size=size, key=upload.direct_key)
        except IntegrityError:  # another request was quicker, or it has begun to come in pieces after all
            return False
        return True
    raise IntakeRefused("UPLOAD_OFFSET", 409, "The upload stands at another byte: ask where, and go on from there.")


def is_checking(upload: PartialUpload) -> bool:
    """Here, and nobody has looked into it yet."""
    return bool(upload.direct_key) and upload.completed_at is None and upload.offset == upload.length


def refuse(upload: PartialUpload, code: str, status: int, sentence: str, values: dict[str, object]) -> None:
    """The page hears of it when it asks."""
    upload.refused = {"code": code, "status": status, "sentence": sentence, "values": values}
    upload.save(update_fields=["refused"])


def check_refused(upload: PartialUpload) -> None:
    """Raises IntakeRefused with what a job has found."""
    if upload.refused:
        found = upload.refused
        raise IntakeRefused(found["code"], found["status"], found["sentence"], **found["values"])
