"""The pages of the templates (contract/auco.md §§8, 10)."""

import io
import json
from typing import Any

import pytest
from django.test import Client

from rubrica.templating import composing
from rubrica.templating.models import Template
from rubrica.templating.tests.examples import COMPLETE, LEASE, MASK
from tests import pdfs
from tests.cast import Acme, signed_in

pytestmark = pytest.mark.django_db
BASE = "/console/templates"


@pytest.fixture
def olga(acme: Acme) -> Client:
    return signed_in(acme.owner)


def html(answer: Any) -> str:
    return str(answer.content.decode())


def file(content: str | bytes, name: str) -> io.BytesIO:
    made = io.BytesIO(content.encode() if isinstance(content, str) else content)
    made.name = name
    return made


def lease(olga: Client) -> Template:
    files = {"definition": file(json.dumps(LEASE), "t.json"), "mask": file(MASK, "m.html"),
             "complete": file(COMPLETE, "c.html")}  # fmt: skip
    answer = olga.post(f"{BASE}/new/questions", files)
    assert answer.status_code == 302, html(answer)
    return Template.objects.get()


def contract(olga: Client) -> Template:
    answer = olga.post(f"{BASE}/new/positions", {"name": "Contract", "pdf": file(pdfs.contract(), "c.pdf")})
    assert answer.status_code == 302, html(answer)
    return Template.objects.get()


def test_without_a_template_it_says_what_one_is(olga: Client) -> None:
    page = olga.get(BASE)
    assert "No template yet" in html(page) and f"{BASE}/new" in html(page)


def test_from_the_files_of_the_api(olga: Client) -> None:
    template = lease(olga)
    assert (template.name, template.description) == (LEASE["name"], LEASE["description"])
    assert template.mask is not None and template.complete is not None
    page = html(olga.get(f"{BASE}/{template.public_id}"))
    for shown in ("Canon mensual", "arrendatario", "has a place", "¿Hay codeudor? = Sí", "no place called correo"):
        assert shown in page
    assert template.name in html(olga.get(BASE))


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ("{", "This is not the JSON of a template"),
        ("[]", "This is not the JSON of a template"),
        ('"x"', "This is not the JSON of a template"),
        ("[" * 100_000, "This is not the JSON of a template"),
        (json.dumps({**LEASE, "sign": ["nobody"]}), "sign[0]: There is no question with this name."),
    ],
)
def test_a_definition_that_does_not_hold(olga: Client, definition: str, said: str) -> None:
    answer = olga.post(f"{BASE}/new/questions", {"definition": file(definition, "t.json")})
    assert answer.status_code == 400 and said in html(answer)
    assert not Template.objects.exists()


def test_a_page_can_be_replaced(olga: Client) -> None:
    template = lease(olga)
    hostile = COMPLETE.replace("</body>", "<script>alert(1)</script></body>")
    olga.post(f"{BASE}/{template.public_id}/pages", {"complete": file(hostile, "c.html")})
    page = html(olga.get(f"{BASE}/{template.public_id}"))
    assert "Taken out when it came:" in page and "script" in page
    shown = olga.get(f"{BASE}/{template.public_id}/html/complete")
    assert "alert(1)" not in html(shown) and shown.headers["Content-Security-Policy"].startswith("sandbox;")


def test_it_can_be_tried_with_answers(olga: Client) -> None:
    template = lease(olga)
    page = html(olga.get(f"{BASE}/{template.public_id}/try"))
    assert "data:image/jpeg;base64," in page and "arrendatario" in page
    wrong = html(olga.get(f"{BASE}/{template.public_id}/try", {"try": "yes", "q-canon": "12"}))
    assert "This must be at least 100000." in wrong and "data:image/jpeg" not in wrong
    good = {"q-nombre": "Ana", "q-documento": "CC 123456", "q-correo": "a@b.co", "q-canon": "150000",
            "q-inicio": "2030-01-01", "pdf": "yes"}  # fmt: skip
    answer = olga.get(f"{BASE}/{template.public_id}/try", good)
    assert answer.headers["Content-Disposition"].startswith("attachment") and answer.content[:5] == b"%PDF-"


