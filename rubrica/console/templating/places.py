"""Where each type of signer signs on a PDF of one's own: put with a mouse, a finger, or by numbers."""

from collections.abc import Iterator

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica import database
from rubrica.accounts.models import Member
from rubrica.console.access import done_by_editors, page, shown_to_members
from rubrica.console.typed_boxes import Row, kinds, sent
from rubrica.files.access import local_path
from rubrica.processes.models.document import field_of
from rubrica.sealing.intake.render import render_page
from rubrica.sealing.values import Field, PageSize, Refusal
from rubrica.templating.models import Template
from rubrica.web.text import is_one_line

WIDTH = 1200  # pixels of a page
MAX_PLACES = 500
MAX_TYPE = 100  # characters


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
    shown = list(_rows(template)) if rows is None else rows
    context = {"template": template, "sheets": sheets, "rows": shown, "blank": Row.blank(), "kinds": kinds()}
    answer = page(request, "console/templating/places.html", context)
    answer.status_code = 400 if rows is not None else 200
    return answer


def _rows(template: Template) -> Iterator[Row]:
    for kind in template.types:
        for box in template.boxes_for(kind):
            width, height = template.pages[box.page - 1]
            yield Row.of(kind, field_of(box), box.x * width - box.w, box.y * height - box.h)


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
    rows, boxes = [*sent(request)][:MAX_PLACES], dict[str, list[Field]]()
    for row in rows:
        field = _field(found, row)
        if isinstance(field, str):
            row.error = field
        else:
            boxes.setdefault(row.type, []).append(field)
    if any(row.error for row in rows):
        return editor(request, found, rows)
    found.place(boxes)
    messages.success(request, _("The places are kept."))
    return HttpResponseRedirect(reverse("console:template", args=[found.public_id]))


def _positions(member: Member, public_id: str) -> Template:
    known = Template.objects.select_related("pdf").filter(kind=Template.Kind.POSITIONS)
    return get_object_or_404(known, organization=member.organization, public_id=public_id)


def _field(template: Template, row: Row) -> Field | str:
    """The place, or a sentence about what is wrong with it."""
    if len(row.type) > MAX_TYPE or not is_one_line(row.type):
        return _("The type must be one line of 100 characters at the most.")
    return row.field([PageSize(*size) for size in template.pages])
