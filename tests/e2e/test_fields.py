"""Fields on a phone: a text, a checkbox, initials and the date of signing, filled in on the page and sealed."""

import base64
import io
import json
import re

import pikepdf
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.windows import PHONE, Windows
from tests.server import OWNER, Server, eventually
from tools import sample

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("server")]

EMAIL = "fernanda.campos@example.com"
PLACES = [
    {"page": 1, "x": 0.45, "y": 0.9, "w": 150, "h": 50},
    {"page": 1, "x": 0.9, "y": 0.42, "w": 170, "h": 20, "kind": "text", "name": "Ciudad"},
    {"page": 1, "x": 0.9, "y": 0.52, "w": 16, "h": 16, "kind": "checkbox", "name": "Acepto recibir una copia"},
    {"page": 1, "x": 0.9, "y": 0.9, "w": 130, "h": 20, "kind": "date"},
    *({"page": page, "x": 0.95, "y": 0.97, "w": 60, "h": 30, "kind": "initials"} for page in (1, 2)),
]


def send(server: Server) -> str:
    person = {"name": "Fernanda Campos Díaz", "email": EMAIL, "position": PLACES}
    body = {"email": OWNER, "name": "Contrato con campos", "subject": "Por firmar", "message": "Hola",
            "file": base64.b64encode(sample.contract()).decode(), "signProfile": [person]}  # fmt: skip
    return str(server.auco("POST", "/document/upload", body)["document"])


def sealed(server: Server, code: str) -> bytes | None:
    found = server.auco("GET", "/document", code=code)
    return server.http.get(found["url"]).content if found["data"]["signFinish"] else None


def on_page(page: Page) -> None:
    """Each lies where it is on the paper, and says what it is for."""
    city = page.get_by_role("textbox", name="Ciudad")
    paper = page.locator("rb-sheet").first.locator("img.sheet__image")
    expect(paper).to_have_js_property("complete", True)
    shown, sheet = city.bounding_box(), paper.bounding_box()
    assert shown and sheet
    middle = (shown["y"] + shown["height"] / 2 - sheet["y"]) / sheet["height"]
    assert abs(middle - (0.42 - 10 / 842)) < 0.01, middle
    assert abs((shown["x"] + shown["width"] - sheet["x"]) / sheet["width"] - 0.9) < 0.01


def test_fields_are_filled_in_on_a_phone_and_sealed(server: Server, windows: Windows) -> None:
    code = send(server)
    page = windows.open(PHONE)
    page.goto(server.link_for(EMAIL))
    on_page(page)
    city = page.get_by_role("textbox", name="Ciudad")
    page.get_by_role("radio", name="Escribir", exact=True).first.check()
    page.get_by_role("checkbox", name=re.compile("^He leído el documento")).check()
    page.get_by_role("button", name="Firmar el documento").click()
    expect(page.get_by_text("Llena primero “Ciudad” en la página.")).to_be_visible()
    expect(city).to_be_focused()
    city.fill("Bogotá")
    page.reload()
    expect(city).to_have_value("Bogotá")  # nothing that was typed is lost
    page.get_by_role("checkbox", name="Acepto recibir una copia").check()
    initials = page.get_by_role("textbox", name="Letras de tus iniciales")
    expect(initials).to_have_value("FCD")
    initials.fill("FC")
    expect(page.locator("img[data-ink-initials]:visible")).to_have_count(2)  # seen at once in both places
    page.get_by_role("radio", name="De la firma").check()
    page.locator(".on-page__initials").first.click()
    expect(page.locator("#initials")).to_be_focused()
    page.get_by_role("textbox", name="Tu nombre").fill("Fernanda Díaz")
    page.get_by_role("checkbox", name=re.compile("^He leído el documento")).check()
    with page.expect_request("**/signature") as sent:
        page.get_by_role("button", name="Firmar el documento").click()
    taken = json.loads(sent.value.post_data or "")["initials"]  # what is shown is what is sealed
    assert taken["kind"] == "signature" and taken["image"].startswith("data:image/png;base64,")
    expect(page.get_by_role("heading", level=1, name="Listo, gracias")).to_be_visible()
    with pikepdf.open(io.BytesIO(eventually(lambda: sealed(server, code), "the sealed document"))) as pdf:
        manifest = pdf.attachments["rubrica-manifest.json"].get_file().read_bytes().decode()
    for value in ("Bogot\\u00e1", '"true"', '"FD"', " de 20"):
        assert value in manifest, manifest
