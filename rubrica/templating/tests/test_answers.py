"""Every type of question, every validation and every condition (contract/auco.md §10.3)."""

import base64
import time
from typing import Any

import pytest

from rubrica.templating.questions import QuestionType
from rubrica.templating.tests.examples import TODAY, answer, one, question, read
from tests.sending import picture


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("text", " two\nlines ", "two\nlines"),
        ("name", "juan pérez", "juan pérez"),
        ("name", "two\nlines", "CHARACTERS"),
        ("text", "x" * 20_001, "TOO_LONG"),
        ("email", "Ana@Example.COM", "ana@example.com"),
        ("email", "ana@", "EMAIL"),
        ("phone", "+57 (300) 123-4567", "+573001234567"),
        ("phone", "3001234567", "PHONE"),
        ("number", "5000", "5000"),
        ("number", "1.234.567,50", "1234567.5"),
        ("number", "-3,5", "-3.5"),
        ("number", "five", "NUMBER"),
        ("number", "9" * 19, "NUMBER"),
        ("number", "NaN", "NUMBER"),
        ("currency", "$ 1.500.000", "1500000"),
        ("date", "2024-01-15", "2024-01-15"),
        ("date", "15/01/2024", "2024-01-15"),
        ("date", "31/02/2024", "DATE"),
        ("date", "01-15-2024", "DATE"),
        ("nit", "900.123.456-7", "9001234567"),
        ("nit", "9001x", "NIT"),
        ("identification", "cc 1.084.340.519", "CC 1084340519"),
        ("identification", "XX 123456", "IDENTIFICATION_TYPE"),
        ("identification", "CC", "IDENTIFICATION"),
        ("department", "antioquia", "Antioquia"),
        ("department", "Texas", "CHOICE"),
        ("select", "a", "a"),
        ("select", "Letter A", "a"),
        ("select", "c", "CHOICE"),
        ("searchlist", "argentina", "AR"),
        ("clausula", "no", "no"),
        ("clausula", "perhaps", "CHOICE"),
        ("check", "insurance,cleaning", "cleaning, insurance"),
        ("check", "cleaning, gold", "CHOICE"),
        ("request", "ABC-1", "ABC-1"),
        ("signature", "Ana Ruiz", "Ana Ruiz"),
        ("image", "data:image/png;base64,AAAA", "IMAGE"),
        ("image", "https://elsewhere.example/a.png", "IMAGE"),
        ("image", "data:image/svg+xml;base64,AAAA", "IMAGE"),
    ],
)
def test_each_type_is_kept_in_its_form(kind: str, given: str, kept: str) -> None:
    assert one(kind, given) == kept


def test_every_type_is_tried_above() -> None:
    kinds = set(QuestionType.__args__)  # type: ignore[attr-defined]
    marks: Any = test_each_type_is_kept_in_its_form
    tried = {case[0] for case in marks.pytestmark[0].args[1]}
    assert kinds == tried


def uri(content: bytes, kind: str = "jpeg") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def test_a_picture_is_what_its_bytes_are() -> None:
    assert one("image", uri(picture(), "png")).startswith("data:image/jpeg;base64,")
    assert one("image", uri(b"\xff\xd8\xff" + b"x" * (8 << 20))) == "IMAGE_TOO_LARGE"


@pytest.mark.parametrize(
    ("allow", "drawn", "typed"), [(["draw"], "data", "SIGNATURE_KIND"), (["font"], "SIGNATURE_KIND", "Ana")]
)
def test_a_signature_is_made_in_an_allowed_way(allow: list[str], drawn: str, typed: str) -> None:
    assert one("signature", uri(picture()), allow=allow).startswith(drawn)
    assert one("signature", "Ana", allow=allow) == typed


@pytest.mark.parametrize(
    ("rules", "given", "kept"),
    [
        ({"type": "text", "maxlength": 3}, "abcd", "TOO_LONG"),
        ({"type": "text", "maxlength": "3"}, "abc", "abc"),
        ({"type": "text", "regex": "^[A-Z]{3}-\\d{4}$"}, "ABC-1234", "ABC-1234"),
        ({"type": "text", "regex": "^[A-Z]{3}-\\d{4}$"}, "abc-1234", "PATTERN"),
        ({"type": "text", "regex": "(?<year>\\d{4})"}, "in 2024", "in 2024"),
        ({"type": "number", "min": "10"}, "9.99", "TOO_SMALL"),
        ({"type": "number", "max": 10}, "10,01", "TOO_LARGE"),
        ({"type": "currency", "min": "100000"}, "100.000", "100000"),
        ({"type": "date", "min": "now"}, "2024-03-14", "TOO_EARLY"),
        ({"type": "date", "min": "now"}, "2024-03-15", "2024-03-15"),
        ({"type": "date", "max": "2024-12-31"}, "2025-01-01", "TOO_LATE"),
        ({"type": "date", "subYears": 18}, "2006-03-16", "TOO_YOUNG"),
        ({"type": "date", "subYears": 18}, "2006-03-15", "2006-03-15"),
        ({"type": "date", "subDays": 30}, "2024-02-15", "TOO_RECENT"),
        ({"type": "date", "subDays": 30}, "2024-02-14", "2024-02-14"),
        ({"type": "date", "afterSubYears": 1}, "2025-03-14", "TOO_SOON"),
        ({"type": "date", "afterSubYears": 1}, "2025-03-15", "2025-03-15"),
        ({"type": "phone", "country": "co"}, "300 123 4567", "+573001234567"),
        ({"type": "phone", "country": "co"}, "+52 55 1234 5678", "PHONE_COUNTRY"),
        ({"type": "identification", "country": "MX"}, "CC 123456", "IDENTIFICATION_TYPE"),
        ({"type": "department", "country": "MX"}, "Jalisco", "Jalisco"),
        ({"type": "department", "country": "MX"}, "Antioquia", "CHOICE"),
    ],
)
def test_each_validation(rules: dict[str, Any], given: str, kept: str) -> None:
    assert one(rules["type"], given, **{name: value for name, value in rules.items() if name != "type"}) == kept


