"""What a member does with what was sent: folders and tags, cancelling with a message, reactivating; packages."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import sign_in, text_of
from tests.e2e.windows import DESKTOP, PHONE, Windows
from tests.server import OWNER, Server, eventually
from tools import sample

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("console")]


def package(server: Server) -> str:
    """A package of two documents from a folder, with a tag and a reader; its PDFs are there."""
    place = [{"page": 1, "x": 0.5, "y": 0.8, "w": 150, "h": 50}]
    ana = {"name": "Ana Ruiz", "email": "ana.sender@example.com", "position": place}
    luis = {"name": "Luis Gómez", "email": "luis.sender@example.com", "position": place}
    body = {
        "email": OWNER,
        "name": "Paquete de arriendo",
        "folder": "Arriendos/2026",
        "tags": ["urgente"],
        "remember": 24,
        "readers": [{"name": "Rita Lozano", "email": "rita.sender@example.com"}],
        "documents": [{"name": "Contrato", "signProfile": [ana, luis]}, {"name": "Pagaré", "signProfile": [ana]}],
    }
    answer = server.auco("POST", "/document/many", body)
    for document in answer["documents"]:
        server.http.put(document["url"], content=sample.contract()).raise_for_status()
    return str(answer["id"])


def folders_and_tags(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/console/settings/folders")
    expect(page.get_by_role("heading", name="Todavía no hay carpetas")).to_be_visible()
    page.get_by_label("Carpeta nueva").fill("Arriendo")
    page.get_by_label("Carpeta nueva").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("La carpeta “Arriendo” está lista.")
    page.get_by_text("Cambiar “Arriendo”").click()
    page.get_by_label("Ruta").fill("Arriendos/2026")
    page.get_by_role("button", name="Cambiar el nombre").click()
    expect(page.get_by_role("link", name="Arriendos/2026")).to_be_visible()
    page.get_by_label("Etiqueta nueva").fill("urgente")
    page.get_by_label("Etiqueta nueva").press("Enter")
    expect(page.get_by_role("link", name="urgente")).to_be_visible()


def test_from_the_folder_to_the_end_and_back(server: Server, windows: Windows) -> None:
    page = windows.open(DESKTOP)
    sign_in(page, server)
    folders_and_tags(page, server)
    package(server)
    page.goto(f"{server.url}/console/processes")
    page.get_by_label("Carpeta").select_option("Arriendos/2026")
    page.wait_for_url("**folder=Arriendos**")
    page.get_by_role("link", name="Paquete de arriendo").click()
    expect(page.get_by_role("article", name="Pagaré")).to_contain_text("Ana Ruiz")
    expect(page.get_by_role("article", name="Rita Lozano")).to_contain_text("Lector")
    page.get_by_role("button", name="Cancelar el proceso").click()
    dialog = page.get_by_role("dialog", name="Cancelar “Paquete de arriendo”")
    dialog.get_by_label("Mensaje").fill("El canon cambió.")
    dialog.get_by_role("button", name="Cancelar el proceso").click()
    expect(page.get_by_role("status").first).to_contain_text("El proceso está cancelado.")
    eventually(lambda: _was_told(server, "luis.sender@example.com", "El canon cambió."), "the mail to Luis")
    page.get_by_role("button", name="Reactivar").click()
    page.get_by_role("dialog").get_by_role("button", name="Continuar").click()
    expect(page.get_by_role("status").first).to_contain_text("Se pide de nuevo a 2 personas.")
    expect(page.get_by_role("button", name="Cancelar el proceso").first).to_be_visible()


def _was_told(server: Server, address: str, words: str) -> bool:
    return any(words in text_of(message) for message in server.mailbox.to(address))


def test_on_a_phone(server: Server, windows: Windows) -> None:
    page = windows.open(PHONE)
    sign_in(page, server)
    for path in ("/console/settings/folders", "/console/processes?tag=urgente"):
        page.goto(server.url + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
