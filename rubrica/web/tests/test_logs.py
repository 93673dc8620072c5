"""No secret of an address reaches the log."""

import logging
from typing import Any

import pytest
from django.conf import settings

from rubrica.web.logs import HideSecrets

TOKEN = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6"


PATHS = [f"/s/{TOKEN}", f"/s/{TOKEN}/signature", f"/uploads/{TOKEN}", f"/files/{TOKEN}:x-y/a.pdf"]


@pytest.mark.parametrize("path", PATHS)
def test_it_works(path: str) -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", (path,), None)
    assert HideSecrets().filter(record)
    assert TOKEN not in record.getMessage()
    assert record.getMessage().startswith("Not Found: /")


def test_short_paths_stay() -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", ("/s/short",), None)
    HideSecrets().filter(record)
    assert record.getMessage() == "Not Found: /s/short"


def test_the_settings_use_it() -> None:
    configured: Any = settings.LOGGING
    assert configured["handlers"]["stderr"]["filters"] == ["secrets"]
    assert configured["filters"]["secrets"]["()"] == f"{HideSecrets.__module__}.{HideSecrets.__name__}"
