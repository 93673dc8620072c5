"""The pages of the templates: the list, one of them, and a document made with answers to try it."""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from rubrica import database
from rubrica.accounts.models import Member
from rubrica.console.access import page, shown_to_members
from rubrica.console.templating import places, samples
from rubrica.files import intake
from rubrica.files.views import disposition
from rubrica.sealing.intake.render import render_page
from rubrica.templating import answers, composing, filling, models
from rubrica.templating.definition import Definition
from rubrica.templating.faults import TemplateRefused
from rubrica.templating.models import COMPLETE, MASK, Template
from rubrica.templating.questions import Question

SHOWN_PAGES = 6
WIDTH = 1000  # pixels of a page that is shown
FRAME_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)


@dataclass(frozen=True)
class Asked:
    """A question as the author looks at it: where its answer goes, and whether the pages have a place for it."""

    question: Question
    is_required: bool
    conditions: list[str]
    missing: list[str]  # placeholders that the complete page does not have


def template_of(member: Member, public_id: str) -> Template:
    """Not yours is not found."""
    known = Template.objects.select_related("organization", "mask", "complete", "pdf")
    return get_object_or_404(known, organization=member.organization, public_id=public_id)


@shown_to_members
def templates(request: HttpRequest, member: Member) -> HttpResponse:
    found = member.organization.templates.defer("raw").order_by("-pk")
    context = {"templates": found, "unavailable": composing.missing_library(), "pango": composing.PANGO}
    return page(request, "console/templating/templates.html", context)


@shown_to_members
def template(request: HttpRequest, member: Member, template: str) -> HttpResponse:
    found = template_of(member, template)
    if found.kind == Template.Kind.POSITIONS:
        return places.editor(request, found)
    return page(request, "console/templating/template.html", particulars(found))


def particulars(template: Template) -> dict[str, Any]:
    definition = template.definition
    offered = _offered(template)
    pages = [
        {"key": key, "blob": getattr(template, key), "removed": template.removed.get(key, []), "name": name}
        for key, name in ((MASK, _("Page for filling in")), (COMPLETE, _("Page for the document")))
    ]
    return {
        "template": template,
        "definition": definition,
        "pages": pages,
        "asked": [_asked(definition, question, offered) for question in definition.config],
        "signers": [(one, one.type in offered) for one in definition.signers],
        "has_html": template.complete is not None,
    }


def _offered(template: Template) -> set[str]:
    """The names and ids of the page that documents are made from."""
    if template.complete is None:
        return set()
    return {value for _attribute, value in filling.placeholders(models.text(template.complete))}


def _asked(definition: Definition, question: Question, offered: set[str]) -> Asked:
    names = list(question.clause_names().values()) if question.is_clause else [question.name]
    shown = {clause.name: dict(clause.choices) for clause in definition.config if clause.is_clause}
    conditions = [
        f"{definition.by_name[one.k].description} = {shown[one.k].get(one.v, one.v)}" for one in question.prereq
    ]
    missing = [name for name in names if offered and name not in offered]
    return Asked(question, definition.is_required(question), conditions, missing)


@shown_to_members
def html(request: HttpRequest, member: Member, template: str, page: str) -> HttpResponse:
    """A page as it was stored, in a frame that can do nothing."""
    if page not in {MASK, COMPLETE}:
        raise Http404
    answer = HttpResponse(models.text(getattr(template_of(member, template), page)))
    answer.headers["Content-Security-Policy"] = FRAME_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@shown_to_members
def fill(request: HttpRequest, member: Member, template: str) -> HttpResponse:
    """A document made with the answers of the address, which is stored nowhere; ``pdf`` gives the file itself."""
    found = template_of(member, template)
    if found.kind != Template.Kind.HTML:
        raise Http404
    definition = found.definition
    given = {q.name: request.GET.get(f"q-{q.name}", "").replace("\0", "") for q in definition.config}
    tried = "try" in request.GET or "pdf" in request.GET
    if not tried:
        given = samples.samples(definition)
    known = answers.check(definition, given, composing.today())
    context = {**particulars(found), **_trial(found, known, given, tried)}
    if "pdf" in request.GET and context["made"]:
        headers = {"Content-Disposition": disposition(f"{found.name}.pdf")}
        return HttpResponse(context["made"].pdf, content_type="application/pdf", headers=headers)
    return page(request, "console/templating/try.html", context)


def _trial(template: Template, known: answers.Answers, given: Mapping[str, str], tried: bool) -> dict[str, Any]:
    faults = known.faults_by_name()
    rows = [(question, given[question.name], question.name in known.asked, faults.get(question.name))
            for question in template.definition.config]  # fmt: skip
    made, trouble = None, ""
    database.let_go()
    if not faults:
        try:
            made = template.composed(known.values)
        except TemplateRefused as refused:
            trouble = _(refused.sentence)
    return {"rows": rows, "made": made, "trouble": trouble, "tried": tried, "pictures": _pictures(made)}


def _pictures(made: composing.Composed | None) -> list[str]:
    if made is None:
        return []
    shown = range(1, min(made.pages, SHOWN_PAGES) + 1)
    with intake.arriving(io.BytesIO(made.pdf), limit=composing.MAX_PDF) as pdf:
        drawn = [base64.b64encode(render_page(pdf.path, number, WIDTH)).decode() for number in shown]
    return [f"data:image/jpeg;base64,{one}" for one in drawn]
