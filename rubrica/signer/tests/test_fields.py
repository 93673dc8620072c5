"""Fields over a participant's own API and page (docs/api-own.md)."""

import base64
import io
import re
from typing import Any

import pytest
from PIL import Image

from rubrica.processes.models import Process, Signature, SignatureBox
from rubrica.processes.sending import Place
from rubrica.sealing.values import Box, Field
from rubrica.signer import fields
from rubrica.signer.tests.phones import phone, says
from tests import sending
from tests.cast import Acme
from tests.sending import drawing, person, picture, somebody

SIGN = Place(Box(1, 0.5, 0.9, 150, 50), ())
PLACES = [
    SIGN,
    Place(Field(1, 0.5, 0.5, 120, 20, "text", "City", max_length=20), ()),
    Place(Field(2, 0.5, 0.6, 300, 60, "text", "Remarks", required=False), ()),
    Place(Field(1, 0.2, 0.7, 16, 16, "checkbox", "I agree"), ()),
    Place(Field(2, 0.9, 0.9, 60, 36, "initials"), ()),
    Place(Field(2, 0.5, 0.9, 130, 20, "date"), ()),
]


@pytest.fixture
def process(acme: Acme) -> Process:
    return sending.start_signing(acme, person("Ana Pérez", places=PLACES), person("Benito"))


def wanted(process: Process) -> dict[str, Any]:
    """The fields of the state, by what they are for or by their kind."""
    (document,) = phone(process).state()["documents"]
    return {field["name"] or field["kind"]: field for field in document["fields"]}


def filled(process: Process, **more: Any) -> dict[str, Any]:
    known = wanted(process)
    values = {known["City"]["id"]: "Cali", known["I agree"]["id"]: True}
    return {"fields": values, "initials": {"kind": "type", "text": "AP"}} | more


def test_the_state_says_what_is_asked_and_where(process: Process) -> None:
    state = phone(process).state()
    (document,) = state["documents"]
    assert len(document["boxes"]) == len(state["boxes"]) == 1
    city = wanted(process)["City"]
    place = {name: round(city[name], 4) for name in ("x", "y", "w", "h")}
    assert place == {"x": 0.3039, "y": 0.4747, "w": 0.1961, "h": 0.0253}
    assert (city["kind"], city["page"], city["required"], city["maxLength"], city["value"]) == (
        "text",
        1,
        True,
        20,
        None,
    )
    assert wanted(process)["date"]["value"] and wanted(process)["I agree"]["value"] is False
    (others,) = phone(process, "Benito").state()["documents"]
    assert others["fields"] == []


def test_values_come_with_the_signature(process: Process) -> None:
    answer = phone(process).sign(**filled(process))
    assert answer.status_code == 200, answer.content
    assert wanted(process)["City"]["value"] == "Cali" and wanted(process)["I agree"]["value"] is True
    assert Signature.objects.get().initials_text == "AP"


def test_without_them_nothing_is_signed_and_the_answer_names_them(process: Process) -> None:
    answer = phone(process).sign()
    says(answer, 400, "FIELDS_MISSING")
    known = wanted(process)
    assert answer.json()["fields"] == [known[name]["id"] for name in ("City", "I agree", "initials")]
    assert "City, I agree, Initials" in answer.json()["detail"]
    says(phone(process).sign(**filled(process, fields={known["City"]["id"]: 5})), 400, "FIELD_INVALID")
    assert not Signature.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"fields": []}, {"fields": "x"}, {"initials": []}, {"initials": {"kind": "type", "text": " "}},
     {"initials": {"kind": "type", "text": "x" * 21}}, {"initials": {"kind": "draw"}}, {"initials": {"kind": []}},
     {"initials": {"kind": "type", "text": "A\nB"}}],
)  # fmt: skip
def test_what_has_another_form_is_refused(process: Process, wrong: dict[str, Any]) -> None:
    says(phone(process).sign(**filled(process, **wrong)), 400, "FIELD_INVALID")
    assert not Signature.objects.exists()


