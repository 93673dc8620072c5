"""Which column is what, and what a row makes of what is written."""

import tracemalloc

import pytest

from rubrica.bulk import columns
from rubrica.bulk.columns import Chosen
from rubrica.bulk.filling import Form
from rubrica.bulk.tests.conftest import ASKED, CHOSEN, HEADINGS
from rubrica.drafting.content import Content, Person
from rubrica.templating.definition import Definition

TWO = Content(name="Lease", people=[Person(id="t", kind="Tenant"), Person(id="l", kind="Landlord")])


@pytest.mark.parametrize(
    ("content", "headings", "found"),
    [
        (ASKED, ["Correo electrónico", "Nombre", "Celular"], {"one.email": 0, "one.name": 1, "one.phone": 2}),
        (ASKED, ["E-mail", "Idioma", "nothing"], {"one.email": 0, "one.language": 1}),
        (ASKED, ["name", "name", "email"], {"one.name": 0, "one.email": 2}),
        (TWO, ["Tenant name", "tenant e-mail", "Landlord name"], {"t.name": 0, "t.email": 1, "l.name": 2}),
        (TWO, ["email 1", "Email2", "Nombre", "Proceso"], {"t.email": 0, "l.email": 1, "t.name": 2, "process.name": 3}),
        (TWO, ["", "", ""], {}),
    ],
)
def test_headings_say_what_a_column_is(content: Content, headings: list[str], found: dict[str, int]) -> None:
    assert columns.guess(columns.targets(content, None), headings) == found


def fill(*cells: str, country: str = "", content: Content = ASKED) -> Person | list[str]:
    form = Form(content, HEADINGS, CHOSEN.model_copy(update={"country": country}), papers=0)
    filled = form.fill(cells)
    return [f"{wrong.key}: {wrong.spoken(str)}" for wrong in filled.wrong] or filled.content.people[0]


@pytest.mark.parametrize(
    ("typed", "country", "called"),
    [
        ("+57 300 123-4567", "", "+573001234567"),
        ("0057 300 123 4567", "", "+573001234567"),
        ("573001234567", "57", "+573001234567"),
        ("3001234567", "57", "+573001234567"),
        ("01 71 23 45 67", "33", "+33171234567"),
    ],
)
def test_a_number_gets_its_country(typed: str, country: str, called: str) -> None:
    person = fill("Ana", "a@example.com", typed, country=country)
    assert isinstance(person, Person) and person.phone == called


@pytest.mark.parametrize(
    ("said", "language"), [("es", "es"), ("Inglés", "en"), ("PT-BR", "pt"), ("Español", "es"), ("", "")]
)
def test_a_language_is_named_in_any_of_the_three(said: str, language: str) -> None:
    person = fill("Ana", "a@example.com", "", said)
    assert isinstance(person, Person) and person.language == language


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("", "a@example.com"), "one.name: Write the name"),
        (("Ana", ""), "one.email: Write the e-mail"),
        (("Ana", "ana"), "one.email: This is not an e-mail"),
        (("x" * 201, "a@example.com"), "one.name: Write one line of 200"),
        (("Ana", "a@example.com", "300"), "one.phone: Write the number with its country"),
        (("Ana", "a@example.com", "", "Klingon"), "one.language: Write es, en or pt."),
    ],
)
def test_a_row_is_held_to_the_rules_of_a_single_sending(cells: tuple[str, ...], said: str) -> None:
    wrong = fill(*cells)
    assert isinstance(wrong, list) and wrong[0].startswith(said)


def test_words_in_braces_are_the_rows_own_and_other_braces_stay() -> None:
    content = ASKED.model_copy(update={"message": "Dear {name}, {e-mail} {who}"})
    filled = Form(content, HEADINGS, CHOSEN, papers=0).fill(["王小明", "wang@example.com"])
    assert filled.content.name == "Card of 王小明"
    assert filled.content.message == "Dear 王小明, wang@example.com {who}"


def test_an_empty_cell_leaves_what_is_written() -> None:
    content = Content(name="Lease", people=[Person(id="one", name="Ana", email="a@example.com", phone="+573001234567")])
    filled = Form(content, HEADINGS, CHOSEN, papers=1).fill(["", "", "", ""])
    assert (filled.content.people, filled.wrong) == (content.people, [])


def test_what_was_written_for_all_is_not_changed_by_a_row() -> None:
    form = Form(ASKED, HEADINGS, CHOSEN, papers=0)
    form.fill(["Ana", "a@example.com"])
    assert ASKED.people[0].name == "" and form.fill(["", ""]).content.people[0].name == ""


def test_a_name_that_is_too_long_with_its_words_is_said() -> None:
    filled = Form(ASKED, HEADINGS, Chosen(columns={**CHOSEN.columns, "process.name": 2}), papers=0)
    assert filled.fill(["Ana", "a@example.com", "x" * 301]).wrong[0].key == "process.name"


@pytest.mark.parametrize("name", ["name", "subject", "message"])
def test_braces_do_not_multiply_what_a_cell_holds(name: str) -> None:
    """A hundred million characters out of a few thousand: it is refused before they are made."""
    content = ASKED.model_copy(update={name: "{Name}" * (50 if name != "message" else 3000)})
    tracemalloc.start()
    filled = Form(content, HEADINGS, CHOSEN, papers=0).fill(["x" * 20_000, "a@example.com"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    wanted = ("", "20,000") if name == "message" else ("process.name", "300")
    assert any(wrong.key == wanted[0] and wanted[1] in wrong.sentence for wrong in filled.wrong)
    assert getattr(filled.content, name) == getattr(content, name) and peak < 900_000


QUESTIONS = Definition.model_validate(
    {
        "config": [
            {"name": "tenant", "description": "Name of the tenant", "type": "name"},
            {"name": "mail", "description": "E-mail of the tenant", "type": "email"},
            {"name": "since", "description": "Since when", "type": "date"},
        ],
        "sign": ["tenant", "mail"],
        "signatureProfile": [{"type": "tenant", "name": ["tenant"], "email": "mail"}],
    }
)
ANSWERED = Chosen(columns={"q.tenant": 0, "q.mail": 1, "q.since": 2})


def test_questions_of_a_template_are_answered_by_cells() -> None:
    form = Form(Content(name="Lease"), ["Tenant", "Mail", "Since"], ANSWERED, papers=0, definition=QUESTIONS)
    filled = form.fill(["Ana Pérez", "ana@example.com", "2026-03-01"])
    assert [(one.kind, one.name, one.email) for one in filled.content.people] == [
        ("tenant", "Ana Pérez", "ana@example.com")
    ]
    assert filled.answers == {"tenant": "Ana Pérez", "mail": "ana@example.com", "since": "2026-03-01"}
    wrong = form.fill(["Ana Pérez", "ana", "soon"]).wrong
    assert {one.key for one in wrong} == {"q.mail", "q.since"}
