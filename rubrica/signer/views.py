"""The participant's page: everything they are asked for, on one address, drawn from the same state as the API gives."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.crypto import salted_hmac
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from rubrica.files.types import ACCEPTED
from rubrica.processes import reopening
from rubrica.processes.models import Participant, Process
from rubrica.sealing import sandbox
from rubrica.signer import checks, fields, papers, plain
from rubrica.signer.access import LinkRefused, participant_by_token
from rubrica.signer.pages import WIDTHS
from rubrica.signer.state import participant_state

# The hands that a name can be typed in; frontend/signer/handwriting.ts says which face each is.
HANDS = ("belle", "caveat", "dancing", "vibes")
SECTION_OF_STEP = {"files": "files", "review": "document"}

State = dict[str, Any]


@csrf_exempt  # A form has a key of its own (plain.form_key), since these pages tell no site where they come from.
@require_http_methods(["GET", "HEAD", "POST"])
@gzip_page  # A thousand pages are a long list; nothing that others choose stands beside what is secret here.
def page(request: HttpRequest, token: str) -> HttpResponseBase:
    """``GET /s/{token}``: the page in the language of ``?lang=``, else the participant's. Changes nothing.

    ``POST`` is what its forms do where there is no JavaScript.
    """
    try:
        participant = participant_by_token(token)
    except LinkRefused as refusal:
        return _refused(request, refusal, token)
    sandbox.warm()  # the pictures of the document are asked for next
    language = _asked_language(request) or participant.language
    refused = plain.Refusal("", {})
    with translation.override(language):
        if request.method == "POST":
            done = plain.perform(request, participant)
            if not isinstance(done, plain.Refusal):
                return done
            refused = done
            try:
                participant = participant_by_token(token)  # what it opens now: the sender may have replaced it
            except LinkRefused as refusal:
                return _refused(request, refusal, token)
        context = _context(participant, f"/s/{token}", request, refused.held) | {"failure": refused.sentence}
    return _answer(request, language, "signer/page.html", context)


def _refused(request: HttpRequest, refusal: LinkRefused, token: str) -> HttpResponse:
    """Whoever holds a link that has ended may know who sent it; an unknown link tells nothing."""
    invited = refusal.participant
    language = _asked_language(request) or (invited.language if invited else translation.get_language())
    context: dict[str, Any] = {"code": refusal.code}
    if invited:
        replaced = refusal.code == "LINK_REPLACED"
        may_ask = refusal.code == "PROCESS_EXPIRED" and reopening.can_ask_to_reopen(invited)
        edited = invited.process.state == Process.State.EDITING
        context |= {
            "code": "PROCESS_EDITING" if replaced and edited else refusal.code,
            # Who has lost a link may have lost it to somebody else, to whom a name would tell what it is about.
            "name": "" if invited.identity.get("checks") else invited.process.name,
            "brand": invited.process.organization.brand,
            "languages": _offered(invited),
            "sender": {"organization": invited.process.organization.name, "name": str(invited.process.creator or "")},
            "by_me": invited.status == Participant.Status.REJECT,
            "renewable": f"/s/{token}/link" if replaced and not edited else "",
            "reopenable": f"/s/{token}/reopening" if may_ask else "",
            "has_asked": reopening.has_asked_to_reopen(invited) if may_ask else "asked" in request.GET,
        }
    return _answer(request, language or settings.LANGUAGE_CODE, "signer/refused.html", context, refusal.status)


def _asked_language(request: HttpRequest) -> str:
    language = request.GET.get("lang", "")
    return language if language in dict(settings.LANGUAGES) else ""


def _offered(participant: Participant) -> list[tuple[str, str]]:
    """Those of the organization, and always the participant's own."""
    offered = dict(participant.process.organization.offered_languages)
    return [(code, name) for code, name in settings.LANGUAGES if code in {*offered, participant.language}]


