"""The fields of a file's form, as far as a seal asks for them."""

from __future__ import annotations

from rubrica.sealing.pdf.source import Declined
from rubrica.sealing.pdf.structure import Structure
from rubrica.sealing.pdf.syntax import Dictionary, reference

MAX_FIELDS = 100_000


def is_signed(pdf: Structure, form: Dictionary) -> bool:
    """Whether a field of the form holds a signature. Raises ``Declined`` where there are too many to look at."""
    waiting = list(pdf.elements(form.get(b"/Fields")) or [])
    listed_in_all, seen = len(waiting), set[tuple[int, int]]()
    while waiting and listed_in_all <= MAX_FIELDS:
        raw = waiting.pop()
        if (number := reference(raw)) is not None:
            if number in seen:
                continue
            seen.add(number)
        field = pdf.entries(raw) or {}
        kids = pdf.elements(field.get(b"/Kids")) or []
        listed_in_all += len(kids)
        waiting += kids
        if b"/ByteRange" in (_value_of(pdf, field) or {}):
            return True
    if waiting:
        raise Declined("too many fields")
    return False


def _value_of(pdf: Structure, field: Dictionary) -> Dictionary | None:
    """A field's value where it is a dictionary; most are strings, which need no look at another object."""
    raw = field.get(b"/V", b"")
    return pdf.entries(raw) if raw.startswith(b"<<") or reference(raw) else None
