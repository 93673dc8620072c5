"""What is different in a file since one of its signatures: the signed bytes and the whole file, compared by qpdf.

The signed bytes are the beginning of the file, so they are a PDF of their own: what the signer had before them. Both
are read without any repair and walked side by side. It names what it finds in the words of a reader (pages, comments,
form fields), and is one of two opinions: pyHanko's analysis of each revision is the other (``examining``).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from rubrica.sealing.pdf.reading import MAX_DEPTH, inherited
from rubrica.sealing.pdf.xmp import say_the_same
from rubrica.sealing.verification.comparing import POINTING_BACK, Walk
from rubrica.sealing.verification.findings import Change

if TYPE_CHECKING:
    import pikepdf

MAX_CHANGES = 100
SIZES = ("/MediaBox", "/CropBox", "/Rotate", "/UserUnit")
SCRIPTS = {"/OpenAction", "/AA", "/URI"}
DATES = {"/ModDate", "/Producer"}  # what a library writes about itself when it adds validation data


def changes_since(path: Path, end: int) -> list[Change]:
    """What the file at ``path`` has that its first ``end`` bytes have not; empty where these are all of it."""
    import pikepdf

    if path.stat().st_size == end:
        return []
    options: dict[str, Any] = {
        "attempt_recovery": False, "suppress_warnings": True, "inherit_page_attributes": False,
    }  # fmt: skip
    try:
        with (
            path.open("rb") as file,
            pikepdf.open(cast(BinaryIO, Head(file, end)), **options) as before,
            pikepdf.open(path, **options) as after,
        ):
            found = list(dict.fromkeys(Comparison(before, after).changes()))
    except Exception:  # qpdf raises many things; a revision that it cannot read is named as such
        return [Change("unreadable")]
    return found[:MAX_CHANGES] or [Change("bytes")]


class Head(io.RawIOBase):
    """The first bytes of a file, as a file."""

    def __init__(self, file: BinaryIO, end: int) -> None:
        self._file, self._end, self._place = file, end, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._end}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._place)
        part = self._file.read(max(0, min(len(buffer), self._end - self._place)))
        buffer[: len(part)] = part
        self._place += len(part)
        return len(part)


class Comparison:
    """Two PDFs side by side."""

    def __init__(self, before: pikepdf.Pdf, after: pikepdf.Pdf) -> None:
        self.before, self.after = before, after
        self._old_pages = [page.obj for page in before.pages]
        self._new_pages = [page.obj for page in after.pages]
        self._old_places = {page.objgen: place for place, page in enumerate(self._old_pages)}
        self._new_places = {page.objgen: place for place, page in enumerate(self._new_pages)}
        self._in_form = {number for _name, field in fields(after) for number in _numbers(field)}
        # A signature that locks fields names the catalog (ISO 32000-2 §12.8.2.4), which is compared in its own place.
        roots = {pdf.Root.objgen for pdf in (before, after) if pdf.Root.is_indirect}
        self.differ = Walk({*self._old_places, *self._new_places, *roots}).differ

    def changes(self) -> Iterator[Change]:
        yield from self._pages()
        yield from self._form()
        yield from self._catalog()
        yield from self._properties()

    # ------------------------------------------------------------ pages

    def _pages(self) -> Iterator[Change]:
        old, new = list(self._old_places), list(self._new_places)
        if len(old) == len(new):
            if set(old) == set(new) and old != new:
                yield Change("page_order")
        else:
            yield from (Change("page_added", place + 1) for place, page in enumerate(new) if page not in old)
            yield from (Change("page_removed", place + 1) for place, page in enumerate(old) if page not in new)
        for place, number in enumerate(new):
            if number in self._old_places:
                yield from self._page(place + 1, self._old_pages[self._old_places[number]], self._new_pages[place])
            elif len(old) == len(new):
                yield Change("page_content", place + 1)

    def _page(self, number: int, old: Any, new: Any) -> Iterator[Change]:
        if any(self.differ(inherited(old, key), inherited(new, key)) for key in SIZES):
            yield Change("page_size", number)
        if self.differ(inherited(old, "/Resources"), inherited(new, "/Resources")):
            yield Change("page_content", number)
        for key in sorted((old.keys() | new.keys()) - {*SIZES, "/Resources", "/Annots", "/Parent"}):
            if self.differ(old.get(key), new.get(key)):
                yield Change("scripts") if key in SCRIPTS else Change("page_content", number)
        yield from self._annotations(number, old, new)

    def _annotations(self, number: int, old: Any, new: Any) -> Iterator[Change]:
        before, after = _by_number(old.get("/Annots")), _by_number(new.get("/Annots"))
        for key, annotation in after.items():
            if _is_widget(annotation) and annotation.objgen in self._in_form:
                continue  # told by the form, with its name
            if key not in before:
                yield Change("annotation_added", number)
            elif self.differ(before[key], annotation):
                yield Change("annotation_changed", number)
        yield from (Change("annotation_removed", number) for key in before if key not in after)

    # ------------------------------------------------------------ form

    def _form(self) -> Iterator[Change]:
        old, new = (_dictionary(pdf.Root.get("/AcroForm")) for pdf in (self.before, self.after))
        before, after = dict(fields(self.before)), dict(fields(self.after))
        for name, field in after.items():
            if name not in before:
                yield _added(name, field)
            else:
                yield from self._field(name, before[name], field)
        for name, field in before.items():
            if name not in after:
                yield Change("signature_removed" if _is_signature(field) else "field_removed", name=name)
        for key in sorted((set(old) | set(new)) - {"/Fields", "/SigFlags"}):
            if self.differ(old.get(key), new.get(key)):
                yield Change("form")

    def _field(self, name: str, old: Any, new: Any) -> Iterator[Change]:
        if self.differ(old.get("/V"), new.get("/V")):
            if not _is_signature(new):
                yield Change("field_value", name=name)
            else:
                yield Change("signature_changed", name=name) if "/V" in old else _added(name, new)
        others = (set(old.keys()) | set(new.keys())) - POINTING_BACK - {"/V", "/Kids"}
        looks = any(self.differ(old.get(key), new.get(key)) for key in others)
        if looks or self.differ(_widgets(old), _widgets(new)):
            yield Change("field_look", name=name)

    # ------------------------------------------------------------ the rest

    def _catalog(self) -> Iterator[Change]:
        old, new = self.before.Root, self.after.Root
        for key in sorted((set(old.keys()) | set(new.keys())) - {"/Pages", "/AcroForm", "/Names"}):
            if self.differ(old.get(key), new.get(key)):
                yield self._of_catalog(key, old.get(key), new.get(key))
        before, after = _dictionary(old.get("/Names")), _dictionary(new.get("/Names"))
        for key in sorted(set(before) | set(after)):
            if self.differ(before.get(key), after.get(key)):
                yield {"/JavaScript": Change("scripts"), "/EmbeddedFiles": Change("attachments")}.get(
                    key, Change("structure", name=key[1:])
                )

    def _of_catalog(self, key: str, old: Any, new: Any) -> Change:
        if key == "/Version" and self._version_rises():
            return Change("validation_data")
        if key == "/Metadata" and _is_stream(old) and _is_stream(new):
            return Change("dates" if say_the_same(old.read_bytes(), new.read_bytes()) else "properties")
        return _of_catalog(key)

    def _version_rises(self) -> bool:
        """A document timestamp needs 1.7 or more, and an update can say so in the catalog only (§7.7.2)."""
        old = str(self.before.Root.get("/Version", f"/{self.before.pdf_version}"))
        new = str(self.after.Root.get("/Version", ""))
        return old <= new <= "/2.0"

    def _properties(self) -> Iterator[Change]:
        old, new = (_dictionary(pdf.trailer.get("/Info")) for pdf in (self.before, self.after))
        changed = {key for key in set(old) | set(new) if self.differ(old.get(key), new.get(key))}
        if changed:
            yield Change("dates" if changed <= DATES else "properties")


def fields(pdf: pikepdf.Pdf) -> Iterator[tuple[str, Any]]:
    """Every field of the form that has no fields below it, with its whole name (ISO 32000-2 §12.7.4.2)."""
    waiting = [("", field, 0) for field in reversed(_items(_dictionary(pdf.Root.get("/AcroForm")).get("/Fields")))]
    seen: set[tuple[int, int]] = set()
    while waiting:
        above, field, depth = waiting.pop()
        if not _is_dictionary(field) or depth > MAX_DEPTH or field.objgen in seen:
            continue
        if field.is_indirect:
            seen.add(field.objgen)
        own = str(field.get("/T", ""))
        name = f"{above}.{own}" if above and own else above or own
        below = [kid for kid in _items(field.get("/Kids")) if _is_dictionary(kid) and "/T" in kid]
        if below:
            waiting += [(name, kid, depth + 1) for kid in reversed(below)]
        else:
            yield name, field


def _added(name: str, field: Any) -> Change:
    value = field.get("/V")
    if not _is_signature(field) or not _is_dictionary(value):
        return Change("field_added", name=name)
    shows_nothing = "/AP" not in field and all(float(side) == 0 for side in _items(field.get("/Rect")))
    if value.get("/Type") == "/DocTimeStamp" and shows_nothing:
        return Change("archive_timestamp", name=name)
    return Change("signature_added", name=name)


def _of_catalog(key: str) -> Change:
    if key in SCRIPTS:
        return Change("scripts")
    known = {
        "/DSS": "validation_data",
        "/Extensions": "validation_data",  # says that the file has one
        "/AF": "attachments",
        "/OCProperties": "layers",
        "/Metadata": "properties",
        "/Info": "properties",
    }
    return Change(known[key]) if key in known else Change("structure", name=key[1:])


def _is_dictionary(value: Any) -> bool:
    import pikepdf

    return isinstance(value, pikepdf.Dictionary | pikepdf.Stream)


def _is_stream(value: Any) -> bool:
    import pikepdf

    return isinstance(value, pikepdf.Stream)


def _dictionary(value: Any) -> Any:
    return value if _is_dictionary(value) else {}


def _items(value: Any) -> list[Any]:
    import pikepdf

    return list(value) if isinstance(value, pikepdf.Array) else []


def _widgets(field: Any) -> list[Any]:
    """Those of a field that is shown in several places."""
    return _items(field.get("/Kids"))


def _numbers(field: Any) -> Iterator[tuple[int, int]]:
    """Those of a field and its widgets."""
    yield field.objgen
    yield from (kid.objgen for kid in _widgets(field) if _is_dictionary(kid))


def _is_widget(annotation: Any) -> bool:
    return bool(annotation.get("/Subtype") == "/Widget")


def _is_signature(field: Any) -> bool:
    return bool(inherited(field, "/FT") == "/Sig")


def _by_number(annotations: Any) -> dict[Any, Any]:
    """Annotations by their number; those written into the page itself by their place."""
    found = [item for item in _items(annotations) if _is_dictionary(item)]
    return {item.objgen if item.is_indirect else place: item for place, item in enumerate(found)}
