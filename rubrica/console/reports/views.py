"""How many processes there are, what becomes of them, and how long it takes."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import formats

from rubrica.accounts.models import Member
from rubrica.connecting.replica import lagging_reads
from rubrica.console.access import page, shown_to_members
from rubrica.console.exporting import MOST_IN_WORKBOOK
from rubrica.console.reports import chart, figures
from rubrica.console.reports.figures import Group
from rubrica.console.reports.period import PERIODS, Asked
from rubrica.templating.models import Template


@shown_to_members
def reports(request: HttpRequest, member: Member) -> HttpResponse:
    asked, organization = Asked.of(request.GET), member.organization
    with lagging_reads():
        found = figures.lately(organization, asked)
    folders = {folder.pk: folder.path for folder in organization.folders.all()}
    templates = dict(Template.objects.filter(organization=organization).values_list("public_id", "name"))
    context = {
        "asked": asked,
        "periods": [(word, name) for word, (name, _unit, _number) in PERIODS.items()],
        "figures": found,
        "totals": [(state, found.total(state)) for state in figures.ENDS],
        "counts": chart.counts(found.parts),
        "times": chart.times(found.parts),
        "folders": sorted(folders.values()),
        "templates": sorted(templates.items(), key=lambda one: one[1].casefold()),
        "by_folder": _named(found.by_folder, folders),
        "by_template": _named(found.by_template, templates),
        "most_in_workbook": formats.number_format(MOST_IN_WORKBOOK, force_grouping=True),
        "query": request.GET.urlencode(),
    }
    return page(request, "console/reports/reports.html", context)


def _named(groups: Sequence[Group], names: dict[Any, str]) -> list[dict[str, Any]]:
    """None where everything is in no folder, or from no template: that says nothing."""
    named = [{"name": names.get(group.key, str(group.key or "")), "group": group} for group in groups]
    return named if any(group.key for group in groups) else []
