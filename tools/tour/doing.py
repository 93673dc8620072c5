"""What brings a page into a state that has no address."""

from playwright.sync_api import Page, expect

from tools import sample


def unfold_menu(page: Page) -> None:
    """Where it lies folded, on a phone."""
    if page.locator("[data-unfolds]").is_visible():
        page.locator("[data-unfolds]").click()


def open_account_menu(page: Page) -> None:
    unfold_menu(page)
    page.locator(".rail__account > summary").click()


def open_search(page: Page) -> None:
    page.locator("[data-search]").click()
    expect(page.locator("dialog[open]")).to_be_visible()


def open_keys(page: Page) -> None:
    page.locator("[data-dialog='review-keys']").click()
    expect(page.locator("dialog[open]")).to_be_visible()


def open_sending_back(page: Page) -> None:
    page.locator("[data-dialog^='reject-']").first.click()
    expect(page.locator("dialog[open]")).to_be_visible()


def open_first_row(page: Page) -> None:
    page.locator("main .row__title a").first.click()
    page.wait_for_url("**/outbox/*")


def send_first_form(page: Page) -> None:
    page.locator("main form").last.evaluate("form => form.noValidate = true")
    page.locator("main button[value='next']").last.click()
    page.wait_for_load_state()


def open_reject(page: Page) -> None:
    page.locator("[data-dialog='reject']").click()
    expect(page.locator("dialog[open]")).to_be_visible()


def choose_typing(page: Page) -> None:
    page.locator("input[type=radio][value=type]").check(force=True)


def find_person(page: Page) -> None:
    page.locator("#person").fill("ana@example.com")
    page.locator("#person").press("Enter")
    expect(page.locator("#found")).to_be_visible()


def sign_in_wrongly(page: Page) -> None:
    page.locator("#id_login").fill("nobody@acme.example")
    page.locator("#id_password").fill("not the password")
    page.locator("#id_password").press("Enter")
    expect(page.get_by_role("alert").first).to_be_visible()


def verify_unsealed(page: Page) -> None:
    plain = {"name": "contrato.pdf", "mimeType": "application/pdf", "buffer": sample.contract()}
    page.locator("input[type=file]").set_input_files(plain)  # type: ignore[arg-type]
    page.locator("[data-check] button").click()
    expect(page.locator("[data-answer] *").first).to_be_visible()


def unfold_all(page: Page) -> None:
    page.locator("main details").evaluate_all("all => all.forEach((one) => { one.open = true })")
