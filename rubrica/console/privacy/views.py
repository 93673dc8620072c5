"""Settings → People's data: what is kept of somebody, a copy of it for them, and erasing them. For owners.

Whom one looks for goes by POST, so that no address of a person stands in a log.
"""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rubrica.accounts.audit import note
from rubrica.accounts.models import LANGUAGES, AuditEntry, Member, Organization
from rubrica.console.access import actor, done_by_owners, shown_to_owners
from rubrica.console.settings.areas import settings_page
from rubrica.files.views import disposition, serve
from rubrica.processes.models import Erasure, PersonExport
from rubrica.retention import asked, erasing, exporting, lost, people
from rubrica.retention.erasing import Plan
from rubrica.retention.models import AskedErasure

TEMPLATE = "console/privacy/person.html"
SHOWN = 50
COUNTED = {
    "participants": gettext_lazy("Where they took part: name, addresses and numbers"),
    "files": gettext_lazy("Files that they delivered"),
    "pictures": gettext_lazy("Pictures of identity checks"),
    "signatures": gettext_lazy("Signatures, with address and browser"),
    "fieldValues": gettext_lazy("What they wrote on the pages"),
    "events": gettext_lazy("Events that tell of them"),
    "webhookPayloads": gettext_lazy("Calls to webhooks about their processes"),
    "notifications": gettext_lazy("Messages to them"),
    "outbox": gettext_lazy("Messages in the outbox"),
    "completions": gettext_lazy("Documents that they filled in"),
    "bulkRows": gettext_lazy("Rows of files that were sent to many"),
    "drafts": gettext_lazy("Drafts that name them"),
    "contacts": gettext_lazy("Notes in the address book"),
    "exports": gettext_lazy("Copies that were made for them"),
    "certificates": gettext_lazy("Certificates in their name"),
    "documents": gettext_lazy("Documents, with the sealed ones and their evidence"),
}
STAYING = {
    "open": gettext_lazy("The process goes on. Cancel it or let it end, and erase again."),
    "held": gettext_lazy("A legal hold is on it."),
    "documents": gettext_lazy("Sealed documents and their evidence, which prove what was signed, also to the others."),
    "events": gettext_lazy("That something happened and when, and the digests of what was signed and delivered."),
    "records": gettext_lazy("Records that name them. They are your own data: change or delete them yourself."),
    "audit": gettext_lazy("What your team did, in the audit."),
    "backups": gettext_lazy("Backups that were made before, until they are deleted."),
}


@shown_to_owners
def person(request: HttpRequest, member: Member) -> HttpResponse:
    return _page(request, member)


@done_by_owners
def find_person(request: HttpRequest, member: Member) -> HttpResponse:
    """What there is of them, which is the dry run of an erasure too."""
    wanted = _wanted(request)
    with_documents = request.POST.get("documents") == "on"
    try:
        plan = erasing.plan(member.organization, wanted, with_documents=with_documents)
    except people.Unclear:
        return _unclear(request, member, wanted)
    return _page(request, member, wanted, plan)


@done_by_owners
def export_person(request: HttpRequest, member: Member) -> HttpResponse:
    wanted, language = _wanted(request), request.POST.get("language", "")
    if language not in dict(LANGUAGES):
        language = member.organization.language
    try:
        with transaction.atomic():
            exporting.begin(member.organization, wanted, member, language)
            note(request, AuditEntry.Kind.PERSON_EXPORTED, member)
    except people.Unclear:
        return _unclear(request, member, wanted)
    messages.success(request, _("The copy is being made. It is here for a day."))
    return HttpResponseRedirect(reverse("console:person"))


@shown_to_owners
def download_export(request: HttpRequest, member: Member, export: str) -> HttpResponseBase:
    found = get_object_or_404(PersonExport.kept().select_related("blob"), organization=member.organization,
                              public_id=export)  # fmt: skip
    if found.blob is None:
        raise Http404
    return serve(request, found.blob, f"person-{found.public_id}.zip")


