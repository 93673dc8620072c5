"""Uploads that go on where the connection was lost: pieces on disk, put together when the last one is here."""

import contextlib
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from rubrica import clock, database
from rubrica.accounts.models import Organization
from rubrica.files import address, intake, types
from rubrica.files.encrypted import PIECES as PIECES
from rubrica.files.intake import Arrived, IntakeRefused
from rubrica.files.models import PartialUpload, Piece, put
from rubrica.files.storage import incoming, storage, where

LIFETIME = timedelta(hours=12)
MOST_OPEN = 3  # for one thing: several windows, or a device that was left; the oldest gives way
MOST_PIECES = 2000  # a line that breaks more often than this needs another day


def begin(organization: Organization, purpose: str, subject_id: int, *, length: int, file_name: str) -> PartialUpload:
    """Room for that many bytes. Raises IntakeRefused: FILE_EMPTY, FILE_TOO_LARGE, FILE_TYPE_REFUSED (by its name)."""
    if length == 0:
        raise IntakeRefused("FILE_EMPTY", 400, "The file is empty.")
    if length > settings.MAX_UPLOAD_BYTES:
        raise intake.too_large(settings.MAX_UPLOAD_BYTES)
    types.check_name(file_name)
    upload = PartialUpload.objects.create(
        organization=organization, purpose=purpose, subject_id=subject_id, length=length, file_name=file_name
    )
    others = PartialUpload.objects.filter(purpose=purpose, subject_id=subject_id, completed_at=None)
    for old in others.order_by("-created_at", "-pk")[MOST_OPEN:]:
        drop(old)
    return upload


def append(upload: PartialUpload, source: intake.Readable, *, start: int, length: int) -> int:
    """Keeps what comes from byte ``start`` on, also when the connection is lost on the way; gives the new offset.

    Raises IntakeRefused: UPLOAD_OFFSET (409) when the upload stands elsewhere, FILE_TOO_LARGE (413) past its end.
    """
    if start != upload.offset or (length and upload.pieces.count() >= MOST_PIECES):
        raise _elsewhere()
    if start + length > upload.length:
        raise intake.too_large(upload.length)
    key = f"{PIECES}/{upload.organization_id}/{upload.pk}/{start}-{secrets.token_hex(8)}"
    database.let_go()  # the questions above took a connection, and the body may be slow to come
    size = _keep(source, key, length)
    if size:
        try:
            with transaction.atomic():
                upload.pieces.create(start=start, size=size, key=key)
        except IntegrityError:
            storage().delete(key)
            raise _elsewhere() from None
    return start + size


def _keep(source: intake.Readable, key: str, length: int) -> int:
    """Bytes first, as with blobs: a row never names what is not there. What a crash leaves in between is swept."""
    descriptor, name = tempfile.mkstemp(dir=incoming(), prefix="piece-")
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            size = _arrive(source, file.fileno(), length)
        if size:
            put(key, Arrived(Path(name), size, "", ""))
    finally:
        Path(name).unlink(missing_ok=True)
    return size


def _arrive(source: intake.Readable, target: int, length: int) -> int:
    """The bytes that came and are synced; a connection that is lost ends them early and is no error here."""
    size = 0
    while size < length:
        try:
            chunk = intake.read(source, min(intake.CHUNK, length - size))
        except IntakeRefused:
            break
        if not chunk:
            break
        intake.write(target, chunk)
        size += len(chunk)
    os.fsync(target)
    return size


@contextmanager
def whole(upload: PartialUpload) -> Iterator[Arrived]:
    """All pieces as one file that has arrived. Raises IntakeRefused with UPLOAD_UNKNOWN when a piece was swept."""
    pieces = list(upload.pieces.all())
    database.let_go()
    with intake.collecting(upload.length) as collector:
        for piece in pieces:
            try:
                with storage().open(piece.key) as file:
                    while chunk := file.read(intake.CHUNK):
                        collector.write(chunk)
            except FileNotFoundError:
                raise unknown() from None
        if collector.size != upload.length:
            raise unknown()
        yield collector.arrived()


def empty(upload: PartialUpload) -> None:
    """Lets go of the pieces; the row of a completed upload stays, so that who asks again hears that it is here."""
    keys = list(upload.pieces.values_list("key", flat=True))
    Piece.objects.filter(upload=upload).delete()
    # What comes to the direct one after this, the bucket's own rule removes (docs/operate.md).
    for key in {*keys, upload.direct_key} - {""}:
        storage().delete(key)


def drop(upload: PartialUpload) -> None:
    empty(upload)
    upload.delete()


def forget_old() -> int:
    """Drops what was not gone on with; gives how many."""
    old = PartialUpload.objects.filter(created_at__lt=clock.now() - LIFETIME)[:1000]
    for upload in old:
        drop(upload)
    _sweep()
    return len(old)


def _sweep() -> None:
    """On a disk of ours, what a crash left between bytes and row; a bucket has a rule for that (docs/operate.md)."""
    place = where()
    if isinstance(place, address.Folder):
        limit = time.time() - 2 * LIFETIME.total_seconds()
        folder = place.path / PIECES
        for path in sorted(folder.rglob("*"), reverse=True):
            with contextlib.suppress(OSError):  # another worker was quicker, or a folder has something in it
                if path.is_dir():
                    path.rmdir()
                elif path.stat().st_mtime < limit:
                    path.unlink()


def unknown() -> IntakeRefused:
    return IntakeRefused("UPLOAD_UNKNOWN", 404, "This upload is no longer here. Send the file again.")


def _elsewhere() -> IntakeRefused:
    return IntakeRefused("UPLOAD_OFFSET", 409, "The upload stands at another byte: ask where, and go on from there.")
