"""Records → definitions: the list, and the editor of one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member
from rubrica.console.access import done_by_owners, page, shown_to_members
from rubrica.console.records import editor
from rubrica.console.records.refusals import sentences
from rubrica.records import bridge, definitions
from rubrica.records.errors import Refusal
from rubrica.records.models import Definition, Record
from rubrica.web.text import findable

LIST, ONE = "console/records/definitions.html", "console/records/definition.html"


def definition_of(member: Member, key: str) -> Definition:
    """Not yours is not found."""
    found = Definition.objects.select_related("organization")
    return get_object_or_404(found, organization=member.organization, key=findable(key))


@shown_to_members
def listed(request: HttpRequest, member: Member) -> HttpResponse:
    found = list(member.organization.definitions.order_by("name"))
    return page(request, LIST, {"definitions": found, "built_in": bridge.built_in(member.organization)})


@shown_to_members
def new(request: HttpRequest, member: Member) -> HttpResponse:
    return _editor(request, member, None, editor.empty())


@shown_to_members
def shown(request: HttpRequest, member: Member, dd: str) -> HttpResponse:
    found = definition_of(member, dd)
    return _editor(request, member, found, editor.of(found))


@done_by_owners
def add(request: HttpRequest, member: Member) -> HttpResponse:
    form = editor.sent(request.POST.dict())
    if request.POST.get("do"):
        return _editor(request, member, None, form)
    try:
        made = definitions.create(member.organization, editor.body(form), member)
    except Refusal as refusal:
        return _editor(request, member, None, form, refusal)
    messages.success(request, _("“%(name)s” is there. Now it can get records.") % {"name": made})
    return HttpResponseRedirect(reverse("console:records", args=[made.key]))


@done_by_owners
def change(request: HttpRequest, member: Member, dd: str) -> HttpResponse:
    found = definition_of(member, dd)
    form = editor.sent(request.POST.dict())
    if request.POST.get("do"):
        return _editor(request, member, found, form)
    try:
        definitions.change(found, editor.body(form), member)
    except Refusal as refusal:
        return _editor(request, member, found, form, refusal)
    messages.success(request, _("The definition is saved."))
    return HttpResponseRedirect(reverse("console:definition", args=[dd]))


@done_by_owners
def remove(request: HttpRequest, member: Member, dd: str) -> HttpResponse:
    found = definition_of(member, dd)
    try:
        definitions.remove(found, member)
    except Refusal as refusal:
        messages.error(request, " ".join(sentences(refusal)))
        return HttpResponseRedirect(reverse("console:definition", args=[dd]))
    messages.success(request, _("“%(name)s” was removed.") % {"name": found})
    return HttpResponseRedirect(reverse("console:definitions"))


def _editor(
    request: HttpRequest, member: Member, found: Definition | None, form: editor.Form, refusal: Refusal | None = None
) -> HttpResponse:
    others = member.organization.definitions.order_by("name")
    context: dict[str, Any] = {
        "definition": found,
        "form": form,
        "faults": sentences(refusal) if refusal else [],
        "types": editor.TYPES,
        "on_delete": editor.ON_DELETE,
        "others": others.exclude(pk=found.pk) if found else others,
        "has_records": found is not None and Record.objects.filter(definition=found).exists(),
        "added": request.POST.get("do", "").startswith("add:"),
    }
    answer = page(request, ONE, context)
    answer.status_code = 400 if refusal else 200
    return answer
