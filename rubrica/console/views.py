"""The pages of the console. Each loads through the member, so that not yours is not found."""

from django.http import HttpRequest, HttpResponse

from rubrica.accounts.models import Member
from rubrica.console import listing
from rubrica.console.access import page, process_of, shown_to_members
from rubrica.console.first_steps import command
from rubrica.console.overview import overview, version
from rubrica.processes.models import Process
from rubrica.processes.models.folder import plain_path

MAX_WORDS = 300  # characters


@shown_to_members
def processes(request: HttpRequest, member: Member) -> HttpResponse:
    wanted = _wanted(request)
    found = listing.search(member.organization, wanted)
    context = {
        "wanted": wanted,
        "found": found,
        "states": Process.State.values,
        "folders": member.organization.folders.all(),
        "tags": member.organization.tags.all(),
        "to_review": listing.waiting_for_review(member.organization),
        "command": command(member),
        "drafts": member.organization.drafts.count() if member.may_edit else 0,
    }
    return page(request, "console/processes.html", context)


@shown_to_members
def process(request: HttpRequest, member: Member, process: str) -> HttpResponse:
    return page(request, "console/process.html", {"view": overview(process_of(member, process), member)})


@shown_to_members
def live(request: HttpRequest, member: Member, process: str) -> HttpResponse:
    """The changing part of the process's page, or 204 while it is still as the page says."""
    found = process_of(member, process)
    if request.GET.get("version") == version(found):
        return HttpResponse(status=204)
    return page(request, "console/_process.html", {"view": overview(found, member)})


def _wanted(request: HttpRequest) -> listing.Search:
    """What the address says; an unknown status is none."""
    status = _said(request, "status")
    return listing.Search(
        words=_said(request, "q").strip(),
        status=status if status in {*Process.State.values, listing.REVIEW} else "",
        before=_said(request, "before"),
        folder=plain_path(_said(request, "folder")),
        tag=_said(request, "tag"),
    )


def _said(request: HttpRequest, name: str) -> str:
    """The database takes no NUL."""
    return request.GET.get(name, "").replace("\0", "")[:MAX_WORDS]
