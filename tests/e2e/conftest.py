"""One server and one browser for all tests of this folder; windows that complain."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.windows import Windows
from tests.server import Server, running
from tools import browser


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = browser.chromium()
    if path is None:
        pytest.skip("There is no Chromium or Chrome on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=browser.ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="package")
def server(chromium: Browser) -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def windows(chromium: Browser) -> Iterator[Windows]:
    windows = Windows(chromium)
    yield windows
    faults = windows.close()
    assert not faults, "\n".join(faults)
