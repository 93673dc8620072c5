"""The review inbox: one file after the other across all processes, each decided with one key or one press.

Every decision is a plain form, which leads to the next file; the script beside it only presses what is on the page.
"""

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member
from rubrica.console import previews
from rubrica.console.access import actor, done_by_reviewers, page, shown_to_members
from rubrica.console.actions import MAX_REASON, slot_as_seen
from rubrica.console.refusals import sentence
from rubrica.console.reviewing import inbox
from rubrica.console.reviewing.inbox import Window
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Refused
from rubrica.processes.models import Phrase, RequestedFile, Submission


@dataclass(frozen=True)
class Said:
    """What a reviewer typed and chose. It comes back on the page where the decision was refused."""

    reason: str = ""
    note: str = ""
    phrases: tuple[str, ...] = ()
    keep: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> "Said":
        form = request.POST
        phrases = tuple(one.replace("\0", "") for one in form.getlist("phrase"))
        return cls(_text(form.get("reason", "")), _text(form.get("note", "")), phrases, "keep" in form)

    @property
    def whole(self) -> str:
        """The phrases that were ticked, and then the reviewer's own words."""
        return "\n".join([*self.phrases, *([self.reason] if self.reason else [])])[:MAX_REASON]


@dataclass(frozen=True)
class Looked:
    """The file on the table: its versions, its pictures, and what can be said of it."""

    file: RequestedFile
    current: Submission
    older: list[Submission]
    compared: Submission | None
    page: int
    pages: int
    phrases: list[str]

    @property
    def shows_compared(self) -> bool:
        return self.compared is not None and previews.can_show(self.compared.blob.media_type)

    @property
    def waits(self) -> bool:
        return not self.current.decision and self.file.process.is_open


@shown_to_members
def review(request: HttpRequest, member: Member) -> HttpResponse:
    """``file`` is looked at, or what came behind the version ``after``; ``compare`` is an earlier version of it."""
    window = inbox.window(member.organization, _number(request, "file"), _number(request, "after"))
    undo = _number(request, "undo")
    decided = _decided(member, undo) if undo is not None and member.may_review else None
    return _page(request, window, {"decided": decided})


@done_by_reviewers
def decide(request: HttpRequest, member: Member, file: int) -> HttpResponse:
    """``decision`` is ``approve``, ``reject`` or ``reset``. A refusal is said on the page, with what was typed."""
    slot = get_object_or_404(member.organization.requested_files.select_related("process"), pk=file)
    said, decision = Said.of(request), request.POST.get("decision", "")
    try:
        with transaction.atomic():
            seen = slot_as_seen(request, member, slot.process.public_id, file)
            told = _decide(seen, decision, said, actor(request, member))
    except Refused as refusal:
        window = inbox.window(member.organization, file, None)
        answer = _page(request, window, {"refusal": sentence(refusal), "said": said})
        answer.status_code = 409
        return answer
    messages.success(request, told % {"file": seen.name, "name": seen.participant.name})
    if said.keep and said.reason and decision == "reject":
        _keep_phrase(request, member, seen.participant.language, said.reason)
    where = f"file={file}" if decision == "reset" else f"after={seen.current_id}&undo={file}"
    return HttpResponseRedirect(f"{reverse('console:review')}?{where}")


def _keep_phrase(request: HttpRequest, member: Member, language: str, text: str) -> None:
    """After the decision, which stands also where the words are too long for a phrase."""
    try:
        Phrase.add(member.organization, language, text)
    except Refused as refusal:
        messages.warning(request, sentence(refusal))


def _decide(slot: RequestedFile, decision: str, said: Said, by: Actor) -> str:
    if decision == "approve":
        slot.approve(by, said.note)
        return _("“%(file)s” is approved; %(name)s reads your note.") if said.note else _("“%(file)s” is approved.")
    if decision == "reject":
        slot.reject(said.whole, by)
        return _("“%(file)s” was sent back. %(name)s is told why and can send another.")
    if decision == "reset":
        slot.reset(by)
        return _("“%(file)s” waits for review again.")
    raise Refused("DECISION_UNKNOWN", "There is no such decision.")


def _page(request: HttpRequest, window: Window, more: dict[str, object]) -> HttpResponse:
    looked = _looked(request, window.file) if window.file is not None else None
    context = {"window": window, "looked": looked, "said": Said(), **more}
    return page(request, "console/review/review.html", context)


def _looked(request: HttpRequest, file: RequestedFile) -> Looked | None:
    """None where it was withdrawn while a decision was on its way."""
    current = file.current
    if current is None:
        return None
    older = list(file.submissions.exclude(pk=current.pk).select_related("blob"))
    compare = _number(request, "compare")
    phrases = Phrase.texts(file.organization, file.participant.language)
    pages = previews.pages(current.blob)
    return Looked(
        file=file,
        current=current,
        older=older,
        compared=next((one for one in older if one.pk == compare), None),
        page=min(max(_number(request, "page") or 1, 1), max(pages, 1)),
        pages=pages,
        phrases=phrases,
    )


def _decided(member: Member, file: int) -> RequestedFile | None:
    """The file whose decision can be taken back with one press."""
    known = member.organization.requested_files.select_related("current", "process")
    found = known.exclude(current__decision="").filter(pk=file, current__isnull=False).first()
    return found if found is not None and found.process.is_open else None


def _text(said: str) -> str:
    return said.replace("\0", "").strip()[:MAX_REASON]


def _number(request: HttpRequest, name: str) -> int | None:
    said = request.GET.get(name, "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else None
