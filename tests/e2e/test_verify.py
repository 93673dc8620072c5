"""The page that checks a PDF: by its fingerprint alone, with the whole file, and with the files that belong to it."""

import hashlib
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import FilePayload, Page, Request, expect

from tests.e2e import people
from tests.e2e.people import drop
from tests.e2e.windows import DESKTOP, PHONE, Windows
from tests.server import OWNER, Server, eventually
from tools import sample

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("server")]

NAME = "Contrato que se verifica"
# Nobody else has mail to this address, so the newest link is this contract's.
CARMEN = ("Carmen Soto", "carmen.verifies@example.com")
CARD = sample.card("Ana Ruiz")


@dataclass(frozen=True)
class Sealed:
    """A contract that Ana has signed, with her card; ``page`` is where it is checked."""

    page: str
    pdf: bytes


@pytest.fixture(scope="module")
def sealed(server: Server) -> Sealed:
    made = people.send(server, NAME, people.person(*CARMEN, files=[{"name": "Cédula"}], position=[_box()]))
    link = server.link_for(CARMEN[1])
    slot = httpx.get(f"{link}/state").json()["files"][0]["id"]
    name = {"Content-Disposition": "attachment; filename*=UTF-8''c%C3%A9dula.jpg"}
    assert httpx.put(f"{link}/files/{slot}", content=CARD, headers=name).status_code == 200
    signature = {"kind": "type", "text": "Ana Ruiz", "consent": True}
    assert httpx.post(f"{link}/signature", json=signature).status_code == 200
    user = httpx.get(f"{link}/state").json()["participant"]["id"]
    decision = {"package": made["package"], "userId": user, "file": "Cédula", "decision": "approve", "email": OWNER}
    server.auco("POST", "/attachments/review", decision)
    code = httpx.get(f"{link}/state").json()["document"]["code"]

    def finished() -> str | None:
        found = server.auco("GET", "/document", code=code)
        return str(found["url"]) if found["status"] == "FINISH" else None

    return Sealed(f"{server.url}/verify", httpx.get(eventually(finished, "the seal")).content)


def _box() -> dict[str, float]:
    return {"page": 1, "x": 0.9, "y": 0.9, "w": 180, "h": 70}


def pdf(data: bytes, name: str = "contrato.pdf") -> FilePayload:
    return {"name": name, "mimeType": "application/pdf", "buffer": data}


def card(data: bytes, name: str) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def uploads(page: Page) -> list[str]:
    """The addresses that something else than a digest was sent to; what is in a file's body no browser tells."""
    sent: list[str] = []

    def look(request: Request) -> None:
        if request.method == "POST" and not (
            request.url.endswith("/verify/digest") and len(request.post_data_buffer or b"") == 77
        ):
            sent.append(request.url)

    page.on("request", look)
    return sent


def test_a_file_of_ours_is_known_without_an_upload(windows: Windows, sealed: Sealed) -> None:
    page = windows.open(PHONE)
    page.goto(sealed.page)
    sent, data = uploads(page), sealed.pdf
    expect(page.get_by_role("button", name="Verificar el archivo completo")).to_be_hidden()
    page.locator('input[name="file"]').set_input_files(pdf(data))
    title = page.get_by_role("heading", name="Entregado aquí y sin cambios")
    expect(title).to_be_visible()
    expect(title).to_be_focused()
    result = page.get_by_role("region", name="Entregado aquí y sin cambios")
    expect(result).to_contain_text(NAME)
    expect(result).to_contain_text(hashlib.sha256(data).hexdigest())
    expect(result.get_by_role("listitem").filter(has_text="cédula.jpg")).to_be_visible()
    assert sent == []


def test_collected_files_are_compared_on_the_device(windows: Windows, sealed: Sealed) -> None:
    page = windows.open(DESKTOP)
    page.goto(sealed.page)
    sent = uploads(page)
    page.locator('input[name="file"]').set_input_files(pdf(sealed.pdf))
    row = page.locator("[data-files] [data-sha256]")
    zone = page.locator("[data-compare]")
    expect(zone).to_be_visible()
    drop(zone, card(CARD + b"x", "cédula.jpg"))
    expect(row).to_contain_text("“cédula.jpg” es otro archivo")
    drop(zone, card(b"more", "otra.jpg"))
    expect(page.get_by_text("“otra.jpg” no pertenece a este documento.")).to_be_visible()
    drop(zone, card(CARD, "mi foto.jpg"))
    expect(row).to_contain_text("Igual a “mi foto.jpg”")
    expect(page.get_by_text("1 de 1 archivos resultaron iguales.")).to_be_visible()
    assert sent == []


def test_a_changed_file_is_uploaded_only_when_asked(windows: Windows, sealed: Sealed) -> None:
    """By keyboard: the button has the focus once it is offered."""
    page = windows.open(DESKTOP)
    page.goto(sealed.page)
    sent = uploads(page)
    page.locator('input[name="file"]').set_input_files(pdf(sealed.pdf + b"\n"))
    button = page.get_by_role("button", name="Verificar el archivo completo")
    expect(button).to_be_focused()
    expect(page.get_by_text("Exactamente este archivo no se entregó aquí.")).to_be_visible()
    assert sent == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No confirmado")).to_be_focused()
    expect(page.get_by_text("Después de la firma se agregó algo que ninguna página muestra.").first).to_be_visible()
    assert sent == [sealed.page]


def test_the_whole_file_and_its_files(windows: Windows, sealed: Sealed) -> None:
    page = windows.open(PHONE)
    page.goto(sealed.page)
    page.locator('input[name="file"]').set_input_files(pdf(sealed.pdf))
    page.get_by_role("button", name="Verificar el archivo completo").click()
    expect(page.get_by_role("heading", name="Sin cambios desde que se selló aquí")).to_be_visible()
    expect(page.get_by_text("Esta instalación entregó exactamente este archivo.")).to_be_visible()
    expect(page.get_by_text("certifica el documento")).to_be_visible()
    drop(page.locator("[data-compare]"), card(CARD, "cédula.jpg"))
    expect(page.locator("[data-files] [data-sha256]")).to_contain_text("Igual a “cédula.jpg”")


def test_without_scripts_the_form_uploads(windows: Windows, sealed: Sealed) -> None:
    page = windows.open({**DESKTOP, "java_script_enabled": False})
    page.goto(sealed.page)
    page.locator('input[name="file"]').set_input_files(pdf(sealed.pdf))
    page.get_by_role("button", name="Verificar").click()
    expect(page.get_by_role("heading", name="Sin cambios desde que se selló aquí")).to_be_visible()
