"""Templates: questions and the HTML they fill (contract/auco.md §10.1)."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from ninja import Router

from rubrica import database
from rubrica.accounts.models import Organization
from rubrica.api.auco import errors, reads
from rubrica.api.auco.door import PRIVATE, PUBLIC, organization_of
from rubrica.api.auco.template_schemas import TemplateChangeIn, TemplateIn, TemplateParts
from rubrica.api.auco.uploads import WAITED
from rubrica.files import intake
from rubrica.files.models import UploadTicket
from rubrica.processes.errors import Problem
from rubrica.templating import cleaning, composing, definition
from rubrica.templating.faults import Fault, TemplateInvalid, TemplateRefused
from rubrica.templating.models import COMPLETE, MASK, Template

router = Router()

PARTS = ("config", "signatureProfile", "sign", "preBuild", "preBuildData", "help")
UNAVAILABLE = "TEMPLATES_UNAVAILABLE"
UNKNOWN = "TEMPLATE_NOT_FOUND"


@router.post("/template", auth=PRIVATE)
def create_template(request: HttpRequest, payload: TemplateIn) -> dict[str, Any]:
    composing.check_available()
    template = Template(organization=organization_of(request))
    return _stored(template, payload, {})


@router.put("/template", auth=PRIVATE)
def change_template(request: HttpRequest, payload: TemplateChangeIn) -> dict[str, Any]:
    composing.check_available()
    template = _found(organization_of(request), payload.id)
    return _stored(template, payload, template.raw)


def _stored(template: Template, payload: TemplateIn | TemplateChangeIn, before: Mapping[str, Any]) -> dict[str, Any]:
    """The parts that were sent replace those before; together they must hold, or nothing is stored."""
    sent = {name: getattr(payload, name) for name in PARTS if getattr(payload, name) is not None}
    defined = definition.read({**before, **sent})
    described = payload.description if "description" in payload.model_fields_set else None
    template.rename(payload.name, described)
    template.define(defined, payload.custom)
    template.keep()
    return {"id": template.public_id, "urls": {page: _page_url(template, page) for page in (MASK, COMPLETE)}}


def _page_url(template: Template, page: str) -> str:
    """A single-use address for the HTML of one page. The ``t.`` tells it from that of a document's PDF."""
    token = UploadTicket.issue(template.organization, page, template.pk, settings.TEMPLATE_URL_SECONDS)
    return f"{settings.PUBLIC_URL}/uploads/t.{token}"


@router.get("/template", auth=PUBLIC)
def get_template(request: HttpRequest, id: str | None = None) -> dict[str, Any]:
    """One by its id, else all of them, with those that are inactive."""
    organization = organization_of(request)
    if id is None:
        return {"data": [_summary(template) for template in _html(organization).defer("raw").order_by("-pk")]}
    template = _found(organization, id)
    parts = {name: template.raw.get(name) for name in ("config", "sign", "signatureProfile")}
    more = {name: template.raw[name] for name in ("preBuildData", "help") if name in template.raw}
    custom = {} if template.custom is None else {"custom": template.custom}
    return _summary(template) | parts | {"preBuild": template.raw.get("preBuild", False)} | more | custom


def _summary(template: Template) -> dict[str, Any]:
    described = {"description": template.description} if template.description else {}
    return {
        "id": template.public_id,
        "name": template.name,
        **described,
        "created_at": reads.wire_time(template.created_at),
        "updated_at": reads.wire_time(template.updated_at),
        "status": template.status,
    }


def _html(organization: Organization) -> QuerySet[Template]:
    return Template.objects.filter(organization=organization, kind=Template.Kind.HTML)


def _found(organization: Organization, public_id: str) -> Template:
    template = None
    if "\0" not in public_id:
        template = _html(organization).select_related("organization").filter(public_id=public_id).first()
    if template is None:
        raise errors.ApiError(UNKNOWN, 404)
    return template


@csrf_exempt
@require_http_methods(["PUT"])
def receive_page(request: HttpRequest, token: str) -> JsonResponse:
    """Takes the HTML of a page once; what is taken out of it is named in the answer."""
    waited = request.META.get(WAITED, 0.0)
    ticket = UploadTicket.claim(token, MASK, waited) or UploadTicket.claim(token, COMPLETE, waited)
    if ticket is None:
        used = UploadTicket.used(token, MASK) or UploadTicket.used(token, COMPLETE)
        return errors.answer("UPLOAD_URL_USED", 409) if used else errors.answer("UPLOAD_URL_EXPIRED", 403)
    stored = False
    try:
        removed = _store(request, ticket)
        stored = True
    except intake.IntakeRefused as refused:
        return errors.answer(refused.code, refused.status, [Problem(("body",), refused.code, refused.detail)])
    except TemplateRefused as refused:
        return errors.answer(refused.code, 400, [Problem(("body",), refused.code, refused.sentence)])
    finally:
        if not stored:
            ticket.release()
    return JsonResponse({"message": "OK", "removed": removed})


def _store(request: HttpRequest, ticket: UploadTicket) -> list[str]:
    template = Template.objects.select_related("organization").get(pk=ticket.subject_id)
    length = intake.announced_length(request.META.get("CONTENT_LENGTH") or "")
    database.let_go()
    with intake.arriving(request, limit=cleaning.MAX_BYTES, length=length) as arrived:
        return template.receive(ticket.purpose, arrived.path)


def problem(fault: Fault, path: tuple[str | int, ...] | None = None) -> Problem:
    return Problem(fault.path if path is None else path, fault.code, fault.sentence, fault.values)


def definition_refused(request: HttpRequest, error: TemplateInvalid) -> HttpResponse:
    return errors.invalid([problem(fault) for fault in error.faults])


def template_refused(request: HttpRequest, error: TemplateRefused) -> HttpResponse:
    status = 503 if error.code == UNAVAILABLE else 400
    return errors.answer(error.code, status, [Problem(("document",), error.code, error.sentence)])


HANDLERS: dict[type[Exception], Callable[..., HttpResponse]] = {
    TemplateInvalid: definition_refused,
    TemplateRefused: template_refused,
}


__all__ = ["HANDLERS", "TemplateParts", "problem", "receive_page", "router"]
