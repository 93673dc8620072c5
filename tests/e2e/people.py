"""Who takes part in the tests with a browser, and what each of them does."""

import base64
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.server import OWNER, PASSWORD, Server
from tools import sample

ANA, LUIS = ("Ana Ruiz", "ana@example.com"), ("Luis Gómez", "luis@example.com")
SUBJECT = "Tu contrato de servicios"


def person(name: str, email: str, **more: Any) -> dict[str, Any]:
    """A participant as the creator's call names one."""
    return {"name": name, "email": email, "phone": "+573000000000", **more}


def send(server: Server, name: str, *people: dict[str, Any]) -> dict[str, Any]:
    """The creator asks people for files and signatures over the API."""
    body = {
        "email": OWNER,
        "name": "Contrato de servicios",
        "packageName": name,
        "subject": SUBJECT,
        "message": "Por favor envía tus papeles y firma.",
        "file": base64.b64encode(sample.contract()).decode(),
        "signProfile": list(people),
    }
    return server.auco("POST", "/attachments", body)


def picture(name: str, of: str) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": sample.card(of)}


def sign_in(page: Page, server: Server, password: str = PASSWORD) -> None:
    page.goto(f"{server.url}/console/")
    page.get_by_label("Correo electrónico").fill(OWNER)
    page.get_by_label("Contraseña").fill(password)
    page.get_by_role("button", name="Iniciar sesión").click()


def find_process(page: Page, server: Server, words: str, name: str) -> None:
    page.goto(f"{server.url}/console/processes")
    page.get_by_role("searchbox", name="Buscar").fill(words)
    page.get_by_role("button", name="Buscar").click()
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def slot(page: Page, name: str) -> Locator:
    """The place for one requested file on a participant's page."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=name))


def choose(page: Page, place: Locator, label: str, file: FilePayload) -> None:
    with page.expect_file_chooser() as chooser:
        place.get_by_text(label, exact=True).click()
    chooser.value.set_files(file)


def drop(place: Locator, file: FilePayload) -> None:
    """What a desktop does when a file is let go over an element."""
    content = base64.b64encode(file["buffer"]).decode()
    transfer = place.page.evaluate_handle(
        """({ name, mimeType, content }) => {
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, { type: mimeType }));
            return transfer;
        }""",
        {"name": file["name"], "mimeType": file["mimeType"], "content": content},
    )
    for event in ("dragenter", "dragover", "drop"):
        place.dispatch_event(event, {"dataTransfer": transfer})


def draw(page: Page, canvas: Locator) -> None:
    """A stroke of a finger, as the screen reports it."""
    canvas.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")  # pages of the document that come into view may still move it
    canvas.click(trial=True)  # waits until it lies still and nothing covers it, and touches nothing
    box = canvas.bounding_box()
    assert box is not None
    finger = page.context.new_cdp_session(page)
    points = [{"x": box["x"] + 30 + 6 * t, "y": box["y"] + box["height"] / 2 + 25 * (-1) ** t} for t in range(40)]
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
    for point in points[1:]:
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    finger.detach()


def download(page: Page, link: Locator, to: Path) -> bytes:
    with page.expect_download() as download:
        link.click()
    download.value.save_as(to)
    return to.read_bytes()


def text_of(message: Any) -> str:
    body = message.get_body(("plain",))
    text: str = body.get_content()
    return re.sub(r"\s+", " ", text)
