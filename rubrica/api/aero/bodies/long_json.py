"""JSON with texts of any length: long ones stay on disk, and the rest is read as usual.

The body is mapped into memory, and the ends of its texts are found by looking for quotation marks, which the C library
does at the speed of memory. What lies between long texts is bounded, so a body of many short ones is refused early.
"""

import json
import mmap
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, cast

from django.http import HttpRequest

from rubrica.files import intake, storage
from rubrica.records.errors import Wrong

LONG = 64 * 1024  # bytes; what is shorter is held
MOST_AROUND = 1024 * 1024  # bytes that are not in long texts
QUOTE, BACKSLASH = b'"', ord("\\")
REST_OF_TEXT = re.compile(rb'(?:[^"\\]++|\\.)*+"', re.DOTALL)  # possessive: each byte is looked at once


@dataclass(frozen=True)
class LongText:
    """A text as it is written in JSON, escapes included, between two places of the body."""

    body: mmap.mmap
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def slice(self, start: int, size: int) -> bytes:
        """``size`` bytes from ``start`` of the text, or what is left."""
        return self.body[self.start + start : min(self.end, self.start + start + size)]


@contextmanager
def parsed(request: HttpRequest, length: int) -> Iterator[Any]:
    """The value of the body, with a LongText for each text above 64 KB. Raises Wrong or IntakeRefused."""
    with tempfile.TemporaryFile(dir=storage.incoming()) as file:
        _spool(request, file, length)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body:
            yield _value(body)


def _spool(request: HttpRequest, file: IO[bytes], length: int) -> None:
    """Raises IntakeRefused with UPLOAD_INCOMPLETE when fewer bytes come than were announced."""
    left = length
    while left and (chunk := intake.read(request, min(intake.CHUNK, left))):
        file.write(chunk)
        left -= len(chunk)
    if left:
        raise intake.cut()
    file.flush()


def _value(body: mmap.mmap) -> Any:
    # A body that knew the word could put texts where others are, so it is made anew each time.
    word = secrets.token_hex(16)
    texts: list[LongText] = []
    plain = bytearray()
    for piece in _pieces(body):
        if isinstance(piece, LongText):
            plain += f"{word}{len(texts)}".encode()
            texts.append(piece)
        else:
            plain += piece
        if len(plain) > MOST_AROUND:
            raise Wrong("value", "must not have more than %(most)s bytes beside its files", most=MOST_AROUND)
    try:
        return _filled(json.loads(bytes(plain)), word, texts)
    except (ValueError, RecursionError):
        raise Wrong("value", "must be valid JSON") from None


def _pieces(body: mmap.mmap) -> Iterator[bytes | LongText]:
    place, last = 0, len(body)
    while place < last:
        start = body.find(QUOTE, place, min(last, place + MOST_AROUND + 1))
        if start < 0:
            yield body[place : place + MOST_AROUND + 1]
            place += MOST_AROUND + 1
            continue
        end = _end_of_text(body, start + 1)
        if end - start > LONG:
            yield body[place : start + 1]
            yield LongText(body, start + 1, end)
            yield QUOTE
        else:
            yield body[place : end + 1]
        place = end + 1


def _end_of_text(body: mmap.mmap, start: int) -> int:
    """Where the closing quotation mark is: the first one that no backslash takes."""
    first = body.find(QUOTE, start)
    if first >= 0 and body[first - 1] != BACKSLASH:
        return first  # nearly every text ends so, and this looks as fast as memory is read
    found = REST_OF_TEXT.match(body, start)
    if found is None:
        raise Wrong("value", "must be valid JSON")
    return found.end() - 1


def _filled(value: Any, word: str, texts: list[LongText]) -> Any:
    """Long texts are looked for where files have them: one or two levels deep, and nowhere else."""
    if isinstance(value, dict):
        return {key: _filled_text(one, word, texts) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, word, texts) if isinstance(one, dict) else one for one in value]
    return value


def _filled_text(value: Any, word: str, texts: list[LongText]) -> Any:
    if isinstance(value, str) and value.startswith(word):
        return texts[int(value.removeprefix(word))]
    if isinstance(value, list):
        return cast(Any, [_filled(one, word, texts) if isinstance(one, dict) else one for one in value])
    return value