@done_by_owners
def erase_person(request: HttpRequest, member: Member) -> HttpResponse:
    """Only where the identifier was typed a second time."""
    wanted, with_documents = _wanted(request), request.POST.get("documents") == "on"
    reason = " ".join(request.POST.get("reason", "").replace("\0", "").split())[:500]
    try:
        if " ".join(request.POST.get("again", "").split()).lower() != wanted.lower():
            plan = erasing.plan(member.organization, wanted, with_documents=with_documents)
            error = _("Write it exactly as above, so that nobody is erased by mistake.")
            return _page(request, member, wanted, plan, error=error, status=422)
        with transaction.atomic():
            begun = asked.begin(member.organization, wanted, actor(request, member), reason=reason,
                                with_documents=with_documents)  # fmt: skip
            note(request, AuditEntry.Kind.PERSON_ERASED, member, erasure=begun.public_id)
    except people.Unclear:
        return _unclear(request, member, wanted)
    except erasing.NobodyFound:
        messages.error(request, _("There was nothing that can be erased."))
    except asked.GoesOn:
        messages.error(request, _("This person is being erased already."))
    else:
        messages.success(request, _("Being erased. How far it is stands below, and in the end the statement about it."))
    return HttpResponseRedirect(reverse("console:person"))


@done_by_owners
def erase_on(request: HttpRequest, member: Member, erasure: str) -> HttpResponse:
    """What failed goes on where it stopped."""
    with transaction.atomic():
        goes_on = asked.go_on(member.organization, erasure)
        if goes_on:
            note(request, AuditEntry.Kind.PERSON_ERASED, member, erasure=erasure)
    if goes_on:
        messages.success(request, _("It goes on where it stopped."))
    else:
        messages.error(request, _("It goes on already, or is done."))
    return HttpResponseRedirect(reverse("console:person"))


@shown_to_owners
def statement(request: HttpRequest, member: Member, erasure: str) -> HttpResponse:
    found = get_object_or_404(member.organization.erasures, public_id=erasure)
    return _download(found.statement.encode(), "application/json", f"erasure-{erasure}.json")


@shown_to_owners
def signature(request: HttpRequest, member: Member, erasure: str) -> HttpResponse:
    found = get_object_or_404(member.organization.erasures.exclude(cms=None), public_id=erasure)
    return _download(bytes(found.cms or b""), "application/pkcs7-signature", f"erasure-{erasure}.p7s")


def _download(content: bytes, media_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": disposition(name), "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=media_type, headers=headers)


def _wanted(request: HttpRequest) -> str:
    return " ".join(request.POST.get("person", "").replace("\0", "").split())[:320]


def _unclear(request: HttpRequest, member: Member, wanted: str) -> HttpResponse:
    problem = _("Write an e-mail address, a telephone number, or the number of an identity document.")
    return _page(request, member, wanted, problem=problem, status=422)


def _page(
    request: HttpRequest,
    member: Member,
    wanted: str = "",
    plan: Plan | None = None,
    *,
    problem: str = "",
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    lost.give_up(member.organization)
    context: dict[str, Any] = {
        "wanted": wanted,
        "plan": plan,
        "problem": problem,
        "error": error,
        "language": translation.get_language(),
        "exports": PersonExport.kept().filter(organization=member.organization).order_by("-pk")[:SHOWN],
        "asked": member.organization.asked_erasures.exclude(state=AskedErasure.State.DONE).order_by("-pk")[:SHOWN],
        "erasures": list(map(_told, _over(member.organization).order_by("-pk")[:SHOWN])),
    }
    if plan is not None:
        context["counts"] = [(words, plan.counts[key]) for key, words in COUNTED.items() if plan.counts[key]]
        context["staying"] = [{**one, "sentence": STAYING[one["what"]]} for one in plan.staying]
        context["can_erase"] = bool(plan.processes or sum(plan.counts.values()))
    return settings_page(request, "people", TEMPLATE, context, status)


def _over(organization: Organization) -> "QuerySet[Erasure]":
    """What is being erased has a statement already, that is not whole."""
    going_on = organization.asked_erasures.filter(state=AskedErasure.State.ERASING)
    return organization.erasures.exclude(public_id__in=going_on.values("public_id"))


def _told(erasure: Erasure) -> dict[str, object]:
    told = erasure.told
    files = sum(len(one["files"]) for one in told["processes"])
    return {"row": erasure, "by": told["by"]["name"], "reason": told["reason"], "processes": len(told["processes"]),
            "files": files}  # fmt: skip
