"""The static header that a receiver may ask for."""

import re

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # RFC 9110 §5.1
VALUE = re.compile(r"[\x20-\x7e]{1,2000}")
# Ours to set: a header of the receiver's choice must not change what the message is or where it goes.
RESERVED = {
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
}


class HeaderRefused(Exception):
    """``part`` is ``key`` or ``value``; ``code`` is stable, the sentence says what is wrong."""

    def __init__(self, part: str, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.part, self.code, self.sentence = part, code, sentence


def check_header(name: str, value: str) -> None:
    """Raises HeaderRefused."""
    if not NAME.fullmatch(name):
        raise HeaderRefused("key", "invalid", "This is not the name of an HTTP header.")
    if name.lower() in RESERVED or name.lower().startswith("webhook-"):
        raise HeaderRefused("key", "reserved", "This header is set by Rubrica itself.")
    if not VALUE.fullmatch(value):
        raise HeaderRefused("value", "invalid", "The value of a header is 1 to 2000 plain characters.")