def test_a_group_must_not_add_up_to_more() -> None:
    group = {"id": "shares", "max": 100, "errorMessage": "Not over 100%"}
    shares = [question("number", name, groupQuestion=group) for name in ("first", "second")]
    assert answer(*shares, first="60", second="40").faults == []
    faults = answer(*shares, first="60", second="40.5").faults
    assert {(fault.path[0], fault.code, fault.message) for fault in faults} == {
        ("first", "group", "Not over 100%"),
        ("second", "group", "Not over 100%"),
    }


def test_a_pattern_that_takes_for_ever_fails_its_own_question_and_no_other() -> None:
    questions = [question(name="slow", regex="^(a+)+$"), question(name="quick", regex="^b$")]
    begun = time.monotonic()
    found = answer(*questions, slow="a" * 60 + "!", quick="b")
    assert {fault.path[0] for fault in found.faults} == {"slow"}
    assert time.monotonic() - begun < 30


def test_what_must_be_answered() -> None:
    found = answer(question(name="a"), question(name="b"), question("signature", "s"), sign=("a",), b="")
    assert {fault.path[0]: fault.code for fault in found.faults} == {"a": "required", "s": "required"}
    assert answer(question(name="a"), sign=("a",), partial=True).faults == []


def test_a_default_stands_where_nothing_is_said() -> None:
    assert answer(question("clausula", "c", value="no")).values == {"c": "no"}
    assert answer(question("clausula", "c", value="no"), c="").values == {}
    assert answer(question("check", "c", select=["cleaning"])).values == {"c": "cleaning"}


CLAUSE = question("clausula", "kind", options=[{"value": "person"}, {"value": "company"}, {"value": "group"}])


@pytest.mark.parametrize(("kind", "asked"), [("person", False), ("company", True), ("", False)])
def test_a_condition(kind: str, asked: bool) -> None:
    nit = question("nit", "nit", prereq=[{"k": "kind", "v": "company"}])
    found = answer(CLAUSE, nit, sign=("nit",), kind=kind, nit="900123456-7")
    assert ("nit" in found.asked) is asked
    assert ("nit" in found.values) is asked  # what is not asked is dropped
    assert found.faults == []


@pytest.mark.parametrize(("kind", "asked"), [("person", False), ("company", True), ("group", True)])
def test_one_of_several_values(kind: str, asked: bool) -> None:
    either = ["kind_company", "kind_group"]
    for more in ({"prereq": [{"k": "kind", "v": "company"}], "prereqOptionals": either}, {"prereqOptionals": either}):
        assert ("nit" in answer(CLAUSE, question("nit", "nit", **more), kind=kind).asked) is asked


def test_all_conditions_must_hold() -> None:
    second = question("clausula", "second")
    both = question(name="both", prereq=[{"k": "kind", "v": "company"}, {"k": "second", "v": "yes"}])
    assert "both" in answer(CLAUSE, second, both, kind="company", second="yes").asked
    assert "both" not in answer(CLAUSE, second, both, kind="company", second="no").asked


def test_a_clause_that_is_not_asked_has_no_answer() -> None:
    inner = question("clausula", "inner", value="yes", prereq=[{"k": "kind", "v": "company"}])
    last = question(name="last", prereq=[{"k": "inner", "v": "yes"}])
    assert "last" in answer(CLAUSE, inner, last, kind="company").asked
    assert "last" not in answer(CLAUSE, inner, last, kind="person", inner="yes").asked


def test_many_nested_conditions_are_judged_once_each() -> None:
    chain = [question("clausula", "c0", value="yes")]
    for number in range(1, 120):
        before = chain[-3:]
        chain.append(question("clausula", f"c{number}", value="yes",
                              prereq=[{"k": one["name"], "v": "yes"} for one in before]))  # fmt: skip
    begun = time.monotonic()
    assert len(answer(*chain).asked) == 120
    assert time.monotonic() - begun < 5


def test_answers_are_text_whatever_they_say() -> None:
    hostile = ["<script>alert(1)</script>", "{{ secret }}", "%(name)s", "'; DROP TABLE x; --", "\u202egnp.exe"]
    for text in hostile:
        assert one("text", text) == text
    assert one("text", "nul\0") == "CHARACTERS"
    assert read(question()).by_name["q"].name == "q" and TODAY.year == 2024
