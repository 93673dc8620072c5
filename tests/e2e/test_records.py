"""The record store in a browser: define, make, drop a file, copy it to a second record, remove the first."""

import base64
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.people import sign_in
from tests.e2e.windows import DESKTOP, PHONE, Windows
from tests.server import Server
from tools import sample

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("console")]
NAME = "recibo año.jpg"

# A browser lets no script choose a file of the machine; one that is dropped may be made by a script.
DROP = """
(zone, [name, type, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type }));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}
"""


def field(page: Page, name: str) -> Locator:
    """The files of one field, on the page of a record."""
    return page.get_by_role("region", name=name)


def define(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/console/records/new")
    page.locator("#name").fill("Recibos")
    page.locator("#label").fill("Recibos del mes")
    page.locator("input[name='f-0-name']").fill("papeles")
    page.locator("input[name='f-0-label']").fill("Papeles")
    page.locator("select[name='f-0-type']").select_option("attachment")
    page.locator("form[action$='/add'] .button--primary").click()


def make(page: Page, server: Server, external: str) -> None:
    page.goto(f"{server.url}/console/records/Recibos/new")
    page.locator("#externalId").fill(external)
    page.locator("form[action$='/add'] .button--primary").click()
    expect(page.get_by_role("heading", level=1, name=external)).to_be_visible()


def test_a_dropped_file_is_copied_and_outlives_its_source(server: Server, windows: Windows) -> None:
    page = windows.open(DESKTOP)
    sign_in(page, server)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    define(page, server)
    expect(page.get_by_role("heading", level=1, name="Recibos del mes")).to_be_visible()
    make(page, server, "segundo")
    make(page, server, "primero")
    content = base64.b64encode(sample.card("front")).decode()
    field(page, "Papeles").locator("[data-drop]").evaluate(DROP, [NAME, "image/jpeg", content])
    row = field(page, "Papeles").get_by_role("listitem").filter(has_text=NAME)
    expect(row).to_be_visible()
    expect(field(page, "Historia").get_by_role("listitem").first).to_contain_text(NAME)
    row.locator("[data-dialog]").click()
    picture = page.locator("dialog[open] img")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("picture => picture.naturalWidth") > 100
    page.keyboard.press("Escape")

    row.locator("a[href$='/copy']").click()
    page.locator("#record").fill("segundo")
    page.locator("form[action$='/copy/do'] .button--primary").click()
    expect(page.get_by_role("heading", level=1, name="segundo")).to_be_visible()
    expect(field(page, "Papeles").get_by_role("listitem")).to_have_count(1)

    page.goto(f"{server.url}/console/records/Recibos/documents/primero")
    page.locator("form[action$='/remove'] > .button--danger").click()
    page.locator("#confirm button[value='yes']").click()
    expect(page).to_have_url(re.compile("/console/records/[^/]+$"))
    expect(page.get_by_role("link", name="primero")).to_have_count(0)

    page.get_by_role("link", name="segundo").click()
    copy = field(page, "Papeles").get_by_role("listitem").filter(has_text=NAME)
    with page.expect_download() as started:
        copy.locator("a[download]").click()
    assert started.value.suggested_filename == NAME
    assert started.value.path().read_bytes() == sample.card("front")


def test_files_on_a_phone(server: Server, windows: Windows) -> None:
    """By the file dialog, and removed again; the window fails by itself where the page is too wide."""
    page = windows.open(PHONE)
    sign_in(page, server)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(f"{server.url}/console/records/new")
    page.locator("#name").fill("Fotos")
    page.locator("input[name='f-0-name']").fill("fotos")
    page.locator("select[name='f-0-type']").select_option("attachment")
    page.locator("form[action$='/add'] .button--primary").click()
    expect(page.get_by_role("heading", level=1, name="Fotos")).to_be_visible()
    page.goto(f"{server.url}/console/records/Fotos/new")
    page.locator("#externalId").fill("una")
    page.locator("form[action$='/add'] .button--primary").click()
    expect(page.get_by_role("heading", level=1, name="una")).to_be_visible()
    name = "un-nombre-muy-largo-de-un-archivo-que-no-cabe-en-la-pantalla-de-un-telefono.jpg"
    file = {"name": name, "mimeType": "image/jpeg", "buffer": sample.card("front")}
    field(page, "fotos").locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    row = field(page, "fotos").get_by_role("listitem").filter(has_text=name)
    expect(row).to_be_visible()
    row.locator("form[action$='/remove'] button").click()
    page.locator("#confirm button[value='yes']").click()
    expect(field(page, "fotos").get_by_role("listitem")).to_have_count(0)
