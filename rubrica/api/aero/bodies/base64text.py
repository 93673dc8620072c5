"""Base64 in JSON, plain or as a data URL, decoded piece by piece."""

import binascii
import re

from rubrica.api.aero.bodies.long_json import LongText
from rubrica.files.intake import Readable

DATA = re.compile(r"data:[^,]{0,1000};base64,", re.IGNORECASE)
PIECE = 1024 * 1024  # characters
ESCAPE = re.compile(rb"\\(?:([/nrt])|u00([0-9a-fA-F]{2}))")
LONGEST_ESCAPE = 6  # characters: u002b with its backslash
BLANKS = b" \t\r\n"
PLAIN = {b"/": b"/", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


class NotBase64(Exception):
    """The text is not what it should be."""


def decoded(text: str | LongText) -> Readable:
    """A source of the bytes. Raises NotBase64 here or while it is read."""
    source = _Short(text) if isinstance(text, str) else text
    head = _unescaped(source.slice(0, PIECE))[:1100].decode("latin-1")
    start = 0
    if head[:5].lower() == "data:":
        if not (prefix := DATA.match(head)):
            raise NotBase64
        start = _length_in(source, prefix.end())
    return _Decoder(source, start)


class _Short:
    """A text that was held, with the manners of a long one; its escapes are undone already."""

    def __init__(self, text: str) -> None:
        try:
            self._bytes = text.encode("ascii")
        except UnicodeEncodeError:
            raise NotBase64 from None

    def __len__(self) -> int:
        return len(self._bytes)

    def slice(self, start: int, size: int) -> bytes:
        return self._bytes[start : start + size]


class _Decoder:
    """Reads as a file does; how much it gives at once it decides itself."""

    def __init__(self, source: _Short | LongText, place: int) -> None:
        self._source, self._place = source, place
        self._rest = b""  # fewer than four characters
        self._is_over = False  # the padding has come

    def read(self, size: int = -1, /) -> bytes:
        while self._place < len(self._source):
            piece = self._source.slice(self._place, PIECE)
            piece = piece[: _whole(piece)] if self._place + len(piece) < len(self._source) else piece
            self._place += len(piece)
            if data := self._decode(_unescaped(piece).translate(None, BLANKS)):
                return data
        if self._rest:
            raise NotBase64
        return b""

    def _decode(self, letters: bytes) -> bytes:
        letters = self._rest + letters
        whole = len(letters) // 4 * 4
        self._rest = letters[whole:]
        if letters and self._is_over:
            raise NotBase64
        try:
            data = binascii.a2b_base64(letters[:whole], strict_mode=True)
        except binascii.Error:
            raise NotBase64 from None
        self._is_over = letters[:whole].endswith(b"=")
        return data


def _whole(piece: bytes) -> int:
    """As much of a piece as does not end inside of an escape."""
    last = piece.rfind(b"\\", len(piece) - LONGEST_ESCAPE)
    return len(piece) if last <= 0 else last


def _unescaped(piece: bytes) -> bytes:
    return ESCAPE.sub(_plain, piece) if b"\\" in piece else piece


def _plain(escape: re.Match[bytes]) -> bytes:
    return PLAIN[escape[1]] if escape[1] else bytes([int(escape[2], 16)])


def _length_in(source: _Short | LongText, letters: int) -> int:
    """How much of the text, escapes included, stands for its first ``letters``."""
    place = 0
    for _ in range(letters):
        escape = ESCAPE.match(source.slice(place, LONGEST_ESCAPE))
        place += escape.end() if escape and isinstance(source, LongText) else 1
    return place
