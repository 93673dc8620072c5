"""Bulk sending in a browser: a file of 200 rows and two bad ones, from its columns to a process for each good row."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import sign_in
from tests.e2e.windows import DESKTOP, Windows
from tests.server import Server

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("console")]
NAMES = ["María Fernanda Rodríguez", "أمينة بن علي", "王小明", "Zoë 😀"]
ROWS = [f"{NAMES[number % 4]};masivo{number}@example.com;30012{number:05}" for number in range(200)]
FILE = "\n".join(["Nombre;Correo;Celular", *ROWS, "Sin correo;malo;", ";vacio@example.com;"]).encode()
A_ROW = 3  # seconds that a row may take on a machine with much else to do


def write(page: Page, server: Server) -> None:
    """A draft that asks for a file, of people who are still to come."""
    page.goto(f"{server.url}/console/sending")
    page.locator("button[value='files']").click()
    page.locator("[data-person] input[name$='-file']").first.fill("Cédula del envío masivo")
    page.locator(".sending-bar button[value='save']").click()
    expect(page.get_by_role("status").filter(has_text="borrador")).to_be_visible()
    page.goto(re.sub("/people.*", "/message", page.url))
    page.locator("#id_name").fill("Masivo de {Nombre}")
    page.locator("#id_subject").fill("Tu cédula")
    page.locator("#id_message").fill("Hola {Nombre}, envíanos tu cédula.")
    page.locator(".sending-bar button[value='save']").click()
    expect(page.get_by_role("status").filter(has_text="borrador")).to_be_visible()


@pytest.mark.timeout(900)
def test_two_hundred_rows_become_two_hundred_processes(server: Server, windows: Windows) -> None:
    page = windows.open(DESKTOP)
    sign_in(page, server)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    write(page, server)
    page.goto(f"{server.url}/console/sending/bulk")
    page.get_by_label("Qué se envía").select_option(label="Masivo de {Nombre}")
    page.locator("#file").set_input_files({"name": "masivo.csv", "mimeType": "text/csv", "buffer": FILE})
    page.get_by_role("button", name="Leer el archivo").click()
    expect(page.get_by_role("heading", level=1, name="¿Qué es cada columna?")).to_be_visible()
    page.get_by_label("País de los números que no lo tienen").fill("+57")
    page.get_by_role("button", name="Probar").click()
    expect(page.get_by_text("Esto no es un correo.")).to_be_visible()
    page.get_by_role("button", name="Enviar 200 procesos").click()
    page.get_by_role("dialog").get_by_role("button", name="Continuar").click()
    done = page.get_by_role("progressbar", name="Filas terminadas")
    expect(done).to_have_attribute("max", "200")
    expect(done).to_have_attribute("value", "200", timeout=len(ROWS) * A_ROW * 1000)
    expect(page.locator("[data-live-newest]")).to_have_text("200 enviadas")
    expect(page.get_by_text("2 dejadas fuera").first).to_be_visible()
    page.locator(".rows .row__note a").nth(2).click()
    expect(page.get_by_role("heading", level=1, name="Masivo de 王小明")).to_be_visible()
    expect(page.get_by_text("masivo2@example.com").first).to_be_visible()
