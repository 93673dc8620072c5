"""Templates in the console, in a real browser: places put by mouse and by keyboard, and a document made to try one."""

import base64
import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from rubrica.templating.tests.examples import COMPLETE, LEASE, MASK
from tests.e2e.people import sign_in
from tests.e2e.windows import DESKTOP, PHONE, Windows
from tests.server import OWNER, Server
from tools import sample

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("console")]


def numbers(page: Page) -> list[float]:
    labels = ("Izquierda", "Arriba", "Ancho", "Alto")
    return [float(page.get_by_label(label, exact=True).first.input_value()) for label in labels]


def drag(page: Page, box: Locator, grip: tuple[float, float], across: float, down: float) -> None:
    box.click(trial=True)  # waits until it is there and lies still, and touches nothing
    found = box.bounding_box()
    assert found
    x, y = found["x"] + grip[0] * found["width"], found["y"] + grip[1] * found["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across, y + down, steps=5)
    page.mouse.up()


def test_places_are_put_on_a_pdf_and_used(server: Server, windows: Windows) -> None:
    page = windows.open(DESKTOP)
    sign_in(page, server)
    page.get_by_role("link", name="Plantillas").click()
    page.get_by_role("link", name="Nueva plantilla").click()
    page.get_by_label("Nombre", exact=True).fill("Contrato fijo")
    pdf = {"name": "contrato.pdf", "mimeType": "application/pdf", "buffer": sample.contract()}
    page.get_by_label("PDF", exact=True).set_input_files(pdf)  # type: ignore[arg-type]
    page.get_by_role("button", name="Cargar el PDF").click()
    page.get_by_label("Tipo de firmante").fill("cliente")
    place = page.get_by_role("button", name="cliente", exact=True)
    before = numbers(page)
    drag(page, place, (0.3, 0.3), 100, -50)
    moved = numbers(page)
    assert moved[0] > before[0] + 40 and moved[1] < before[1] - 20 and moved[2:] == before[2:]
    place.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert numbers(page) == [pytest.approx(moved[0] + 1), moved[1], moved[2], pytest.approx(moved[3] + 1)]
    drag(page, place, (0.98, 0.9), 5000, 5000)  # by the corner, far off the page
    wide = numbers(page)
    assert wide[0] + wide[2] <= 595.5 and wide[1] + wide[3] <= 842
    page.get_by_label("Ancho", exact=True).fill("150")
    page.get_by_label("Alto", exact=True).fill("50")
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_role("status").filter(has_text="Los lugares se guardaron")).to_be_visible()
    kept = numbers(page)
    template = page.url.rpartition("/")[2]
    signer = {"name": "Ana Ruiz", "email": "ana.places@example.com", "type": "cliente"}
    body = {"email": OWNER, "name": "Contrato fijo", "document": template, "signProfile": [signer]}
    assert len(server.auco("POST", "/document/upload", body)["document"]) == 10
    phone = windows.open(PHONE)
    phone.goto(server.link_for("ana.places@example.com"))
    rect = phone.locator("svg rect").first
    expect(rect).to_be_attached()
    assert [float(rect.get_attribute(name) or 0) for name in ("x", "y", "width", "height")] == pytest.approx(
        kept, abs=0.2
    )


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_template_is_taken_in_and_tried(server: Server, windows: Windows, device: dict[str, Any]) -> None:
    page = windows.open(device)
    sign_in(page, server)
    page.goto(f"{server.url}/console/templates/new")
    files = {"Definición (JSON)": ("t.json", json.dumps(LEASE)), "Página para diligenciar (HTML)": ("m.html", MASK),
             "Página para el documento (HTML)": ("c.html", COMPLETE)}  # fmt: skip
    for label, (name, content) in files.items():
        file = {"name": name, "mimeType": "text/plain", "buffer": content.encode()}
        page.get_by_label(label).set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Guardar la plantilla").click()
    expect(page.get_by_role("heading", level=1, name="Contrato de arriendo")).to_be_visible()
    page.get_by_role("link", name="Probar").click()
    page.get_by_label("¿Hay codeudor?").select_option("Sí")
    page.get_by_role("button", name="Hacer el documento").click()
    expect(page.get_by_text("codeudor: 1 lugar")).to_be_visible()
    picture = page.get_by_role("img", name="Página 1")
    assert base64.b64decode((picture.get_attribute("src") or "").partition(",")[2]).startswith(b"\xff\xd8")
