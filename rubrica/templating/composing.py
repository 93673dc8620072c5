"""From a template and answers to a PDF, in a child process with limits on time, memory and output, and no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from rubrica import clock
from rubrica.sealing import sandbox
from rubrica.sealing.values import Box, SandboxError, SandboxTimeout
from rubrica.templating import engine
from rubrica.templating.definition import Definition
from rubrica.templating.faults import TemplateRefused
from rubrica.templating.filling import fill, filling

SECONDS, MEGABYTES = 20, 1024
MAX_PDF = 50 << 20  # bytes
PANGO = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
HOME = ZoneInfo("America/Bogota")  # the contract writes dates as they are in Colombia


@dataclass(frozen=True)
class Composed:
    """The document, and the boxes of each type of signer in the order of the pages."""

    pdf: bytes
    pages: int
    boxes: dict[str, list[Box]]


def today(now: datetime | None = None) -> date:
    return (now or clock.now()).astimezone(HOME).date()


def compose(html: str, definition: Definition, values: Mapping[str, str], types: Sequence[str] = ()) -> Composed:
    """``values`` as ``answers.check`` keeps them; ``types`` default to those of the signature profile.

    Raises TemplateRefused: TEMPLATES_UNAVAILABLE where Pango is missing, DOCUMENT_NOT_COMPOSED where the HTML takes
    too much time or memory or cannot be set.
    """
    check_available()
    wanted = list(types) or [signer.type for signer in definition.signers]
    try:
        pdf, pages, places = sandbox.run(
            engine.compose_here,
            html,
            filling(definition, values, today()),
            wanted,
            seconds=SECONDS,
            megabytes=MEGABYTES,
            engine="weasyprint",
        )
    except SandboxTimeout:
        raise TemplateRefused("DOCUMENT_NOT_COMPOSED", "The document takes too long to be set in pages.") from None
    except SandboxError as error:
        if any(name in error.detail for name in ("MemoryError", "TooLong", "TooDeep")):
            raise TemplateRefused("DOCUMENT_NOT_COMPOSED", "The document is too large to be set in pages.") from None
        raise TemplateRefused("DOCUMENT_NOT_COMPOSED", "The document cannot be made from this HTML.") from error
    if len(pdf) > MAX_PDF:
        raise TemplateRefused("DOCUMENT_NOT_COMPOSED", "The document is too large to be set in pages.")
    boxes: dict[str, list[Box]] = {}
    for kind, page, x, y, w, h in places:
        boxes.setdefault(kind, []).append(Box(page, x, y, w, h))
    return Composed(pdf, pages, boxes)


def preview(html: str, definition: Definition, values: Mapping[str, str]) -> str:
    """The HTML with the answers in it, for a browser to show."""
    try:
        return sandbox.run(fill, html, filling(definition, values, today()), seconds=5, megabytes=512)
    except SandboxError:
        raise TemplateRefused("DOCUMENT_NOT_COMPOSED", "The document cannot be made from this HTML.") from None


def check_available() -> None:
    missing = missing_library()
    if missing:
        raise TemplateRefused("TEMPLATES_UNAVAILABLE", "Documents from templates need the library Pango on the server.")


def missing_library() -> str:
    """What the system lacks for templates, empty when nothing."""
    try:
        return _missing_library()
    except SandboxError as error:
        return str(error)  # A machine that was too busy to look says nothing about what is installed, so ask again.


@cache
def _missing_library() -> str:
    """Looked up once, as a restart comes with an install."""
    return sandbox.run(engine.is_there, seconds=30)
