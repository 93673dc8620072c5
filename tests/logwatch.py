"""Reads the log of the whole suite as an attacker would, after it went through the filter that the settings name."""

import logging
import re

from rubrica.web.logs import HideSecrets, Lines

# A key of each kind as it is issued, and the address of a link; shorter ones in tests are nobody's secret.
SECRET = re.compile(
    r"(puk|prk)_[0-9a-f]{32}|(rbt|whsec)_[A-Za-z0-9_+/=-]{32,}|/(s|c|uploads|dl|join|password/reset/key)/(t\.)?[A-Za-z0-9_-]{40,}"
)


class LogWatch(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.setFormatter(Lines())

    def emit(self, record: logging.LogRecord) -> None:
        shown = logging.makeLogRecord(record.__dict__)  # the filter must not change what other handlers see
        HideSecrets().filter(shown)
        text = self.format(shown)
        if SECRET.search(text):
            self.found.append(text)
