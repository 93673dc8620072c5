"""Everything an organization has, page by page: its processes, newest first, and its events in order (own.md §3).

Each is one statement, planned for the organization that asks, which finds where the page begins and reads it from an
index: a page costs the same at a million rows, for a small organization among large ones, and however deep it lies.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, JsonResponse, QueryDict
from ninja import Router

from rubrica.api.auco.door import PUBLIC, organization_of
from rubrica.api.auco.reads import STATUS, wire_time
from rubrica.database import one_row, planned_row
from rubrica.processes.errors import Invalid, Problem
from rubrica.web.text import findable, searchable

router = Router()
Json = dict[str, Any]

LARGEST, USUAL = 100, 50  # entries of a page
COMMON = 10_000  # processes, from which on words are common
MAX_WORDS, MAX_LENGTH = 10, 200
PACKAGE = re.compile(r"[0-9a-f]{24}")
CURSOR = re.compile(r"([0-9a-f]{24})-([0-9]{1,9})")

# ``a`` is where the page before has ended: nowhere, when there was none or it is not of this organization.
STATEMENT = """
SELECT a.id, (SELECT json_agg(row_to_json(r))::text FROM ({page}) r) FROM (SELECT) o LEFT JOIN ({after}) a ON true
"""
NOWHERE = "SELECT NULL::bigint AS id WHERE false"

AFTER_PROCESS = """
SELECT x.id FROM processes_process x WHERE x.public_id = %(after)s AND x.organization_id = %(organization)s
"""
COLUMNS = """
SELECT p.public_id AS package, p.kind, p.name, p.state, p.created_at, p.updated_at, p.expires_at,
       (SELECT json_agg(d.code ORDER BY d.position) FROM processes_document d WHERE d.process_id = p.id) AS codes
"""
NEWEST = "ORDER BY p.id DESC LIMIT %(limit)s"
OLDER = " AND p.id < a.id"
OURS = "p.organization_id = %(organization)s{older}"
OF_ALL_STATES = COLUMNS + "FROM processes_process p WHERE " + OURS + " " + NEWEST
# Each state has a part of the index to itself: a page of each, and of those the newest. Between a state and itself, as
# the planner does not see that it is one, the order is that index's alone. It takes a state that nobody is in for a
# frequent one, and would look for it through all processes by their ids.
OF_STATES = f"""
{COLUMNS} FROM unnest(%(states)s::text[]) AS wanted(state) CROSS JOIN LATERAL (
    SELECT * FROM processes_process p WHERE {OURS} AND p.state BETWEEN wanted.state AND wanted.state
     ORDER BY p.state, p.id DESC LIMIT %(limit)s) p
{NEWEST}
"""  # noqa: S608  put together from the texts above
# Rare words are looked up, and their processes sorted; among common ones the newest are soon found by looking. OFFSET 0
# keeps the planner, which cannot know how few are found, from reading all processes beside them.
SOUGHT = f"""
WITH found AS MATERIALIZED (
    SELECT id FROM processes_of_words(%(words)s, {COMMON}) AS id
    UNION SELECT x.id FROM processes_process x WHERE x.public_id = %(exact)s
    UNION SELECT d.process_id FROM processes_document d WHERE d.code = upper(%(exact)s)
)
{COLUMNS} FROM (
    SELECT p.* FROM found CROSS JOIN LATERAL (SELECT * FROM processes_process x WHERE x.id = found.id OFFSET 0) p
     WHERE (SELECT count(*) FROM found) < {COMMON} AND {OURS}{{states}}
    UNION ALL
    (SELECT p.* FROM processes_process p
      WHERE (SELECT count(*) FROM found) >= {COMMON} AND {OURS}{{states}}
        AND to_tsvector('simple', p.words) @@ to_tsquery('simple', %(words)s) {NEWEST})
) p {NEWEST}
"""  # noqa: S608  put together from the texts above
OF_THESE_STATES = " AND p.state = ANY(%(states)s)"

AFTER_EVENT = """
SELECT x.id, x.position FROM processes_event x JOIN processes_process p ON p.id = x.process_id
 WHERE p.public_id = %(package)s AND x.sequence = %(sequence)s AND x.organization_id = %(organization)s
"""
# Below the horizon every transaction has ended, and the position of an event is at least the number of its
# transaction: nothing can come in there any more, so whoever goes on behind a page has missed nothing. Within a
# process positions rise with the sequence, because its row is locked while an event is written.
#
# The inner limit is a number and no value, so that the plan is good whatever the values are and is made once for each
# connection: events lie in partitions by month, and to plan for two years of them takes longer than to read the page.
EVENTS = """
SELECT p.public_id AS package, e.sequence, e.kind, e.at, e.actor_kind, e.actor, e.actor_name, e.ip, e.user_agent,
       e.data, encode(e.hash, 'hex') AS hash, encode(e.salt, 'hex') AS salt, e.erased
  FROM (SELECT * FROM processes_event x
         WHERE x.organization_id = %(organization)s{later} AND x.position < (SELECT event_horizon())
         ORDER BY x.position, x.id LIMIT {most}) e
  JOIN processes_process p ON p.id = e.process_id
 ORDER BY e.position, e.id LIMIT %(limit)s
