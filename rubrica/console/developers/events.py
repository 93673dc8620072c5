"""Developers → Events: what the feed and the webhooks tell of, newest first."""

import json
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from rubrica import database
from rubrica.accounts.models import Member
from rubrica.console import timeline
from rubrica.console.access import shown_to_editors
from rubrica.console.settings.areas import settings_page
from rubrica.processes.models import Event, Participant

TEMPLATE = "console/developers/events.html"
PAGE = 50  # events
WINDOW = 20_000  # events that one page looks through for those of a kind, so that a rare one costs no more

# By the index of the feed. One of a kind is looked for among so many, and the next page goes on behind them.
STATEMENT = """
WITH near AS (
    SELECT x.id, x.kind, x.position FROM processes_event x
     WHERE x.organization_id = %(organization)s{earlier}{of_process}
     ORDER BY x.position DESC, x.id DESC LIMIT %(window)s
), found AS (
    SELECT id, position FROM near{of_kind} ORDER BY position DESC, id DESC LIMIT %(page)s
)
SELECT (SELECT array_agg(id ORDER BY position DESC, id DESC) FROM found),
       (SELECT id FROM near ORDER BY position, id LIMIT 1), (SELECT count(*) FROM near)
"""
EARLIER = (
    " AND (x.position, x.id) < "
    "(SELECT a.position, a.id FROM processes_event a WHERE a.id = %(before)s AND a.organization_id = %(organization)s)"
)
OF_PROCESS = (
    " AND x.process_id = "
    "(SELECT p.id FROM processes_process p WHERE p.public_id = %(package)s AND p.organization_id = %(organization)s)"
)
OF_KIND = " WHERE kind = %(kind)s"


@dataclass(frozen=True)
class Row:
    event: Event
    text: str
    tone: str

    @property
    def data(self) -> str:
        return json.dumps(self.event.data, ensure_ascii=False, indent=2)


@shown_to_editors
def events(request: HttpRequest, member: Member) -> HttpResponse:
    kind, package, before = (request.GET.get(name, "").replace("\0", "") for name in ("kind", "package", "before"))
    found, older = _found(member, kind, package.strip(), _number(before))
    context = {
        "rows": _rows(found),
        "older": older,
        "before": before,
        "kind": kind,
        "package": package,
        "kinds": Event.Kind.values,
    }
    return settings_page(request, "events", TEMPLATE, context)


def _found(member: Member, kind: str, package: str, before: int) -> tuple[list[Event], int | None]:
    """A page of events, and before which of them the next page begins."""
    is_kind = kind in Event.Kind.values
    values = {
        "organization": member.organization_id,
        "kind": kind,
        "package": package,
        "before": before,
        "window": WINDOW if is_kind else PAGE + 1,
        "page": PAGE + 1,
    }
    statement = STATEMENT.format(
        earlier=EARLIER if before else "", of_process=OF_PROCESS if package else "", of_kind=OF_KIND if is_kind else ""
    )
    row = database.planned_row(statement, values)
    assert row is not None
    ids, last, looked_at = row
    rows = {event.pk: event for event in Event.objects.filter(pk__in=ids or []).select_related("process")}
    if ids and len(ids) > PAGE:
        return [rows[pk] for pk in ids[:PAGE]], ids[PAGE - 1]
    return [rows[pk] for pk in ids or []], last if is_kind and looked_at == WINDOW else None


def _rows(found: list[Event]) -> list[Row]:
    ids = {event.data.get("participant") for event in found}
    known = Participant.objects.filter(public_id__in={one for one in ids if isinstance(one, str)})
    names = dict(known.values_list("public_id", "name"))
    return [Row(event, timeline.text(event, names), timeline.tone(event)) for event in found]


def _number(text: str) -> int:
    """0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