def test_it_is_switched_off_and_on(olga: Client, acme: Acme) -> None:
    template = lease(olga)
    olga.post(f"{BASE}/{template.public_id}/status", {"active": "no"})
    assert Template.find(acme.organization, template.public_id) is None
    olga.post(f"{BASE}/{template.public_id}/status", {"active": "yes"})
    assert Template.find(acme.organization, template.public_id) is not None


def rows(*places: tuple[str, ...]) -> dict[str, list[str]]:
    names = ("type", "page", "left", "top", "width", "height")
    return {name: [place[index] for place in places] for index, name in enumerate(names)}


def test_places_are_kept_as_the_contract_has_them(olga: Client) -> None:
    template = contract(olga)
    assert template.pages == [[612, 792], [612, 792]]
    answer = olga.post(f"{BASE}/{template.public_id}/places",
                       rows(("tenant", "2", "60", "600", "150", "50"), ("tenant", "1", "60,5", "0", "10", "10"),
                            ("", "1", "0", "0", "1", "1")))  # fmt: skip
    assert answer.status_code == 302
    template.refresh_from_db()
    assert template.types == ["tenant"]
    box = template.boxes_for("tenant")[0]
    assert (box.page, round(box.x, 6), round(box.y, 6), box.w, box.h) == (
        2,
        round(210 / 612, 6),
        round(650 / 792, 6),
        150,
        50,
    )
    page = html(olga.get(f"{BASE}/{template.public_id}"))
    assert 'value="tenant"' in page and 'value="600"' in page and f"{BASE}/{template.public_id}/sheets/2" in page
    assert olga.get(f"{BASE}/{template.public_id}/sheets/2").headers["Content-Type"] == "image/jpeg"
    assert olga.get(f"{BASE}/{template.public_id}/sheets/3").status_code == 404


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (("a", "3", "0", "0", "10", "10"), "The PDF has no such page."),
        (("a", "1", "600", "0", "50", "10"), "The place does not lie wholly on its page."),
        (("a", "1", "nan", "0", "50", "10"), "Please write numbers."),
        (("a", "1", "0", "0", "inf", "10"), "Please write numbers."),
        (("a", "1", "x", "0", "50", "10"), "Please write numbers."),
        (("a" * 101, "1", "0", "0", "50", "10"), "The type must be one line"),
    ],
)
def test_a_place_that_cannot_be(olga: Client, place: tuple[str, ...], said: str) -> None:
    template = contract(olga)
    answer = olga.post(f"{BASE}/{template.public_id}/places", rows(("good", "1", "1", "1", "20", "20"), place))
    assert answer.status_code == 400 and said in html(answer) and 'value="good"' in html(answer)
    template.refresh_from_db()
    assert template.boxes == {}


@pytest.mark.parametrize("content", [b"MZ no PDF", b"", pdfs.encrypted(), pdfs.without_pages()])
def test_what_is_no_pdf_to_sign(olga: Client, content: bytes) -> None:
    answer = olga.post(f"{BASE}/new/positions", {"name": "X", "pdf": file(content, "x.pdf")})
    assert answer.status_code == 400 and 'role="alert"' in html(answer)
    assert not Template.objects.exists()


def test_another_organizations_template_is_not_found(olga: Client, other: Acme) -> None:
    sara, template = signed_in(other.owner), lease(olga)
    for path in ("", "/try", "/html/mask"):
        assert sara.get(f"{BASE}/{template.public_id}{path}").status_code == 404
    for path in ("/pages", "/status", "/places"):
        assert sara.post(f"{BASE}/{template.public_id}{path}").status_code == 404
    assert template.name not in html(sara.get(BASE))


def test_reviewers_look_and_change_nothing(acme: Acme, olga: Client) -> None:
    tomas, template = signed_in(acme.reviewer), lease(olga)
    assert tomas.get(f"{BASE}/{template.public_id}").status_code == 200
    for path in ("/new/positions", "/new/questions", f"/{template.public_id}/status", f"/{template.public_id}/pages"):
        assert tomas.post(f"{BASE}{path}").status_code == 403


def test_without_pango_the_pages_say_what_to_install(olga: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    template = lease(olga)
    monkeypatch.setattr(composing, "missing_library", lambda: "no pango")
    assert "apt-get install libpango" in html(olga.get(BASE))
    assert "Documents from templates need the library Pango" in html(olga.get(f"{BASE}/{template.public_id}/try"))
    template.delete()
    assert contract(olga).kind == "positions"
