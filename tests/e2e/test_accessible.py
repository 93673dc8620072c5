"""axe-core on the pages that most people see; ``make axe`` looks at all of them, in every state."""

import pytest
from playwright.sync_api import expect

from tests.e2e import people
from tests.e2e.people import sign_in
from tests.e2e.windows import DESKTOP, PHONE, Windows
from tests.server import Server
from tools.tour.axe import told, violations

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("console")]


def test_main_pages_in_both_themes(server: Server, windows: Windows) -> None:
    people.send(server, "Accesible", people.person("Ada Axe", "ada.axe@example.com", files=[{"name": "Cédula"}]))
    phone, desk = windows.open({**PHONE, "color_scheme": "dark"}), windows.open({**DESKTOP, "color_scheme": "light"})
    found = []
    for page, address in ((phone, f"{server.url}/accounts/login/"), (phone, server.link_for("ada.axe@example.com"))):
        page.goto(address, wait_until="networkidle")
        found += [f"{address}: {told(one)}" for one in violations(page)]
    sign_in(desk, server)
    expect(desk.get_by_role("navigation", name="Principal")).to_be_visible()  # before it goes anywhere else
    for address in ("/console/", "/console/processes", "/console/sending", "/verify"):
        desk.goto(f"{server.url}{address}", wait_until="networkidle")
        found += [f"{address}: {told(one)}" for one in violations(desk)]
    assert not found, "\n".join(found)
