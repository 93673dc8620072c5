"""Ids as aero's clients know them (contract/aero.md §1.8): opaque letters and digits."""

import hashlib
import secrets
import string
from functools import lru_cache

ALPHABET = string.ascii_letters + string.digits
DEFINITION, RECORD, LINE, USER = 21, 20, 20, 17  # letters


def _new(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_definition_key() -> str:
    return _new(DEFINITION)


def new_record_key() -> str:
    return _new(RECORD)


def new_line_key() -> str:
    return _new(LINE)


def new_attachment_key() -> str:
    return secrets.token_hex(12)


@lru_cache(maxsize=1000)
def user_id(member_id: int | None) -> str | None:
    """A member's id in this dialect: always the same, and nothing that a row's number could be read from at sight."""
    if member_id is None:
        return None
    number = int.from_bytes(hashlib.sha256(f"rubrica.records.user:{member_id}".encode()).digest(), "big")
    letters = ""
    for _ in range(USER):
        number, rest = divmod(number, len(ALPHABET))
        letters += ALPHABET[rest]
    return letters
