"""Passwords: another one by mail, and what a stranger learns by trying."""

import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from rubrica.accounts.models import Member
from rubrica.team import letters
from tests.cast import PASSWORD, Acme, signed_in

ANOTHER = "a quite different one"


@pytest.fixture(autouse=True)
def _nobody_was_counted(db: None) -> None:
    cache.clear()


def jobs() -> list[dict[str, Any]]:
    """The arguments of those that wait. A test that commits may have left others."""
    waiting = ProcrastinateJob.objects.filter(task_name="rubrica.team.jobs.mail_password_reset").order_by("pk")
    members = set(Member.objects.values_list("pk", flat=True))
    return [job.args for job in waiting if job.args["member_id"] in members]


def ask(email: str, **headers: str) -> Any:
    return Client(headers=headers).post(reverse("account_reset_password"), {"email": email})


def mailed() -> str:
    """The path of the link in the mail that waits to go out."""
    for arguments in jobs():
        letters.password_reset(**arguments)
    found = re.search(r"http://127\.0\.0\.1:8000(/accounts/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def choose(path: str, password: str) -> Any:
    client = Client()
    form = client.get(path, follow=True)
    return client.post(form.request["PATH_INFO"], {"password1": password, "password2": password})


def works(email: str, password: str) -> bool:
    client = Client()
    client.post(reverse("account_login"), {"login": email, "password": password})
    return client.get(reverse("console:account")).status_code == 200


def test_it_works(acme: Acme) -> None:
    before = signed_in(acme.owner)
    assert ask(acme.owner.email).headers["Location"] == reverse("account_reset_password_done")
    path = mailed()
    choose(path, ANOTHER)
    assert works(acme.owner.email, ANOTHER) and not works(acme.owner.email, PASSWORD)
    assert before.get(reverse("console:account")).status_code == 302  # who was signed in with the old one
    assert "leads nowhere" in Client(headers={"accept-language": "en"}).get(path, follow=True).content.decode()


def test_the_link_begins_with_our_address_whatever_the_caller_says(acme: Acme) -> None:
    ask(acme.owner.email, host="evil.example", x_forwarded_host="evil.example")
    mailed()
    assert "evil.example" not in str(mail.outbox[-1].message())


def test_nobody_learns_who_has_an_account(acme: Acme) -> None:
    known, unknown = ask(acme.owner.email), ask("nobody@acme.example")
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert len(jobs()) == 1
    wrong, stranger = (
        Client().post(reverse("account_login"), {"login": email, "password": "wrong"}).content
        for email in (acme.owner.email, "nobody@acme.example")
    )
    strip = re.compile(rb'value="[^"]*"|nonce="[^"]*"')
    assert strip.sub(b"", wrong) == strip.sub(b"", stranger)


def test_no_job_has_the_link(acme: Acme) -> None:
    ask(acme.owner.email)
    assert set(jobs()[0]) == {"member_id", "asked"}


def test_who_left_is_sent_none(acme: Acme) -> None:
    Member.objects.filter(pk=acme.owner.pk).update(is_active=False)
    ask(acme.owner.email)
    for arguments in jobs():
        letters.password_reset(**arguments)
    assert not mail.outbox


def test_a_mailbox_is_not_filled(acme: Acme) -> None:
    statuses = [ask(acme.owner.email).status_code for _ in range(8)]
    assert statuses[0] == 302 and statuses[-1] == 429
    assert len(jobs()) <= 5


def test_passwords_are_not_guessed_for_long(acme: Acme) -> None:
    for _ in range(6):
        Client().post(reverse("account_login"), {"login": acme.owner.email, "password": "wrong"})
    assert not works(acme.owner.email, PASSWORD)


@pytest.mark.parametrize("password", ["short", "password123", "aaa"])
def test_a_weak_one_is_not_taken(acme: Acme, password: str) -> None:
    ask(acme.owner.email)
    path = mailed()
    assert choose(path, password).context["form"].errors
    assert Member.objects.get(pk=acme.owner.pk).check_password(PASSWORD)
    assert choose(path, ANOTHER).status_code == 302


def test_a_member_changes_it_and_stays_signed_in(acme: Acme) -> None:
    here, elsewhere = signed_in(acme.owner), signed_in(acme.owner)
    form = {"oldpassword": PASSWORD, "password1": ANOTHER, "password2": ANOTHER}
    assert here.post(reverse("account_change_password"), {**form, "oldpassword": "x"}).status_code == 200
    assert here.post(reverse("account_change_password"), form).headers["Location"] == reverse("console:account")
    assert here.get(reverse("console:account")).status_code == 200
    assert elsewhere.get(reverse("console:account")).status_code == 302


def test_a_member_signs_out_elsewhere(acme: Acme) -> None:
    def sign_in() -> Client:
        client = Client()
        client.post(reverse("account_login"), {"login": acme.owner.email, "password": PASSWORD})
        return client

    here, elsewhere = sign_in(), sign_in()
    assert len(here.get(reverse("console:account")).context["sessions"]) == 2
    here.post(reverse("console:end_sessions"))
    assert elsewhere.get(reverse("console:account")).status_code == 302
    assert here.get(reverse("console:account")).status_code == 200


def test_nobody_ends_somebody_elses_session(acme: Acme, other: Acme) -> None:
    client = Client()
    client.post(reverse("account_login"), {"login": acme.owner.email, "password": PASSWORD})
    session = client.get(reverse("console:account")).context["sessions"][0]
    stranger = signed_in(other.owner)
    assert stranger.post(reverse("console:end_session", args=[session.pk])).status_code == 404
    assert client.get(reverse("console:account")).status_code == 200


def test_after_signing_in_nobody_is_sent_elsewhere(acme: Acme) -> None:
    for path in ("https://evil.example/", "//evil.example", "https:evil.example"):
        form = {"login": acme.owner.email, "password": PASSWORD, "next": path}
        answer = Client(headers={"host": "evil.example"}).post(reverse("account_login"), form)
        assert answer.headers["Location"].startswith("/console")


def test_who_was_signed_out_comes_back_to_the_page_of_the_form(acme: Acme) -> None:
    came_from = {"referer": "http://127.0.0.1:8000/console/settings/company?a=1"}
    answer = Client(headers=came_from).post(reverse("console:save_company"), {"name": "x"})
    assert answer.headers["Location"] == f"{reverse('account_login')}?next=/console/settings/company%3Fa%3D1"
    elsewhere = {"referer": "http://evil.example/console/settings"}
    answer = Client(headers=elsewhere).post(reverse("console:save_company"), {"name": "x"})
    assert answer.headers["Location"] == f"{reverse('account_login')}?next={reverse('console:home')}"


def test_a_mailbox_gets_three_letters_an_hour(acme: Acme) -> None:
    for _ in range(5):
        ask(acme.owner.email)
    assert len(jobs()) == 3
    ask(acme.reviewer.email)
    assert len(jobs()) == 4
