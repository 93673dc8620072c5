"""A spreadsheet or a text file of values, read into rows of texts. Runs in the sandbox: the file is a stranger's."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.values import Refusal

MAX_ROWS = 10_000
MAX_COLUMNS = 100
MAX_CELL = 20_000  # characters
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # XLSX and ODS are ZIP files; XLS is older
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
DIVIDERS = ",;\t|"
LOOKED_AT = 30  # lines, to find out what divides them
MIDNIGHT = time()
TOO_LONG = _("A file can have 10,000 rows. Divide it into several files.")

Line = tuple[int, list[str]]  # its number in the file, and its cells
Read = tuple[list[str], list[Line], int]  # headings, lines, and how many lines were empty


def read_here(path: str, encoding: str) -> Read:
    """``encoding`` is empty where it is to be guessed. Raises Refusal."""
    file = Path(path)
    with file.open("rb") as opened:
        head = opened.read(4)
    cells = _spreadsheet(path) if head in SPREADSHEETS else _text(file.read_bytes(), encoding)
    return _table(cells)


def _table(lines: Iterable[list[str]]) -> Read:
    full, empty = _filled(lines)
    if not full:
        raise Refusal("SHEET_EMPTY", _("There is nothing in this file."))
    width = max(len(cells) for _number, cells in full)
    if width > MAX_COLUMNS:
        raise Refusal("SHEET_TOO_WIDE", _("A file can have 100 columns. Take out those that are not needed."))
    full = [(number, cells + [""] * (width - len(cells))) for number, cells in full]
    # Somebody's address in the first line: it has no headings.
    headings = [""] * width if any("@" in cell for cell in full[0][1]) else full.pop(0)[1]
    if not full:
        raise Refusal("SHEET_EMPTY", _("There is no row below the headings."))
    if len(full) > MAX_ROWS:
        raise Refusal("SHEET_TOO_LONG", TOO_LONG)
    return headings, full, empty


def _filled(lines: Iterable[list[str]]) -> tuple[list[Line], int]:
    """Stops as soon as there are too many, however long the file goes on."""
    found, empty = [], 0
    for number, cells in enumerate(lines, start=1):
        if any(cells):
            found.append((number, cells))
        elif found:
            empty += 1
        if len(found) > MAX_ROWS + 1:
            raise Refusal("SHEET_TOO_LONG", TOO_LONG)
    return found, empty


def _trimmed(cells: Iterable[str]) -> list[str]:
    """Without the blanks around each cell and the empty cells behind the last one that is not."""
    row = [cell.strip() for cell in cells]
    if any(len(cell) > MAX_CELL for cell in row):
        raise Refusal("SHEET_CELL_TOO_LONG", _("A cell can have 20,000 characters."))
    while row and not row[-1]:
        row.pop()
    return row


def _spreadsheet(path: str) -> Iterator[list[str]]:
    """The first sheet that has something in it."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(path) as book:
            for name in book.sheet_names:
                sheet = book.get_sheet_by_name(name)
                if sheet.total_height:
                    yield from (_trimmed(map(_said, row)) for row in sheet.iter_rows())
                    return
    except CalamineError as error:
        raise Refusal("SHEET_UNREADABLE", _("This file cannot be read. Keep it as XLSX or CSV once more.")) from error


def _said(value: object) -> str:
    """As somebody would type it; days in the order of ISO 8601."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == MIDNIGHT else value.replace(microsecond=0).isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, timedelta) else _storable(str(value))


def _text(content: bytes, encoding: str) -> Iterator[list[str]]:
    text = _decoded(content, encoding)
    if "\0" in text:
        raise Refusal("SHEET_UNREADABLE", _("This is no file of rows. Bring one of the kind XLSX or CSV."))
    first, _end, rest = text.partition("\n")
    divider = ""
    if first.lower().startswith("sep=") and len(first.strip()) == 5:  # as Excel writes it
        divider, text = first.strip()[4], rest
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=divider or _divider(text)):
            yield _trimmed(map(_storable, cells))
    except csv.Error as error:
        sentence = _("The rows of this file cannot be told apart. Keep it as XLSX or CSV once more.")
        raise Refusal("SHEET_UNREADABLE", sentence) from error


def _decoded(content: bytes, encoding: str) -> str:
    """Text that is no UTF-8 was written by an older spreadsheet program in Europe or America, if nobody says else."""
    marked = next((name for mark, name in BYTE_ORDER_MARKS.items() if content.startswith(mark)), "")
    try:
        return content.decode(marked or encoding or "utf-8")
    except UnicodeDecodeError:
        return content.decode(encoding or "cp1252", "replace")


def _divider(text: str) -> str:
    """The sign by which most of the first lines fall into the same number of cells, and into the most of them."""

    def score(sign: str) -> tuple[int, int]:
        lines = [line for line in text.splitlines()[:LOOKED_AT] if line.strip()]
        counts = Counter(len(cells) for cells in csv.reader(lines, delimiter=sign) if cells)
        cells, times = max(counts.items(), key=lambda one: (one[1], one[0]), default=(1, 0))
        return (times if cells > 1 else 0), cells

    return max(DIVIDERS, key=score)


def _storable(text: str) -> str:
    """Half of a surrogate pair is no character, and the database takes no NUL.

    An apostrophe before what would be a formula was put there by whoever wrote the file, as ``web.tables`` does.
    """
    text = text.replace("\0", "").encode("utf-8", "replace").decode()
    return text[1:] if text.startswith(("'=", "'+", "'-", "'@")) else text
