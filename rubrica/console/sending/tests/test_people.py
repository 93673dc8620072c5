"""Step 2: what is typed is said at its field where it is wrong, and then nothing is kept."""

import pytest
from django.test import Client
from django.utils import translation

from rubrica.console.sending import pasting
from rubrica.console.sending.tests.conftest import Typed, at, people, person
from rubrica.drafting.models import Draft
from tests import sending
from tests.cast import Acme


def post(olga: Client, draft: Draft, typed: Typed) -> str:
    answer = olga.post(at("save_draft_people", draft), typed)
    draft.refresh_from_db()
    return answer.text if answer.status_code == 400 else str(answer.status_code)


def test_people_are_kept_as_they_were_typed(olga: Client, draft: Draft) -> None:
    ana = person("ana", " Ana  Pérez ", phone="+57 300 123-4567", files=["ID card", "Payslip?"], pictures="both_sides",
                 language="pt")  # fmt: skip
    assert post(olga, draft, people(ana, person("rita", "Rita", role="reader"), ordering="steps")) == "302"
    found = draft.written
    assert (found.ordering, [one.name for one in found.people]) == ("steps", ["Ana Pérez", "Rita"])
    assert (found.people[0].phone, found.people[0].language) == ("+573001234567", "pt")
    assert [(file.name, file.optional) for file in found.people[0].files] == [("ID card", False), ("Payslip", True)]
    assert found.people[0].checks == ["photo", "identification", "identificationBack"]
    assert found.people[1].checks == []
    shown = olga.get(at("draft_people", draft)).text
    assert 'value="Ana Pérez"' in shown and 'value="Payslip"' in shown


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": "ana"}, "This is not an e-mail address"),
        ({"name": "A" * 201}, "one line of 200 characters"),
        ({"phone": "300 123"}, "Write the number with its country"),
        ({"step": "x"}, "Write a number from 0 to 10000"),
        ({"files": ["ID card", "ID card"]}, "Two files have the same name"),
        ({"files": ["x" * 201]}, "one line of 200 characters"),
        ({"name": ""}, "Write the name of this person"),
        ({"email": ""}, "Write the e-mail address of this person"),
        ({"code": "sms"}, "The code goes to a telephone"),
        ({"email": "Luis@Example.com"}, "Everybody needs their own"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    olga: Client, draft: Draft, typed: Typed, said: str
) -> None:
    cards = person("luis", "Luis"), person("ana", **{"name": "Ana", **typed})
    page = post(olga, draft, people(*cards, ordering="steps"))
    assert said in page and 'aria-invalid="true"' in page and 'value="Luis"' in page
    assert draft.written.people == []


def test_a_draft_may_lack_things(olga: Client, draft: Draft) -> None:
    assert post(olga, draft, people(person("ana", "Ana", email=""), do="save")) == "302"
    assert [one.name for one in draft.written.people] == ["Ana"]
    assert "Ana: Write the e-mail address of this person." in olga.get(at("draft_review", draft)).text


def test_five_hundred_people_act_and_no_more(olga: Client, draft: Draft) -> None:
    cards = [person(f"p{number}", f"Person {number}") for number in range(501)]
    assert "500 people who act" in post(olga, draft, people(*cards))
    assert post(olga, draft, people(*(person(f"p{number}", f"Person {number}") for number in range(500)))) == "302"


@pytest.mark.parametrize(
    ("do", "order"),
    [
        ("up:luis", ["luis", "ana"]),
        ("down:ana", ["luis", "ana"]),
        ("remove:ana", ["luis"]),
        ("up:ana", ["ana", "luis"]),
    ],
)
def test_without_a_script_the_page_moves_people_by_buttons(
    olga: Client, draft: Draft, do: str, order: list[str]
) -> None:
    typed = people(person("ana", "Ana"), person("luis", "Luis"), do=do)
    page = olga.post(at("save_draft_people", draft), typed).text
    assert page.count('name="person"') == len(order) + 1  # and the empty card of the script
    assert sorted(order, key=lambda key: page.index(f'name="{key}-name"')) == order
    draft.refresh_from_db()
    assert draft.written.people == []


def test_earlier_participants_are_offered(acme: Acme, other: Acme, olga: Client, draft: Draft) -> None:
    sending.start(acme, sending.person("Carla Ruiz", "ID card"))
    sending.start(other, sending.person("Zoe Strange", "ID card"))
    page = olga.get(at("draft_people", draft)).text
    assert '<option value="carla@example.com" data-name="Carla Ruiz" data-phone="+573000000000">' in page
    assert "zoe@example.com" not in page


@pytest.mark.parametrize(
    "text",
    [
        "Ana Pérez\tana@example.com\t+57 300 1234567\nLuis\tluis@example.com\t",
        "Correo electrónico;Nombre completo;Celular\nana@example.com;Ana Pérez;+573001234567\nluis@example.com;Luis;",
        'ana@example.com,"Ana Pérez",+573001234567\n\nluis@example.com,Luis',
        "E-mail\tName\tPhone\tCity\nana@example.com\tAna Pérez\t+573001234567\tCali\nluis@example.com\tLuis",
    ],
    ids=["plain", "headings", "commas", "more columns"],
)
def test_people_are_pasted_from_a_spreadsheet(text: str) -> None:
    found, faults = pasting.people(text, set())
    assert faults == []
    assert [(row.name, row.email, row.phone) for row in found] == [
        ("Ana Pérez", "ana@example.com", "+573001234567"),
        ("Luis", "luis@example.com", ""),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Paste at least one line"),
        ("Name\tPhone\nAna\t+573001234567", "There is no column of e-mail addresses."),
        ("Ana\tana@example.com\nLuis\t", "Line 2: There is no e-mail address."),
        ("Ana\tana@", "Line 1: This is not an e-mail address. It looks like ana@example.com."),
        ("Ana\tana@example.com\nAna\tANA@example.com", "Line 2: Somebody else here has this e-mail address."),
        ("Ana\tolga@example.com", "Line 1: Somebody else here has this e-mail address."),
        ("a" * 200_001, "This is too much text."),
        ("x\n" * 11, "1 more lines cannot be read."),
        ('Ana,"' + "x" * 140_000, "These lines cannot be read."),
    ],
)
def test_one_line_that_cannot_be_read_keeps_all_of_them_out(text: str, said: str) -> None:
    with translation.override("en"):
        found, faults = pasting.people(text, {"olga@example.com"})
    assert found == [] and any(fault.startswith(said) for fault in faults), faults


def test_what_is_pasted_stands_behind_those_who_are_there(olga: Client, draft: Draft) -> None:
    typed = people(person("ana", "Ana"), person("nobody", "", email=""), do="paste")
    typed["pasted"] = "Łukasz 王\tlu@example.com"
    page = olga.post(at("save_draft_people", draft), typed).text
    assert 'value="Ana"' in page and 'value="Łukasz 王"' in page and "nobody" not in page


def test_names_of_all_scripts_are_kept(olga: Client, draft: Draft) -> None:
    names = ["مريم", "王小明", "Zoë 🎉"]
    assert post(olga, draft, people(*(person(f"p{at}", name) for at, name in enumerate(names)))) == "302"
    assert [one.name for one in draft.written.people] == names
