import csv
import io
import zipfile
from datetime import UTC, datetime

import pytest

from rubrica.web import tables

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def read(made: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))


def test_it_works() -> None:
    made = b"".join(tables.csv_rows(["Name", "At"], [["Ana, “the one”", AT], ["عمر\nمريم", None]]))
    assert read(made) == [["Name", "At"], ["Ana, “the one”", "2026-03-04 05:06:07"], ["عمر\nمريم", ""]]
    assert made.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\u00a0=1", "＝1"])
def test_no_cell_begins_as_a_formula(cell: str) -> None:
    ((_,), (told,)) = read(b"".join(tables.csv_rows(["x"], [[cell]])))
    assert told.startswith("'")


@pytest.mark.parametrize("cell", [-1, 2.5, True, "a=1", "1-1"])
def test_what_is_no_formula_stays_as_it_is(cell: object) -> None:
    assert tables.plain(cell) == str(cell)


def test_rows_come_while_they_are_read() -> None:
    """A million rows are never in memory: the first part is there before the last row was asked for."""
    read = 0

    def rows() -> object:
        nonlocal read
        for number in range(10_000):
            read = number
            yield [number]

    next(tables.csv_rows(["x"], rows()))  # type: ignore[arg-type]
    assert read == tables.AT_ONCE - 1


def test_a_workbook_holds_texts_as_texts() -> None:
    rows = [["=HYPERLINK(1)", "https://evil.example", AT, 3, True, "x" * 40_000]]
    with tables.xlsx_file(["a", "b", "c", "d", "e", "f"], rows) as file, zipfile.ZipFile(file) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert book.testzip() is None
        assert not [name for name in book.namelist() if "rels" in name and "sheet" in name]  # no link
    assert "<f>" not in sheet
    assert "=HYPERLINK(1)" in sheet
    assert 't="b"><v>1</v>' in sheet
    assert "x" * tables.LONGEST_CELL in sheet and "x" * (tables.LONGEST_CELL + 1) not in sheet
