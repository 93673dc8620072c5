"""Secrets travel in the addresses of links, uploads and downloads; the log must not become a second door."""

import logging
import re

SECRET_PATH = re.compile(r"/(s|c|uploads|files|dl)/[A-Za-z0-9_:.%-]{16,}")
MASKED = r"/\1/…"


class HideSecrets(logging.Filter):
    """Masks the tokens of addresses in the finished message, whoever logs it."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        masked = SECRET_PATH.sub(MASKED, message)
        if masked != message:
            record.msg, record.args = masked, ()
        return True
