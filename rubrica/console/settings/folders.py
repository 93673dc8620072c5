"""Settings → Folders and tags: how an organization keeps its processes apart."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member
from rubrica.console.access import done_by_owners, shown_to_members
from rubrica.console.refusals import sentence
from rubrica.console.settings.areas import settings_page
from rubrica.processes.errors import Refused
from rubrica.processes.models import Folder, Tag

TEMPLATE = "console/settings/folders.html"


@shown_to_members
def folders(request: HttpRequest, member: Member) -> HttpResponse:
    return _page(request, member)


@done_by_owners
def add_folder(request: HttpRequest, member: Member) -> HttpResponse:
    typed = _typed(request, "path")
    try:
        made = Folder.make(member.organization, typed)
    except Refused as refusal:
        return _page(request, member, {"path": typed, "path_error": sentence(refusal)}, status=400)
    messages.success(request, _("The folder “%(path)s” is there.") % {"path": made.path})
    return _back()


@done_by_owners
def change_folder(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """Renames it or, with ``do=remove``, removes it."""
    folder = get_object_or_404(member.organization.folders, pk=pk)
    removed = _("The folder “%(path)s” was removed.") % {"path": folder.path}
    return _changed(request, folder, _typed(request, "path"), removed, _("The folder was renamed."))


@done_by_owners
def add_tag(request: HttpRequest, member: Member) -> HttpResponse:
    typed = _typed(request, "name")
    try:
        made = Tag.make(member.organization, typed)
    except Refused as refusal:
        return _page(request, member, {"name": typed, "name_error": sentence(refusal)}, status=400)
    messages.success(request, _("The tag “%(name)s” is there.") % {"name": made.name})
    return _back()


@done_by_owners
def change_tag(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """Renames it or, with ``do=remove``, removes it."""
    tag = get_object_or_404(member.organization.tags, pk=pk)
    removed = _("The tag “%(name)s” was removed.") % {"name": tag.name}
    return _changed(request, tag, _typed(request, "name"), removed, _("The tag was renamed."))


def _changed(request: HttpRequest, row: Folder | Tag, name: str, removed: str, renamed: str) -> HttpResponse:
    try:
        if request.POST.get("do") == "remove":
            row.remove()
            messages.success(request, removed)
        else:
            row.rename(name)
            messages.success(request, renamed)
    except Refused as refusal:
        messages.error(request, sentence(refusal))
    return _back()


def _page(request: HttpRequest, member: Member, typed: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    context = {
        "folders": member.organization.folders.annotate(held=Count("processes")),
        "tags": member.organization.tags.all(),
        **(typed or {}),
    }
    return settings_page(request, "folders", TEMPLATE, context, status)


def _typed(request: HttpRequest, field: str) -> str:
    return request.POST.get(field, "").replace("\0", "")[:1000]


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("console:folders"))
