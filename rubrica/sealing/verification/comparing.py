"""Whether two values of two PDFs say the same, with everything that they lead to."""

from __future__ import annotations

from typing import Any

Number = tuple[int, int]
MAX_STEPS = 2_000_000  # values looked at; files that ask for more are not compared
POINTING_BACK = {"/Parent", "/P", "/Popup"}  # each leads to what is compared in its own place


class TooMuch(Exception):
    """The two files ask for more comparing than anybody waits for."""


class Walk:
    """Compares values of one PDF with those of another. ``ends``, such as pages, are compared in their own place."""

    def __init__(self, ends: set[Number]) -> None:
        self._ends = ends
        self._same: set[tuple[Number, Number]] = set()  # pairs of objects that were found to be equal
        self._steps = 0

    def differ(self, one: Any, other: Any) -> bool:
        """Raises ``TooMuch``."""
        seen: set[tuple[Number, Number]] = set()
        waiting = [(one, other)]
        while waiting:
            old, new = waiting.pop()
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise TooMuch
            if self._is_known(old, new, seen):
                continue
            inside = self._inside(old, new)
            if inside is None:
                return True
            waiting += inside
        self._same |= seen
        return False

    def _is_known(self, old: Any, new: Any, seen: set[tuple[Number, Number]]) -> bool:
        """Whether this pair of objects is being looked at already; a circle of references ends here."""
        import pikepdf

        if not (isinstance(old, pikepdf.Object) and isinstance(new, pikepdf.Object)):
            return False
        pair = old.objgen, new.objgen
        if not (old.is_indirect and new.is_indirect):
            return False
        if pair in self._same or pair in seen:
            return True
        seen.add(pair)
        return False

    def _inside(self, old: Any, new: Any) -> list[tuple[Any, Any]] | None:
        """The pairs that remain to be compared; None where these two differ already."""
        import pikepdf

        if type(old) is not type(new):
            return None
        if isinstance(old, list):
            return list(zip(old, new, strict=True)) if len(old) == len(new) else None
        if not isinstance(old, pikepdf.Object):
            return [] if old == new else None
        if old._type_code != new._type_code:
            return None
        if isinstance(old, pikepdf.Array):
            return list(zip(old, new, strict=True)) if len(old) == len(new) else None
        if isinstance(old, pikepdf.Dictionary | pikepdf.Stream):
            return self._entries(old, new)
        return [] if old.unparse() == new.unparse() else None

    def _entries(self, old: Any, new: Any) -> list[tuple[Any, Any]] | None:
        import pikepdf

        if old.objgen in self._ends or new.objgen in self._ends:
            return [] if old.objgen == new.objgen else None
        if isinstance(old, pikepdf.Stream) and old.read_raw_bytes() != new.read_raw_bytes():
            return None
        keys = set(old.keys()) - POINTING_BACK
        if keys != set(new.keys()) - POINTING_BACK:
            return None
        return [(old[key], new[key]) for key in keys]
