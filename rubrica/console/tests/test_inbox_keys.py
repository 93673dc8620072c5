"""The review inbox by keyboard alone, in a real browser."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from rubrica.console.tests.conftest import Lease, picture, send_in
from rubrica.processes.models import RequestedFile, Submission
from tests import sending
from tests.browsing import chromium_in_this_thread
from tests.cast import Acme, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SOON = 30_000  # milliseconds


@pytest.fixture
def deed(acme: Acme, lease: Lease) -> RequestedFile:
    """It came after the ID card of the lease; its process stays open, so that a decision can be taken back."""
    process = sending.start(acme, sending.person("Carla Gómez", "Deed", "Payslip"), name="House")
    send_in(acme, sending.slot(process, "Deed"), "deed.jpg", picture((90, 60)))
    return sending.slot(process, "Deed")


@pytest.fixture
def page(acme: Acme, deed: RequestedFile, live_server: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    session = signed_in(acme.reviewer).cookies["sessionid"].value
    with chromium_in_this_thread(monkeypatch) as chromium:
        context = chromium.new_context(base_url=str(live_server), locale="en")
        context.set_default_timeout(SOON)
        context.add_cookies([{"name": "sessionid", "value": session, "url": str(live_server)}])
        page = context.new_page()
        page.goto(reverse("console:review"))
        yield page


def test_files_are_decided_by_keys_alone(page: Page, lease: Lease, deed: RequestedFile) -> None:
    """Sent back with a phrase and words, the next one accepted with a note, taken back, and approved."""
    on_table = page.locator("#file-name")
    expect(on_table).to_have_text("ID card", timeout=SOON)
    page.keyboard.press("+")
    expect(page.locator("[data-percent]")).to_have_text("150 %", timeout=SOON)
    page.keyboard.press("r")
    expect(page.locator("input[name=phrase]").first).to_be_focused(timeout=SOON)
    page.keyboard.press("Space")
    page.locator("#reason").focus()
    page.keyboard.type("a new one, please")  # of which no letter is a command here
    page.keyboard.press("Control+Enter")
    expect(on_table).to_have_text("Deed", timeout=SOON)
    refused = Submission.objects.get(pk=lease.photo.pk)
    assert (refused.decision, refused.reason) == ("rejected", "The picture is blurred.\na new one, please")

    page.keyboard.press("n")
    expect(page.locator("#note")).to_be_focused(timeout=SOON)
    page.keyboard.type("Signed on one page only")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Nothing to review")).to_be_visible(timeout=SOON)
    page.keyboard.press("u")
    expect(on_table).to_have_text("Deed", timeout=SOON)
    assert RequestedFile.objects.select_related("current").get(pk=deed.pk).status == "uploaded"

    page.keyboard.press("?")
    choice = page.get_by_label("Single keys do this")
    expect(choice).to_be_visible(timeout=SOON)
    choice.uncheck()
    page.keyboard.press("Escape")
    expect(choice).to_be_hidden(timeout=SOON)
    page.keyboard.press("n")  # switched off: nothing unfolds
    expect(page.locator("#note")).to_be_hidden(timeout=SOON)
    page.get_by_role("button", name="Approve", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Nothing to review")).to_be_visible(timeout=SOON)
    assert RequestedFile.objects.select_related("current").get(pk=deed.pk).status == "approved"


def test_a_search_is_opened_and_walked_by_keys(page: Page, lease: Lease) -> None:
    page.keyboard.press("/")
    words = page.get_by_role("combobox")
    expect(words).to_be_focused(timeout=SOON)
    page.keyboard.type("ca")
    expect(page.get_by_role("option")).to_have_count(1, timeout=SOON)
    words.fill("example")
    expect(page.get_by_role("option")).to_have_count(2, timeout=SOON)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_contain_text("Lease of Main Street 5", timeout=SOON)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Lease of Main Street 5")).to_be_visible(timeout=SOON)
