"""The page of a process in a real browser: it follows what happens, and takes nothing from under a reader's hands."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from rubrica.console.tests.conftest import Lease
from tests import sending
from tests.browsing import chromium_in_this_thread
from tests.cast import Acme, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SOON = 15_000  # milliseconds


@pytest.fixture
def page(acme: Acme, lease: Lease, live_server: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    session = signed_in(acme.reviewer).cookies["sessionid"].value
    with chromium_in_this_thread(monkeypatch) as chromium:
        context = chromium.new_context(base_url=str(live_server), locale="en", timezone_id="America/Bogota")
        context.add_cookies([{"name": "sessionid", "value": session, "url": str(live_server)}])
        page = context.new_page()
        page.goto(reverse("console:process", args=[lease.process.public_id]))
        yield page


def test_it_works(page: Page, lease: Lease) -> None:
    """Somebody else approves the file: the badge and the history change, the page is not loaded again."""
    page.evaluate("window.sameAsBefore = true")
    lease.card.approve(sending.REVIEWER)
    card = page.locator(f"#file-{lease.card.pk}")
    card.get_by_text("Approved", exact=True).wait_for(timeout=SOON)
    assert page.get_by_text("Tomás Reviewer approved “ID card” from Ana Pérez").count() >= 1
    assert page.evaluate("window.sameAsBefore") is True
    assert page.locator("[data-live-news]").text_content() == "Tomás Reviewer approved “ID card” from Ana Pérez"


def test_an_open_dialog_is_left_alone(page: Page, lease: Lease) -> None:
    page.evaluate(f"document.getElementById('reject-{lease.card.pk}').showModal()")
    page.fill(f"#reason-{lease.card.pk}", "Half written")
    lease.card.approve(sending.REVIEWER)
    page.wait_for_timeout(6500)
    assert page.input_value(f"#reason-{lease.card.pk}") == "Half written"
    page.keyboard.press("Escape")
    page.locator(f"#file-{lease.card.pk}").get_by_text("Approved", exact=True).wait_for(timeout=SOON)


def test_the_focus_stays_where_it_was(page: Page, lease: Lease) -> None:
    page.focus(f"#approve-{lease.card.pk}")
    lease.payslip.receive(lease.photo.blob, "payslip.jpg", lease.ana.actor())
    page.locator(f"#approve-{lease.payslip.pk}").wait_for(timeout=SOON)
    assert page.evaluate("document.activeElement.id") == f"approve-{lease.card.pk}"
