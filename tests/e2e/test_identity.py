"""Who they are is asked before anything is shown: code, selfie and card with a real camera, a block and its end."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from rubrica.faces import can_compare
from tests.e2e import people
from tests.e2e.camera import Camera, face, filmed
from tests.e2e.people import choose, find_process, sign_in, slot
from tests.e2e.windows import DESKTOP, PHONE, Windows
from tests.server import Server, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("server")]

CODE = {"otpCode": True, "options": {"otpCode": "email"}}
EVERYTHING = {
    "camera": True,
    "otpCode": True,
    "options": {"camera": "identification", "otpCode": "email", "identificationCardBack": True, "video": True},
    "identification": "1084340519",
    "identificationType": "CC",
    "country": "CO",
}
PICTURES = {"camera": True, "options": {"camera": "photo"}}
FIRST = "Primero, confirma que eres tú"


@dataclass
class Asked:
    """A process that asks Ana alone."""

    name: str
    email: str
    made: dict[str, Any]
    link: str


def ask(server: Server, test: str, checks: dict[str, Any]) -> Asked:
    """With an address of its own, so that no test finds another's mail."""
    name, email = f"Contrato {test}", f"ana.{test}@example.com"
    position = [{"page": 2, "x": 0.48, "y": 0.9, "w": 180, "h": 70}]
    ana = people.person("Ana Ruiz", email, position=position, files=[{"name": "Recibo"}], **checks)
    return Asked(name, email, people.send(server, name, ana), server.link_for(email))


def code_for(server: Server, email: str, after: str = "") -> str:
    """The newest code that was mailed, once it is another one than ``after``."""

    def newest() -> str | None:
        found = [re.findall(r"\b\d{3} ?\d{3}\b", people.text_of(mail)) for mail in server.mailbox.to(email)]
        codes = [code for numbers in found for code in numbers if code != after]
        return codes[-1] if codes else None

    return eventually(newest, f"the code for {email}", 60)


def heading(page: Page, words: str) -> Locator:
    return page.get_by_role("heading", level=1, name=words)


def ask_for_code(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Enviar")).click()
    expect(page.get_by_role("textbox", name="Los 6 dígitos del código")).to_be_focused()


def paste(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Los 6 dígitos del código").focus()
    page.keyboard.insert_text(text)


def enter_code(page: Page, server: Server, email: str, after: str = "") -> str:
    ask_for_code(page)
    code = code_for(server, email, after)
    digits = code.replace(" ", "")
    paste(page, f"{digits[:3]} {digits[3:]}")
    return code


def agree(page: Page) -> None:
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    expect(page.get_by_role("button", name="Abrir la cámara")).to_have_count(0)
    page.get_by_role("button", name="Continuar", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="Marca la frase de arriba")).to_be_visible()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Continuar", exact=True).click()


def open_camera(page: Page) -> Locator:
    page.get_by_role("button", name="Abrir la cámara").click()
    camera = page.get_by_role("dialog")
    expect(camera.get_by_role("status").filter(has_text="Bien: adelante")).to_be_visible()
    return camera


def shoot(page: Page) -> None:
    """With the keyboard alone: the shutter has the focus, and so has what comes next."""
    camera = open_camera(page)
    expect(camera.get_by_role("button", name="Tomar la foto")).to_be_focused()
    page.keyboard.press("Enter")
    expect(camera.get_by_role("button", name="Usar esta foto")).to_be_focused()
    picture = camera.get_by_role("img", name="La foto que tomaste")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") >= 640
    page.keyboard.press("Enter")
    expect(camera).to_be_hidden()
    looked_at(page)


def film(page: Page) -> None:
    camera = open_camera(page)
    camera.get_by_role("button", name="Grabar").click()
    expect(camera.get_by_role("progressbar", name="Grabación")).to_be_visible()
    for words in ("Mira a la cámara", "Gira la cabeza a la izquierda", "Gira la cabeza a la derecha"):
        expect(camera.get_by_role("status")).to_have_text(words)
    use = camera.get_by_role("button", name="Usar este video")
    expect(use).to_be_focused()
    use.click()
    looked_at(page)


def looked_at(page: Page) -> None:
    """Comparing faces takes seconds, and more where the machine has other things to do."""
    expect(page.get_by_role("progressbar", name="Avance del envío")).to_be_hidden(timeout=90_000)


@pytest.fixture(scope="module")
def camera(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, Camera]]:
    with filmed(chromium, tmp_path_factory.mktemp("camera")) as found:
        yield found


@pytest.fixture
def filming(camera: tuple[Browser, Camera]) -> Iterator[tuple[Windows, Camera]]:
    windows = Windows(camera[0])
    yield windows, camera[1]
    faults = windows.close()
    assert not faults, "\n".join(faults)


