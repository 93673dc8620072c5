"""Texts from outside: which can be kept, shown and looked up."""

import base64
import re
import unicodedata

# PostgreSQL keeps no NUL, and half of a surrogate pair is no character at all.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
WORD = re.compile(r"[^\W_]+")
CONTROLS = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def is_storable(text: str) -> bool:
    return UNSTORABLE.search(text) is None


def findable(text: str) -> str:
    """A name that rows are looked up by: PostgreSQL takes no NUL, and nothing is called so."""
    return "" if "\0" in text else text


def from_base64(text: str) -> bytes:
    """Plain base64 or a data URL, over one line or many. Raises ValueError."""
    return base64.b64decode("".join((text.partition("base64,")[2] or text).split()), validate=True)


def is_one_line(text: str) -> bool:
    """Without line breaks and control characters, which mails, PDFs and terminals would act on."""
    return CONTROLS.search(text) is None


def searchable(text: str) -> str:
    """The words of a text as search compares them: small letters and digits, without accents, one blank between."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(WORD.findall(plain.casefold()))
