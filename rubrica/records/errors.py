"""How the record store says no. ``code`` is the machine's word (contract/aero.md §1.6); the sentence is a template.

A sentence with a path is a phrase that follows it: ``"amount" must be a number``. Both are translated where people
read them, and stand in English in the answer's ``description``.
"""

from collections.abc import Callable
from typing import Any

Translate = Callable[[str], str]


class Refusal(Exception):
    """Nothing was changed. ``status`` is the HTTP status that says the same."""

    code, status = "internal_error", 500
    at = ""  # which of several operations it was, as ``[2]``

    def __init__(self, sentence: str, path: str = "", **values: object) -> None:
        self.sentence, self.path, self.values = sentence, path, values
        super().__init__(self.said())

    def said(self, translate: Translate | None = None) -> str:
        """The whole sentence: for programs in English, or for people in the language of ``translate``."""
        text = translate(self.sentence) if translate else self.sentence
        text = text % self.values if self.values else text
        if self.path:
            text = f"“{self.path}” {text}" if translate else f'"{self.path}" {text}'
        return f"{self.at} {text}" if self.at else text


class Wrong(Refusal):
    """A part of the call is not as it must be. ``source`` says of what: Body, Query, Params or Header."""

    code, status = "validation_error", 400

    def __init__(self, path: str, phrase: str, source: str = "Body", **values: object) -> None:
        self.source = source
        super().__init__(phrase, path, **values)


class NotFound(Refusal):
    """It is not there, or not for this caller."""

    code, status = "not_found", 404


class Forbidden(Refusal):
    code, status = "forbidden", 403


class Conflict(Refusal):
    """The state of what is stored forbids it. ``details`` lists what is in the way."""

    code, status = "conflict", 409

    def __init__(self, sentence: str, path: str = "", details: list[dict[str, Any]] | None = None, **values: object):
        self.details = details or []
        super().__init__(sentence, path, **values)


class TooLarge(Refusal):
    code, status = "payload_too_large", 413


class Unsupported(Refusal):
    code, status = "unsupported_media_type", 415
