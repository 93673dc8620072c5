"""The processes of a report as a file for a spreadsheet: read in batches and sent while they are read."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from rubrica import clock
from rubrica.accounts import audit
from rubrica.accounts.models import Member, Organization
from rubrica.connecting.replica import lagging_reads
from rubrica.console.access import done_by_members
from rubrica.console.exporting import MOST_IN_WORKBOOK, in_batches
from rubrica.console.reports.period import Asked
from rubrica.console.templatetags.console import state_name
from rubrica.files.views import stream
from rubrica.processes.models import Participant, Process
from rubrica.templating.models import Template
from rubrica.web import tables


@done_by_members
def export_csv(request: HttpRequest, member: Member) -> HttpResponseBase:
    """By POST, since it is written down too; what is asked for stands in the address, as for the page."""
    made = tables.csv_rows(head(), rows(member.organization, Asked.of(request.GET)))
    return stream(made, _noted(request, member, "csv"), tables.CSV)


@done_by_members
def export_xlsx(request: HttpRequest, member: Member) -> HttpResponseBase:
    """The newest; the page says how many a workbook takes."""
    found = rows(member.organization, Asked.of(request.GET), MOST_IN_WORKBOOK)
    file = tables.xlsx_file(head(), found, _("Processes"))
    name = _noted(request, member, "xlsx")
    return FileResponse(file, as_attachment=True, filename=name, content_type=tables.XLSX)


def head() -> list[str]:
    return [
        _("Package id"), _("Name"), _("Status"), _("Folder"), _("Tags"), _("Template"), _("Sent by"),
        _("Created (UTC)"), _("Expires (UTC)"), _("Ended (UTC)"), _("Hours to the end"),
        _("People"), _("People done"), _("Participants"),
    ]  # fmt: skip


def rows(organization: Organization, asked: Asked, most: int | None = None) -> Iterator[list[Any]]:
    """Newest first, ``most`` of them or all. The words are those of the moment of the call, not of the reading."""
    states = {state: state_name(state) for state in Process.State.values}
    templates = dict(Template.objects.filter(organization=organization).values_list("public_id", "name"))
    with lagging_reads() as alias:
        found = selected(organization, asked).using(alias)
    return _rows(found, most, states, templates)


def selected(organization: Organization, asked: Asked) -> "QuerySet[Process]":
    found = organization.processes.filter(created_at__gte=asked.starts()[0])
    if asked.folder:
        found = found.filter(Q(folder__path=asked.folder) | Q(folder__path__startswith=f"{asked.folder}/"))
    return found.filter(template=asked.template) if asked.template else found


def _rows(
    found: "QuerySet[Process]", most: int | None, states: dict[str, str], templates: dict[str, str]
) -> Iterator[list[Any]]:
    whole = found.select_related("folder").prefetch_related("participants")
    for process in in_batches(whole, most=most):
        yield _row(process, states, templates)


def _row(process: Process, states: dict[str, str], templates: dict[str, str]) -> list[Any]:
    asked = [one for one in process.participants.all() if not one.is_reader]
    took = process.ended_at - process.created_at if process.ended_at else None
    return [
        process.public_id,
        process.name,
        states[process.state],
        process.folder.path if process.folder else "",
        ", ".join(process.tags),
        templates.get(process.template, process.template),
        process.creator_email,
        process.created_at,
        process.expires_at,
        process.ended_at,
        None if took is None else round(took.total_seconds() / 3600, 1),
        len(asked),
        sum(one.status == Participant.Status.FINISH for one in asked),
        "; ".join(f"{one.name} <{one.email}>" for one in asked),
    ]


def _noted(request: HttpRequest, member: Member, ending: str) -> str:
    """The name of the file, once the audit of the organization says who takes it away."""
    name = f"{_('processes')}-{clock.now():%Y-%m-%d}.{ending}"
    audit.note(request, audit.AuditEntry.Kind.EXPORTED, member, name)
    return name
