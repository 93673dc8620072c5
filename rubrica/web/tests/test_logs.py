"""No secret of an address reaches the log."""

import logging

import pytest
from django.test import Client

from rubrica.web.logs import HideSecrets

TOKEN = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6"


@pytest.mark.parametrize(
    "path", [f"/s/{TOKEN}", f"/s/{TOKEN}/signature", f"/uploads/{TOKEN}", f"/files/{TOKEN}:x-y/a.pdf"]
)
def test_it_works(path: str) -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", (path,), None)
    assert HideSecrets().filter(record)
    assert TOKEN not in record.getMessage()
    assert record.getMessage().startswith("Not Found: /")


def test_short_paths_stay(caplog: pytest.LogCaptureFixture) -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", ("/s/short",), None)
    HideSecrets().filter(record)
    assert record.getMessage() == "Not Found: /s/short"


@pytest.mark.django_db
def test_the_handler_of_the_settings_masks(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    handler = logging.getLogger().handlers[0]
    assert any(isinstance(one, HideSecrets) for one in handler.filters) or any(
        isinstance(one, HideSecrets) for root in logging.getLogger().handlers for one in root.filters
    )
    assert client.get(f"/s/{TOKEN}/state").status_code == 404
