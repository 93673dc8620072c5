"""People copied out of a spreadsheet: names, e-mail addresses and telephones, a person a line."""

import csv
import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from rubrica.console.sending import rows
from rubrica.console.sending.rows import Row
from rubrica.drafting.headings import HEADINGS
from rubrica.drafting.typed import PHONE
from rubrica.web.text import searchable

MAX_TEXT = 200_000  # characters
MOST_FAULTS = 10
KNOWN = ("name", "email", "phone")
DIGITS = re.compile(r"[\s().-]")


def people(text: str, taken: set[str]) -> tuple[list[Row], list[str]]:
    """Everybody in the text, or what is wrong with it. ``taken`` are addresses that are there already."""
    if len(text) > MAX_TEXT:
        return [], [_("This is too much text. Paste the columns with names and e-mail addresses only.")]
    try:
        lines = [(number, cells) for number, cells in enumerate(_cells(text), start=1) if any(cells)]
    except csv.Error:  # a quotation mark that never ends, and the like
        return [], [_("These lines cannot be read. Paste them without quotation marks.")]
    if not lines:
        return [], [_("Paste at least one line with a name and an e-mail address.")]
    columns = _columns(lines[0][1])
    if columns:
        lines = lines[1:]
        if "email" not in columns:
            return [], [_("There is no column of e-mail addresses.")]
    found = [(number, _row(cells, columns)) for number, cells in lines]
    faults = _faults(found, taken)
    return ([], faults) if faults else ([row for _number, row in found], [])


def _cells(text: str) -> list[list[str]]:
    """By tabs as spreadsheets copy, else by semicolons or commas."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    divider = next((sign for sign in "\t;" if sign in first), ",")
    read = csv.reader(text.splitlines(), delimiter=divider)
    return [[" ".join(cell.split()) for cell in cells] for cells in read]


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """Which column is what, where the first line says it; empty where it is a person already."""
    if any("@" in cell for cell in cells):
        return {}
    said = [searchable(cell) for cell in cells]
    return {what: place for what in KNOWN for place, word in enumerate(said) if word in HEADINGS[what]}


def _row(cells: Sequence[str], columns: dict[str, int]) -> Row:
    if columns:
        values = {what: cells[place] if place < len(cells) else "" for what, place in columns.items()}
        return Row(name=values.get("name", ""), email=values["email"], phone=_phone(values.get("phone", "")))
    email = next((cell for cell in cells if "@" in cell), "")
    phone = next((cell for cell in cells if PHONE.fullmatch(DIGITS.sub("", cell))), "")
    name = next((cell for cell in cells if cell and cell not in {email, phone}), "")
    return Row(name=name, email=email, phone=_phone(phone))


def _phone(text: str) -> str:
    return DIGITS.sub("", text)


def _faults(found: Sequence[tuple[int, Row]], taken: set[str]) -> list[str]:
    faults, seen = [], set(taken)
    for number, row in found:
        rows.read([row], with_steps=False)
        said = list(row.faults.values())
        row.faults = {}
        if not row.email:
            said.append(_("There is no e-mail address."))
        elif row.email.lower() in seen:
            said.append(_("Somebody else here has this e-mail address. Everybody needs their own."))
        seen.add(row.email.lower())
        faults += [_("Line %(number)d: %(fault)s") % {"number": number, "fault": fault} for fault in said]
    if len(faults) > MOST_FAULTS:
        more = _("%(count)d more lines cannot be read.") % {"count": len(faults) - MOST_FAULTS}
        return [*faults[:MOST_FAULTS], more]
    return faults
