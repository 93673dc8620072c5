"""Lines of the log: no secret in them, and where they come from beside what they say."""

import json
import logging
import re
from datetime import UTC, datetime

from rubrica import context

SECRET_PATH = re.compile(r"/(s|c|uploads|files|dl|join)/[A-Za-z0-9_:.%-]{16,}")
MASKED_PATH = r"/\1/…"
# Keys of the two dialects, secrets of webhooks, and whatever else stands in an Authorization header.
SECRET_WORD = re.compile(r"\b(puk_|prk_|rbt_|whsec_|Bearer )[A-Za-z0-9_+/=.-]{8,}")
MASKED_WORD = r"\1…"


def masked(text: str) -> str:
    return SECRET_WORD.sub(MASKED_WORD, SECRET_PATH.sub(MASKED_PATH, text))


class HideSecrets(logging.Filter):
    """Masks the tokens of addresses and keys in the finished message, whoever logs it."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        shown = masked(message)
        if shown != message:
            record.msg, record.args = shown, ()
        return True


class Lines(logging.Formatter):
    """For people: the facts stand in brackets at the end. Tracebacks are masked too."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        facts = " ".join(f"{name}={value}" for name, value in _facts(record).items())
        return super().formatMessage(record) + (f" [{facts}]" if facts else "")

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
