"""The participant's page on bad days: a cut line, a reload, no JavaScript, no mouse and no sight, a long document."""

import base64
import io
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pikepdf
import pytest
from playwright.sync_api import Browser, FileChooser, FilePayload, Page, Request, Route, TimeoutError, expect

from tests import pdfs
from tests.e2e import people
from tests.e2e.camera import filmed
from tests.e2e.people import choose, slot
from tests.e2e.windows import DESKTOP, PHONE, Windows
from tests.server import OWNER, Server

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("server")]

MEBIBYTE = 1024 * 1024


def ask(server: Server, test: str, content: bytes, *files: str) -> str:
    """A process that asks Paula alone; each time she has an address of its own."""
    email = f"paula.{test}.{secrets.token_hex(4)}@example.com"
    places = [{"page": number, "x": 0.48, "y": 0.9, "w": 180, "h": 70} for number in (1, 2)]
    paula = people.person("Paula Núñez", email, position=places, files=[{"name": name} for name in files])
    body = {
        "email": OWNER,
        "name": "Arriendo",
        "packageName": f"Arriendo {test}",
        "subject": "Por firmar",
        "message": "Hola",
        "file": base64.b64encode(content).decode(),
        "signProfile": [paula],
    }
    server.auco("POST", "/attachments", body)
    return server.link_for(email)