@pytest.mark.skipif(not can_compare(), reason="Faces are compared by the extra `faces`, which is not installed")
def test_from_the_code_to_the_signature(server: Server, windows: Windows, filming: tuple[Windows, Camera]) -> None:
    """Three wrong codes block Ana; a member lets her try again; a stranger's card is refused, and her own taken."""
    asked = ask(server, "de-principio-a-fin", EVERYTHING)
    phone, camera = filming[0].open(PHONE, refusals={400, 423}), filming[1]
    phone.goto(asked.link)
    expect(heading(phone, FIRST)).to_be_visible()
    nothing_is_shown(phone, asked.link)
    used = three_wrong_codes(phone, server, asked)
    member_lets_try_again(windows.open(DESKTOP), server, asked)
    expect(heading(phone, FIRST)).to_be_visible()  # the page has looked by itself
    enter_code(phone, server, asked.email, after=used)
    agree(phone)
    camera.see_face("collins")
    shoot(phone)
    expect(phone.get_by_role("heading", name="Documento de identidad, frente")).to_be_focused()
    camera.see_card("hopper")
    shoot(phone)
    expect(phone.get_by_role("alert").filter(has_text="Te quedan 2 intentos")).to_be_visible()
    camera.see_card("collins")
    shoot(phone)
    expect(phone.get_by_role("heading", name="Documento de identidad, reverso")).to_be_focused()
    camera.see_back()
    shoot(phone)
    expect(phone.get_by_role("heading", name="Video corto")).to_be_focused()
    camera.see_face("collins")
    film(phone)
    reads_and_signs(phone, asked.name)


def nothing_is_shown(page: Page, link: str) -> None:
    expect(page.get_by_text("Por favor envía tus papeles")).to_have_count(0)  # the sender's message
    expect(page.get_by_text("Contrato de servicios")).to_have_count(0)  # the name of the document
    expect(page.locator("rb-sheet, rb-signature, rb-slot")).to_have_count(0)
    for path in ("document", "pages/1", "pages/1/text"):
        answer = page.request.get(f"{link}/{path}")
        assert (answer.status, answer.json()["message"]) == (403, "IDENTITY_REQUIRED")


def three_wrong_codes(page: Page, server: Server, asked: Asked) -> str:
    ask_for_code(page)
    code = code_for(server, asked.email)
    wrong = "000000" if code.replace(" ", "") != "000000" else "111111"
    for left in ("Te quedan 2 intentos", "Te queda un intento"):
        paste(page, wrong)
        expect(page.get_by_role("alert").filter(has_text=left)).to_be_visible()
        expect(page.get_by_role("textbox", name="Los 6 dígitos del código")).to_have_value("")
    paste(page, wrong)
    expect(heading(page, "Esto se detuvo aquí por ahora")).to_be_focused()
    expect(page.get_by_text("El código se escribió mal tres veces.")).to_be_visible()
    return code


def member_lets_try_again(page: Page, server: Server, asked: Asked) -> None:
    sign_in(page, server)
    find_process(page, server, asked.email, asked.name)
    page.get_by_role("button", name="Dejar que lo intente de nuevo").click()
    expect(page.get_by_role("status").filter(has_text="puede intentarlo de nuevo")).to_be_visible()


def reads_and_signs(page: Page, name: str) -> None:
    expect(heading(page, name)).to_be_focused()
    expect(page.get_by_role("group", name="Página 1 de 2")).to_contain_text("Services agreement")
    choose(page, slot(page, "Recibo"), "Elegir archivo", people.picture("recibo.jpg", "Ana Ruiz"))
    expect(slot(page, "Recibo")).to_contain_text("Recibido")
    page.get_by_role("radio", name="Escribir").check()
    page.get_by_role("checkbox", name=re.compile("^He leído el documento")).check()
    page.get_by_role("button", name="Firmar el documento").click()
    expect(heading(page, "Listo, gracias")).to_be_focused()


def test_a_code_opens_one_browser(server: Server, windows: Windows) -> None:
    asked = ask(server, "otro-navegador", CODE)
    mine, other = windows.open(PHONE), windows.open(DESKTOP)
    mine.goto(asked.link)
    enter_code(mine, server, asked.email)
    expect(heading(mine, asked.name)).to_be_focused()
    mine.reload()
    expect(heading(mine, asked.name)).to_be_visible()
    other.goto(asked.link)
    expect(heading(other, FIRST)).to_be_visible()
    nothing_is_shown(other, asked.link)


