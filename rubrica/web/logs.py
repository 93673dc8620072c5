"""Lines of the log: no secret in them, and where they come from beside what they say."""

import json
import logging
import re
from datetime import UTC, datetime

from rubrica import context

SECRET_PATH = re.compile(r"/(s|c|uploads|files|dl|join|password/reset/key)/[A-Za-z0-9_:.%-]{16,}")
MASKED_PATH = r"/\1/…"
# Keys of the two dialects, secrets of webhooks, and whatever else stands in an Authorization header.
SECRET_WORD = re.compile(r"\b(puk_|prk_|rbt_|whsec_|Bearer )[A-Za-z0-9_+/=.-]{8,}")
MASKED_WORD = r"\1…"
# What begins a new line somewhere, or speaks to a terminal.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def masked(text: str) -> str:
    return SECRET_WORD.sub(MASKED_WORD, SECRET_PATH.sub(MASKED_PATH, text))


def on_one_line(text: str) -> str:
    """With control characters written out, so that nobody forges a line by what they send."""
    return CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


class HideSecrets(logging.Filter):
    """Masks the tokens of addresses and keys in the finished message, whoever logs it."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        shown = masked(message)
        if shown != message:
            record.msg, record.args = shown, ()
        return True


class Lines(logging.Formatter):
    """For people: the facts stand in brackets at the end. Tracebacks are masked too, and keep
    their lines."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        facts = " ".join(f"{name}={value}" for name, value in _facts(record).items())
        return on_one_line(super().formatMessage(record) + (f" [{facts}]" if facts else ""))

    def formatException(self, ei: "logging._SysExcInfoType") -> str:
        return masked(super().formatException(ei))


class JsonLines(logging.Formatter):
    """For programs: one JSON object a line, as collectors of logs read them."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            line["exception"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def _facts(record: logging.LogRecord) -> dict[str, object]:
    """Of the request or job, and those that the call itself gave as ``extra={"facts": {…}}``."""
    given: dict[str, object] = getattr(record, "facts", {})
    return {**context.facts_now(), **given}
