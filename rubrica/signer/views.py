"""The participant's page: everything they are asked for, on one address, drawn from the same state as the API gives."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from rubrica.files.types import ACCEPTED
from rubrica.processes.models import Participant
from rubrica.signer.access import LinkRefused, participant_by_token
from rubrica.signer.pages import WIDTHS
from rubrica.signer.state import participant_state

CHECKS = {"otp", "photo", "identification", "identificationBack", "video"}
SECTION_OF_STEP = {"files": "files", "review": "document"}

State = dict[str, Any]


@require_safe
def page(request: HttpRequest, token: str) -> HttpResponse:
    """``GET /s/{token}``: the page in the language of ``?lang=``, else the participant's. Changes nothing."""
    try:
        participant = participant_by_token(token)
    except LinkRefused as refusal:
        return _refused(request, refusal)
    language = _asked_language(request) or participant.language
    with translation.override(language):
        context = _context(participant, f"/s/{token}")
    return _answer(request, language, "signer/page.html", context)


def _refused(request: HttpRequest, refusal: LinkRefused) -> HttpResponse:
    """Whoever holds a link that has ended may know who sent it; an unknown link tells nothing."""
    invited = refusal.participant
    language = _asked_language(request) or (invited.language if invited else translation.get_language())
    context: dict[str, Any] = {"code": refusal.code}
    if invited:
        context |= {
            "process": invited.process,
            "sender": {"organization": invited.process.organization.name},
            "by_me": invited.status == Participant.Status.REJECT,
        }
    return _answer(request, language or settings.LANGUAGE_CODE, "signer/refused.html", context, refusal.status)


def _asked_language(request: HttpRequest) -> str:
    language = request.GET.get("lang", "")
    return language if language in dict(settings.LANGUAGES) else ""


def _answer(
    request: HttpRequest, language: str, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    context |= {"language": language, "languages": settings.LANGUAGES}
    with translation.override(language):
        response = render(request, template, context, status=status)
    response["Content-Language"] = language
    patch_cache_control(response, no_store=True, private=True)
    return response


def _context(participant: Participant, base: str) -> dict[str, Any]:
    state = participant_state(participant)
    mode = mode_of(state)
    return {
        **{name: state.get(name) for name in ("process", "participant", "sender", "consent", "document", "limits")},
        **_step_context(state),
        **_file_context(state, mode),
        "base": base,
        "mode": mode,
        "consent_language": participant.language,
        "pages": _pages(state, base),
        "widths": WIDTHS,
        "downloads": state.get("downloads") or [],
        "waiting_for": state.get("waitingFor") or [],
    }


def _step_context(state: State) -> dict[str, Any]:
    steps = [step | {"anchor": _anchor(step, state)} for step in state["steps"]]
    kinds = {step["kind"]: step["state"] for step in steps}
    return {
        "steps": steps,
        "kinds": kinds,
        "checks": [step for step in steps if step["kind"] in CHECKS],
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
    """Which of the faces the page shows: ``wait``, ``act``, ``done``, ``finished`` or ``ended``."""
    status = state["participant"]["status"]
    if state["process"]["state"] == "finished":
        return "finished"
    if status in {"REJECT", "BLOCK"} or state["process"]["state"] in {"rejected", "cancelled", "expired"}:
        return "ended"
    if status == "PENDING":
        return "wait"
    if status == "FINISH" and not any(_must_come(file) for file in state["files"]):
        return "done"
    return "act"


def _must_come(file: dict[str, Any]) -> bool:
    """A file that holds things up: a mandatory one that is not there, or that was sent back."""
    return not file["optional"] and file["status"] in {"missing", "rejected"}


def _anchor(step: dict[str, Any], state: State) -> str:
    """The section that a step begins in: who signs reads first."""
    if step["kind"] in {"sign", "approve"}:
        return "document" if state.get("pages") else "sign"
    return SECTION_OF_STEP.get(step["kind"], "checks")


def _slot(file: dict[str, Any], mode: str) -> dict[str, Any]:
    editable = mode in {"act", "done"} and file["status"] != "approved"
    return file | {"editable": editable, "withdrawable": editable and file["status"] == "uploaded"}


def _pages(state: State, base: str) -> list[dict[str, Any]]:
    """Each page with its size and this participant's boxes, in points as text: templates would localize the numbers."""
    boxes = state.get("boxes") or []
    return [
        {
            "number": number,
            "url": f"{base}/pages/{number}",
            "width": round(size["width"]),
            "height": round(size["height"]),
            "boxes": [_box(box, size) for box in boxes if box["page"] == number],
        }
        for number, size in enumerate(state.get("pages") or [], start=1)
    ]


def _box(box: dict[str, Any], size: dict[str, Any]) -> dict[str, str]:
    across, down = size["width"], size["height"]
    points = {"x": box["x"] * across, "y": box["y"] * down, "w": box["w"] * across, "h": box["h"] * down}
    points["label_x"] = points["x"] + points["w"] / 2
    points["label_y"] = points["y"] + points["h"] / 2
    return {name: f"{value:.2f}" for name, value in points.items()}
