"""The system's Chromium, for tests whose server and database are those of the test itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections
from playwright.sync_api import Browser, sync_playwright

from tools import browser


@contextmanager
def chromium_in_this_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Skips the test by name where there is no browser."""
    path = browser.chromium()
    if path is None:
        pytest.skip("no Chromium or Chrome on this machine")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in the thread of the test.
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=browser.ARGUMENTS)
        yield chromium
        chromium.close()
        connections.close_all()  # Under Playwright's loop the test has had connections of its own.
