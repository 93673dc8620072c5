"""PDF syntax, read without looking deeper than needed: a dictionary's values stay the bytes they are in the file.

What is not touched is thereby written again exactly as it was. Pure Python over bytes or a memory map, iterative and
linear: every repetition in a pattern is possessive, so that no pattern ever tries a second way through the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from mmap import mmap

Buffer = bytes | bytearray | mmap

WHITE = b"\x00\t\n\x0c\r "
SPACE = rb"\x00\t\n\x0c\r "  # the same inside a pattern
PERCENT = 37  # "%"; no white space comes after it
REGULAR = rb"[^\x00\t\n\x0c\r ()<>\[\]{}/%]"
# A comment runs to the end of its line. Where it may stop earlier, each percent sign in it doubles the ways to read it.
SKIP = rb"[" + SPACE + rb"]*+(?:%[^\r\n]*+[" + SPACE + rb"]*+)*+"
_GAP = re.compile(SKIP)
_NO_MORE = rb"(?!" + REGULAR + rb")"
_REF = rb"\d{1,10}+[" + SPACE + rb"]++\d{1,5}+[" + SPACE + rb"]++R" + _NO_MORE
_HEX = rb"<[0-9A-Fa-f" + SPACE + rb"]*+>"
_NAME = rb"/" + REGULAR + rb"*+"
_TEXT = rb"\((?:[^()\\]|\\[\x00-\xff]|\((?:[^()\\]|\\[\x00-\xff])*+\))*+\)"
_SCALAR = re.compile(rb"|".join((_REF, REGULAR + rb"++", _NAME, _HEX)))
_FLAT = rb"(?:" + _SCALAR.pattern + rb"|" + _TEXT + rb")"


def _nested(inner: bytes) -> bytes:
    """What ``inner`` matches, and arrays and dictionaries of it."""
    array, entries = SKIP + inner, SKIP + _NAME + SKIP + inner
    return rb"(?:%s|\[(?:%s)*+%s\]|<<(?:%s)*+%s>>)" % (inner, array, SKIP, entries, SKIP)


# Three levels are what nearly every dictionary has; ``value_end`` walks through deeper ones.
_ENTRY = re.compile(SKIP + rb"(" + _NAME + rb")" + SKIP + rb"(" + _nested(_nested(_FLAT)) + rb")?")
_ELEMENT = re.compile(SKIP + rb"(" + _SCALAR.pattern + rb")")
_FLAT_ARRAY = re.compile(SKIP + rb"\[((?:" + SKIP + rb"(?:" + _SCALAR.pattern + rb"))*+)" + SKIP + rb"\]")
_BRACKET = re.compile(rb"<<|>>|[\[\]]|" + _HEX + rb"|\(|%[^\r\n]*+")
_REFERENCE = re.compile(rb"(\d++)[" + SPACE + rb"]++(\d++)[" + SPACE + rb"]++R\Z")
_TARGET = rb"(?<![^" + SPACE + rb"()<>\[\]{}%])(\d{1,10}+)[" + SPACE + rb"]++(\d{1,5}+)[" + SPACE + rb"]++R" + _NO_MORE
_REFERENCES = re.compile(rb"|".join((_TEXT, rb"\(", rb"%[^\r\n]*+", _TARGET)))
_IN_TEXT = re.compile(rb"[()\\]")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_PLAIN_NAME = re.compile(rb"/(?:(?!#)" + REGULAR + rb")*+\Z")

Dictionary = dict[bytes, bytes]


class Malformed(ValueError):
    """What stands here is not the syntax that was expected."""


def skip_gap(data: Buffer, place: int) -> int:
    """The next place that is neither white space nor comment."""
    if place < len(data) and data[place] > PERCENT:
        return place  # most times there is no gap, and the pattern would cost five times as much
    match = _GAP.match(data, place)
    assert match is not None
    return match.end()


def value_end(data: Buffer, place: int) -> int:
    """Where the value that begins at ``place`` ends."""
    scalar = _SCALAR.match(data, place)
    if scalar is not None:
        return scalar.end()
    if data[place : place + 1] == b"(":
        return _end_of_text(data, place + 1)
    depth = 0
    while (match := _BRACKET.search(data, place)) is not None:
        token, place = match[0], match.end()
        if token in (b"<<", b"["):
            depth += 1
        elif token in (b">>", b"]"):
            depth -= 1
        elif token == b"(":
            place = _end_of_text(data, place)
        if depth <= 0:
            return place
    raise Malformed("no end")


def renumbered(raw: bytes, number_of: Callable[[tuple[int, int]], int]) -> bytes:
    """``raw`` with each reference to an object leading to the one of the number that ``number_of`` gives for it."""

    def moved(found: re.Match[bytes]) -> bytes:
        if found[1]:
            return b"%d 0 R" % number_of((int(found[1]), int(found[2])))
        if found[0] == b"(":
            raise Malformed("a string of more depth than is looked into")
        return found[0]  # in a string or a comment nothing is a reference

    return _REFERENCES.sub(moved, raw)


def dictionary(data: Buffer, place: int = 0) -> Dictionary:
    """The entries of the dictionary at ``place``: names (with their slash, escapes undone) and raw values."""
    start = skip_gap(data, place)
    if data[start : start + 2] != b"<<":
        raise Malformed(f"no dictionary at {start}")
    entries: Dictionary = {}
    place = start + 2
    while (match := _ENTRY.match(data, place)) is not None:
        name, value, place = match[1], match[2], match.end()
        if value is None:
            end = value_end(data, place)
            value, place = bytes(data[place:end]), end
        if b"#" in name:
            name = _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()), name)
        if name in entries:
            raise Malformed(f"{name!r} twice")  # readers differ on which one counts
        entries[name] = value
    place = skip_gap(data, place)
    if data[place : place + 2] != b">>":
        raise Malformed(f"no name at {place}")
    return entries


def array(raw: bytes) -> list[bytes]:
    """The raw elements of an array."""
    flat = _FLAT_ARRAY.match(raw)
    if flat is not None:
        return _ELEMENT.findall(flat[1])
    place = skip_gap(raw, 0)
    if raw[place : place + 1] != b"[":
        raise Malformed("no array")
    elements: list[bytes] = []
    place += 1
    while True:
        start = skip_gap(raw, place)
        if raw[start : start + 1] == b"]":
            return elements
        place = value_end(raw, start)
        elements.append(raw[start:place])


def reference(raw: bytes) -> tuple[int, int] | None:
    """Object and generation number where ``raw`` is a reference."""
    match = _REFERENCE.match(raw)
    return (int(match[1]), int(match[2])) if match else None


def written(entries: Mapping[bytes, bytes]) -> bytes:
    """A dictionary of raw values."""
    parts = [b"<<"]
    for name, value in entries.items():
        parts += [name if _PLAIN_NAME.match(name) else _escaped(name), b" ", value, b"\n"]
    return b"".join([*parts, b">>"])


def listed(elements: Iterable[bytes]) -> bytes:
    return b"[" + b" ".join(elements) + b"]"


def text(value: str) -> bytes:
    """A text string (ISO 32000-2 §7.9.2): ASCII as it is, else UTF-16 with a mark."""
    data = value.encode() if value.isascii() else b"\xfe\xff" + value.encode("utf-16-be", "replace")
    return b"<" + data.hex().encode() + b">"


def _escaped(name: bytes) -> bytes:
    regular = (33 <= code <= 126 and code not in b"()<>[]{}/%#" for code in name[1:])
    return b"/" + b"".join(
        b"%c" % code if plain else b"#%02X" % code for code, plain in zip(name[1:], regular, strict=True)
    )


def _end_of_text(data: Buffer, place: int) -> int:
    """Behind the parenthesis that closes a string whose opening one ends at ``place``."""
    depth = 1
    while depth:
        match = _IN_TEXT.search(data, place)
        if match is None:
            raise Malformed("a string has no end")
        place = match.end()
        if match[0] == b"(":
            depth += 1
        elif match[0] == b")":
            depth -= 1
        else:
            place += 1
    return place
