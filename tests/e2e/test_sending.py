"""A new process as an editor writes it in a browser, sent, signed by a participant, and sealed."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import sign_in
from tests.e2e.test_templates import drag
from tests.e2e.windows import DESKTOP, PHONE, Windows
from tests.server import Server
from tools import sample

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("console")]

NAME = "Acuerdo de servicios"
EMAIL = "ana.sending@example.com"


def go_on(page: Page, to: str) -> None:
    page.get_by_role("button", name="Continuar", exact=True).click()
    expect(page.get_by_role("link", name=to)).to_have_attribute("aria-current", "step")


def begin(page: Page, server: Server) -> None:
    sign_in(page, server)
    page.get_by_role("link", name="Nuevo proceso").first.click()
    pdf = {"name": f"{NAME}.pdf", "mimeType": "application/pdf", "buffer": sample.contract()}
    page.get_by_label("PDF, uno o varios").set_input_files(pdf)  # type: ignore[arg-type]
    page.get_by_role("button", name="Subir y continuar").click()
    expect(page.get_by_role("heading", level=1, name=NAME)).to_be_visible()


def name_people(page: Page) -> None:
    """Two, of whom the second is moved to the front by keyboard and back by hand, and is then removed."""
    page.get_by_label("Nombre", exact=True).fill("Ana Ruiz")
    page.get_by_label("Correo electrónico", exact=True).fill(EMAIL)
    page.get_by_role("button", name="Agregar una persona").click()
    expect(page.get_by_label("Nombre", exact=True)).to_have_count(2)
    page.keyboard.type("Leonor Vidal")  # the new card has the focus
    names = page.get_by_label("Nombre", exact=True)
    handle = page.get_by_role("button", name="Mueve con las flechas o arrastra")
    handle.nth(1).focus()
    page.keyboard.press("ArrowUp")
    expect(names.nth(0)).to_have_value("Leonor Vidal")
    expect(page.get_by_role("status").filter(has_text="Leonor Vidal ahora es el número 1 de 2")).to_be_attached()
    drag(page, handle.nth(0), (0.5, 0.5), 0, 700)
    expect(names.nth(1)).to_have_value("Leonor Vidal")
    page.get_by_role("button", name="Continuar", exact=True).click()
    expect(page.get_by_text("Escribe el correo de esta persona.")).to_be_visible()
    expect(page.get_by_label("Correo electrónico", exact=True).nth(1)).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Quitar a esta persona").nth(1).click()
    expect(names).to_have_count(1)


def draw_places(page: Page) -> None:
    """One drawn with the mouse, moved by key, put on all pages, and one of those taken away again."""
    sheet = page.get_by_role("img", name="Página 1")
    expect(sheet).to_have_js_property("complete", True)
    found = sheet.bounding_box()
    assert found
    page.mouse.move(found["x"] + 60, found["y"] + 200)
    page.mouse.down()
    page.mouse.move(found["x"] + 260, found["y"] + 270, steps=4)
    page.mouse.up()
    boxes = page.get_by_role("button", name="Ana Ruiz", exact=True)
    expect(boxes).to_have_count(1)
    expect(boxes).to_be_focused()
    page.get_by_text("Números").click()
    left = page.get_by_label("Izquierda", exact=True)
    before = float(left.input_value())
    boxes.focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(left).to_have_value(re.compile(rf"^{before + 10:.1f}".removesuffix(".0").replace(".", r"\.")))
    page.get_by_role("button", name="En todas las páginas").click()
    expect(boxes).to_have_count(2)
    boxes.nth(1).focus()
    page.keyboard.press("Delete")
    expect(boxes).to_have_count(1)


def sign(page: Page, link: str) -> None:
    page.goto(link)
    expect(page.get_by_role("heading", level=1, name=NAME)).to_be_visible()
    page.get_by_role("radio", name="Escribir").check()
    page.get_by_role("checkbox", name=re.compile("^He leído el documento")).check()
    page.get_by_role("button", name="Firmar el documento").click()
    expect(page.get_by_role("heading", level=1, name="Listo, gracias")).to_be_visible()


def test_a_process_is_written_sent_signed_and_sealed(server: Server, windows: Windows, tmp_path: Path) -> None:
    page = windows.open(DESKTOP, refusals={400})
    begin(page, server)
    name_people(page)
    go_on(page, "Lugares")
    draw_places(page)
    go_on(page, "Mensaje")
    page.get_by_label("Asunto del correo").fill("Tu acuerdo")
    page.get_by_label("Mensaje").fill("Fírmalo, por favor.")
    mail = page.frame_locator("iframe[name=mail]")
    expect(mail.get_by_text("Fírmalo, por favor.")).to_be_visible()  # it follows what is typed
    go_on(page, "Revisar y enviar")
    command = page.locator("[data-copy]").get_attribute("data-copy") or ""
    page.get_by_role("button", name="Enviar ahora").click()
    expect(page.get_by_role("status").filter(has_text=f"“{NAME}” va en camino.")).to_be_visible()
    sign(windows.open(PHONE), server.link_for(EMAIL))
    expect(page.get_by_role("link", name="PDF sellado").first).to_be_visible(timeout=60_000)
    run_the_command(server, command.replace(EMAIL, "by.command@example.com"), tmp_path)


def run_the_command(server: Server, command: str, folder: Path) -> None:
    """What the page gave to copy starts the same over the API, in a plain shell."""
    (folder / f"{NAME}.pdf").write_bytes(sample.contract())
    environment = {**os.environ, "RUBRICA_PRIVATE_KEY": server.secrets["private_key"]}
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    assert re.search(r'"document": ?"\w{10}"', done.stdout), done.stdout
    assert server.link_for("by.command@example.com")


def test_on_a_phone_a_place_is_put_by_pressing_on_the_page(server: Server, windows: Windows) -> None:
    """And each step fits on the screen, which the window watches."""
    page = windows.open(PHONE)
    begin(page, server)
    page.get_by_label("Nombre", exact=True).fill("Ana Ruiz")
    page.get_by_label("Correo electrónico", exact=True).fill(EMAIL)
    page.get_by_text("Verificación de identidad").click()
    page.get_by_label("Fotos").select_option("Rostro y documento de identidad")
    go_on(page, "Lugares")
    sheet = page.get_by_role("img", name="Página 2")
    sheet.scroll_into_view_if_needed()
    expect(sheet).to_have_js_property("complete", True)
    sheet.tap(position={"x": 120, "y": 200})
    expect(page.get_by_role("button", name="Ana Ruiz", exact=True)).to_have_count(1)
    expect(page.get_by_role("combobox", name="Quién firma aquí")).to_have_value(re.compile("."))
    go_on(page, "Mensaje")
    go_on(page, "Revisar y enviar")
    expect(page.get_by_text(f"1 lugar en “{NAME}”")).to_be_visible()
    expect(page.get_by_text("se verifica la identidad")).to_be_visible()
    page.get_by_role("link", name="Personas").first.click()
    page.get_by_label("Nombre", exact=True).fill("Ana María Ruiz")
    page.get_by_role("link", name="Mensaje").click()  # what was typed comes along
    page.get_by_role("link", name="Personas").click()
    expect(page.get_by_label("Nombre", exact=True)).to_have_value("Ana María Ruiz")


def test_without_scripts_a_process_is_sent(server: Server, windows: Windows) -> None:
    page = windows.open({**DESKTOP, "java_script_enabled": False})
    begin(page, server)
    page.get_by_label("Nombre", exact=True).fill("Ana Ruiz")
    page.get_by_label("Correo electrónico", exact=True).fill("ana.plain@example.com")
    page.get_by_role("button", name="Agregar una persona").click()
    expect(page.get_by_label("Nombre", exact=True)).to_have_count(2)
    go_on(page, "Lugares")
    page.get_by_label("Quién firma aquí").select_option("Ana Ruiz")
    go_on(page, "Mensaje")
    go_on(page, "Revisar y enviar")
    expect(page.get_by_text(f"1 lugar en “{NAME}”")).to_be_visible()
    page.get_by_role("button", name="Enviar ahora").click()
    expect(page.get_by_role("heading", level=1, name=NAME)).to_be_visible()
    assert server.link_for("ana.plain@example.com")
