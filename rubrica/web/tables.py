"""Rows as CSV and XLSX for spreadsheets, made while they are read, and without anything that a program runs."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import IO, Any

import xlsxwriter

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_575  # of a sheet, below its heading
LONGEST_CELL = 32_767  # characters
AT_ONCE = 500  # rows
# What a spreadsheet takes for the beginning of a formula in a CSV (OWASP, CSV injection), also behind a blank.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
WIDEST = 50  # characters of a column

Row = Sequence[Any]


def csv_rows(head: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    """UTF-8 with a mark at its beginning, which is how spreadsheets know that it is."""
    output = io.StringIO()
    writer = csv.writer(output)
    output.write("\ufeff")
    writer.writerow([plain(cell) for cell in head])
    for number, row in enumerate(rows, 1):
        writer.writerow([plain(cell) for cell in row])
        if number % AT_ONCE == 0:
            yield _taken(output)
    yield _taken(output)


def xlsx_file(head: Row, rows: Iterable[Row], title: str = "Rubrica") -> IO[bytes]:
    """A file that is open at its beginning and gone when it is closed. Rows beyond those of a sheet are left out.

    Only the row that is written is in memory.
    """
    output = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it when it was sent
    settings = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm", "in_memory": False}
    book = xlsxwriter.Workbook(output, settings)
    sheet = book.add_worksheet(title[:31])
    bold = book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    for column, cell in enumerate(head):
        sheet.set_column(column, column, min(max(len(str(cell)) + 4, 14), WIDEST))
        sheet.write_string(0, column, str(cell), bold)
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            break
        for column, cell in enumerate(row):
            _write(sheet, number, column, cell)
    book.close()
    output.seek(0)
    return output


def plain(cell: object) -> str:
    """The text of a cell that no spreadsheet runs: behind an apostrophe where it begins as a formula does."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, bool | int | float | date):
        return str(cell)
    text = str(cell)
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA) or text.startswith(FORMULA) else text


def _write(sheet: Any, row: int, column: int, cell: object) -> None:
    """Texts are written as texts, so nothing in them is taken for a formula or a link."""
    if cell is None or cell == "":
        return
    if isinstance(cell, datetime):
        sheet.write_datetime(row, column, cell.astimezone(UTC).replace(tzinfo=None))
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell)
    else:
        sheet.write_string(row, column, str(cell)[:LONGEST_CELL])


def _taken(output: io.StringIO) -> bytes:
    made = output.getvalue().encode()
    output.seek(0)
    output.truncate()
    return made
