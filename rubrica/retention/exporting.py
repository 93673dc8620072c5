"""Everything about a person as a ZIP: made by a job, and gone after a day."""

import json
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F

from rubrica import clock
from rubrica.accounts.models import Member, Organization
from rubrica.database import let_go
from rubrica.files import intake
from rubrica.files.models import Blob, FileErased
from rubrica.files.storage import incoming
from rubrica.files.zipping import CHUNK, Entry, Zip
from rubrica.processes.models import PersonExport
from rubrica.processes.models.erasure import EXPORT_LIVES
from rubrica.retention import jobs, people
from rubrica.retention.gathering import Gathered
from rubrica.retention.readme import readme

MEDIA_TYPE = "application/zip"


def begin(organization: Organization, identifier: str, by: Member | None, language: str) -> PersonExport:
    """Enqueues the job. Raises people.Unclear."""
    person = people.find(organization, identifier)
    with transaction.atomic():
        row = PersonExport.objects.create(
            organization=organization, by=by, identifier=person.identifier, language=language,
            total=len(person.participants),
        )  # fmt: skip
        jobs.export_person.defer(export_id=row.pk)
    return row


def make(export_id: int) -> None:
    """Once, however often it runs; a row that is gone was not wanted any more."""
    row = PersonExport.objects.select_related("organization").filter(pk=export_id, state=PersonExport.State.MAKING)
    for one in row:
        PersonExport.objects.filter(pk=export_id).update(done=0)
        with tempfile.TemporaryDirectory(dir=incoming()) as folder:
            path = Path(folder) / "export.zip"
            with path.open("wb") as file:
                write(one.organization, one.identifier, one.language, file, told=partial(_count, export_id))
            blob = Blob.keep(one.organization, intake.made(path, MEDIA_TYPE), biometric=True)
        done = PersonExport.objects.filter(pk=export_id, state=PersonExport.State.MAKING)
        if not done.update(blob=blob, state=PersonExport.State.MADE, done=F("total")):
            _forget_bytes(blob.pk)  # an erasure of the person, or another run of this, came first


def fail(export_id: int) -> None:
    """After the last try."""
    PersonExport.objects.filter(pk=export_id, state=PersonExport.State.MAKING).update(state=PersonExport.State.FAILED)


def _count(export_id: int) -> None:
    PersonExport.objects.filter(pk=export_id).update(done=F("done") + 1)


def write(organization: Organization, identifier: str, language: str, file: IO[bytes], *, told: Any = None) -> int:
    """Gives how many bytes."""
    size = 0
    for chunk in _zipped(organization, identifier, language, told or (lambda: None)):
        size += file.write(chunk)
    return size


def _zipped(organization: Organization, identifier: str, language: str, told: Any) -> Iterator[bytes]:
    person = people.find(organization, identifier)
    found = Gathered(person).gather(told)
    let_go()  # the bytes take a while
    for path in [path for path, blob in found.files.items() if _is_lost(blob)]:
        del found.files[path]
        _say_lost(found.data, path)
    now = clock.now()
    archive = Zip(now)
    text = readme(language, organization.name, person.identifier, f"{now:%Y-%m-%d %H:%M} UTC")
    data = json.dumps(found.data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    yield from archive.entry(Entry("README.txt", text.encode))
    yield from archive.entry(Entry("data.json", data.encode))
    for path, blob in found.files.items():
        yield from archive.entry(Entry(path, partial(_chunks, blob), blob.size))
    yield from archive.end()


def _is_lost(blob: Blob) -> bool:
    """A storage that is away raises something else, and the job comes again."""
    try:
        blob.open().close()
    except (FileNotFoundError, FileErased):
        return True
    return False


def _say_lost(data: Any, path: str) -> None:
    """However deep; the digest of the file stays."""
    if isinstance(data, dict) and data.get("path") == path:
        del data["path"]
        data["lost"] = True
    elif isinstance(data, dict | list):
        for one in data.values() if isinstance(data, dict) else data:
            _say_lost(one, path)


def _chunks(blob: Blob) -> Iterator[bytes]:
    with blob.open() as file:
        while chunk := file.read(CHUNK):
            yield chunk


def forget_old() -> int:
    """Rows and bytes whose day is over; gives how many."""
    gone = 0
    for row in PersonExport.objects.filter(created_at__lt=clock.now() - EXPORT_LIVES).order_by("pk")[:1000]:
        forget(row)
        gone += 1
    return gone


@transaction.atomic
def forget(row: PersonExport) -> None:
    blob_id = row.blob_id
    row.delete()
    if blob_id is not None:
        _forget_bytes(blob_id)


def _forget_bytes(blob_id: int) -> None:
    """Nobody gets them any more, unless they are those of another copy."""
    if not PersonExport.objects.filter(blob=blob_id).exists():
        Blob.objects.filter(pk=blob_id, erased_at=None).update(erased_at=clock.now())