def test_initials_are_drawn(process: Process) -> None:
    assert phone(process).sign(**filled(process, initials={"kind": "draw", "image": drawing()})).status_code == 200
    signature = Signature.objects.get()
    assert signature.initials_text == "" and signature.initials != signature.image
    assert Image.open(io.BytesIO(sending.content(signature.initials))).size == (100, 4)


def test_initials_are_taken_from_a_drawn_signature(process: Process) -> None:
    body = filled(process, initials={"kind": "signature"}, kind="draw", image=drawing(), text=None)
    assert phone(process).sign(**body).status_code == 200
    signature = Signature.objects.get()
    assert signature.image and signature.initials and signature.initials.sha256 == signature.image.sha256


def test_initials_are_taken_from_a_typed_name(process: Process) -> None:
    assert phone(process).sign(**filled(process, initials={"kind": "signature"})).status_code == 200
    assert (Signature.objects.get().initials_text, Signature.objects.get().initials) == ("AP", None)


def test_initials_from_a_typed_name_are_sealed_as_they_were_shown(process: Process) -> None:
    shown = {"kind": "signature", "image": drawing()}
    assert phone(process).sign(**filled(process, initials=shown)).status_code == 200
    signature = Signature.objects.get()
    assert signature.initials_text == "AP"
    assert Image.open(io.BytesIO(sending.content(signature.initials))).size == (100, 4)


def test_a_picture_beside_a_drawn_signature_is_not_what_its_initials_are(process: Process) -> None:
    shown = {"kind": "signature", "image": base64.b64encode(picture(color="red")).decode()}
    body = filled(process, initials=shown, kind="draw", image=drawing(), text=None)
    assert phone(process).sign(**body).status_code == 200
    signature = Signature.objects.get()
    assert signature.image and signature.initials and signature.initials.sha256 == signature.image.sha256


def test_the_page_leads_to_initials_in_whichever_way_they_come(process: Process) -> None:
    page = phone(process).get("").content.decode()
    assert 'href="#initials"' in page and re.search(r'<legend[^>]* id="initials" tabindex="-1"', page)


@pytest.mark.parametrize(
    ("name", "letters"), [("Ana María Pérez", "AMP"), ("李 小龙", "李小"), ("ñandú", "Ñ"), ("🙂", "")]
)
def test_the_letters_of_a_name(name: str, letters: str) -> None:
    assert fields.initials_of(name) == letters


def test_the_page_has_an_input_with_a_label_for_each(process: Process) -> None:
    page = phone(process).get("").content.decode()
    known = wanted(process)
    for name in ("City", "Remarks", "I agree"):
        field = known[name]["id"]
        assert (
            f'for="field-{field}">{name}' in page and f'id="field-{field}" name="field-{field}" form="signing"' in page
        )
    assert 'maxlength="20"' in page and "<textarea" in page and "<rb-initials" in page and 'value="AP"' in page
    assert known["date"]["value"] in page
    assert "<rb-initials" not in phone(process, "Benito").get("").content.decode()


def test_a_form_that_a_browser_posts_by_itself_says_the_same(process: Process) -> None:
    known = wanted(process)
    posted = {f"field-{known['City']['id']}": "Cali", f"field-{known['I agree']['id']}": "on", "initials": "AP"}
    assert fields.from_form(somebody(process), posted) == {
        "fields": {known["City"]["id"]: "Cali", known["Remarks"]["id"]: "", known["I agree"]["id"]: True},
        "initials": {"kind": "type", "text": "AP"},
    }


def test_nothing_is_asked_of_others(process: Process) -> None:
    box = SignatureBox.objects.filter(kind="text")[0]
    says(phone(process, "Benito").sign(fields={str(box.pk): "Cali"}), 400, "FIELD_INVALID")
