"""Fields on the pages: what can be asked, what is taken for it, and where it is told."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rubrica.processes import fields
from rubrica.processes.binding import order
from rubrica.processes.errors import Invalid
from rubrica.processes.fields import FieldsRefused, Filling, Initials
from rubrica.processes.models import Event, Participant, Process, SignatureBox
from rubrica.processes.reopening import take_back
from rubrica.processes.sending import Place
from rubrica.sealing.values import Box, Field, FilledField
from tests import sending
from tests.cast import Acme
from tests.sending import REVIEWER, person, somebody

SIGN = Place(Box(1, 0.5, 0.9, 150, 50), ("sign",))


def asked(kind: Any, name: str = "", page: int = 1, **more: Any) -> Place:
    return Place(Field(page, 0.5, 0.5, 120, 20, kind, name, **more), ("asked",))


def sent(acme: Acme, *places: Place, **more: Any) -> Process:
    return sending.start_signing(acme, person("Ana", places=[SIGN, *places]), **more)


def ids(process: Process) -> dict[str, str]:
    """By what each field is for, or by its kind."""
    return {box.name or box.kind: str(box.pk) for box in SignatureBox.objects.filter(document__process=process)}


def sign(process: Process, values: dict[str, Any] | None = None, initials: Initials | None = None) -> Participant:
    ana = somebody(process)
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor(), filling=Filling(values or {}, initials))
    return somebody(process)


def test_it_works(acme: Acme) -> None:
    every = [asked("initials", page=1), asked("initials", page=2), asked("date"), asked("text", "City", max_length=20),
             asked("checkbox", "I want a copy", required=False)]  # fmt: skip
    process = sent(acme, *every)
    known = ids(process)
    sign(process, {known["City"]: "  Bogotá\r\nD. C. ", known["I want a copy"]: True}, Initials("type", "AP"))
    kept = {box.name or box.kind: box.value for box in SignatureBox.objects.filter(document__process=process)}
    day = fields.today("en")
    assert kept == {"signature": None, "initials": "AP", "date": day, "City": "Bogotá\nD. C.", "I want a copy": "true"}
    code = process.documents.get().code
    assert process.events.get(kind=Event.Kind.SIGNED).data["fields"] == [
        {"document": code, "kind": "initials", "name": "", "value": "AP", "pages": [1, 2]},
        {"document": code, "kind": "date", "name": "", "value": day, "pages": [1]},
        {"document": code, "kind": "text", "name": "City", "value": "Bogotá\nD. C.", "pages": [1]},
        {"document": code, "kind": "checkbox", "name": "I want a copy", "value": "true", "pages": [1]},
    ]
    (bound,) = order(process.documents.get()).participants
    assert bound.boxes == (SIGN.box,) and bound.initials is not None and bound.initials.text == "AP"
    assert FilledField(1, 0.5, 0.5, 120, 20, "text", "City", True, 20, "Bogotá\nD. C.") in bound.fields


@pytest.mark.parametrize(
    ("place", "path", "code"),
    [
        (asked("text"), ("asked", "name"), "required"),
        (asked("checkbox", "  "), ("asked", "name"), "required"),
        (asked("date", required=False), ("asked", "required"), "not_accepted"),
        (asked("signature", required=False), ("asked", "required"), "not_accepted"),
        (asked("date", max_length=3), ("asked", "maxLength"), "not_accepted"),
    ],
)
def test_what_nobody_could_fill_in_is_refused(acme: Acme, place: Place, path: tuple[str, ...], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        sent(acme, place)
    assert [(one.path, one.code) for one in refused.value.problems] == [(path, code)]
    assert not Process.objects.exists()


def test_only_who_signs_has_fields(acme: Acme) -> None:
    carla = person("Carla", role="approver", places=[asked("text", "City")])
    with pytest.raises(Invalid) as refused:
        sending.start_signing(acme, person("Ana"), carla)
    assert [(one.path, one.code) for one in refused.value.problems] == [(("asked", "kind"), "signers_only")]


def test_who_has_fields_and_no_place_to_sign_signs_on_a_page_of_their_own(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana", places=[asked("text", "City")]))
    boxes = list(SignatureBox.objects.filter(document__process=process).values_list("kind", "page"))
    assert boxes == [("text", 1), ("signature", 3)]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (lambda known: {}, "FIELDS_MISSING"),
        (lambda known: {known["City"]: " \n "}, "FIELDS_MISSING"),
        (lambda known: {known["City"]: "x" * 21}, "FIELD_INVALID"),
        (lambda known: {known["City"]: True}, "FIELD_INVALID"),
        (lambda known: {known["City"]: "a\0b"}, "FIELD_INVALID"),
        (lambda known: {known["City"]: "Cali", known["Copy"]: "yes"}, "FIELD_INVALID"),
        (lambda known: {known["City"]: "Cali", known["date"]: "tomorrow"}, "FIELD_INVALID"),
        (lambda known: {known["City"]: "Cali", known["signature"]: "x"}, "FIELD_INVALID"),
        (lambda known: {known["City"]: "Cali", "0": "x"}, "FIELD_INVALID"),
    ],
)
def test_what_is_missing_or_does_not_fit_leaves_nothing(acme: Acme, given: Any, code: str) -> None:
    process = sent(acme, asked("text", "City", max_length=20), asked("checkbox", "Copy", required=False), asked("date"))
    before = process.chain_length
    with pytest.raises(FieldsRefused) as refused:
        sign(process, given(ids(process)))
    assert refused.value.code == code and refused.value.fields
    process.refresh_from_db()
    assert process.chain_length == before and not hasattr(somebody(process), "signature")
    assert not SignatureBox.objects.exclude(value=None).exists()


def test_a_checkbox_may_be_compulsory(acme: Acme) -> None:
    process = sent(acme, asked("checkbox", "I agree"))
    known = ids(process)
    with pytest.raises(FieldsRefused, match="I agree"):
        sign(process, {known["I agree"]: False})
    assert sign(process, {known["I agree"]: True}).status == "FINISH"


def test_initials_are_missed_where_they_are_asked(acme: Acme) -> None:
    process = sent(acme, asked("initials"))
    with pytest.raises(FieldsRefused):
        sign(process)
    sign(process, None, Initials("type", "AP"))
    assert somebody(process).signature.initials_text == "AP"


def test_a_text_without_a_length_takes_as_much_as_is_legible_in_its_box() -> None:
    assert fields.capacity(Box(1, 1, 1, 170, 20)) == 96  # two lines of 48 letters
    assert fields.capacity(Box(1, 1, 1, 5, 5)) == 10
    assert fields.capacity(Box(1, 1, 1, 600, 800)) == fields.MAX_LETTERS


@pytest.mark.parametrize(("language", "said"), [("es", "1 de marzo de 2030"), ("pt", "1 de Março de 2030")])
def test_the_date_is_that_of_where_the_organization_is(language: str, said: str) -> None:
    assert fields.today(language, datetime(2030, 3, 2, 4, 59, tzinfo=UTC)) == said


def test_what_was_filled_in_is_void_when_the_process_is_taken_back(acme: Acme) -> None:
    places = [SIGN, asked("text", "City")]
    people = [person("Ana", places=places), person("Benito")]
    process = sending.start_signing(acme, *people, kind=Process.Kind.DOCUMENT)
    sign(process, {ids(process)["City"]: "Cali"})
    assert SignatureBox.objects.exclude(value=None).exists()
    take_back(process, REVIEWER)
    assert not SignatureBox.objects.exclude(value=None).exists()
