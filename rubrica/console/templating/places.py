"""Where each type of signer signs on a PDF of one's own: put with a mouse, a finger, or by numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica import database
from rubrica.accounts.models import Member
from rubrica.console.access import done_by_editors, page, shown_to_members
from rubrica.console.typed_boxes import TypedBox
from rubrica.files.access import local_path
from rubrica.sealing.intake.render import render_page
from rubrica.sealing.values import Box, PageSize, Refusal
from rubrica.templating.models import Template
from rubrica.web.text import is_one_line

WIDTH = 1200  # pixels of a page
MAX_PLACES = 500
MAX_TYPE = 100  # characters
USUAL = (150.0, 50.0)  # points of a new place


@dataclass(frozen=True)
class Row(TypedBox):
    """One place as the page has it: points from the top left of its page, as texts that somebody may be writing."""

    type: str
    page: str
    left: str
    top: str
    width: str
    height: str
    error: str = ""


def editor(request: HttpRequest, template: Template, rows: list[Row] | None = None) -> HttpResponse:
    sheets = [
        {
            "number": number,
            "width": f"{width:.2f}",
            "height": f"{height:.2f}",
            "pixels": f"{WIDTH * height / width:.0f}",
        }
        for number, (width, height) in enumerate(template.pages, start=1)
    ]
    blank = Row("", "1", "60", "600", f"{USUAL[0]:.0f}", f"{USUAL[1]:.0f}")
    shown = list(_rows(template)) if rows is None else rows
    context = {"template": template, "sheets": sheets, "rows": shown, "blank": blank}
    answer = page(request, "console/templating/places.html", context)
    answer.status_code = 400 if rows is not None else 200
    return answer


def _rows(template: Template) -> Iterator[Row]:
    for kind in template.types:
        for box in template.boxes_for(kind):
            width, height = template.pages[box.page - 1]
            numbers = (box.x * width - box.w, box.y * height - box.h, box.w, box.h)
            yield Row(kind, str(box.page), *(f"{number:.1f}".removesuffix(".0") for number in numbers))


@shown_to_members
def sheet(request: HttpRequest, member: Member, template: str, number: int) -> HttpResponse:
    """A page of the PDF as a picture that we drew."""
    found = _positions(member, template)
    assert found.pdf is not None
    database.let_go()
    try:
        with local_path(found.pdf) as path:
            picture = render_page(path, number, WIDTH)
    except Refusal:
        raise Http404 from None
    return HttpResponse(picture, content_type="image/jpeg")


@done_by_editors
def save_places(request: HttpRequest, member: Member, template: str) -> HttpResponse:
    """All places at once; a row without a type is none."""
    found = _positions(member, template)
    rows: list[Row] = []
    boxes: dict[str, list[Box]] = {}
    faulty = False
    for row in list(_sent(request))[:MAX_PLACES]:
        box = _box(found, row)
        rows.append(row if isinstance(box, Box) else Row(**{**row.__dict__, "error": box}))
        faulty = faulty or not isinstance(box, Box)
        if isinstance(box, Box):
            boxes.setdefault(row.type, []).append(box)
    if faulty:
        return editor(request, found, rows)
    found.place(boxes)
    messages.success(request, _("The places are kept."))
    return HttpResponseRedirect(reverse("console:template", args=[found.public_id]))


def _positions(member: Member, public_id: str) -> Template:
    known = Template.objects.select_related("pdf").filter(kind=Template.Kind.POSITIONS)
    return get_object_or_404(known, organization=member.organization, public_id=public_id)


def _sent(request: HttpRequest) -> Iterator[Row]:
    columns = [request.POST.getlist(name) for name in ("type", "page", "left", "top", "width", "height")]
    for values in zip(*columns, strict=False):
        cleaned: list[Any] = [str(value).replace("\0", "").strip() for value in values]
        if cleaned[0]:
            yield Row(*cleaned)


def _box(template: Template, row: Row) -> Box | str:
    """The place, or a sentence about what is wrong with it."""
    if len(row.type) > MAX_TYPE or not is_one_line(row.type):
        return _("The type must be one line of 100 characters at the most.")
    return row.box([PageSize(*size) for size in template.pages])
