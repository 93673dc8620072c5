"""States as badges: one word and one colour each, the same on every page."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

register = template.Library()

BADGES = {
    "process": {
        "open": (_("Open"), "info"),
        "sealing": (_("Sealing"), "wait"),
        "finished": (_("Finished"), "ok"),
        "rejected": (_("Rejected"), "bad"),
        "expired": (_("Expired"), "bad"),
        "cancelled": (_("Cancelled"), ""),
    },
    "document": {
        "awaiting_upload": (_("Waiting for the PDF"), "wait"),
        "open": (_("Open"), "info"),
        "sealing": (_("Sealing"), "wait"),
        "failed": (_("Not sealed"), "bad"),
        "sealed": (_("Sealed"), "ok"),
    },
    "participant": {
        "pending": (_("Not yet their turn"), ""),
        "active": (_("Asked"), "info"),
        "finished": (_("Done"), "ok"),
        "rejected": (_("Declined"), "bad"),
        "blocked": (_("Blocked"), "bad"),
    },
    "file": {
        "missing": (_("Missing"), ""),
        "uploaded": (_("To review"), "wait"),
        "approved": (_("Approved"), "ok"),
        "rejected": (_("Sent back"), "bad"),
    },
}


@register.simple_tag
def badge(subject: str, state: str) -> SafeString:
    """``{% badge "file" file.status %}``; a state without words of its own is shown as it is."""
    text, tone = BADGES[subject].get(state, (state, ""))
    return format_html('<span class="badge{}">{}</span>', f" badge--{tone}" if tone else "", text)


@register.filter
def state_name(state: str) -> str:
    """The word for a state of a process, as in the status filter."""
    return str(BADGES["process"][state][0])
