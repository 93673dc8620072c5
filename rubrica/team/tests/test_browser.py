"""In a real browser: signing in with an app's code and with a passkey, and a form that outlives its session."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect

from tests.browsing import chromium_in_this_thread
from tests.cast import PASSWORD, Acme
from tests.e2e.windows import Windows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("team")]
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture
def chromium(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    cache.clear()
    with chromium_in_this_thread(monkeypatch) as found:
        yield found


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    """By a name, since browsers make no passkey for a bare address."""
    settings.PUBLIC_URL = f"http://localhost:{live_server.thread.port}"
    settings.CSRF_TRUSTED_ORIGINS = [settings.PUBLIC_URL]
    return str(settings.PUBLIC_URL)


@pytest.fixture
def page(chromium: Browser, site: str) -> Iterator[Page]:
    windows = Windows(chromium)
    yield windows.open(DESKTOP, locale="en")
    faults = windows.close()
    assert not faults, "\n".join(faults)


def sign_in(page: Page, site: str, to: str = "/console/account") -> None:
    page.goto(f"{site}{to}")
    page.get_by_label("E-mail").fill("olga@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def once_more(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def sign_out(page: Page, site: str) -> None:
    page.goto(f"{site}/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()


def test_a_passkey_is_made_and_signs_in(page: Page, site: str, acme: Acme) -> None:
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    sign_in(page, site)
    page.get_by_role("link", name="Add a passkey").click()
    once_more(page)
    page.get_by_label("Name").fill("Telephone of Olga")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Telephone of Olga", exact=True)).to_be_visible()
    sign_out(page, site)
    page.goto(f"{site}/console/settings/company")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Company", level=1)).to_be_visible()
    assert acme.organization.audit.latest("pk").details == {"ways": ["webauthn"]}


def test_an_app_is_set_up_and_signs_in(page: Page, site: str, acme: Acme) -> None:
    sign_in(page, site)
    page.get_by_role("link", name="Set up an app").click()
    once_more(page)
    page.get_by_text("The app cannot read pictures?").click()
    secret = page.locator("code.wrap").inner_text()

    def code(step: int) -> str:
        return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step)))

    page.get_by_label("Code", exact=True).fill(code(0))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    sign_out(page, site)
    sign_in(page, site)
    page.get_by_label("Code", exact=True).fill(code(0))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Your account", level=1)).to_be_visible()
    assert acme.organization.audit.latest("pk").details == {"ways": ["password", "totp"]}
    assert acme.organization.audit.filter(kind="factor_added", details__type="totp").count() == 1


def test_what_was_typed_outlives_the_session(page: Page, site: str, acme: Acme) -> None:
    sign_in(page, site, "/console/team")
    email, role = page.locator("#id_email"), page.locator("#id_role")
    email.fill("nora@acme.example")
    role.select_option("reviewer")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.get_by_label("E-mail").fill("olga@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(f"{site}/console/team")
    expect(page.get_by_text("What you had typed is here again.")).to_be_visible()
    expect(email).to_have_value("nora@acme.example")
    expect(role).to_have_value("reviewer")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("The link works until")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
