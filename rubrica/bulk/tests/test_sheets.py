"""Files of rows, as spreadsheet programs of the world write them."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from rubrica.bulk import reading, sheets
from rubrica.bulk.tests.conftest import spreadsheet
from rubrica.sealing.values import Refusal

Written = Callable[[bytes], str]
ROWS = "Nombre{0}Correo\nJosé Núñez{0}jose@example.com\n"


def test_it_works_in_the_sandbox(written: Written) -> None:
    table = reading.read(Path(written(ROWS.format(",").encode())))
    assert table == reading.Table(["Nombre", "Correo"], [(2, ["José Núñez", "jose@example.com"])], 0)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_what_divides_the_cells_is_found_out(written: Written, sign: str) -> None:
    assert sheets.read_here(written(ROWS.format(sign).encode()), "")[0] == ["Nombre", "Correo"]


@pytest.mark.parametrize(
    ("written_as", "said"),
    [("utf-8", ""), ("utf-8-sig", ""), ("utf-16", ""), ("cp1252", ""), ("cp1252", "cp1252"), ("latin-1", "cp1252")],
)
def test_how_it_was_written_is_found_out_or_said(written: Written, written_as: str, said: str) -> None:
    _headings, lines, _empty = sheets.read_here(written(ROWS.format(";").encode(written_as)), said)
    assert lines == [(2, ["José Núñez", "jose@example.com"])]


@pytest.mark.parametrize(("name", "encoding"), [("王小明", "gb18030"), ("أمينة", "cp1256"), ("さくら", "shift_jis")])
def test_names_of_everywhere_are_read(written: Written, name: str, encoding: str) -> None:
    text = f"name,email\n{name},a@example.com\n"
    assert sheets.read_here(written(text.encode(encoding)), encoding)[1] == [(2, [name, "a@example.com"])]
    assert sheets.read_here(written(text.encode()), "")[1] == [(2, [name, "a@example.com"])]


def test_a_spreadsheet_gives_what_somebody_would_type(written: Written) -> None:
    day, moment = datetime(2026, 3, 1), datetime(2026, 3, 1, 14, 30)  # noqa: DTZ001  a spreadsheet knows no zone
    made = spreadsheet(["name", "email"], ["Zoë 😀", "z@example.com", 573001234567, 0.5, True, day, moment])
    _headings, lines, _empty = sheets.read_here(written(made), "")
    assert lines[0][1] == [
        "Zoë 😀", "z@example.com", "573001234567", "0.5", "true", date(2026, 3, 1).isoformat(), "2026-03-01 14:30:00",
    ]  # fmt: skip


def test_empty_lines_are_left_out_and_counted_and_numbers_stay_those_of_the_file(written: Written) -> None:
    text = "\nname,email\n\nAna,a@example.com\n , \nLuis,l@example.com\n"
    headings, lines, empty = sheets.read_here(written(text.encode()), "")
    assert (headings, [number for number, _cells in lines], empty) == (["name", "email"], [4, 6], 2)


def test_a_file_without_headings_is_read_from_its_first_line(written: Written) -> None:
    headings, lines, _empty = sheets.read_here(written(b"Ana,a@example.com\nLuis,l@example.com\n"), "")
    assert (headings, len(lines)) == (["", ""], 2)


def test_short_lines_are_filled_up_and_line_breaks_in_cells_stay(written: Written) -> None:
    text = 'name,email,note\n"Ana",a@example.com\nLuis,l@example.com,"one\ntwo"\n'
    assert sheets.read_here(written(text.encode()), "")[1] == [
        (2, ["Ana", "a@example.com", ""]),
        (3, ["Luis", "l@example.com", "one\ntwo"]),
    ]


def test_a_guarded_cell_of_our_own_exports_is_read_as_it_was(written: Written) -> None:
    text = "sep=;\nname;phone\nAna;'+573001234567\n"
    assert sheets.read_here(written(text.encode()), "")[1] == [(2, ["Ana", "+573001234567"])]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "SHEET_EMPTY"),
        (b"\n , \n", "SHEET_EMPTY"),
        (b"name,email\n", "SHEET_EMPTY"),
        (b"name,email\nAna\0,a@example.com\n", "SHEET_UNREADABLE"),
        (b"PK\x03\x04 and then nothing of a spreadsheet", "SHEET_UNREADABLE"),
        (b"name,email\n" + b"Ana,a@example.com\n" * 10_001, "SHEET_TOO_LONG"),
        (b",".join([b"x"] * 101) + b"\n1\n", "SHEET_TOO_WIDE"),
        (b"name\n" + b"x" * 20_001 + b"\n", "SHEET_CELL_TOO_LONG"),
        (b'name,email\n"' + b"x" * 200_000 + b"\n", "SHEET_UNREADABLE"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(written: Written, content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        sheets.read_here(written(content), "")
    assert refused.value.code == code and refused.value.detail.endswith(".")


def test_ten_thousand_rows_are_read(written: Written) -> None:
    assert len(sheets.read_here(written(b"name,email\n" + b"Ana,a@example.com\n" * 10_000), "")[1]) == 10_000
