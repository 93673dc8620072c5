"""The start of a new process: PDFs, a template, or files alone; and the drafts that wait."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member
from rubrica.console.access import done_by_editors, page, shown_to_editors
from rubrica.console.sending import documents, from_template
from rubrica.console.sending.steps import REVIEW, address, draft_of, gone, missing
from rubrica.drafting.checking import DOCUMENTS, PEOPLE
from rubrica.drafting.models import Draft
from rubrica.processes.errors import Refused
from rubrica.templating.faults import TemplateRefused
from rubrica.templating.models import Template
from rubrica.web.bodies import takes_files

MOST_DRAFTS = 200
MOST_TEMPLATES = 200


@shown_to_editors
def new_process(request: HttpRequest, member: Member) -> HttpResponse:
    return _page(request, member)


def _page(request: HttpRequest, member: Member, faults: list[str] | None = None) -> HttpResponse:
    known = member.organization.templates.filter(status=Template.Status.ACTIVE).defer("raw").order_by("name")
    context = {
        "drafts": member.organization.drafts.select_related("creator").order_by("-updated_at")[:MOST_DRAFTS],
        "placed": known.filter(kind=Template.Kind.POSITIONS)[:MOST_TEMPLATES],
        "written": known.filter(kind=Template.Kind.HTML, complete__isnull=False)[:MOST_TEMPLATES],
        "faults": faults or [],
    }
    answer = page(request, "console/sending/new.html", context)
    answer.status_code = 400 if faults else 200
    return answer


@takes_files(documents.most_bytes)
@done_by_editors
def begin(request: HttpRequest, member: Member) -> HttpResponse:
    """``way`` is ``documents``, ``template`` or ``files``."""
    way = request.POST.get("way")
    if way == "files":
        return HttpResponseRedirect(address(Draft.begin(member), PEOPLE))
    if way == "template":
        return _from_template(member, request.POST.get("template", ""))
    papers, faults = documents.brought(member.organization, request.FILES.getlist("pdfs"))
    if not papers:
        return _page(request, member, faults or [_("Choose at least one PDF.")])
    draft = Draft.begin(member)
    documents.add(draft, papers)
    for fault in faults:
        messages.error(request, fault)
    return HttpResponseRedirect(address(draft, DOCUMENTS if faults or len(papers) > 1 else PEOPLE))


def _from_template(member: Member, public_id: str) -> HttpResponse:
    """Of kind HTML, its questions are answered first."""
    template = None if "\0" in public_id else Template.find(member.organization, public_id)
    if template is None:
        raise Http404
    if template.kind == Template.Kind.HTML:
        return HttpResponseRedirect(reverse("console:try_template", args=[template.public_id]))
    return HttpResponseRedirect(address(from_template.placed(member, template), PEOPLE))


@done_by_editors
def begin_from_answers(request: HttpRequest, member: Member, template: str) -> HttpResponse:
    """A document made from the answers that were tried, with those whom they name."""
    found = None if "\0" in template else Template.find(member.organization, template)
    if found is None or found.kind != Template.Kind.HTML:
        raise Http404
    try:
        draft = from_template.written(member, found, request.POST)
    except TemplateRefused as refused:
        messages.error(request, _(refused.sentence))
        return HttpResponseRedirect(reverse("console:try_template", args=[template]))
    return HttpResponseRedirect(address(draft, PEOPLE))


@shown_to_editors
def resume(request: HttpRequest, member: Member, draft: str) -> HttpResponse:
    """Where something is missing first."""
    found = draft_of(member, draft)
    open_ = missing(found)
    return HttpResponseRedirect(address(found, str(open_[0].path[0]) if open_ else REVIEW))


@done_by_editors
def remove(request: HttpRequest, member: Member, draft: str) -> HttpResponse:
    try:
        draft_of(member, draft).remove()
    except Refused as refusal:
        return gone(request, refusal)
    messages.success(request, _("The draft was removed."))
    return HttpResponseRedirect(reverse("console:new_process"))
