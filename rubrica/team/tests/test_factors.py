"""Second factors: an app that shows codes, recovery codes, and the rule that everybody has one."""

import json
import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from rubrica.accounts.models import AuditEntry, Member, Organization
from rubrica.team import factors
from tests.cast import PASSWORD, Acme, signed_in


@pytest.fixture(autouse=True)
def _nobody_was_counted(db: None) -> None:
    cache.clear()


def code(secret: str, step: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step)))


def with_app(member: Member) -> str:
    """Gives the secret of an app that is set up."""
    secret = str(generate_totp_secret())
    TOTP.activate(member, secret)
    return secret


def sign_in(email: str, **more: str) -> tuple[Client, Any]:
    client = Client()
    form = {"login": email, "password": PASSWORD, **more}
    return client, client.post(reverse("account_login"), form)


def sure(client: Client) -> Client:
    """Has written the password once more."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def test_an_app_is_set_up_and_asked_for(acme: Acme) -> None:
    client = sure(signed_in(acme.owner))
    page = client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    assert secret in page.content.decode() and "data:image/svg+xml" in page.content.decode()
    answer = client.post(reverse("mfa_activate_totp"), {"code": code(secret, -1)}, follow=True)
    codes = re.findall(r"<li>(\d{8})</li>", answer.content.decode())
    assert len(codes) == 10
    assert codes[0] not in client.get(reverse("mfa_view_recovery_codes")).content.decode()
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored and len(stored) > 2 * len(secret)

    other, answer = sign_in(acme.owner.email)
    assert answer.headers["Location"] == reverse("mfa_authenticate")
    assert other.get(reverse("console:account")).status_code == 302
    other.post(reverse("mfa_authenticate"), {"code": "000000"})
    other.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert other.get(reverse("console:account")).status_code == 200
    written = AuditEntry.objects.filter(member_id=acme.owner.pk).order_by("pk").values_list("kind", flat=True)
    assert {"factor_failed", "signed_in"} <= set(written)
    assert AuditEntry.objects.filter(kind="signed_in").latest("pk").details["ways"] == ["password", "totp"]


def test_a_code_works_once(acme: Acme) -> None:
    secret = with_app(acme.owner)
    now = code(secret)
    for expected in (200, 302):
        client, _ = sign_in(acme.owner.email)
        client.post(reverse("mfa_authenticate"), {"code": now})
        assert client.get(reverse("console:account")).status_code == expected


def test_codes_are_not_guessed_for_long(acme: Acme) -> None:
    secret = with_app(acme.owner)
    client, _ = sign_in(acme.owner.email)
    for number in range(8):
        client.post(reverse("mfa_authenticate"), {"code": f"{number:06}"})
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert client.get(reverse("console:account")).status_code == 302


def test_a_recovery_code_works_once(acme: Acme) -> None:
    client = sure(signed_in(acme.owner))
    client.get(reverse("mfa_activate_totp"))
    form = {"code": code(client.session["mfa.totp.secret"])}
    page = client.post(reverse("mfa_activate_totp"), form, follow=True).content.decode()
    recovery = re.findall(r"<li>(\d{8})</li>", page)[0]
    for expected in (200, 302):
        other, _ = sign_in(acme.owner.email)
        other.post(reverse("mfa_authenticate"), {"code": recovery})
        assert other.get(reverse("console:account")).status_code == expected


@pytest.mark.parametrize("view", ["mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"])
def test_an_open_window_alone_changes_nothing(acme: Acme, view: str) -> None:
    with_app(acme.owner) if view == "mfa_generate_recovery_codes" else None
    client = signed_in(acme.owner)
    answer = client.post(reverse(view), {"code": "123456", "name": "x", "credential": "{}"})
    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert Authenticator.objects.count() == (1 if view == "mfa_generate_recovery_codes" else 0)


def test_a_passkey_is_asked_for_by_a_challenge(acme: Acme, settings: Any) -> None:
    settings.PUBLIC_URL = "https://sign.acme.example"
    ajax = {"X-Requested-With": "XMLHttpRequest"}
    first, second = (Client().get(reverse("mfa_login_webauthn"), headers=ajax).json() for _ in range(2))
    asked = first["request_options"]["publicKey"]
    assert asked["rpId"] == "sign.acme.example" and asked["userVerification"] == "required"
    assert asked["challenge"] != second["request_options"]["publicKey"]["challenge"]
    page = sure(signed_in(acme.owner)).get(reverse("mfa_add_webauthn")).context["options"]
    made = json.loads(page)["publicKey"]
    assert made["authenticatorSelection"]["residentKey"] == "required"
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert made["rp"] == {"id": "sign.acme.example", "name": "Rubrica"}


@pytest.mark.parametrize(
    "credential", ["", "{}", "null", '{"id": "x", "response": {}}', "[1]", '{"response": {"userHandle": 7}}']
)
def test_what_is_no_passkey_lets_nobody_in(acme: Acme, settings: Any, credential: str) -> None:
    settings.PUBLIC_URL = "https://sign.acme.example"
    client = Client()
    client.get(reverse("mfa_login_webauthn"), headers={"X-Requested-With": "XMLHttpRequest"})
    answer = client.post(reverse("mfa_login_webauthn"), {"credential": credential})
    assert answer.headers["Location"] == reverse("account_login")
    assert client.get(reverse("console:account")).status_code == 302


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://sign.acme.example", True), ("http://localhost:8000", True), ("http://127.0.0.1:8000", False),
     ("https://192.0.2.7", False), ("http://sign.acme.example", False)],
)  # fmt: skip
def test_passkeys_are_offered_where_browsers_make_them(settings: Any, url: str, expected: bool) -> None:
    settings.PUBLIC_URL = url
    assert factors.passkeys_work() is expected


def test_where_one_is_asked_for_nothing_else_is_seen(acme: Acme) -> None:
    client = signed_in(acme.owner)
    save = reverse("console:save_security")
    assert client.post(save, {"requires_second_factor": "on"}).status_code == 422  # whoever asks has one
    with_app(acme.owner)
    assert client.post(save, {"requires_second_factor": "on"}).status_code == 302
    assert client.get(reverse("console:company")).status_code == 200

    reviewer = signed_in(acme.reviewer)
    for page in ("console:processes", "console:company", "notify:outbox"):
        assert reviewer.get(reverse(page)).headers["Location"] == reverse("console:account")
    assert reviewer.get(reverse("console:account")).status_code == 200
    with_app(acme.reviewer)
    assert reviewer.get(reverse("console:company")).status_code == 200


def test_the_last_one_stays_where_it_is_asked_for(acme: Acme) -> None:
    with_app(acme.owner)
    Organization.objects.filter(pk=acme.organization.pk).update(requires_second_factor=True)
    client = sure(signed_in(acme.owner))
    client.post(reverse("mfa_deactivate_totp"))
    assert factors.are_there(acme.owner)
    Organization.objects.filter(pk=acme.organization.pk).update(requires_second_factor=False)
    client.post(reverse("mfa_deactivate_totp"))
    assert not factors.are_there(acme.owner)


def test_an_owner_helps_who_has_lost_everything(acme: Acme, other: Acme) -> None:
    with_app(acme.reviewer)
    with_app(other.owner)
    owner = signed_in(acme.owner)
    owner.post(reverse("console:clear_factors", args=[acme.reviewer.pk]))
    assert owner.post(reverse("console:clear_factors", args=[other.owner.pk])).status_code == 404
    assert not factors.are_there(acme.reviewer) and factors.are_there(other.owner)
    assert AuditEntry.objects.get(kind="factors_cleared").subject == acme.reviewer.email


@pytest.mark.parametrize("is_asked_for", [True, False])
def test_a_password_alone_gives_no_token(acme: Acme, client: Client, is_asked_for: bool) -> None:
    """aero v1's login knows no second step."""
    login = {"username": acme.owner.email, "password": PASSWORD}
    if is_asked_for:
        Organization.objects.filter(pk=acme.organization.pk).update(requires_second_factor=True)
    else:
        with_app(acme.owner)
    answer = client.post("/api/v1/login", login, content_type="application/json")
    assert answer.status_code == 403 and "second factor" in answer.json()["error"]
    assert not acme.organization.bearer_tokens.exists()
    wrong = client.post("/api/v1/login", {**login, "password": "x"}, content_type="application/json")
    assert wrong.status_code == 401 and "second factor" not in wrong.content.decode()


def test_owners_alone_see_whose_password_is_enough(acme: Acme, other: Acme) -> None:
    gone = Member.objects.create_user(acme.organization, "gone@acme.example", role="viewer", is_active=False)
    with_app(acme.owner)
    assert list(factors.without(acme.organization)) == [acme.reviewer]
    address = reverse("console:security")
    shown = signed_in(acme.owner).get(address).content.decode()
    assert acme.reviewer.email in shown and gone.email not in shown
    assert 'aria-labelledby="without"' not in signed_in(acme.reviewer).get(address).content.decode()
