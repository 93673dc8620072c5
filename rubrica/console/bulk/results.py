"""What became of each row, while it goes on and afterwards."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rubrica.accounts import audit
from rubrica.accounts.models import AuditEntry, Member
from rubrica.bulk.models import Batch, BatchRow
from rubrica.console.access import done_by_editors, page, shown_to_editors
from rubrica.console.bulk.beginning import batch_of
from rubrica.console.bulk.checking import heads
from rubrica.console.exporting import in_batches
from rubrica.files.views import stream
from rubrica.processes.errors import Refused
from rubrica.web import tables

A_PAGE = 50
EVERY_MS = 2000
STATES = {
    BatchRow.State.WAITING: gettext_lazy("Waiting"),
    BatchRow.State.SENT: gettext_lazy("Sent"),
    BatchRow.State.FAILED: gettext_lazy("Failed"),
    BatchRow.State.LEFT_OUT: gettext_lazy("Left out"),
}
TURNS: dict[str, Callable[[Batch], None]] = {"pause": Batch.pause, "stop": Batch.stop}
SENDING = {"go_on": Batch.go_on, "retry": Batch.retry}  # whoever asks for it sends from now on


@shown_to_editors
def batch(request: HttpRequest, member: Member, batch: str) -> HttpResponse:
    found = batch_of(member, batch)
    if found.state == Batch.State.DRAFT:
        return HttpResponseRedirect(reverse("console:batch_columns", args=[batch]))
    return page(request, "console/bulk/batch.html", _context(request, found))


@shown_to_editors
def live(request: HttpRequest, member: Member, batch: str) -> HttpResponse:
    """The changing part of the page, or 204 while it is still as the page says."""
    found = batch_of(member, batch)
    if request.GET.get("version") == version(found, found.counts()):
        return HttpResponse(status=204)
    return page(request, "console/bulk/_batch.html", _context(request, found))


def version(batch: Batch, counts: dict[str, int]) -> str:
    return "-".join([batch.state, *(str(count) for count in counts.values())])


def _context(request: HttpRequest, batch: Batch) -> dict[str, Any]:
    counts, state = batch.counts(), request.GET.get("state", "")
    rows = batch.rows.select_related("process").order_by("number")
    shown = rows.filter(state=state) if state in STATES else rows
    count, done = sum(counts.values()), counts["sent"] + counts["failed"]
    return {
        "batch": batch,
        "counts": counts,
        "count": count,
        "to_send": count - counts["left_out"],
        "done": done,
        "version": version(batch, counts),
        "is_running": batch.state == Batch.State.RUNNING,
        "every": EVERY_MS,
        "states": [(key, title, counts[key]) for key, title in STATES.items() if counts[key]],
        "wanted": state if state in STATES else "",
        "query": urlencode({"state": state}) if state in STATES else "",
        "rows": Paginator(shown, A_PAGE).get_page(request.GET.get("page")),
    }


@done_by_editors
def turn(request: HttpRequest, member: Member, batch: str) -> HttpResponse:
    """``do`` is ``pause``, ``go_on``, ``stop`` or ``retry``."""
    found, do = batch_of(member, batch), request.POST.get("do", "")
    try:
        if do in TURNS:
            TURNS[do](found)
        elif do in SENDING:
            with transaction.atomic():
                SENDING[do](found, member)
                audit.note(request, AuditEntry.Kind.SENT_TO_MANY, member, found.name, batch=found.public_id, do=do)
    except Refused as refused:
        messages.error(request, _(refused.detail))
    return HttpResponseRedirect(reverse("console:batch", args=[batch]))


@done_by_editors
def remove(request: HttpRequest, member: Member, batch: str) -> HttpResponse:
    try:
        batch_of(member, batch).remove()
    except Refused as refused:
        messages.error(request, _(refused.detail))
    else:
        messages.success(request, _("The file and its rows were removed."))
    return HttpResponseRedirect(reverse("console:bulk"))


@done_by_editors
def export(request: HttpRequest, member: Member, batch: str) -> HttpResponseBase:
    """Every row with its cells and what became of it, as CSV or, with ``as`` = ``xlsx``, for a spreadsheet.

    By POST, since it is written down too.
    """
    found = batch_of(member, batch)
    head = [_("Row"), _("State"), _("What is wrong"), _("Process"), _("Address"), _("Sent at"), *heads(found)]
    titles = {str(state): str(title) for state, title in STATES.items()}
    rows = _lines(found.rows.select_related("process"), titles)
    kind = "xlsx" if request.POST.get("as") == "xlsx" else "csv"
    name = f"results-{found.public_id}.{kind}"
    audit.note(request, AuditEntry.Kind.EXPORTED, member, name)
    if kind == "xlsx":
        return stream(tables.xlsx_file(head, rows), name, tables.XLSX)
    return stream(tables.csv_rows(head, rows), name, tables.CSV)


def _lines(rows: "QuerySet[BatchRow]", titles: Mapping[str, str]) -> Iterator[list[Any]]:
    """``titles`` are in the member's language, which is active no more while the rows go out."""
    for row in in_batches(rows, "number"):
        code = row.process.public_id if row.process else ""
        link = f"{settings.PUBLIC_URL}/console/processes/{code}" if code else ""
        yield [row.number, titles[row.state], row.error, code, link, row.sent_at, *row.cells]
