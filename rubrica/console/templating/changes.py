"""What editors do with templates: make one, bring its pages, switch it on and off."""

import io
import json
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica import database
from rubrica.accounts.models import Member
from rubrica.console.access import done_by_editors, page, shown_to_members
from rubrica.console.templating.views import template_of
from rubrica.files import intake
from rubrica.files.models import Blob
from rubrica.sealing.intake.inspect import inspect
from rubrica.sealing.values import Refusal
from rubrica.templating import cleaning, composing, definition
from rubrica.templating.faults import Fault, TemplateInvalid, TemplateRefused
from rubrica.templating.models import COMPLETE, MASK, Template
from rubrica.web.bodies import takes_files
from rubrica.web.text import is_one_line

MAX_PDF = 50 << 20  # bytes
MAX_JSON = 2 << 20
MAX_NAME = 300  # characters
SHOWN_FAULTS = 20
PARTS = ("config", "signatureProfile", "sign", "preBuild", "preBuildData", "help")


@shown_to_members
def new_template(request: HttpRequest, member: Member) -> HttpResponse:
    return _new(request)


def _new(request: HttpRequest, faults: list[str] | None = None, **more: Any) -> HttpResponse:
    context = {"faults": faults or [], "unavailable": composing.missing_library(), **more}
    answer = page(request, "console/templating/new.html", context)
    answer.status_code = 400 if faults else 200
    return answer


@takes_files(lambda: MAX_PDF)
@done_by_editors
def add_positions(request: HttpRequest, member: Member) -> HttpResponse:
    """A PDF of one's own, on which places are put."""
    name, file = _name(request), request.FILES.get("pdf")
    if not name or file is None:
        return _new(request, [_("Give it a name and choose a PDF.")], given=name)
    try:
        template = _with_pdf(member, name, file)
    except (intake.IntakeRefused, Refusal) as refused:
        return _new(request, [_(refused.detail)], given=name)
    messages.success(request, _("Now put the places where people sign."))
    return _to(template)


def _with_pdf(member: Member, name: str, file: "UploadedFile[Any]") -> Template:
    database.let_go()
    with intake.arriving(file, limit=MAX_PDF) as arrived:
        found = inspect(arrived.path)
        template = Template(organization=member.organization, kind=Template.Kind.POSITIONS, name=name)
        template.pages = [[size.width, size.height] for size in found.pages]
        template.pdf = Blob.keep(member.organization, arrived)
    template.keep()
    return template


@done_by_editors
def add_questions(request: HttpRequest, member: Member) -> HttpResponse:
    """A definition in the JSON of the API, and its two pages, which may come later."""
    file = request.FILES.get("definition")
    if file is None or not file.size or file.size > MAX_JSON:
        return _new(request, [_("Choose the JSON file of the template.")])
    template = Template(organization=member.organization)
    try:
        _define(template, json.loads(file.read()))
        template.keep()
        for key in (MASK, COMPLETE):
            _bring(request, template, key)
    except (ValueError, TypeError, RecursionError):
        return _new(
            request, [_("This is not the JSON of a template: it needs name, config, signatureProfile and sign.")]
        )
    except TemplateInvalid as invalid:
        return _new(request, [_line(fault) for fault in invalid.faults[:SHOWN_FAULTS]])
    except (TemplateRefused, intake.IntakeRefused) as refused:
        messages.error(request, _(refused.sentence))
    return _to(template)


def _define(template: Template, raw: dict[str, Any]) -> None:
    """Raises TemplateInvalid, and ValueError for what is no definition at all."""
    name, description = raw["name"] if isinstance(raw, dict) and "name" in raw else "", ""
    if isinstance(raw, dict):
        description = str(raw.get("description") or "")[:500]
    if not isinstance(name, str) or not name.strip() or not is_one_line(name):
        raise ValueError("no name")
    parts: dict[str, Any] = {key: raw[key] for key in PARTS if key in raw}
    template.rename(name.strip()[:MAX_NAME], description)
    template.define(definition.read(parts), raw.get("custom") if isinstance(raw.get("custom"), dict) else None)


def _line(fault: Fault) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault.path).removeprefix(".")
    return f"{path}: {fault.message}"


@done_by_editors
def upload_page(request: HttpRequest, member: Member, template: str) -> HttpResponse:
    found = template_of(member, template)
    brought = 0
    try:
        for key in (MASK, COMPLETE):
            brought += _bring(request, found, key)
    except (TemplateRefused, intake.IntakeRefused) as refused:
        messages.error(request, _(refused.sentence))
    if brought:
        messages.success(request, _("The page was taken in."))
    return _to(found)


def _bring(request: HttpRequest, template: Template, key: str) -> bool:
    file = request.FILES.get(key)
    if file is None:
        return False
    database.let_go()
    with intake.arriving(io.BytesIO(file.read(cleaning.MAX_BYTES + 1)), limit=cleaning.MAX_BYTES) as arrived:
        template.receive(key, arrived.path)
    return True


@done_by_editors
def switch(request: HttpRequest, member: Member, template: str) -> HttpResponse:
    found = template_of(member, template)
    found.activate(request.POST.get("active") == "yes")
    told = _("“%(name)s” can be used again.") if found.is_active else _("“%(name)s” cannot be used any more.")
    messages.success(request, told % {"name": found.name})
    return _to(found)


def _name(request: HttpRequest) -> str:
    name = " ".join(request.POST.get("name", "").replace("\0", "").split())[:MAX_NAME]
    return name if is_one_line(name) else ""


def _to(template: Template) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("console:template", args=[template.public_id]))