def state(link: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{link}/state").json()
    return found


def test_a_cut_upload_goes_on_where_it_was(server: Server, windows: Windows) -> None:
    link = ask(server, "corte", pdfs.contract(), "Escritura")
    page = windows.open(PHONE)
    page.goto(link)
    content = b"%PDF-1.7\n" + bytes(range(256)) * (17 * MEBIBYTE // 1024)
    file: FilePayload = {"name": "escritura.pdf", "mimeType": "application/pdf", "buffer": content}
    seen: list[tuple[str, str]] = []

    def line(route: Route, request: Request) -> None:
        seen.append((request.method, request.headers.get("upload-offset", "")))
        patches = [method for method, _ in seen].count("PATCH") if request.method == "PATCH" else 0
        if patches == 2:
            route.abort("connectionreset")
        elif patches == 3:
            route.fulfill(status=502, body="<h1>Bad gateway</h1>")  # a proxy, while the server is being restarted
        else:
            route.continue_()

    page.route(re.compile("/uploads"), line)
    choose(page, slot(page, "Escritura"), "Elegir archivo", file)
    expect(slot(page, "Escritura")).to_contain_text("Recibido")
    pieces = [offset for method, offset in seen if method == "PATCH"]
    assert [method for method, _ in seen].count("POST") == 1
    # What was there was not sent again; what was lost was.
    assert pieces == ["0", *[str(2 * MEBIBYTE)] * 3, str(4 * MEBIBYTE)]
    (delivered,) = state(link)["files"]
    assert (delivered["fileName"], delivered["size"]) == ("escritura.pdf", len(content))
    assert what_was_sent(link) == content
    watch = windows.opened[-1][1]  # the browser has told of the line that was cut and of the proxy
    assert [fault.rpartition(" ")[2] for fault in watch.faults] == ["502"]
    watch.faults.clear()
    watch.heard.clear()


PEN = """async (canvas, pressure) => {
  const { left, top, height } = canvas.getBoundingClientRect();
  const send = (type, at) => (type === "pointerdown" ? canvas : window).dispatchEvent(new PointerEvent(type, {
    pointerType: "pen", pointerId: 7, isPrimary: true, button: 0, buttons: type === "pointerup" ? 0 : 1, pressure,
    clientX: left + 30 + at * 8, clientY: top + height / 2, bubbles: true, cancelable: true }));
  send("pointerdown", 0);
  for (let at = 1; at < 20; at += 1) {
    await new Promise((done) => setTimeout(done, 12)); // the pad takes no more than one point in 8 ms
    send("pointermove", at);
  }
  send("pointerup", 20);
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, at) => at % 4 === 3 && value > 128).length;
}"""


def test_nothing_typed_or_drawn_is_lost_on_reload(server: Server, windows: Windows) -> None:
    link = ask(server, "recarga", pdfs.contract())
    page = windows.open(PHONE)
    page.goto(link)
    pad = page.get_by_role("img", name=re.compile("^Dibuja tu firma aquí"))
    light = pad.evaluate(PEN, 0.1)
    page.get_by_role("button", name="Deshacer").click()
    firm = pad.evaluate(PEN, 0.9)
    assert firm > 1.5 * light, "a pen that is pressed harder draws a thicker line"
    page.get_by_role("button", name="Deshacer").click()
    people.draw(page, pad)
    expect(page.get_by_role("button", name="Deshacer")).to_be_enabled()
    page.get_by_role("button", name="No estoy de acuerdo, rechazar").click()
    page.get_by_role("textbox", name="Motivo").fill("La cláusula 4")
    page.get_by_role("button", name="Volver").click()
    page.reload()
    expect(page.get_by_role("button", name="Deshacer")).to_be_enabled()
    ink = page.locator("image[data-ink]").first
    expect(ink).to_have_attribute("href", re.compile("^data:image/png"))
    page.get_by_role("radio", name="Escribir").check()
    page.get_by_role("textbox", name="Tu nombre").fill("P. Núñez")
    page.get_by_role("radio", name="Letra 3 de 4").check()
    page.reload()
    expect(page.get_by_role("textbox", name="Tu nombre")).to_have_value("P. Núñez")
    expect(page.get_by_role("radio", name="Letra 3 de 4")).to_be_checked()
    page.get_by_role("button", name="No estoy de acuerdo, rechazar").click()
    expect(page.get_by_role("textbox", name="Motivo")).to_have_value("La cláusula 4")
    page.get_by_role("button", name="Volver").click()
    page.get_by_role("checkbox", name=re.compile("^He leído")).check()
    page.get_by_role("button", name="Firmar el documento").click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert page.evaluate("Object.keys(sessionStorage).length") == 0  # sent is gone from the device


def test_without_javascript(server: Server, chromium: Browser) -> None:
    link = ask(server, "sin-script", pdfs.contract(), "Cédula")
    context = chromium.new_context(locale="es-CO", java_script_enabled=False, **PHONE)
    page = context.new_page()
    page.goto(link)
    sheet = page.get_by_role("group", name="Página 1 de 2").locator("img")
    assert httpx.get(server.url + str(sheet.get_attribute("src"))).headers["Content-Type"] == "image/jpeg"
    card = slot(page, "Cédula")
    card.get_by_label("Cédula").set_input_files(people.picture("cédula.jpg", "Paula Núñez"))
    card.get_by_role("button", name="Enviar").click()
    expect(page.get_by_role("status").filter(has_text="Recibimos tu archivo.")).to_be_visible()
    expect(slot(page, "Cédula")).to_contain_text("cédula.jpg")
    page.get_by_role("textbox", name="Tu nombre").fill("Paula Núñez")
    page.get_by_role("button", name="Firmar el documento").click()
    consent = page.get_by_role("checkbox", name=re.compile("^He leído"))
    expect(consent).to_be_focused()  # the browser says itself that it is missing
    page.get_by_role("textbox", name="Tu nombre").fill("…")
    consent.check()
    page.get_by_role("button", name="Firmar el documento").click()
    expect(page.get_by_role("alert").filter(has_text="escribe una")).to_be_visible()
    expect(page.get_by_role("textbox", name="Tu nombre")).to_have_value("…")
    expect(consent).to_be_checked()
    page.get_by_role("textbox", name="Tu nombre").fill("Paula Núñez")
    page.get_by_role("button", name="Firmar el documento").click()
    expect(page.get_by_role("heading", level=1, name="Listo, gracias")).to_be_visible()
    assert state(link)["participant"]["status"] == "FINISH"
    context.close()


def tab_to(page: Page, role: str, name: str, which: int = 0) -> None:
    """As somebody does who hears where they are: on with Tab until it is said."""
    wanted = page.get_by_role(role, name=name).nth(which)  # type: ignore[arg-type]
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never came to {role} “{name}”")


def opened_by_key(page: Page) -> FileChooser:
    """A busy browser may drop the first press, and then everybody presses again."""
    for _ in range(3):
        with suppress(TimeoutError):
            with page.expect_file_chooser(timeout=10_000) as chooser:
                page.keyboard.press("Enter")
            return chooser.value
    raise AssertionError("No window to choose a file was opened")


def test_the_whole_flow_by_keyboard_and_by_what_is_said(server: Server, windows: Windows) -> None:
    """Nothing is found but by role and name, and nothing is done but by keys."""
    link = ask(server, "teclado", pdfs.contract(text="Arriendo de la casa"), "Cédula")
    page = windows.open(DESKTOP)
    page.goto(link)
    expect(page.get_by_role("heading", level=1, name="Arriendo teclado")).to_be_visible()
    expect(page.get_by_role("navigation", name="Lo que se te pide").get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_role("group", name="Página 1 de 2")).to_contain_text("Arriendo de la casa, page 1")
    tab_to(page, "button", "Elegir archivo")
    opened_by_key(page).set_files(people.picture("cédula.jpg", "Paula Núñez"))
    expect(page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Cédula"))).to_contain_text(
        "Recibido"
    )
    for place in range(2):
        tab_to(page, "link", "Firma aquí", place)
    tab_to(page, "radio", "Dibujar")
    page.keyboard.press("ArrowRight")
    tab_to(page, "textbox", "Tu nombre")
    page.keyboard.press("Control+A")
    page.keyboard.type("Paula Núñez")
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="Letra 1 de 4")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Letra 2 de 4")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name=re.compile("^He leído"))).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Listo, gracias")).to_be_focused()


