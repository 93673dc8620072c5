"""A document that the recipient completes in a real browser: from the mail to the signature's invitation."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from rubrica.templating.tests.examples import COMPLETE, LEASE, MASK, question
from tests.e2e.windows import DESKTOP, PHONE, Windows
from tests.server import OWNER, Server, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("console")]


def make_template(server: Server, body: dict[str, Any] = LEASE, complete: str = COMPLETE, mask: str = MASK) -> str:
    made = server.auco("POST", "/template", body)
    for page, html in (("mask", mask), ("complete", complete)):
        answer = httpx.put(made["urls"][page], content=html.encode(), headers={"Content-Type": "text/html"})
        assert answer.status_code == 200, answer.text
    template: str = made["id"]
    return template


def prebuild(server: Server, template: str, email: str, **given: str) -> str:
    """Gives the link that was mailed."""
    body = {"email": OWNER, "name": "Arriendo calle 5", "document": template, "sign": True, "notification": True}
    more = {"emailTo": email, "preBuild": [{"key": key, "value": value} for key, value in given.items()]}
    server.auco("POST", "/document/prebuild", {**body, **more})
    eventually(lambda: bool(server.mailbox.to(email)), "the mail")
    text = server.mailbox.to(email)[-1].get_body(("plain",))
    found = re.search(r"http://\S+/c/[A-Za-z0-9_-]+", text.get_content() if text else "")
    assert found
    return found[0]


def saved(page: Page) -> None:
    expect(page.get_by_text("Guardado", exact=True)).to_be_visible()


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_recipient_completes_it(server: Server, windows: Windows, device: dict[str, Any], tmp_path: Path) -> None:
    kind = "phone" if device is PHONE else "desktop"
    ana, luis = f"ana.completes.{kind}@example.com", f"luis.completes.{kind}@example.com"
    link = prebuild(server, make_template(server), ana, canon="1500000", correo=ana)
    page = windows.open(device, refusals={400})
    page.goto(link)
    expect(page.get_by_role("heading", level=1, name="Arriendo calle 5")).to_be_visible()
    expect(page.get_by_label("Canon mensual")).to_have_count(0)
    page.get_by_label("Nombre completo del arrendatario").fill("Ana Ruiz")
    page.get_by_label("Número", exact=True).fill("1084340519")
    page.get_by_label("Celular").fill("12")
    page.get_by_label("Fecha de inicio").focus()
    expect(page.get_by_text("Escribe el número con su país")).to_be_visible()
    page.get_by_label("Celular").fill("300 123 4567")
    page.get_by_label("Fecha de inicio").fill("2030-01-15")
    expect(page.get_by_text("Escribe el número con su país")).to_be_hidden()
    expect(page.get_by_label("Nombre del codeudor")).to_be_hidden()
    page.get_by_label("Sí", exact=True).check()
    expect(page.get_by_label("Nombre del codeudor")).to_be_visible()
    page.get_by_label("Nombre del codeudor").fill("Luis Gómez")
    saved(page)
    page.reload()
    expect(page.get_by_label("Nombre completo del arrendatario")).to_have_value("Ana Ruiz")
    expect(page.get_by_label("Nombre del codeudor")).to_have_value("Luis Gómez")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("LUIS GÓMEZ")).to_be_attached()
    page.get_by_role("button", name="Ver el documento").click()
    expect(page.get_by_role("alert")).to_contain_text("Correo del codeudor")
    page.get_by_label("Correo del codeudor").fill(luis)
    page.get_by_role("button", name="Ver el documento").click()
    expect(page.get_by_role("heading", level=1, name="Lee el documento antes de enviarlo")).to_be_visible()
    image = page.get_by_role("img", name="Página 1")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1200
    page.get_by_role("button", name="Enviar el documento").click()
    expect(page.get_by_role("heading", level=1, name="Tus respuestas se enviaron, gracias")).to_be_visible()
    assert server.link_for(ana) and server.link_for(luis)


def test_without_script(server: Server, chromium: Any) -> None:
    link = prebuild(server, make_template(server), "plain@example.com", canon="1500000", correo="plain@example.com")
    context = chromium.new_context(java_script_enabled=False, locale="es-CO", **PHONE)
    page = context.new_page()
    page.goto(link)
    page.get_by_label("Nombre completo del arrendatario").fill("Ana Ruiz")
    page.get_by_label("Número", exact=True).fill("1084340519")
    page.get_by_label("Fecha de inicio").fill("2030-01-15")
    page.get_by_label("Sí", exact=True).check()
    page.get_by_role("button", name="Ver el documento").click()
    expect(page.get_by_text("trajeron preguntas nuevas")).to_be_visible()
    page.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Ver el documento").click()
    page.get_by_role("button", name="Enviar el documento").click()
    expect(page.get_by_role("heading", level=1, name="Tus respuestas se enviaron, gracias")).to_be_visible()
    context.close()


def test_every_kind_of_question_can_be_answered(server: Server, windows: Windows) -> None:
    kinds = ["text", "name", "email", "phone", "number", "currency", "date", "nit", "identification", "department",
             "select", "searchlist", "clausula", "check", "image", "signature"]  # fmt: skip
    questions = [question(kind, f"q_{kind}") for kind in kinds]
    signer = {"name": "q_name", "email": "q_email", "type": "one"}
    body = {"name": "All", "config": questions, "sign": [f"q_{kind}" for kind in kinds], "signatureProfile": [signer]}
    spans = "".join(f"<p>{kind}: <span name='q_{kind}'>___</span></p>" for kind in kinds)
    html = f"<html><body>{spans}<span name=q_clausula_yes>YES</span><div id=one class=sign-margin></div></body></html>"
    link = prebuild(server, make_template(server, body, html, html), "all@example.com")
    page = windows.open(DESKTOP)
    page.goto(link)
    lines = {"text": "Hola", "name": "ana ruiz", "email": "all@example.com", "phone": "+573001234567", "number": "5000",
             "currency": "50000", "nit": "900123456-7", "searchlist": "Brasil"}  # fmt: skip
    for kind, value in lines.items():
        page.get_by_label(f"About q_{kind}", exact=True).fill(value)
    page.get_by_label("About q_date", exact=True).fill("2024-01-15")
    page.get_by_label("About q_department").select_option("Antioquia")
    page.get_by_label("Número", exact=True).fill("1084340519")
    page.get_by_label("Letter A").check()
    page.get_by_label("Yes", exact=True).check()
    page.get_by_label("insurance").check()
    from tests.e2e.people import picture

    page.get_by_label("About q_image").set_input_files(picture("foto.jpg", "Ana"))
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 20, steps=5)
    page.mouse.move(box["x"] + 200, box["y"] + 50, steps=5)
    page.mouse.up()
    frame = page.frame_locator("iframe")
    for shown in ("ANA RUIZ", "5.000", "$50.000 (CINCUENTA MIL PESOS)", "15 de enero de 2024", "900123456-7", "YES",
                  "CC 1084340519", "Antioquia", "Letter A", "Brasil", "insurance"):  # fmt: skip
        expect(frame.get_by_text(shown, exact=False).first).to_be_attached()
    expect(frame.locator("img")).to_have_count(2)
    page.get_by_role("button", name="Ver el documento").click()
    expect(page.get_by_role("heading", level=1, name="Lee el documento antes de enviarlo")).to_be_visible()
