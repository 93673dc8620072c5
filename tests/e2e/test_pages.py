"""Pages one by one in a real browser: signing in, links that open nothing, saying no, and every page on a phone."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from tests.e2e import people
from tests.e2e.people import find_process, sign_in, slot
from tests.e2e.windows import DESKTOP, PHONE, Windows
from tests.server import OWNER, Server, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("server")]


@dataclass
class Sent:
    """A process of two people, one after the other, of whom nobody has done anything. ``link`` is Ana's."""

    name: str
    ana: str
    luis: str
    link: str


@pytest.fixture
def sent(server: Server, request: pytest.FixtureRequest) -> Sent:
    """With addresses of its own, so that no test finds another's mail."""
    test = re.sub(r"[^a-z]+", "-", request.node.name).strip("-")
    files = [{"name": "Cédula"}]
    ana, luis = f"ana.{test}@example.com", f"luis.{test}@example.com"
    people.send(
        server,
        f"Contrato {test}",
        people.person("Ana Ruiz", ana, order="1", files=files),
        people.person("Luis Gómez", luis, order="2", files=files),
    )
    return Sent(f"Contrato {test}", ana, luis, server.link_for(ana))


def test_wrong_and_then_right_password(server: Server, windows: Windows) -> None:
    page = windows.open(DESKTOP)
    sign_in(page, server, "not the password")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Correo electrónico")).to_have_value(OWNER)
    sign_in(page, server)
    expect(page.get_by_role("heading", level=1, name="Lo que te espera")).to_be_visible()


def test_a_participant_rejects_with_a_reason(server: Server, windows: Windows, sent: Sent) -> None:
    page, reason = windows.open(PHONE), "La cláusula 4 no es lo que acordamos."
    page.goto(sent.link)
    page.get_by_role("button", name="No estoy de acuerdo, rechazar").click()
    dialog = page.get_by_role("dialog", name="¿Rechazar este proceso?")
    dialog.get_by_role("button", name="Rechazar").click()
    expect(dialog.get_by_role("alert")).to_have_text("Primero escribe el motivo.")
    dialog.get_by_role("textbox", name="Motivo").fill(reason)
    dialog.get_by_role("button", name="Rechazar").click()
    expect(page.get_by_role("heading", level=1, name="Rechazaste este proceso")).to_be_focused()
    page.reload()
    expect(page.get_by_role("heading", level=1, name="Rechazaste este proceso")).to_be_visible()
    eventually(lambda: any(reason in people.text_of(mail) for mail in server.mailbox.to(OWNER)), "the creator's mail")
    sign_in(page, server)
    find_process(page, server, sent.name, sent.name)
    expect(page.get_by_role("alert")).to_have_text(f"Ana Ruiz rechazó: {reason}")


def test_a_link_that_nobody_was_given(server: Server, windows: Windows) -> None:
    page = windows.open(PHONE)
    answer = page.goto(f"{server.url}/s/{'x' * 43}")
    assert answer is not None and answer.status == 404
    expect(page.get_by_role("heading", level=1, name="Este enlace no funciona")).to_be_visible()


def test_a_link_that_was_replaced(server: Server, windows: Windows, sent: Sent) -> None:
    console, phone = windows.open(DESKTOP), windows.open(PHONE)
    sign_in(console, server)
    find_process(console, server, sent.name, sent.name)
    console.get_by_role("article", name="Ana Ruiz").get_by_role("button", name="Enviar el enlace de nuevo").click()
    expect(console.get_by_role("status").filter(has_text="va en camino")).to_be_visible()
    eventually(lambda: server.mailbox.link_for(sent.ana) != sent.link, "the reminder")
    answer = phone.goto(sent.link)
    assert answer is not None and answer.status == 410
    expect(phone.get_by_role("heading", level=1, name="Hay un enlace más reciente")).to_be_visible()
    phone.goto(server.link_for(sent.ana))
    expect(phone.get_by_role("heading", level=1, name=sent.name)).to_be_visible()


def test_not_your_turn(server: Server, windows: Windows, sent: Sent) -> None:
    console, phone = windows.open(DESKTOP), windows.open(PHONE)
    sign_in(console, server)
    find_process(console, server, sent.luis, sent.name)
    console.get_by_role("article", name="Luis Gómez").get_by_role("button", name="Enlace y código QR").click()
    phone.goto(console.get_by_role("textbox", name="Enlace").input_value())
    expect(phone.get_by_role("heading", level=1, name="Todavía no es tu turno")).to_be_visible()
    expect(phone.get_by_role("listitem").filter(has_text="Ana Ruiz")).to_be_visible()
    expect(phone.get_by_role("button", name="Firmar")).to_have_count(0)


def test_what_is_refused_says_why(windows: Windows, sent: Sent) -> None:
    page = windows.open(PHONE, refusals={415})
    page.goto(sent.link)
    card = slot(page, "Cédula")
    people.choose(page, card, "Elegir archivo", {"name": "virus.exe", "mimeType": "", "buffer": b"MZ"})
    expect(card.get_by_role("alert")).to_contain_text("“virus.exe” es de un tipo que no se acepta")
    lying: FilePayload = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": b"MZ, which no picture begins with"}
    people.choose(page, card, "Elegir otro archivo", lying)
    expect(card.get_by_role("alert")).to_contain_text("Este tipo de archivo no se acepta")
    people.choose(page, card, "Elegir otro archivo", people.picture("foto.jpg", "Ana Ruiz"))
    expect(card).to_contain_text("Recibido")
    card.get_by_role("button", name="Retirar").click()
    expect(card.get_by_text("Elegir archivo")).to_be_visible()


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_console_page(server: Server, windows: Windows, sent: Sent, device: dict[str, object]) -> None:
    """The window complains of what does not fit, of inline code, and of anything the console says."""
    page = windows.open(device)
    sign_in(page, server)
    find_process(page, server, sent.name, sent.name)
    page.get_by_role("article", name="Ana Ruiz").get_by_role("button", name="Enlace y código QR").click()
    expect(page.get_by_role("heading", level=1, name="Un enlace para Ana Ruiz")).to_be_visible()
    page.goto(f"{server.url}/console/processes?q=nothing+like+this")
    expect(page.get_by_role("heading", name="Sin resultados")).to_be_visible()
    page.goto(f"{server.url}/nowhere")
    expect(page.get_by_role("heading", level=1, name="No hay nada en esta dirección")).to_be_visible()
    page.goto(f"{server.url}/console/")
    if device is PHONE:
        page.get_by_role("button", name="Menú").click()
    page.locator("summary", has_text="Tu cuenta").click()
    page.get_by_role("button", name="Cerrar sesión").click()
    expect(page.get_by_role("button", name="Iniciar sesión")).to_be_visible()


def test_a_window_sees_what_is_wrong(chromium: Browser) -> None:
    windows = Windows(chromium)
    page = windows.open(PHONE)
    page.goto(
        "data:text/html,<meta name=viewport content='width=device-width'>"
        "<meta http-equiv=Content-Security-Policy content=\"img-src 'none'\">"
        "<body><img src=https://nowhere.example/a.png><p style='width:900px' onclick=x()>wide<script>missing()</script>"
    )
    page.wait_for_load_state()
    faults = "\n".join(windows.close())
    for fault in ("img-src forbids", "<p style", "<script>", "pixels do not fit into 390", "missing is not defined"):
        assert fault in faults, faults
