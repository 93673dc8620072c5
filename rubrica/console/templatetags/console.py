"""States as badges: one word and one colour each, the same on every page."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy

from rubrica.sealing.intake.inspect import WARNINGS

register = template.Library()

BADGES: dict[str, dict[str, tuple[Any, str]]] = {
    "process": {
        "open": (pgettext_lazy("state", "Open"), "info"),
        "sealing": (pgettext_lazy("state", "Sealing"), "wait"),
        "finished": (pgettext_lazy("state", "Finished"), "ok"),
        "rejected": (pgettext_lazy("state", "Rejected"), "bad"),
        "expired": (pgettext_lazy("state", "Expired"), "bad"),
        "cancelled": (pgettext_lazy("state", "Cancelled"), ""),
        "editing": (pgettext_lazy("state", "Being edited"), "wait"),
    },
    "document": {
        "awaiting_upload": (pgettext_lazy("state", "Waiting for the PDF"), "wait"),
        "open": (pgettext_lazy("state", "Open"), "info"),
        "sealing": (pgettext_lazy("state", "Sealing"), "wait"),
        "failed": (pgettext_lazy("state", "Not sealed"), "bad"),
        "sealed": (pgettext_lazy("state", "Sealed"), "ok"),
        "ended": (pgettext_lazy("state", "Not sealed"), ""),
    },
    "participant": {
        "PENDING": (pgettext_lazy("state", "Not yet their turn"), ""),
        "NOTIFICATION": (pgettext_lazy("state", "Asked"), "info"),
        "FINISH": (pgettext_lazy("state", "Done"), "ok"),
        "REJECT": (pgettext_lazy("state", "Declined"), "bad"),
        "BLOCK": (pgettext_lazy("state", "Blocked"), "bad"),
        "ended": (pgettext_lazy("state", "Not done"), ""),
    },
    "webhook": {
        "on": (pgettext_lazy("state", "On"), "ok"),
        "failing": (pgettext_lazy("state", "Failing"), "wait"),
        "failed": (pgettext_lazy("state", "Switched off"), "bad"),
        "off": (pgettext_lazy("state", "Off"), ""),
    },
    "delivery": {
        "open": (pgettext_lazy("state", "On its way"), "info"),
        "sent": (pgettext_lazy("state", "Arrived"), "ok"),
        "failed": (pgettext_lazy("state", "Failed"), "bad"),
        "dropped": (pgettext_lazy("state", "Given up"), "bad"),
        "skipped": (pgettext_lazy("state", "Not sent"), ""),
    },
    "level": {
        "B-B": ("PAdES B-B", ""),
        "B-T": ("PAdES B-T", "info"),
        "B-LT": ("PAdES B-LT", "info"),
        "B-LTA": ("PAdES B-LTA", "ok"),
    },
    "template": {
        "active": (pgettext_lazy("state", "Switched on"), "ok"),
        "inactive": (pgettext_lazy("state", "Switched off"), ""),
    },
    "file": {
        "missing": (pgettext_lazy("state", "Missing"), ""),
        "uploaded": (pgettext_lazy("state", "To review"), "wait"),
        "approved": (pgettext_lazy("state", "Approved"), "ok"),
        "rejected": (pgettext_lazy("state", "Sent back"), "bad"),
    },
}


LEVELS = {
    "B-B": gettext_lazy("The time of the seal is this server's own."),
    "B-T": gettext_lazy("A timestamp authority confirms the time of the seal."),
    "B-LT": gettext_lazy("The time is confirmed, and the file holds what proves its certificates."),
    "B-LTA": gettext_lazy("An archive timestamp keeps the seal checkable after its certificates end."),
}

# The codes of ``webhooks.http.Failure``.
FAILURES = {
    "NAME": gettext_lazy("The host name was not found"),
    "ADDRESS": gettext_lazy("The address may not be called"),
    "CONNECTION": gettext_lazy("No connection"),
    "TLS": gettext_lazy("The certificate was not accepted"),
    "TIMEOUT": gettext_lazy("No answer within 10 seconds"),
    "ANSWER": gettext_lazy("The answer could not be read"),
    "SECRET": gettext_lazy("The secret cannot be read"),
}


@register.simple_tag
def badge(subject: str, state: str) -> SafeString:
    """``{% badge "file" file.status %}``; a state without words of its own is shown as it is."""
    text, tone = BADGES[subject].get(state, (state, ""))
    return format_html('<span class="badge{}">{}</span>', f" badge--{tone}" if tone else "", text)


@register.filter
def sealing_reason(error: str) -> str:
    """The sentence of ``CODE: sentence``, translated where a translation is known."""
    return gettext(error.partition(": ")[2] or error)


@register.filter
def pdf_findings(found: Mapping[str, Any] | None) -> list[str]:
    """What a member should know of the PDF of a document, as intake found it."""
    if found is None:
        return []
    sentences = [gettext(WARNINGS[code]) for code in found["warnings"] if code in WARNINGS]
    if count := found["signatures"]:
        text = ngettext(
            "It came with %(count)d signature, of which %(sound)d is whole.",
            "It came with %(count)d signatures, of which %(sound)d are whole.",
            count,
        )
        sentences.append(text % {"count": count, "sound": found["sound"]})
    return sentences


@register.filter
def level_meaning(level: str) -> str:
    """What a level of a seal promises."""
    return str(LEVELS.get(level, ""))


@register.filter
def level_reason(error: str) -> str:
    """The sentence of ``CODE: sentence``, translated; particulars stand on a line of their own behind it."""
    return sealing_reason(error.partition("\n")[0])


@register.filter
def level_about(error: str) -> str:
    """The particulars, in the words of whoever said them."""
    return error.partition("\n")[2]


@register.filter
def state_name(state: str) -> str:
    """The word for a state of a process, as in the status filter."""
    return str(BADGES["process"][state][0])


@register.filter
def delivery_state(state: str) -> str:
    """The word for a state of a delivery, as in the filter."""
    return str(BADGES["delivery"][state][0])


@register.filter
def failure_words(code: str) -> str:
    """Why a call to a webhook got no answer."""
    return str(FAILURES.get(code, code))