def _answer(
    request: HttpRequest, language: str, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = {"language": language, "languages": settings.LANGUAGES, **context}
    with translation.override(language):
        response = render(request, template, context, status=status)
    response["Content-Language"] = language
    patch_cache_control(response, no_store=True, private=True)
    return response


def _context(participant: Participant, base: str, request: HttpRequest, held: Mapping[str, str]) -> dict[str, Any]:
    state = participant_state(participant, request)
    mode = mode_of(state)
    return {
        **{name: state.get(name) for name in ("process", "participant", "sender", "consent", "document", "limits")},
        **_check_context(state),
        **_step_context(state, mode),
        **_file_context(state, mode),
        "base": base,
        "site": settings.PUBLIC_URL,
        "drafts": salted_hmac("rubrica.signer.drafts", str(participant.pk)).hexdigest()[:32],
        "hands": HANDS,
        "form_key": plain.form_key(request, participant),
        "said": plain.SAID.get(request.GET.get("said", "")),
        "brand": participant.process.organization.brand,
        "languages": _offered(participant),
        "mode": mode,
        "consent_language": participant.language,
        **{"held": held, "papers": papers.shown(state, base, held)},
        "places": sum(len(document["boxes"]) for document in state["documents"]),
        "minutes": _minutes(state) if mode == "act" else 0,
        "asks_initials": any(one["kind"] == "initials" for paper in state["documents"] for one in paper["fields"]),
        "initials": fields.initials_of(participant.name),
        "widths": WIDTHS,
        "downloads": state.get("downloads") or [],
        "waiting_for": state.get("waitingFor") or [],
    }


def _minutes(state: State) -> int:
    """What is still to be done takes about this long; 0 where a document is so long that nobody can say."""
    acts = sum(step["kind"] in {"sign", "approve"} and step["state"] != "done" for step in state["steps"])
    reading = [papers.reading_minutes(document["pages"]) for document in state["documents"]] if acts else []
    return 0 if 0 in reading else sum(reading) + acts + sum(_must_come(file) for file in state["files"])


def _check_context(state: State) -> dict[str, Any]:
    asked = checks.shown(state["identity"])
    return {
        "identity": state["identity"],
        "checks": asked,
        "check_minutes": checks.minutes(asked),
        # Saying no needs no face, but whoever holds the link must have shown that the mailbox or phone is theirs.
        "may_reject": all(check["state"] == "done" for check in asked if check["kind"] == "otp"),
        "proves_only": _proves_only(state),
        "reads_only": state["participant"]["role"] == "READER",
    }


def _step_context(state: State, mode: str) -> dict[str, Any]:
    steps = [
        step | {"anchor": _anchor(step, state, mode)} for step in checks.as_one_step(state["steps"], _is_checked(state))
    ]
    kinds = {step["kind"]: step["state"] for step in steps}
    return {
        "steps": steps,
        "kinds": kinds,
        "act": "sign" if "sign" in kinds else "approve" if "approve" in kinds else "",
        "done_steps": sum(step["state"] == "done" for step in steps),
        "next_step": next((step for step in steps if step["state"] != "done" and step["kind"] != "review"), None),
    }


def _file_context(state: State, mode: str) -> dict[str, Any]:
    files = state["files"]
    counted = [file for file in files if not file["optional"]] or files
    return {
        "files": [_slot(file, mode) for file in files],
        "files_counted": len(counted),
        "files_in": sum(file["status"] in {"uploaded", "approved"} for file in counted),
        "files_missing": [file for file in files if _must_come(file)],
        "returned": any(file["status"] == "rejected" for file in files),
        "limit_megabytes": state["limits"]["maxBytes"] // 2**20,
        "endings": ",".join(ACCEPTED),
    }


def mode_of(state: State) -> str:
    """Which of the faces the page shows: one of ``FACES``; what comes first in the list hides what comes after."""
    return next(mode for mode, holds in FACES if holds(state))


def _is_checked(state: State) -> bool:
    done = _proves_only(state) and state["participant"]["status"] == "FINISH"
    return state["identity"] is None or bool(state["identity"]["passed"]) or done


def _proves_only(state: State) -> bool:
    """Who they are is all that is asked, so nothing is behind the checks."""
    return bool(state["steps"]) and all(step["kind"] in checks.SHOWN for step in state["steps"])


def _is_done(state: State) -> bool:
    return state["participant"]["status"] == "FINISH" and not any(_must_come(file) for file in state["files"])


# Before the checks nothing of the document is shown, also in a process that has finished.
FACES: list[tuple[str, Callable[[State], bool]]] = [
    ("blocked", lambda state: state["participant"]["status"] == "BLOCK"),
    ("ended", lambda state: state["participant"]["status"] == "REJECT"),
    ("wait", lambda state: state["participant"]["status"] == "PENDING"),
    ("check", lambda state: not _is_checked(state)),
    ("finished", lambda state: state["process"]["state"] == "finished"),
    ("read", lambda state: state["participant"]["role"] == "READER"),
    ("done", _is_done),
    ("act", lambda state: True),
]


def _must_come(file: dict[str, Any]) -> bool:
    """A file that holds things up: a mandatory one that is not there, or that was sent back."""
    return not file["optional"] and file["status"] in {"missing", "rejected"}


def _anchor(step: dict[str, Any], state: State, mode: str) -> str:
    """The section that a step begins in, if the page has it: who signs reads first."""
    kind = step["kind"]
    if mode == "check":
        return "checks" if kind == "identity" else ""
    if kind in {"sign", "approve"}:
        return "document" if state["document"] else "sign"
    return SECTION_OF_STEP.get(kind, "")


def _slot(file: dict[str, Any], mode: str) -> dict[str, Any]:
    editable = mode in {"act", "done"} and file["status"] != "approved"
    return file | {"editable": editable, "withdrawable": editable and file["status"] == "uploaded"}
