"""The start of a bulk sending: what is to be sent, and the file that says to whom. And those that were there before."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica import database
from rubrica.accounts.models import Member
from rubrica.bulk import columns, reading
from rubrica.bulk.columns import Chosen
from rubrica.bulk.models import Batch, BatchPaper, BatchRow
from rubrica.console.access import done_by_editors, page, shown_to_editors
from rubrica.drafting import from_template
from rubrica.drafting.content import MAX_TITLE, Content, Person
from rubrica.drafting.models import Draft, WrittenPaper
from rubrica.files import intake
from rubrica.sealing.values import Refusal
from rubrica.templating.models import Template
from rubrica.web.text import findable

MOST = 200


def batch_of(member: Member, public_id: str) -> Batch:
    """Not yours is not found."""
    found = Batch.objects.select_related("organization", "creator", "sender", "template")
    return get_object_or_404(found, organization=member.organization, public_id=findable(public_id))


@shown_to_editors
def bulk(request: HttpRequest, member: Member) -> HttpResponse:
    return _page(request, member)


def _page(request: HttpRequest, member: Member, fault: str = "") -> HttpResponse:
    organization = member.organization
    known = organization.templates.filter(status=Template.Status.ACTIVE).defer("raw").order_by("name")
    sent, open_ = Q(rows__state=BatchRow.State.SENT), Q(rows__state=BatchRow.State.WAITING)
    newest = [*organization.batches.order_by("-pk").values_list("pk", flat=True)[:MOST]]  # rows of these are counted
    batches = Batch.objects.filter(pk__in=newest).select_related("creator").order_by("-pk")
    context = {
        "drafts": organization.drafts.order_by("-updated_at")[:MOST],
        "placed": known.filter(kind=Template.Kind.POSITIONS)[:MOST],
        "written": known.filter(kind=Template.Kind.HTML, complete__isnull=False)[:MOST],
        "encodings": reading.ENCODINGS[1:],
        "batches": batches.annotate(all=Count("rows"), sent=Count("rows", sent), open=Count("rows", open_)),
        "chosen": request.POST.get("source", "") or request.GET.get("source", ""),
        "fault": fault,
    }
    answer = page(request, "console/bulk/begin.html", context)
    answer.status_code = 400 if fault else 200
    return answer


@done_by_editors
def begin(request: HttpRequest, member: Member) -> HttpResponse:
    """``source`` is ``draft:`` or ``template:`` with the id of one."""
    file = request.FILES.get("file")
    source = _source(member, request.POST.get("source", ""))
    if file is None:
        return _page(request, member, _("Choose a file with a row for each process."))
    encoding = request.POST.get("encoding", "")
    database.let_go()
    try:
        with intake.arriving(file, limit=reading.MAX_BYTES) as arrived:
            table = reading.read(arrived.path, encoding if encoding in reading.ENCODINGS else "")
    except (intake.IntakeRefused, Refusal) as refused:
        return _page(request, member, _said(refused))
    batch = _begun(member, source, table, file)
    return HttpResponseRedirect(reverse("console:batch_columns", args=[batch.public_id]))


def _said(refused: intake.IntakeRefused | Refusal) -> str:
    if isinstance(refused, intake.IntakeRefused):
        return _(refused.sentence) % refused.values if refused.values else _(refused.sentence)
    return _(refused.detail)


def _source(member: Member, named: str) -> Draft | Template:
    kind, _colon, public_id = findable(named).partition(":")
    found: Draft | Template | None = None
    if kind == "draft":
        found = member.organization.drafts.filter(public_id=public_id).first()
    elif kind == "template":
        found = Template.find(member.organization, public_id)
    if found is None:
        raise Http404
    return found


def _begun(member: Member, source: Draft | Template, table: reading.Table, file: "UploadedFile[Any]") -> Batch:
    content, papers, template = _written(source)
    found = columns.targets(content, template)
    return Batch.begin(
        member,
        table.lines,
        papers,
        content=content,
        template=template,
        name=content.name[:MAX_TITLE],
        file_name=" ".join((file.name or "").replace("\0", "").split())[:MAX_TITLE],
        headings=table.headings,
        empty_lines=table.empty,
        chosen=Chosen(columns=columns.guess(found, table.headings)).model_dump(mode="json"),
    )


def _written(source: Draft | Template) -> tuple[Content, list[WrittenPaper], Template | None]:
    """What is written, its papers, and the template if it has questions that the rows answer."""
    if isinstance(source, Draft):
        content = source.written
        # A draft that names nobody yet is sent to one person a row.
        people = content.people or [Person()]
        return content.model_copy(update={"people": people}), [*source.papers.select_related("blob")], None
    if source.kind == Template.Kind.HTML:
        return Content(name=source.name), [], source
    made = from_template.placed(source)
    file_name = f"{made.name}.pdf"
    paper = BatchPaper(pk=0, position=0, name=made.name, file_name=file_name, blob=made.pdf, pages=made.pages)
    return made.content.model_copy(update={"places": made.places(0)}), [paper], None
