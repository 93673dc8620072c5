"""Definitions and records as JSON: fields at the top beside the system's keys, groups as objects (contract §4.1)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rubrica.accounts.models import Member
from rubrica.records import bridge
from rubrica.records.access import Rights, Sight
from rubrica.records.attachments import shaping
from rubrica.records.ids import user_id
from rubrica.records.models import Definition, Record
from rubrica.records.schema import LineBlock
from rubrica.records.values import moment

Json = dict[str, Any]
Files = dict[str, list[Json]]


@dataclass(frozen=True)
class Chosen:
    """Which fields go out: those named, or all but those named; ``_id`` is left out only where it says so."""

    names: frozenset[str] = field(default_factory=frozenset)
    is_of_these: bool = False
    with_id: bool = True

    def of(self, document: Json) -> Json:
        if not self.names and self.with_id:
            return document
        kept = self._picked(document) if self.is_of_these else self._dropped(document, "")
        if self.with_id:
            return {"_id": document["_id"], **kept}
        return {key: value for key, value in kept.items() if key != "_id"}

    def _picked(self, document: Json, before: str = "") -> Json:
        found = {}
        for key, value in document.items():
            path = before + key
            if path in self.names:
                found[key] = value
            elif any(name.startswith(f"{path}.") for name in self.names):
                found[key] = self._inside(value, lambda one, path=path: self._picked(one, f"{path}."))
        return found

    def _dropped(self, document: Json, before: str) -> Json:
        return {
            key: self._inside(value, lambda one, path=before + key: self._dropped(one, f"{path}."))
            for key, value in document.items()
            if before + key not in self.names
        }

    @staticmethod
    def _inside(value: Any, pick: Any) -> Any:
        if isinstance(value, dict):
            return pick(value)
        if isinstance(value, list):
            return [pick(one) if isinstance(one, dict) else one for one in value]
        return value


EVERYTHING = Chosen()


def documents(records: list[Record], member: Member, chosen: Chosen = EVERYTHING) -> list[Json]:
    """One more query for all of them: their files."""
    files = _files(records)
    rights: dict[int, Rights] = {}
    found = []
    for record in records:
        sight = rights.setdefault(record.definition_id, Rights(record.definition, member)).on(record)
        found.append(chosen.of(_document(record, sight, files.get(record.pk, {}))))
    return found


def _files(records: list[Record]) -> dict[int, Files]:
    if records and bridge.is_built_in(records[0].definition):
        return bridge.files_of(records)
    return shaping.by_path(record.pk for record in records)


def document(record: Record, member: Member) -> Json:
    return documents([record], member)[0]


def _document(record: Record, sight: Sight, files: Files) -> Json:
    shape = record.definition.shape
    found: Json = {"_id": record.key, "externalId": record.external_id, "status": record.status or None}
    for one in shape.fields:
        if sight.sees(one.name):
            value = files.get(one.name, []) if one.is_attachment else record.values.get(one.name)
            _put(found, one.name.split("."), value)
    for block in shape.line_blocks:
        if seen := [one.name for one in block.fields if sight.sees(f"{block.name}.{one.name}")]:
            found[block.name] = [_line(block, line, seen, files) for line in record.lines(block.name)]
    return found | _system(record)


def _put(found: Json, path: list[str], value: Any) -> None:
    """What has no value is not there, but a field of files is a list always."""
    if value is None:
        return
    for name in path[:-1]:
        found = found.setdefault(name, {})
    found[path[-1]] = value


def _line(block: LineBlock, line: Json, seen: Iterable[str], files: Files) -> Json:
    found: Json = {"_id": line["_id"]}
    if "externalId" in line:
        found["externalId"] = line["externalId"]
    for name in seen:
        one = block.field(name)
        is_attachment = one is not None and one.is_attachment
        value = files.get(f"{block.name}.{line['_id']}.{name}", []) if is_attachment else line.get(name)
        _put(found, name.split("."), value)
    return found


def _system(record: Record) -> Json:
    return {
        "accessGroups": record.access.get("groups", []),
        "_documentDefinitionId": record.definition.key,
        "_environmentId": record.definition.organization.slug,
        "_createdOn": moment(record.created_at),
        "_lastModifiedOn": moment(record.modified_at),
        "_createdByUserId": user_id(record.created_by_id),
        "_lastModifiedByUserId": user_id(record.modified_by_id),
        "_hash": record.hash,
    }


def definition(one: Definition) -> Json:
    shape = one.shape
    return {
        "_id": one.key,
        "name": one.name,
        "label": one.label,
        "fields": [],
        "lineBlocks": [],
        "statuses": [],
        **shape.stored(),
        "_version": one.version,
        "_environmentId": one.organization.slug,
        "_createdOn": moment(one.created_at),
        "_lastModifiedOn": moment(one.modified_at),
        "_createdByUserId": user_id(one.created_by_id),
        "_lastModifiedByUserId": user_id(one.modified_by_id),
    }


def listed(one: Definition) -> Json:
    return {"_id": one.key, "name": one.name, "label": one.label}
