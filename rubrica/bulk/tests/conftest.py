"""A batch that asks three people for their ID card, out of a file with their names and addresses."""

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.utils import translation

from rubrica.bulk.columns import Chosen
from rubrica.bulk.models import Batch
from rubrica.drafting.content import AskedFile, Content, Person
from tests.cast import Acme

ASKED = Content(
    name="Card of {Name}",
    subject="Your card",
    message="Dear {Name}, send it to us.",
    people=[Person(id="one", files=[AskedFile(name="ID card")])],
)
HEADINGS = ["Name", "E-mail", "Telephone", "Language"]
CHOSEN = Chosen(columns={"one.name": 0, "one.email": 1, "one.phone": 2, "one.language": 3})
LINES = [
    (2, ["أمينة بن علي", "amina@example.com", "", "en"]),
    (4, ["王小明", "wang@example.com", "+8613800138000", "portugués"]),
    (5, ["Zoë 😀", "zoe@example.com", "", ""]),
]

Begin = Callable[..., Batch]


def spreadsheet(*rows: Sequence[Any]) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return made.getvalue()


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def begin(acme: Acme) -> Begin:
    def begun(lines: Sequence[tuple[int, list[str]]] = LINES, content: Content = ASKED, **more: Any) -> Batch:
        columns = {"name": "Cards", "file_name": "cards.csv", "headings": HEADINGS, "chosen": CHOSEN.model_dump()}
        return Batch.begin(acme.owner, lines, [], content=content, **{**columns, **more})

    return begun


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes], str]:
    def kept(content: bytes) -> str:
        path = tmp_path / "rows"
        path.write_bytes(content)
        return str(path)

    return kept
