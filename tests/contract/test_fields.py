"""Fields to fill in: our extension of ``position`` in the Auco dialect, over HTTP from sending to signing."""

from typing import Any

import pytest

from rubrica.processes.models import Process, SignatureBox
from rubrica.sealing.values import Box, Field
from rubrica.signer.tests.phones import phone
from tests import pdfs
from tests.contract import seeds
from tests.contract.calls import Auco
from tests.contract.test_document_upload import accepted, positions, refused
from tests.sending import somebody

PLACE = {"page": 1, "x": 0.5, "y": 0.8, "w": 100, "h": 50}
TEXT = {"page": 1, "x": 0.5, "y": 0.5, "w": 120, "h": 20, "kind": "text", "name": "City", "maxLength": 20}
TICK = {"page": 2, "x": 0.2, "y": 0.7, "w": 16, "h": 16, "kind": "checkbox", "name": "I agree", "required": False}


def body(*places: dict[str, Any]) -> dict[str, Any]:
    """Ana has these places, Benito one to sign in."""
    made = seeds.upload()
    made["signProfile"][0]["position"] = [PLACE, *places]
    return made


def test_fields_are_sent_and_filled_in(auco: Auco) -> None:
    initials = {"page": 2, "x": 0.9, "y": 0.9, "w": 60, "h": 36, "kind": "initials"}
    code = accepted(auco, body(TEXT, TICK, initials, initials | {"kind": "date", "x": 0.5}))["document"]
    process = Process.objects.get(documents__code=code)
    ana = phone(process, "Ana")
    (document,) = ana.state()["documents"]
    asked = [(one["kind"], one["name"], one["required"], one["page"]) for one in document["fields"]]
    assert asked == [
        ("text", "City", True, 1),
        ("checkbox", "I agree", False, 2),
        ("initials", "", True, 2),
        ("date", "", True, 2),
    ]
    known = {one["name"]: one["id"] for one in document["fields"]}
    missing = ana.sign(initials={"kind": "type", "text": "AP"})
    assert (missing.status_code, missing.json()["message"]) == (400, "FIELDS_MISSING")
    assert missing.json()["fields"] == [known["City"]]
    answer = ana.sign(fields={known["City"]: "Cali"}, initials={"kind": "type", "text": "AP"})
    assert answer.status_code == 200 and somebody(process, "Ana").status == "FINISH"
    assert SignatureBox.objects.get(name="City").value == "Cali"


@pytest.mark.parametrize(
    ("place", "field", "code"),
    [
        ({**TEXT, "kind": "stamp"}, "kind", "literal_error"),
        ({**TEXT, "name": None}, "name", "required"),
        ({**TEXT, "name": "x" * 101}, "name", "string_too_long"),
        ({**TEXT, "name": "two\nlines"}, "name", "invalid"),
        ({**TEXT, "required": "yes"}, "required", "bool_type"),
        ({**TEXT, "maxLength": 0}, "maxLength", "greater_than_equal"),
        ({**TEXT, "maxLength": 1001}, "maxLength", "less_than_equal"),
        ({**TICK, "maxLength": 5}, "maxLength", "not_accepted"),
        ({**TEXT, "kind": "date", "maxLength": None, "required": False}, "required", "not_accepted"),
        ({**TEXT, "page": 3}, "page", "out_of_range"),
    ],
)
def test_what_is_wrong_is_named(auco: Auco, place: dict[str, Any], field: str, code: str) -> None:
    assert refused(auco, body(place)) == {f"signProfile[0].position[1].{field}": code}


def test_who_approves_fills_in_nothing(auco: Auco) -> None:
    made = body(TEXT)
    made["signProfile"][0]["role"] = "APPROVER"
    assert refused(auco, made) == {"signProfile[0].position[1].kind": "signers_only"}


def test_templates_bring_their_fields(auco: Auco) -> None:
    template = positions(auco)
    field = Field(2, 0.5, 0.9, 120, 20, "text", "City", True, 20)
    template.place({"deudor": [Box(1, 0.5, 0.5, 100, 40), field], "codeudor": [Box(2, 0.9, 0.9, 100, 40)]})
    template.refresh_from_db()
    assert template.boxes_for("deudor") == [Box(1, 0.5, 0.5, 100, 40), field]
    made = seeds.upload()
    del made["file"]
    made["document"] = template.public_id
    for person, kind in zip(made["signProfile"], ("deudor", "codeudor"), strict=True):
        del person["position"]
        person["type"] = kind
    accepted(auco, made)
    kept = SignatureBox.objects.get(kind="text")
    assert kept.field == field and kept.participant.name.startswith("Ana")


def test_they_wait_for_a_document_that_comes_later(auco: Auco) -> None:
    made = body(TEXT)
    del made["file"]
    made["compress"] = True
    answer = accepted(auco, made)
    process = Process.objects.get(documents__code=answer["document"])
    put: Any = auco.client.put(answer["url"].removeprefix("http://127.0.0.1:8000"), pdfs.contract(), "application/pdf")
    assert put.status_code == 200, put.content
    kinds = list(SignatureBox.objects.filter(participant=somebody(process, "Ana")).values_list("kind", flat=True))
    assert kinds == ["signature", "text"]
