"""What goes into a place, as editors write it: in a new process and in a template, with or without a tool."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rubrica.console.sending.tests.conftest import at, draft, olga, people, person, places, written
from rubrica.console.tests.test_templates import BASE, contract, html
from rubrica.console.typed_boxes import ASKED, PLACED
from rubrica.drafting.models import Draft
from rubrica.processes.models import SignatureBox
from rubrica.sealing.values import Box, Field

__all__ = ["draft", "olga", "written"]
Row = dict[str, str]


def row(whose: str, **asked: str) -> Row:
    return {"type": whose, "page": "1", "left": "60", "top": "500", "width": "120", "height": "20"} | asked


def sent(*rows: Row, **more: Any) -> dict[str, Any]:
    """As a browser sends them: each column in the order of the rows."""
    return {name: [one.get(name, "") for one in rows] for name in (*PLACED, *ASKED)} | more


TEXT = {"kind": "text", "label": "City", "required": "no", "letters": "20"}


def test_a_new_process_keeps_what_goes_into_each_place(olga: Client, written: Draft) -> None:
    paper = written.papers.get().pk
    rows = [row("ana"), row("ana", **TEXT), row("ana", kind="checkbox", label="I agree", letters="5"),
            row("ana", kind="date", required="no"), row("ana", kind="signature", label="x", required="no")]  # fmt: skip
    assert olga.post(at("save_draft_places", written), sent(*rows, paper=paper)).status_code == 302
    written.refresh_from_db()
    kept = [(one.kind, one.name, one.required, one.max_length) for one in written.written.places]
    assert kept == [("signature", "", True, None), ("text", "City", False, 20), ("checkbox", "I agree", True, None),
                    ("date", "", True, None), ("signature", "", True, None)]  # fmt: skip
    page = html(olga.get(at("draft_places", written)))
    assert 'value="City"' in page and '<option value="text" data-width="170" data-height="20" selected>' in page
    shown = html(olga.get(at("draft_review", written)))
    assert "3 fields to fill in" in shown and "&quot;kind&quot;: &quot;text&quot;" in shown
    assert olga.post(at("send_draft", written)).status_code == 302
    process = written.organization.processes.get()
    fields = SignatureBox.objects.filter(document__process=process, kind="text")
    assert [(box.name, box.required, box.max_length) for box in fields] == [("City", False, 20)]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"kind": "stamp"}, "Choose what goes there."),
        ({"kind": "text"}, "Write what this is for"),
        ({"kind": "checkbox", "label": " "}, "Write what this is for"),
        ({**TEXT, "label": "x" * 101}, "one line of 100 characters"),
        ({**TEXT, "letters": "0"}, "1 to 1000 letters"),
        ({**TEXT, "letters": "1001"}, "1 to 1000 letters"),
        ({**TEXT, "letters": "many"}, "1 to 1000 letters"),
    ],
)
def test_what_does_not_hold_is_said_beside_its_place(
    olga: Client, written: Draft, asked: dict[str, str], said: str
) -> None:
    before = written.written.places
    answer = olga.post(at("save_draft_places", written), sent(row("ana", **asked), paper=written.papers.get().pk))
    assert answer.status_code == 400 and said in html(answer)
    written.refresh_from_db()
    assert written.written.places == before


def test_who_approves_gets_no_fields(olga: Client, written: Draft) -> None:
    cards = person("ana", "Ana"), person("benito", "Benito", role="approver")
    olga.post(at("save_draft_people", written), people(*cards))
    paper = written.papers.get().pk
    answer = olga.post(at("save_draft_places", written), sent(row("benito", **TEXT), paper=paper))
    assert answer.status_code == 400 and "Only who signs can fill in fields." in html(answer)


def test_rows_without_a_kind_are_signatures(olga: Client, written: Draft) -> None:
    paper = written.papers.get().pk
    olga.post(at("save_draft_places", written), places(paper, ("ana", "1", "60", "500", "120", "20")))
    written.refresh_from_db()
    assert [one.kind for one in written.written.places] == ["signature"]


def test_a_template_keeps_its_fields_and_a_draft_begins_with_them(olga: Client) -> None:
    template = contract(olga)
    rows = [row("tenant"), row("tenant", **TEXT), row("tenant", kind="initials", label="")]
    assert olga.post(f"{BASE}/{template.public_id}/places", sent(*rows)).status_code == 302
    template.refresh_from_db()
    sign, text, initials = template.boxes_for("tenant")
    assert type(sign) is Box and isinstance(text, Field) and isinstance(initials, Field)
    assert (text.kind, text.name, text.required, text.max_length) == ("text", "City", False, 20)
    assert 'value="City"' in html(olga.get(f"{BASE}/{template.public_id}"))
    answer = olga.post(reverse("console:begin_draft"), {"way": "template", "template": template.public_id})
    assert answer.status_code == 302, html(answer)
    begun = Draft.objects.get()
    assert [(one.kind, one.name) for one in begun.written.places] == [
        ("signature", ""),
        ("text", "City"),
        ("initials", ""),
    ]
