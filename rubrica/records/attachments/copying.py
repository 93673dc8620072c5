"""Copies of files: other rows over the same bytes, all of a call or none (contract/aero.md §3.4)."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from django.db import transaction

from rubrica import database
from rubrica.accounts.models import Member
from rubrica.files.intake import IntakeRefused
from rubrica.files.sharing import shared
from rubrica.records.attachments import names, pictures, removing
from rubrica.records.attachments.saving import hold
from rubrica.records.attachments.slots import Slot, tell
from rubrica.records.changing import held, locked, touch
from rubrica.records.errors import Forbidden, NotFound, Refusal, TooLarge, Unsupported
from rubrica.records.models import Attachment, Record, RecordEvent

MEBIBYTE = 1024 * 1024
MOST_AT_ONCE = 20_000  # copies by one call: each operation sees what the ones before have made, so they could double


class Shelf(Protocol):
    """A place that files can be copied from, and that nothing is changed in."""

    def linked(self) -> list[Attachment]: ...


@dataclass(frozen=True)
class Copy:
    """``names`` and ``keys`` together say which files; where both are empty, all of them.

    ``by`` acts in the target's organization, ``source_by`` in the source's.
    """

    source: "Slot | Shelf"
    target: Slot
    by: Member
    source_by: Member
    names: Sequence[str] = ()
    keys: Sequence[str] = ()
    replace: bool = False
    move: bool = False


def copy(copies: Sequence[Copy]) -> list[list[Attachment]]:
    """The new attachments of each; a later one sees what an earlier one has done. Raises Refusal, saying which one
    it was; then nothing has changed."""
    ready = []
    for index, one in enumerate(copies):
        with _numbered(index):
            ready.append(one if isinstance(one.source, Slot) else _looked_at(one, one.source))
    return _copied_together(ready)


@contextmanager
def _numbered(index: int) -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        refusal.at = f"[{index}]"
        raise


@dataclass(frozen=True)
class _Chosen:
    """Files that were taken from a shelf already."""

    files: list[Attachment]
    shelf: str

    def linked(self) -> list[Attachment]:
        return self.files

    def __str__(self) -> str:
        return self.shelf


def _looked_at(one: Copy, shelf: Shelf) -> Copy:
    """Files of a shelf were never looked at as pictures; that is done before any row is locked."""
    if one.move:
        raise Forbidden("These files can be copied, and not moved.")
    files = choose(shelf.linked(), one.names, one.keys)
    database.let_go()
    for file in files:
        if size := pictures.size_of(file.blob):
            file.store, (file.width, file.height) = Attachment.Store.IMAGE, size
    return replace(one, source=_Chosen(files, str(shelf)), names=(), keys=())


@transaction.atomic
def _copied_together(copies: Sequence[Copy]) -> list[list[Attachment]]:
    records = _held(copies)
    changed: dict[int, Member] = {}
    made = []
    for index, one in enumerate(copies):
        with _numbered(index):
            made.append(_copied(one, records, changed))
            if sum(map(len, made)) > MOST_AT_ONCE:
                raise TooLarge("A call may make %(most)s copies at the most.", most=MOST_AT_ONCE)
    for key, member in changed.items():
        touch(records[key], member)
    return made


def _held(copies: Sequence[Copy]) -> dict[int, Record]:
    """Every record of the call, in one order whoever calls, so that two calls wait for each other and never both."""
    records = {slot.record.pk: slot.record for one in copies for slot in _slots(one)}
    kinds = {record.definition.pk: record.definition for record in records.values()}
    definitions = {key: held(kinds[key]) for key in sorted(kinds)}
    return {key: locked(records[key], definitions[records[key].definition_id]) for key in sorted(records)}


def _slots(one: Copy) -> Iterable[Slot]:
    return [slot for slot in (one.source, one.target) if isinstance(slot, Slot)]


def _copied(one: Copy, records: dict[int, Record], changed: dict[int, Member]) -> list[Attachment]:
    target = one.target.of(records[one.target.record.pk])
    source = one.source.of(records[one.source.record.pk]) if isinstance(one.source, Slot) else one.source
    chosen = choose(source.linked(), one.names, one.keys)
    moved = chosen if one.move else []
    before = target.linked() if one.replace else []
    there, first = target.extent()
    within = [file for file in moved if file.record_id == target.record.pk and file.path == target.path]
    _check(target, chosen, 0 if one.replace else there - len(within))
    made = _insert(target, chosen, first, one.by)
    tell(target.record, RecordEvent.Kind.COPIED, one.by, made, **_whence(source))
    gone = {file.pk: file for file in [*before, *moved]}
    if made or gone:
        changed[target.record.pk] = one.by
    removing.remove(target.record, [file for file in gone.values() if file.record_id == target.record.pk], one.by)
    if isinstance(source, Slot) and source.record is not target.record and moved:
        removing.remove(source.record, moved, one.source_by)
        changed[source.record.pk] = one.source_by
    return made


def choose(there: Sequence[Attachment], wanted: Sequence[str], keys: Sequence[str]) -> list[Attachment]:
    """In the order of the field. Raises NotFound that names what is not there."""
    if not wanted and not keys:
        return list(there)
    called = {unicodedata.normalize("NFC", name) for name in wanted}
    for name in sorted(called - {file.name for file in there}):
        raise NotFound('There is no attachment called "%(name)s" in the source field.', name=name[:300])
    for key in sorted(set(keys) - {file.key for file in there}):
        raise NotFound('There is no attachment "%(key)s" in the source field.', key=key[:100])
    return [file for file in there if file.name in called or file.key in keys]


def _check(target: Slot, chosen: Sequence[Attachment], kept: int) -> None:
    """The target's limits; pictures stay as wide as they are, since a copy is of the same bytes."""
    field = target.field
    target.check_count(kept + len(chosen))
    for file in chosen:
        if field.max_file_size_mb is not None and file.size > field.max_file_size_mb * MEBIBYTE:
            raise TooLarge('"%(name)s" is larger than the target field takes.', name=file.name)
        try:
            names.check_accepted(file.name, file.blob.media_type, field.accepted_types)
        except IntakeRefused as refused:
            raise Unsupported(refused.sentence, "", **refused.values) from None


def _insert(target: Slot, chosen: Sequence[Attachment], first: int, by: Member) -> list[Attachment]:
    # Another organization's blob is a name of its own for the same file: no bytes are moved inside the transaction.
    home = target.record.organization_id
    blobs = [
        file.blob if file.blob.organization_id == home else shared(file.blob, target.record.organization)
        for file in chosen
    ]
    if any(file.pk is None or file.blob is not blob for file, blob in zip(chosen, blobs, strict=True)):
        hold(blobs)  # else the row that is copied holds its bytes
    rows = [
        Attachment(
            organization_id=target.record.organization_id,
            definition_id=target.record.definition_id,
            record=target.record,
            path=target.path,
            position=first + index,
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            width=file.width,
            height=file.height,
            store=file.store,
            blob=blob,
            created_by=by,
        )
        for index, (file, blob) in enumerate(zip(chosen, blobs, strict=True))
    ]
    return Attachment.objects.bulk_create(rows)


def _whence(source: "Slot | Shelf") -> dict[str, str]:
    if not isinstance(source, Slot):
        return {"from": str(source)}
    record = source.record
    return {"from": f"{record.definition.name}/{record.key}/{source.path}"}