"""
LATER = " AND (x.position, x.id) > (a.position, a.id)"


@router.get("/processes", auth=PUBLIC)
def list_processes(request: HttpRequest) -> JsonResponse:
    """The organization's processes, newest first; ``status`` and ``q`` narrow them."""
    query = request.GET
    _check([*_limit_problems(query), *_process_problems(query)])
    status, sought, after = query.get("status"), query.get("q", ""), query.get("after", "")
    words = [f"{word}:*" for word in searchable(sought).split()]
    values = {
        "states": [state for state, word in STATUS.items() if word == status],
        "words": " & ".join([f"o{organization_of(request).pk}", *words]) if words else "",
        "exact": findable(sought.strip()),
        "after": findable(after),
    }
    page = SOUGHT if sought else OF_STATES if status else OF_ALL_STATES
    page = page.format(older=OLDER if after else "", states=OF_THESE_STATES if status else "")
    statement = STATEMENT.format(page=page, after=AFTER_PROCESS if after else NOWHERE)
    return _answer(request, statement, values, _process, planned_row)


@router.get("/events", auth=PUBLIC)
def list_events(request: HttpRequest) -> JsonResponse:
    """Every event of the organization in an order that stays, for reconciliation."""
    query = request.GET
    _check([*_limit_problems(query)])
    after = query.get("after", "")
    package, _, sequence = after.partition("-")
    values = {"package": findable(package), "sequence": int(sequence) if CURSOR.fullmatch(after) else 0}
    page = EVENTS.format(later=LATER if after else "", most=LARGEST + 1)
    statement = STATEMENT.format(page=page, after=AFTER_EVENT if after else NOWHERE)
    return _answer(request, statement, values, _event, one_row)


def _check(problems: Sequence[Problem]) -> None:
    """Raises Invalid."""
    if problems:
        raise Invalid(*problems)


def _limit_problems(query: QueryDict) -> Iterator[Problem]:
    limit = query.get("limit", "")
    if limit and not (limit.isascii() and limit.isdigit() and len(limit) < 6 and 1 <= int(limit) <= LARGEST):
        yield Problem(("limit",), "out_of_range", "This must be a whole number from 1 to 100.")


def _process_problems(query: QueryDict) -> Iterator[Problem]:
    if query.get("status") and query["status"] not in STATUS.values():
        expected = ", ".join(sorted(set(STATUS.values())))
        yield Problem(("status",), "literal_error", "This must be one of %(expected)s.", {"expected": expected})
    words = query.get("q", "")
    if len(words) > MAX_LENGTH or len(searchable(words).split()) > MAX_WORDS:
        yield Problem(("q",), "too_long", "Send 200 characters and ten words at the most.")


def _answer(request: HttpRequest, statement: str, values: Json, entry: Any, ask: Any) -> JsonResponse:
    """A page, and where the next one begins: with its last entry, when there is more."""
    limit = int(request.GET.get("limit") or USUAL)
    row = ask(statement, {**values, "organization": organization_of(request).pk, "limit": limit + 1})
    assert row is not None
    after, found = row
    if request.GET.get("after") and after is None:
        sentence = "This cursor is not one of ours: send the text that an answer gave."
        raise Invalid(Problem(("after",), "unknown", sentence))
    rows: Sequence[Json] = json.loads(found or "[]")
    data = [entry(one) for one in rows[:limit]]
    return JsonResponse({"data": data, "next": data[-1]["cursor"] if len(rows) > limit else None})


def _process(row: Json) -> Json:
    return {
        "package": row["package"],
        "name": row["name"],
        "kind": KINDS.get(row["kind"], row["kind"]),
        "status": STATUS[row["state"]],
        "finish": row["state"] == "finished",
        "codes": row["codes"] or [],
        "createdAt": _time(row["created_at"]),
        "updatedAt": _time(row["updated_at"]),
        **({"expiredDate": _time(row["expires_at"])} if row["expires_at"] else {}),
        "cursor": row["package"],
    }


KINDS = {"files": "attachments"}  # the others are called as here


def _event(row: Json) -> Json:
    return {
        "package": row["package"],
        "sequence": row["sequence"],
        "kind": row["kind"],
        "at": datetime.fromisoformat(row["at"]).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "actor": {"kind": row["actor_kind"], "id": row["actor"], "name": row["actor_name"]},
        "ip": row["ip"],
        "userAgent": row["user_agent"],
        "data": row["data"],
        "hash": row["hash"],
        **({"salt": row["salt"]} if row["salt"] else {}),
        **({"erased": row["erased"]} if row["erased"] else {}),
        "cursor": f"{row['package']}-{row['sequence']}",
    }


def _time(moment: str) -> str:
    return wire_time(datetime.fromisoformat(moment))
