"""The document as a participant reads it: the PDF, its pages as images, and their words (contract/own.md §2)."""

import io
from typing import Any

import pytest
from PIL import Image

from rubrica.processes.models import Document, Process
from rubrica.signer.tests.phones import phone, says
from tests import sending
from tests.cast import Acme
from tests.sending import person


@pytest.fixture
def process(acme: Acme) -> Process:
    return sending.start_signing(acme, person("Ana"), person("Benito", order=2))


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_the_pdf(process: Process) -> None:
    answer = phone(process).get("/document")
    assert (answer.status_code, body(answer)) == (200, sending.content(process.documents.get().shown))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="Lease.pdf"')
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_range_of_the_pdf(process: Process) -> None:
    link = phone(process)
    answer: Any = link.client.get(f"{link.base}/document", headers={"Range": "bytes=0-4"})
    assert (answer.status_code, body(answer)) == (206, b"%PDF-")


def test_the_sealed_one_once_there_is_one(acme: Acme, process: Process) -> None:
    Document.objects.update(sealed=sending.keep(acme, b"%PDF-1.7 sealed"))
    assert body(phone(process).get("/document")) == b"%PDF-1.7 sealed"


def test_a_page_as_an_image(process: Process) -> None:
    answer = phone(process).get("/pages/2")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    image = Image.open(io.BytesIO(answer.content))
    assert (image.format, image.width) == ("JPEG", 1200)
    assert abs(image.height / image.width - 792 / 612) < 0.01


@pytest.mark.parametrize(
    ("asked", "width"),
    [("1", 200), ("201", 400), ("400", 400), ("401", 800), ("99999", 1546), ("0", 200),
     ("", 1200), ("-5", 1200), ("wide", 1200), ("²", 1200), ("٤٠٠", 400), ("9" * 5000, 1200), ("4e2", 1200)],
)  # fmt: skip
def test_the_next_larger_width(process: Process, asked: str, width: int) -> None:
    link = phone(process)
    answer = link.client.get(f"{link.base}/pages/1", {"width": asked})
    assert Image.open(io.BytesIO(answer.content)).width == width


def test_a_page_is_rendered_once(
    process: Process, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, settings: Any
) -> None:
    from rubrica.signer import pages

    settings.DATA_DIR = tmp_path
    first = phone(process).get("/pages/1").content
    monkeypatch.setattr(pages, "render_page", lambda *_: pytest.fail("rendered again"))
    assert phone(process).get("/pages/1").content == first
    assert [path.suffix for path in tmp_path.rglob("cache/**/*") if path.is_file()] == [".jpg"]


def test_the_words_of_a_page(process: Process) -> None:
    answer = phone(process).get("/pages/1/text")
    page = answer.json()
    assert (page["page"], page["width"], page["height"]) == (1, 612, 792)
    assert [word["text"] for word in page["words"]] == ["Contract,", "page", "1"]
    first = page["words"][0]
    assert sorted(first) == ["h", "text", "w", "x", "y"]
    assert 0.1 < first["x"] < 0.2 and 0.05 < first["y"] < 0.2 and 0 < first["w"] < 1 and 0 < first["h"] < 1


@pytest.mark.parametrize("number", [0, 4, 99, 10**30])
def test_a_page_that_is_not_there(process: Process, number: int) -> None:
    says(phone(process).get(f"/pages/{number}"), 404, "PAGE_UNKNOWN")
    says(phone(process).get(f"/pages/{number}/text"), 404, "PAGE_UNKNOWN")


def test_who_waits_sees_no_document(process: Process) -> None:
    benito = phone(process, "Benito")
    for path in ("/document", "/pages/1", "/pages/1/text"):
        says(benito.get(path), 409, "NOT_YOUR_TURN")
    assert benito.state()["downloads"] == []


def test_without_a_document(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "ID card"))
    for path in ("/document", "/pages/1", "/pages/1/text"):
        says(phone(process).get(path), 404, "NO_DOCUMENT")


def test_pages_are_not_kept_by_shared_caches(process: Process) -> None:
    for path in ("/pages/1", "/pages/1/text"):
        assert phone(process).get(path).headers["Cache-Control"].startswith("private")
    assert phone(process).get("/state").headers["Cache-Control"] == "no-store"
