"""Records of one definition: the table, one record with its values and files, and what members do with them."""

import json
import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member
from rubrica.console.access import done_by_members, page, shown_to_members
from rubrica.console.records import typed
from rubrica.console.records.attached import by_path
from rubrica.console.records.history import events
from rubrica.console.records.refusals import sentences
from rubrica.records import bridge, definitions, listing, saving
from rubrica.records.access import Rights, Sight
from rubrica.records.errors import Refusal
from rubrica.records.models import Definition, Record

PAGE = 50  # records
COLUMNS = 5
LIST, ONE = "console/records/records.html", "console/records/record.html"
WAYS = {"is": "$eq", "more": "$gte", "less": "$lte"}


def found_of(member: Member, dd: str, doc: str) -> Record:
    """Raises Http404, by way of ``sentences``."""
    try:
        return saving.find(definitions.find(member.organization, dd), doc, member)
    except Refusal as refusal:
        sentences(refusal)
        raise


@shown_to_members
def listed(request: HttpRequest, member: Member, dd: str) -> HttpResponse:
    definition = _definition(member, dd)
    rights = Rights(definition, member)
    asked, faults = _asked(request, definition), []
    try:
        found = listing.page(definition, member, asked)
    except Refusal as refusal:
        found, faults = listing.Page([], 0), sentences(refusal)
    columns = [one for one in definition.shape.fields if not one.is_attachment and rights.may_ask_for(one.name)]
    context = {
        "definition": definition,
        "is_built_in": bridge.is_built_in(definition),
        "columns": columns[:COLUMNS],
        "askable": columns,
        "rows": [(record, [record.values.get(one.name) for one in columns[:COLUMNS]]) for record in found.records],
        "total": found.total,
        "faults": faults,
        "asked": {name: request.GET.get(name, "") for name in ("field", "way", "value", "status", "sort")},
        "is_narrowed": bool(asked.query),
        "first": asked.skip + 1,
        "last": asked.skip + len(found.records),
        "newer": max(0, asked.skip - PAGE) if asked.skip else None,
        "older": asked.skip + PAGE if found.total > asked.skip + PAGE else None,
        "may_create": not bridge.is_built_in(definition) and rights.on_new().creates(),
    }
    return page(request, LIST, context)


@shown_to_members
def new(request: HttpRequest, member: Member, dd: str) -> HttpResponse:
    definition = _definition(member, dd)
    return _page(request, member, definition, None, {})


@done_by_members
def add(request: HttpRequest, member: Member, dd: str) -> HttpResponse:
    definition = _definition(member, dd)
    told = typed.sent(definition.shape, Rights(definition, member).on_new(), request.POST)
    if request.POST.get("do"):
        return _page(request, member, definition, None, told)
    try:
        record = saving.create(definition, told, member)
    except Refusal as refusal:
        return _page(request, member, definition, None, told, refusal)
    messages.success(request, _("The record is there."))
    return _to(record)


@shown_to_members
def shown(request: HttpRequest, member: Member, dd: str, doc: str) -> HttpResponse:
    record = found_of(member, dd, doc)
    return _page(request, member, record.definition, record, record.values)


@done_by_members
def change(request: HttpRequest, member: Member, dd: str, doc: str) -> HttpResponse:
    record = found_of(member, dd, doc)
    told = typed.sent(record.definition.shape, Rights(record.definition, member).on(record), request.POST, record)
    if request.POST.get("do"):
        return _page(request, member, record.definition, record, record.values | told)
    try:
        saving.merge(record, {**told, "_hash": request.POST.get("hash") or None}, member)
    except Refusal as refusal:
        return _page(request, member, record.definition, record, record.values | told, refusal)
    messages.success(request, _("The record is saved."))
    return _to(record)


@done_by_members
def remove(request: HttpRequest, member: Member, dd: str, doc: str) -> HttpResponse:
    record = found_of(member, dd, doc)
    try:
        saving.remove(record, member)
    except Refusal as refusal:
        messages.error(request, " ".join(sentences(refusal)))
        return _to(record)
    messages.success(request, _("The record was removed with its files."))
    return HttpResponseRedirect(reverse("console:records", args=[record.definition.key]))


def _definition(member: Member, dd: str) -> Definition:
    try:
        return definitions.find(member.organization, dd)
    except Refusal as refusal:
        sentences(refusal)
        raise


def _page(
    request: HttpRequest,
    member: Member,
    definition: Definition,
    record: Record | None,
    values: dict[str, Any],
    refusal: Refusal | None = None,
) -> HttpResponse:
    rights = Rights(definition, member)
    built_in = bridge.is_built_in(definition)
    sight = Sight(None, False) if built_in else rights.on(record) if record else rights.on_new()
    cells = typed.cells(definition.shape, sight, values, record)
    context = {
        "definition": definition,
        "record": record,
        "values": [cell for cell in cells if not cell.field.is_attachment],
        "fields_of_files": [cell for cell in cells if cell.field.is_attachment],
        "tables": typed.tables(definition.shape, sight, values, record),
        "status": values.get("status", record.status if record else None),
        "external_id": values.get("externalId", record.external_id if record else None),
        "may_edit": not built_in and (sight.may_change if sight.permissions is None else bool(sight.permissions)),
        "may_delete": record is not None and not built_in and sight.deletes(),
        "faults": sentences(refusal) if refusal else [],
        "files": {} if record is None else by_path(record),
        "events": events(record, member, sight) if record else [],
    }
    answer = page(request, ONE, context)
    answer.status_code = 400 if refusal else 200
    return answer


def _asked(request: HttpRequest, definition: Definition) -> listing.Asked:
    """What the form above the table says, as a query."""
    query: dict[str, Any] = {}
    name, way, value = (request.GET.get(key, "").strip() for key in ("field", "way", "value"))
    if name and (value or way == "empty"):
        query[name] = _condition(definition, name, way, value)
    if status := request.GET.get("status"):
        query["status"] = status
    sort = request.GET.get("sort", "-_createdOn")
    skip = request.GET.get("skip", "0")
    return listing.Asked(
        query=query,
        sort={sort.lstrip("-"): -1 if sort.startswith("-") else 1},
        skip=int(skip) if re.fullmatch(r"\d{1,7}", skip) else 0,
        limit=PAGE,
    )


def _condition(definition: Definition, name: str, way: str, value: str) -> dict[str, Any]:
    known = definition.shape.field(name)
    if way == "empty":
        return {"$exists": False}
    if way in WAYS:
        return {WAYS[way]: _spelled(known.type if known else "text", value)}
    return {"$regex": re.escape(value)[:200], "$options": "i"}


def _spelled(kind: str, value: str) -> Any:
    if kind in {"number", "boolean"}:
        try:
            return json.loads(value.lower().replace(",", "."))
        except (ValueError, RecursionError):
            return value
    return value


def _to(record: Record) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("console:record", args=[record.definition.key, record.key]))