LOADED = "[...document.querySelectorAll('.sheet__image')].filter(i => i.currentSrc.startsWith('http')).length"
WORDS = "document.querySelectorAll('.sheet__words').length"


def test_a_long_document_keeps_what_is_near_and_lets_go_of_the_rest(server: Server, windows: Windows) -> None:
    page = windows.open(PHONE)
    page.goto(ask(server, "largo", pdfs.contract(300)))
    first, sheet = page.locator("rb-sheet[id$='-1']"), page.locator("rb-sheet[id$='-200']")
    expect(first.locator(".sheet__words")).to_have_count(1)
    page.get_by_role("button", name=re.compile("^Todas las páginas")).click()
    page.locator("a[href$='-200']").click()
    expect(sheet.locator(".sheet__words")).to_contain_text("page 200")
    expect(sheet.locator(".sheet__image")).to_have_js_property("complete", True)
    expect(page.get_by_role("button", name=re.compile("^Todas las páginas"))).to_contain_text("200 / 300")
    expect(first.locator(".sheet__words")).to_have_count(0)
    # Three screens on each side are about a dozen pages.
    assert page.evaluate(LOADED) < 40
    assert page.evaluate(WORDS) < 40


def test_what_is_enlarged_is_fetched_in_squares(server: Server, windows: Windows) -> None:
    link = ask(server, "lupa", pdfs.contract())
    page = windows.open(PHONE)
    page.goto(link)
    sheet = page.get_by_role("group", name="Página 1 de 2")
    for place in range(2):  # "Next" leads from one place to sign to the other
        page.get_by_role("link", name="Sigue: firmar").click()
        expect(page.get_by_role("link", name="Firma aquí").nth(place)).to_be_focused()
    sheet.scroll_into_view_if_needed()
    for _ in range(5):
        page.get_by_role("button", name="Más grande").click()
    expect(page.get_by_role("button", name="Más grande")).to_be_disabled()
    tile = sheet.locator(".sheet__tile").first
    expect(tile).to_have_js_property("complete", True)
    assert tile.evaluate("tile => tile.naturalWidth") > 0
    assert "width=2800&tile=" in str(tile.get_attribute("src"))
    page.get_by_role("button", name=re.compile("ajustar al ancho")).click()
    expect(sheet.locator(".sheet__tile")).to_have_count(0)


def what_was_sent(link: str) -> bytes:
    """The file that was sent, as the person who sent it may fetch it."""
    return httpx.get(next(item["url"] for item in state(link)["downloads"] if item["kind"] == "file")).content


def widths(content: bytes) -> list[int]:
    """Of the picture on each page, in pixels."""
    with pikepdf.open(io.BytesIO(content)) as made:
        assert not made.check_pdf_syntax()
        return [int(next(iter(page.get_images().values())).Width) for page in made.pages]


def test_several_pictures_become_the_pages_of_one_pdf(server: Server, windows: Windows) -> None:
    link = ask(server, "fotos", pdfs.contract(), "Escritura")
    page = windows.open(PHONE)
    page.goto(link)
    with page.expect_file_chooser() as chooser:
        slot(page, "Escritura").get_by_text("Elegir archivo", exact=True).click()
    chooser.value.set_files([people.picture("uno.jpg", "Página uno"), people.picture("dos.jpg", "Página dos")])
    expect(slot(page, "Escritura")).to_contain_text("Recibido")
    expect(slot(page, "Escritura")).to_contain_text("Escritura.pdf")
    assert widths(what_was_sent(link)) == [1000, 1000]


def test_papers_are_photographed_page_by_page(server: Server, chromium: Browser, tmp_path: Path) -> None:
    link = ask(server, "papeles", pdfs.contract(), "Escritura")
    with filmed(chromium, tmp_path) as (filming, camera):
        camera.see_back()
        windows = Windows(filming)
        page = windows.open(PHONE)
        page.goto(link)
        slot(page, "Escritura").get_by_role("button", name="Tomar foto").click()
        camera_of = page.get_by_role("dialog", name="Escritura")
        camera_of.get_by_role("button", name="Tomar la foto").click()
        expect(camera_of.get_by_role("img", name="La foto que tomaste")).to_be_visible()
        camera_of.get_by_role("button", name="Tomar de nuevo").click()
        camera_of.get_by_role("button", name="Tomar la foto").click()
        camera_of.get_by_role("button", name="Añadir otra página").click()
        expect(camera_of).to_contain_text("página 2")
        camera_of.get_by_role("button", name="Tomar la foto").click()
        camera_of.get_by_role("button", name="Enviar").click()
        expect(slot(page, "Escritura")).to_contain_text("Recibido")
        expect(slot(page, "Escritura")).to_contain_text("Escritura.pdf")
        faults = windows.close()
    assert not faults, faults
    assert len(widths(what_was_sent(link))) == 2
