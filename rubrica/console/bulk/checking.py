"""The dry run: what would be sent, what could not be, and the button."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rubrica.accounts import audit
from rubrica.accounts.models import AuditEntry, Member
from rubrica.bulk.checking import Fault, column_title, dry_run
from rubrica.bulk.models import Batch
from rubrica.console.access import done_by_editors, page, shown_to_editors
from rubrica.console.bulk.beginning import batch_of
from rubrica.console.exporting import in_batches
from rubrica.files.views import stream
from rubrica.processes.errors import Refused
from rubrica.web import tables

SHOWN_FAULTS = 100
SHOWN_TWICE = 20


@shown_to_editors
def check(request: HttpRequest, member: Member, batch: str) -> HttpResponse:
    found = batch_of(member, batch)
    if found.state != Batch.State.DRAFT:
        return HttpResponseRedirect(reverse("console:batch", args=[batch]))
    run = dry_run(found)
    context = {
        "batch": found,
        "run": run,
        "faults": run.faults[:SHOWN_FAULTS],
        "more_faults": max(0, len(run.faults) - SHOWN_FAULTS),
        "twice": run.twice[:SHOWN_TWICE],
        "more_twice": max(0, len(run.twice) - SHOWN_TWICE),
        "left_out": len(run.left_out),
    }
    return page(request, "console/bulk/check.html", context)


@shown_to_editors
def faults(request: HttpRequest, member: Member, batch: str) -> HttpResponseBase:
    """The rows that cannot be sent, with what is wrong before their cells: to be put right and brought again."""
    found = batch_of(member, batch)
    wrong: dict[int, list[Fault]] = {}
    for fault in dry_run(found).faults:
        wrong.setdefault(fault.line, []).append(fault)
    head = [_("Row"), _("What is wrong"), *heads(found)]
    return stream(tables.csv_rows(head, _wrong_rows(found, wrong)), f"faults-{found.public_id}.csv", tables.CSV)


def heads(batch: Batch) -> list[str]:
    """The headings of the file; a column without one has its letter."""
    return [heading or column_title(batch.headings, at) for at, heading in enumerate(batch.headings)]


def _wrong_rows(batch: Batch, wrong: dict[int, list[Fault]]) -> Iterator[list[Any]]:
    for row in in_batches(batch.rows.filter(number__in=wrong), "number"):
        said = " ".join(f"{fault.column}: {fault.sentence}" if fault.column else fault.sentence
                        for fault in wrong[row.number])  # fmt: skip
        yield [row.number, said, *row.cells]


@done_by_editors
def start(request: HttpRequest, member: Member, batch: str) -> HttpResponse:
    """Sends the rows without faults; the others are left out, as the page said."""
    found = batch_of(member, batch)
    run = dry_run(found)
    if not run.may_be_sent:
        messages.error(request, _("It was not sent. Something is missing."))
        return HttpResponseRedirect(reverse("console:batch_check", args=[batch]))
    try:
        with transaction.atomic():
            found.start(member, run.left_out, request.POST.get("seen", ""))
            audit.note(request, AuditEntry.Kind.SENT_TO_MANY, member, found.name, batch=found.public_id, do="start")
    except Refused as refused:
        messages.error(request, _(refused.detail))
        if refused.code == "COLUMNS_CHANGED":
            return HttpResponseRedirect(reverse("console:batch_check", args=[batch]))
    else:
        said = ngettext("%(count)d process is being sent.", "%(count)d processes are being sent.", run.good)
        messages.success(request, said % {"count": run.good})
    return HttpResponseRedirect(reverse("console:batch", args=[batch]))
