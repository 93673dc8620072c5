"""Which column is what, beside the first rows of the file."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member
from rubrica.bulk.checking import column_title, title_of
from rubrica.bulk.columns import Chosen, Target, targets
from rubrica.bulk.models import Batch
from rubrica.console.access import done_by_editors, page, shown_to_editors
from rubrica.console.bulk.beginning import batch_of
from rubrica.processes.errors import Refused

SHOWN_ROWS = 5
MAX_CODE = 4  # digits of a country's calling code


@dataclass(frozen=True)
class Choice:
    """A target as the page asks for it. ``column`` is the chosen one, None where what is written stays."""

    target: Target
    title: str
    column: int | None

    @property
    def name(self) -> str:
        return f"column-{self.target.key}"


@shown_to_editors
def columns(request: HttpRequest, member: Member, batch: str) -> HttpResponse:
    found = batch_of(member, batch)
    if found.state != Batch.State.DRAFT:
        return HttpResponseRedirect(reverse("console:batch", args=[batch]))
    return _page(request, found, found.choice)


def _page(request: HttpRequest, batch: Batch, chosen: Chosen, fault: str = "") -> HttpResponse:
    choices = [
        Choice(target, title_of(target), chosen.columns.get(target.key))
        for target in targets(batch.written, batch.template)
    ]
    context = {
        "batch": batch,
        "choices": choices,
        "has_phones": any(choice.target.field == "phone" for choice in choices),
        "chosen": chosen,
        "titles": [column_title(batch.headings, column) for column in range(len(batch.headings))],
        "rows": batch.rows.order_by("number")[:SHOWN_ROWS],
        "count": batch.rows.count(),
        "fault": fault,
    }
    answer = page(request, "console/bulk/columns.html", context)
    answer.status_code = 400 if fault else 200
    return answer


@done_by_editors
def save(request: HttpRequest, member: Member, batch: str) -> HttpResponse:
    found = batch_of(member, batch)
    country = "".join(request.POST.get("country", "").split()).removeprefix("+")
    fault = ""
    if not (country.isascii() and (country.isdigit() or not country) and len(country) <= MAX_CODE):
        country, fault = "", _("Write the country's calling code, such as 57.")
    chosen = Chosen(columns=_columns(request, found), country=country)
    if fault:
        return _page(request, found, chosen, fault)
    try:
        found.choose(chosen)
    except Refused as refused:
        messages.error(request, _(refused.detail))
        return HttpResponseRedirect(reverse("console:batch", args=[batch]))
    return HttpResponseRedirect(reverse("console:batch_check", args=[batch]))


def _columns(request: HttpRequest, batch: Batch) -> dict[str, int]:
    """Of what was sent only targets and columns that are there."""
    found = {}
    for target in targets(batch.written, batch.template):
        said = request.POST.get(f"column-{target.key}", "")
        if said.isascii() and said.isdigit() and len(said) < 4 and int(said) < len(batch.headings):
            found[target.key] = int(said)
    return found
