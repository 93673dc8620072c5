"""Attachments as they go over the wire (contract/aero.md §3.0): stored documents' own keys, and plain ones beside."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from rubrica import database
from rubrica.records.attachments.links import download_url
from rubrica.records.ids import user_id
from rubrica.records.models import Attachment
from rubrica.records.values import moment

Wire = dict[str, Any]


class Seen(NamedTuple):
    """What is told of an attachment. A page of documents has thousands, and rows of models cost ten times as much."""

    record_id: int
    path: str
    key: str
    name: str
    media_type: str
    size: int
    store: str
    width: int | None
    height: int | None
    created_at: datetime
    created_by_id: int | None
    sha256: str


COLUMNS = ", ".join(f"a.{name}" for name in Seen._fields[:-1])
SELECT = f"SELECT {COLUMNS}, b.sha256 FROM records_attachment a JOIN files_blob b ON b.id = a.blob_id"  # noqa: S608
OF_FIELD = f"""
{SELECT} WHERE a.record_id = %(record)s AND a.path = %(path)s AND a.staged_until IS NULL ORDER BY a.position, a.id
"""
OF_RECORDS = f"""
{SELECT} WHERE a.record_id = ANY(%(records)s) AND a.staged_until IS NULL
 ORDER BY a.record_id, a.path, a.position, a.id
"""


def of_field(record_id: int, path: str) -> list[Wire]:
    """What is in a field, in order, with addresses to download from."""
    rows = database.all_rows(OF_FIELD, {"record": record_id, "path": path})
    return [_shown(Seen(*row)) for row in rows]


def by_path(records: Iterable[int]) -> dict[int, dict[str, list[Wire]]]:
    """For each of these records its files by canonical path, with one query for all of them."""
    found: dict[int, dict[str, list[Wire]]] = {}
    for row in database.all_rows(OF_RECORDS, {"records": list(records)}):
        one = Seen(*row)
        found.setdefault(one.record_id, {}).setdefault(one.path, []).append(_stored(one))
    return found


def stored(attachment: Attachment) -> Wire:
    """As a document shows it among its values."""
    return _stored(_seen(attachment))


def shown(attachment: Attachment) -> Wire:
    """As the calls about attachments show it, with an address that downloads it for a while."""
    return _shown(_seen(attachment))


def _seen(attachment: Attachment) -> Seen:
    return Seen._make([*(getattr(attachment, name) for name in Seen._fields[:-1]), attachment.blob.sha256])


def _stored(one: Seen) -> Wire:
    size = {"_width": one.width, "_height": one.height} if one.width is not None else {}
    return {
        "_id": one.key,
        "_fileName": one.name,
        "_type": one.media_type,
        "_size": one.size,
        "store": one.store,
        **size,
        "_createdOn": moment(one.created_at),
        "_createdByUserId": user_id(one.created_by_id),
        "_sha256": one.sha256,
    }


def _shown(one: Seen) -> Wire:
    return {
        **_stored(one),
        "downloadURL": download_url(one.key, one.name),
        "id": one.key,
        "fileName": one.name,
        "type": one.media_type,
        "size": one.size,
    }
