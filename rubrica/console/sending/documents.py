"""Step 1: the PDFs, their names and their order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from rubrica import database
from rubrica.accounts.models import Member, Organization
from rubrica.console.access import done_by_editors, shown_to_editors
from rubrica.console.sending.steps import address, draft_of, gone, keeps, onward, step_page, typed
from rubrica.drafting.checking import DOCUMENTS
from rubrica.drafting.content import MAX_PAPERS, MAX_TITLE
from rubrica.drafting.models import Draft, DraftPaper
from rubrica.files import intake
from rubrica.files.models import Blob
from rubrica.limits import quotas
from rubrica.processes.errors import Refused
from rubrica.sealing.intake.inspect import ACTIVE_REFUSED, inspect, is_active
from rubrica.sealing.values import Refusal, RefusedPdf
from rubrica.web.bodies import takes_files
from rubrica.web.text import is_one_line


@dataclass(frozen=True)
class Brought:
    """A PDF that came in and can be signed."""

    name: str
    file_name: str
    pages: list[list[float]]
    blob: Blob


@dataclass
class Row:
    paper: DraftPaper
    name: str
    error: str = ""


@shown_to_editors
def documents(request: HttpRequest, member: Member, draft: str) -> HttpResponse:
    found = draft_of(member, draft)
    return _page(request, found, _kept(found))


def _kept(draft: Draft) -> list[Row]:
    return [Row(paper, paper.name) for paper in draft.papers.select_related("blob")]


def _page(request: HttpRequest, draft: Draft, rows: list[Row], faults: Sequence[str] = ()) -> HttpResponse:
    wrong = bool(faults or any(row.error for row in rows))
    return step_page(request, draft, DOCUMENTS, {"rows": rows, "faults": faults}, has_faults=wrong)


def most_bytes() -> int:
    """Of the files that one form may bring."""
    return MAX_PAPERS * int(settings.MAX_DOCUMENT_BYTES)


@takes_files(most_bytes)
@done_by_editors
def save(request: HttpRequest, member: Member, draft: str) -> HttpResponse:
    """Names and order of what is there, what is taken away, and what comes."""
    found = draft_of(member, draft)
    rows = [*_rows(request, found)]
    if any(row.error for row in rows):
        return _page(request, found, rows)
    papers, faults = brought(found.organization, request.FILES.getlist("pdfs"))
    try:
        _put(found, rows, request.POST.get("do", ""))
        add(found, papers)
    except Refused as refused:
        return (
            gone(request, refused) if refused.code == "DRAFT_SENT" else _page(request, found, rows, [_(refused.detail)])
        )
    if faults:
        return _page(request, found, _kept(found), faults)
    if papers or not keeps(request.POST.get("do", "")):
        return HttpResponseRedirect(address(found, DOCUMENTS))
    return onward(request, found, DOCUMENTS)


def _rows(request: HttpRequest, draft: Draft) -> Iterator[Row]:
    """In the order in which the page had them."""
    known = {str(paper.pk): paper for paper in draft.papers.select_related("blob")}
    for pk in request.POST.getlist("paper"):
        if paper := known.pop(pk, None):
            name = typed(request, f"name-{pk}", MAX_TITLE)
            yield Row(paper, name, _fault(name))


def _fault(name: str) -> str:
    if not name:
        return _("Give the document a name.")
    if len(name) > MAX_TITLE or not is_one_line(name):
        return _("Write one line of 300 characters at the most.")
    return ""


def _put(draft: Draft, rows: list[Row], do: str) -> None:
    """``do`` may move or remove one: ``up:12``, ``down:12``, ``remove:12``."""
    what, _colon, pk = do.partition(":")
    at = next((place for place, row in enumerate(rows) if str(row.paper.pk) == pk), None)
    with draft.changing():
        if at is not None and what == "remove":
            rows.pop(at).paper.delete()
        elif at is not None and what in {"up", "down"}:
            to = min(max(at + (1 if what == "down" else -1), 0), len(rows) - 1)
            rows.insert(to, rows.pop(at))
        for position, row in enumerate(rows):
            row.paper.name, row.paper.position = row.name, position
            row.paper.save(update_fields=["name", "position"])


def brought(organization: Organization, files: "Sequence[UploadedFile[Any]]") -> tuple[list[Brought], list[str]]:
    """What of these can be signed, and a sentence about each that cannot."""
    papers, faults = [], []
    for file in files[: MAX_PAPERS + 1]:
        name = _name_of(file)
        try:
            papers.append(_take_in(organization, name, file))
        except (intake.IntakeRefused, Refusal) as refused:
            faults.append(f"{name}: {_sentence(refused)}")
    return papers, faults


def _sentence(refused: intake.IntakeRefused | Refusal) -> str:
    if isinstance(refused, intake.IntakeRefused):
        return _(refused.sentence) % refused.values if refused.values else _(refused.sentence)
    return _(refused.detail)


def _take_in(organization: Organization, name: str, file: "UploadedFile[Any]") -> Brought:
    quotas.check_bytes(organization)
    database.let_go()
    with intake.arriving(file, limit=settings.MAX_DOCUMENT_BYTES) as arrived:
        found = inspect(arrived.path)
        if organization.refuses_active_content and is_active(found):
            raise RefusedPdf("PDF_ACTIVE", ACTIVE_REFUSED)
        pages = [[size.width, size.height] for size in found.pages]
        return Brought(
            name.removesuffix(".pdf").removesuffix(".PDF") or name, name, pages, Blob.keep(organization, arrived)
        )


def _name_of(file: "UploadedFile[Any]") -> str:
    """As the browser called it, in one line."""
    name = " ".join((file.name or "").replace("\0", "").split())
    return "".join(letter for letter in name if is_one_line(letter))[:MAX_TITLE] or "document.pdf"


def add(draft: Draft, papers: Sequence[Brought]) -> None:
    """All or none. Raises Refused with TOO_MANY_DOCUMENTS or DRAFT_SENT."""
    with transaction.atomic():
        for paper in papers:
            draft.add(paper.name, paper.pages, paper.blob, paper.file_name)
