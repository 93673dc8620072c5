"""Pictures of pages: squares of them for who looks closely, and how long they are kept."""

import io
import os
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rubrica.processes.models import Process
from rubrica.signer import pages, papers
from rubrica.signer.tests.phones import phone, says
from tests import pdfs, sending
from tests.cast import Acme
from tests.sending import person


@pytest.fixture
def process(acme: Acme) -> Process:
    return sending.start_signing(acme, person("Ana"), person("Benito", order=2))


def test_a_square_of_a_page(process: Process) -> None:
    answer = phone(process).get("/pages/1?width=2800&tile=1,0")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(answer.content)).size == (1024, 1024)
    code = process.documents.get().code
    assert phone(process).get(f"/documents/{code}/pages/1?width=2800&tile=1,0").content == answer.content


def test_a_square_beyond_the_page(process: Process) -> None:
    says(phone(process).get("/pages/1?width=2800&tile=9,9"), 400, "PAGE_MISSING")


@pytest.mark.parametrize("tile", ["", "1", "-1,0", "1,", "1,2,3", "9999,0", "٤,٠", "a,b"])
def test_what_names_no_square_is_the_whole_page(process: Process, tile: str) -> None:
    answer = phone(process).get(f"/pages/1?width=400&tile={tile}")
    assert Image.open(io.BytesIO(answer.content)).width == 400


def test_who_waits_sees_no_square_either(process: Process) -> None:
    says(phone(process, "Benito").get("/pages/1?tile=0,0"), 409, "NOT_YOUR_TURN")


def test_the_oldest_pictures_give_way(process: Process, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path  # other tests have left pictures of their own
    ana = phone(process)
    for age, number in enumerate((3, 1, 2)):
        ana.get(f"/pages/{number}?width=400")
        (made,) = pages.folder().rglob(f"{number}-400.jpg")
        os.utime(made, (1000 + age, 1000 + age))
    sizes = [path.stat().st_size for path in pages.folder().rglob("*.jpg")]
    assert pages.purge(sum(sizes)) == 0
    assert pages.purge(int(sum(sizes) * 0.9)) == 1
    assert sorted(path.name for path in pages.folder().rglob("*.jpg")) == ["1-400.jpg", "2-400.jpg"]
    assert pages.purge(0) == 2
    assert ana.get("/pages/1?width=400").status_code == 200  # made again


def test_a_thousand_pages_are_told_in_little(acme: Acme) -> None:
    process = sending.start(acme, person("Ana"), pdf=pdfs.contract(1000))
    answer = phone(process).client.get(phone(process).base, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.content) < 60_000


def test_how_long_it_takes_is_said_where_that_helps(process: Process) -> None:
    page = phone(process).get("?lang=en").content.decode()
    assert re.search(r"It takes about \d+ minutes?\.", page)
    sheet = {"width": 595, "height": 842}
    assert papers.reading_minutes([sheet]) == 1
    assert papers.reading_minutes([sheet] * 20) == 15
    assert papers.reading_minutes([sheet | {"height": 14_173}]) == 13  # a page of five metres
    assert papers.reading_minutes([sheet] * 1000) == 0
