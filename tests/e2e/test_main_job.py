"""The main job as people do it: the creator over the API, two participants and a reviewer in browsers."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from playwright.sync_api import Browser, FilePayload, Page, expect

from rubrica.sealing.verification.verify import verify
from tests.e2e import people
from tests.e2e.people import ANA, LUIS, SUBJECT, choose, download, drop, find_process, sign_in, slot
from tests.e2e.windows import DESKTOP, PHONE, Windows
from tests.server import OWNER, RUBRICA, Mailbox, Server, eventually
from tools import sample

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("server")]

NAME = "Contratación de Ana y Luis"
REASON = "El número no se lee; la foto está movida."
BLURRED = people.picture("borrosa.jpg", "A. R.")
CARD_OF_ANA = people.picture("cédula de Ana.jpg", "Ana Ruiz")
BETTER_CARD = people.picture("cédula nítida.jpg", "Ana Ruiz Pérez")
CARD_OF_LUIS = people.picture("luis.jpg", "Luis Gómez")
# An unfinished job of the mail queue could still send a mail twice; an event that was changed breaks the chain.
LOOK_INSIDE = """
from rubrica.processes.models import Process
from rubrica.processes.models.event import first_broken
from procrastinate.contrib.django.models import ProcrastinateJob
process = Process.objects.get(public_id="{package}")
kinds = [event.kind for event in process.events.order_by("sequence")]
jobs = ProcrastinateJob.objects.filter(queue_name="mail").exclude(status="succeeded").count()
import json; print(json.dumps({{"broken": first_broken(process), "kinds": kinds, "jobs": jobs}}))
"""


@dataclass
class MainJob:
    """What is left when all have done their part."""

    server: Server
    package: str
    sealed: Path

    @property
    def mails(self) -> Mailbox:
        return self.server.mailbox


@pytest.fixture(scope="module")
def job(chromium: Browser, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainJob]:
    windows, folder = Windows(chromium), tmp_path_factory.mktemp("downloads")
    made = people.send(
        server,
        NAME,
        people.person(*ANA, order="1", position=[box(0.48)], files=[{"name": "Cédula"}]),
        people.person(
            *LUIS, order="2", position=[box(0.92)], files=[{"name": "Cédula"}, {"name": "Recibo", "optional": True}]
        ),
    )
    phone, desktop, console = windows.open(PHONE), windows.open(DESKTOP, locale="en-GB"), windows.open(DESKTOP)
    ana_does_her_part(phone, server.link_for(ANA[1]))
    luis_does_his_part(desktop, server.link_for(LUIS[1]))
    reviewer_sends_back(console, server)
    ana_sends_another(phone, eventually(lambda: rejection_link(server.mailbox), "the mail about the refused file"))
    reviewer_approves(console)
    sealed = everybody_keeps_a_copy(console, phone, desktop, folder)
    faults = windows.close()
    assert not faults, "\n".join(faults)
    yield MainJob(server, made["package"], sealed)


def box(x: float) -> dict[str, Any]:
    return {"page": 2, "x": x, "y": 0.9, "w": 180, "h": 70}


def ana_does_her_part(page: Page, link: str) -> None:
    """On a phone, by touch."""
    page.clock.install()
    page.goto(link)
    expect(page.get_by_role("heading", level=1, name=NAME)).to_be_visible()
    card = slot(page, "Cédula")
    watch_upload(page, lambda: choose(page, card, "Elegir archivo", BLURRED))
    expect(card).to_contain_text("Recibido")
    choose(page, card, "Reemplazar", CARD_OF_ANA)
    expect(card).to_contain_text("cédula de Ana.jpg")
    read_document(page)
    sign_by_drawing(page)
    expect(page.get_by_role("heading", level=1, name="Listo, gracias")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Luis Gómez")).to_be_visible()


def watch_upload(page: Page, start: Any) -> None:
    """On a slow line, so that the progress can be seen."""
    line = page.context.new_cdp_session(page)
    speed = {"offline": False, "latency": 0, "downloadThroughput": -1}
    line.send("Network.emulateNetworkConditions", {**speed, "uploadThroughput": 20_000})
    start()
    expect(page.get_by_role("progressbar", name="Avance del envío")).to_be_visible()
    expect(page.get_by_role("button", name="Cancelar")).to_be_focused()
    line.send("Network.emulateNetworkConditions", {**speed, "uploadThroughput": -1})
    expect(page.get_by_role("progressbar")).to_be_hidden()


def read_document(page: Page) -> None:
    for number in (1, 2):
        sheet = page.get_by_role("group", name=f"Página {number} de 2")
        sheet.scroll_into_view_if_needed()
        expect(sheet.locator("img")).to_have_js_property("complete", True)
        assert sheet.locator("img").evaluate("image => image.naturalWidth") > 0
    expect(page.get_by_role("group", name="Página 1 de 2")).to_contain_text("Services agreement")


def sign_by_drawing(page: Page) -> None:
    page.get_by_role("radio", name="Dibujar").check()
    people.draw(page, page.get_by_role("img", name=re.compile("^Dibuja tu firma aquí")))
    expect(page.get_by_role("button", name="Deshacer")).to_be_enabled()
    page.get_by_role("button", name="Firmar el documento").click()
    expect(page.get_by_role("alert").filter(has_text="Marca la frase de arriba")).to_be_visible()
    page.get_by_role("checkbox", name=re.compile("^He leído el documento")).check()
    page.get_by_role("button", name="Firmar el documento").click()


def luis_does_his_part(page: Page, link: str) -> None:
    """At a desk, in English, with the keyboard; only the file is dragged."""
    page.goto(f"{link}?lang=en")
    card = slot(page, "Cédula")
    drop(card.get_by_role("heading"), CARD_OF_LUIS)
    expect(card).to_contain_text("Received")
    expect(page.get_by_role("navigation", name="What is asked of you")).to_contain_text("1 of 1")
    page.get_by_role("link", name="Next: sign").press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="Draw")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Type")).to_be_checked()
    page.keyboard.press("Tab")
    name = page.get_by_role("textbox", name="Your name")
    expect(name).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("L. Gómez")
    expect(name).to_have_value("L. Gómez")
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="Handwriting 1 of 4")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name=re.compile("^He leído el documento"))).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="You are done, thank you")).to_be_focused()


def reviewer_sends_back(page: Page, server: Server) -> None:
    sign_in(page, server)
    find_process(page, server, "luis@example.com", NAME)
    card = file_of(page, "Ana Ruiz")
    card.get_by_role("button", name="Ampliar “Cédula”").click()
    preview = page.get_by_role("dialog").get_by_role("img", name="Vista previa de cédula de Ana.jpg")
    expect(preview).to_have_js_property("complete", True)
    assert preview.evaluate("image => image.naturalWidth") == 1000
    page.get_by_role("dialog").get_by_role("button", name="Cerrar").click()
    card.get_by_role("button", name="Devolver").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Motivo").fill(REASON)
    page.get_by_role("dialog").get_by_role("button", name="Devolver").click()
    expect(page.get_by_role("status").filter(has_text="fue devuelto")).to_be_visible()
    expect(file_of(page, "Ana Ruiz")).to_contain_text(REASON)


def file_of(page: Page, name: str) -> Any:
    return page.get_by_role("article", name="Cédula").filter(has_text=name)


def rejection_link(mailbox: Mailbox) -> str | None:
    refused = [mail for mail in mailbox.to(ANA[1]) if REASON in people.text_of(mail)]
    found = re.search(r"http://\S+/s/[A-Za-z0-9_-]+", people.text_of(refused[0])) if refused else None
    return found[0] if found else None


def ana_sends_another(page: Page, link: str) -> None:
    page.goto(link)
    card = slot(page, "Cédula")
    expect(card).to_contain_text(REASON)
    expect(page.get_by_text("Firma aquí")).to_have_count(0)  # she has signed already
    choose(page, card, "Elegir archivo", BETTER_CARD)
    expect(page.get_by_role("heading", level=1, name="Listo, gracias")).to_be_visible()


def reviewer_approves(page: Page) -> None:
    """The page has stood open since; the new file appears by itself, and so does the end."""
    expect(file_of(page, "Ana Ruiz")).to_contain_text("cédula nítida.jpg")
    for name in ("Ana Ruiz", "Luis Gómez"):
        file_of(page, name).get_by_role("button", name="Aprobar").click()
        expect(page.get_by_role("status").filter(has_text="“Cédula” está aprobado.")).to_be_visible()
        expect(file_of(page, name).get_by_role("button", name="Aprobar")).to_be_hidden()
    expect(page.get_by_role("link", name="PDF sellado")).to_be_visible()
    expect(page.get_by_text("Terminado", exact=True)).to_be_visible()


def everybody_keeps_a_copy(console: Page, phone: Page, desktop: Page, folder: Path) -> Path:
    sealed = folder / "console.pdf"
    content = download(console, console.get_by_role("link", name="PDF sellado"), sealed)
    phone.clock.fast_forward(31_000)  # the page that waits looks again by itself
    expect(phone.get_by_role("heading", level=1, name="Todo está completo")).to_be_visible()
    link = phone.get_by_role("link", name="Documento sellado con las firmas de todos")
    assert download(phone, link, folder / "phone.pdf") == content
    desktop.reload()
    link = desktop.get_by_role("link", name="Sealed document with everybody’s signatures")
    assert download(desktop, link, folder / "desktop.pdf") == content
    return sealed


def test_it_works(job: MainJob) -> None:
    authority = x509.load_pem_x509_certificates((job.server.data_dir / "pki" / "ca.pem").read_bytes())
    found = verify(job.sealed, authority)
    assert found["intact"] and found["sealed_by_us"], found
    assert [signature["covers_whole_file"] for signature in found["signatures"]] == [True]
    assert found["process"]["name"] == NAME
    assert sorted(file["name"] for file in found["files"]) == ["cédula nítida.jpg", "luis.jpg"]


@pytest.mark.skipif(
    shutil.which("pdfsig") is None, reason="pdfsig is not on this machine: apt-get install poppler-utils"
)
def test_pdfsig_accepts_the_seal(job: MainJob) -> None:
    done = subprocess.run(["pdfsig", str(job.sealed)], capture_output=True, text=True, check=False)
    assert "Signature is Valid." in done.stdout, done.stdout
    assert "Total document signed" in done.stdout, done.stdout


def test_every_mail_once_and_in_spanish(job: MainJob) -> None:
    again, finished = "Vuelve a enviar “Cédula”", f"Terminado: “{NAME}”"
    expected = sorted(
        [(ANA[1], SUBJECT), (LUIS[1], SUBJECT), (ANA[1], again), *((to, finished) for to in (ANA[1], LUIS[1], OWNER))]
    )
    eventually(lambda: len(of_this_job(job)) >= len(expected), "the last mail", 30)
    assert look_inside(job)["jobs"] == 0
    mails = of_this_job(job)
    assert sorted((address, str(mail["Subject"]).strip()) for address, mail in mails) == expected
    for _, mail in mails:
        page = mail.get_body(("html",))
        assert '<html lang="es" dir="ltr"' in page.get_content()
        assert "Hola" in people.text_of(mail)
    assert len({mail["Message-ID"] for _, mail in mails}) == len(mails)


def of_this_job(job: MainJob) -> list[tuple[str, Any]]:
    everybody = (ANA[1], LUIS[1], OWNER)
    return [(to, mail) for to in everybody for mail in job.mails.to(to) if NAME in people.text_of(mail)]


def test_the_chain_holds(job: MainJob) -> None:
    found = look_inside(job)
    assert found["broken"] is None
    assert found["kinds"].count("file.uploaded") == 4
    assert found["kinds"].count("participant.signed") == 2
    assert found["kinds"].count("participant.opened") == 2
    assert found["kinds"].count("document.sealed") == 1
    assert found["kinds"][-1] == "process.finished"


def look_inside(job: MainJob) -> dict[str, Any]:
    command = [RUBRICA, "manage", "shell", "-v0", "-c", LOOK_INSIDE.format(package=job.package)]
    done = subprocess.run(command, env=job.server.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_anybody_can_check_the_sealed_document(job: MainJob, windows: Windows) -> None:
    check_on_page(
        windows.open(PHONE), job.server, "sellado.pdf", job.sealed.read_bytes(), "Sin cambios desde que se selló aquí"
    )


def test_a_changed_document_is_not_confirmed(job: MainJob, windows: Windows) -> None:
    content = bytearray(job.sealed.read_bytes())
    middle = len(content) // 3
    content[middle] ^= 1
    check_on_page(windows.open(PHONE), job.server, "alterado.pdf", bytes(content), "No confirmado")


def test_a_document_without_a_seal(server: Server, windows: Windows) -> None:
    check_on_page(windows.open(PHONE), server, "a.pdf", sample.contract(), "No hay ningún sello en este archivo")


def check_on_page(page: Page, server: Server, name: str, content: bytes, verdict: str) -> None:
    page.goto(f"{server.url}/verify")
    file: FilePayload = {"name": name, "mimeType": "application/pdf", "buffer": content}
    choose(page, page.get_by_role("main"), "Elige un PDF o suéltalo aquí", file)
    expect(page.get_by_text(name, exact=True)).to_be_visible()
    page.get_by_role("button", name="Verificar").click()
    expect(page.get_by_role("heading", name=verdict)).to_be_visible()