def test_who_asks_again_at_once_is_told_when(server: Server, windows: Windows) -> None:
    asked = ask(server, "otra-vez", CODE)
    page = windows.open(DESKTOP)
    page.goto(asked.link)
    ask_for_code(page)
    again = page.get_by_role("button", name=re.compile(r"Otro código en 0:\d\d"))
    expect(again).to_have_attribute("aria-disabled", "true")
    again.click(force=True)
    page.reload()  # the server counts, not the page
    expect(page.get_by_role("button", name=re.compile(r"Otro código en 0:\d\d"))).to_be_visible()


def test_a_code_that_has_grown_old_says_so(server: Server, windows: Windows) -> None:
    asked = ask(server, "viejo", CODE)
    page = windows.open(DESKTOP)
    page.clock.install()
    page.goto(asked.link)
    ask_for_code(page)
    page.clock.fast_forward("11:00")
    expect(page.get_by_role("alert").filter(has_text="Este código ya no sirve.")).to_be_visible()
    expect(page.get_by_role("button", name="Enviar otro código")).to_be_enabled()


def test_without_a_camera_a_picture_is_chosen(server: Server, windows: Windows) -> None:
    asked = ask(server, "sin-camara", PICTURES)
    page = windows.open(DESKTOP, refusals={400})
    page.goto(asked.link)
    agree(page)
    page.get_by_role("button", name="Abrir la cámara").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("No se encontró ninguna cámara.")
    page.keyboard.press("Escape")
    choose_picture(page, face("collins", 400))
    alert = page.locator("rb-capture").get_by_role("alert").filter(has_text="640")
    expect(alert).to_be_visible()
    choose_picture(page, face("collins", 900))
    expect(heading(page, asked.name)).to_be_focused()


def choose_picture(page: Page, picture: Image.Image) -> None:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=92)
    with page.expect_file_chooser() as chooser:
        page.get_by_text("Elegir una foto", exact=True).locator("visible=true").click()
    chooser.value.set_files({"name": "cara.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()})
    page.get_by_role("button", name="Usar esta foto").click()


def test_who_gives_no_pictures_waits_for_a_person(server: Server, windows: Windows) -> None:
    asked = ask(server, "sin-fotos", PICTURES)
    page = windows.open(PHONE)
    page.goto(asked.link)
    page.get_by_role("button", name="No quiero dar fotos").click()
    page.get_by_role("dialog").get_by_role("button", name="Volver").click()
    expect(heading(page, FIRST)).to_be_visible()
    page.get_by_role("button", name="No quiero dar fotos").click()
    page.get_by_role("dialog").get_by_role("button", name="Seguir sin fotos").click()
    expect(heading(page, "Sigues sin fotos")).to_be_focused()
    member_lets_through(windows.open(DESKTOP), server, asked)
    expect(heading(page, asked.name)).to_be_focused()  # the page has looked by itself
    expect(page.get_by_role("group", name="Página 1 de 2")).to_be_visible()


def member_lets_through(page: Page, server: Server, asked: Asked) -> None:
    sign_in(page, server)
    find_process(page, server, asked.email, asked.name)
    page.get_by_role("button", name="Dejar pasar").click()
    dialog = page.get_by_role("dialog", name="Dejar pasar: Ana Ruiz")
    dialog.get_by_role("textbox", name="Motivo").fill("La conozco; hablamos por teléfono.")
    dialog.get_by_role("button", name="Dejar pasar").click()
    expect(page.get_by_role("status").filter(has_text="puede continuar")).to_be_visible()


def test_a_fresh_link_for_whoever_has_an_old_one(server: Server, windows: Windows) -> None:
    asked = ask(server, "enlace-nuevo", {})
    console, page = windows.open(DESKTOP), windows.open(PHONE)
    sign_in(console, server)
    find_process(console, server, asked.email, asked.name)
    console.get_by_role("button", name="Enviar el enlace de nuevo").click()
    reminder = eventually(lambda: newer_link(server, asked.email, {asked.link}), "the reminder")
    eventually(lambda: is_gone(page, asked.link), "the end of the first link")
    page.get_by_role("button", name="Enviarme un enlace nuevo").click()
    expect(page.get_by_role("status").filter(has_text="un enlace nuevo va en camino")).to_be_focused()
    fresh = eventually(lambda: newer_link(server, asked.email, {asked.link, reminder}), "the new link")
    for link in (fresh, reminder):
        page.goto(link)
        expect(heading(page, asked.name)).to_be_visible()


def is_gone(page: Page, link: str) -> bool:
    """The older links end a moment after the reminder has gone out."""
    answer = page.goto(link)
    return answer is not None and answer.status == 410


def newer_link(server: Server, email: str, known: set[str]) -> str | None:
    link = server.mailbox.link_for(email)
    return link if link not in known else None
