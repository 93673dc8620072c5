"""Whoever changes the way into an account, its owner gets a mail."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from rubrica.accounts.models import AuditEntry, Member
from rubrica.team import letters
from rubrica.team.tests.test_factors import sure, with_app
from tests.cast import PASSWORD, Acme, signed_in

ANOTHER = "a quite different one"


@pytest.fixture(autouse=True)
def _nobody_was_counted(db: None) -> None:
    cache.clear()


def jobs() -> list[dict[str, Any]]:
    waiting = ProcrastinateJob.objects.filter(task_name="rubrica.team.jobs.mail_account_changed").order_by("pk")
    members = set(Member.objects.values_list("pk", flat=True))
    return [job.args for job in waiting if job.args["member_id"] in members]


def told() -> list[str]:
    """The first sentence of each mail that goes out."""
    mail.outbox.clear()
    for arguments in jobs():
        letters.account_changed(**arguments)
        letters.account_changed(**arguments)  # a job may run twice
    return [str(message.body).split("\n\n")[1] for message in mail.outbox]


def change_password(client: Client) -> None:
    form = {"oldpassword": PASSWORD, "password1": ANOTHER, "password2": ANOTHER}
    client.post(reverse("account_change_password"), form)


def test_a_new_password_is_told_of(acme: Acme) -> None:
    Member.objects.filter(pk=acme.owner.pk).update(language="en")
    change_password(signed_in(acme.owner))
    assert any("Your password was changed." in one for one in told()), [m.body for m in mail.outbox]
    [message] = mail.outbox
    assert message.to == [acme.owner.email] or acme.owner.email in message.to[0]
    assert "127.0.0.1" in message.body
    assert ANOTHER not in message.body


def test_in_the_language_of_whose_account_it_is(acme: Acme) -> None:
    Member.objects.filter(pk=acme.owner.pk).update(language="pt")
    change_password(signed_in(acme.owner))
    told()
    assert mail.outbox[0].subject == "A forma de entrar na sua conta mudou"


def test_an_app_that_goes_is_told_of_once(acme: Acme) -> None:
    """The recovery codes that go with it are no news of their own."""
    Member.objects.filter(pk=acme.owner.pk).update(language="en")
    with_app(acme.owner)
    client = sure(signed_in(acme.owner))
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=acme.owner).exists()
    assert AuditEntry.objects.filter(kind="factor_removed").exists()
    told()
    assert ["removed from your account" in message.body for message in mail.outbox] == [True]


def test_what_an_owner_takes_away_is_told_to_whom_it_belonged(acme: Acme) -> None:
    editor = Member.objects.create_user(
        acme.organization, "edith@acme.example", PASSWORD, role="editor", name="Edith", language="en"
    )
    with_app(editor)
    signed_in(acme.owner).post(reverse("console:clear_factors", args=[editor.pk]))
    told()
    assert [message.to[0] for message in mail.outbox if "edith@acme.example" in message.to[0]]
    assert "An owner of your organization took away" in mail.outbox[0].body


def test_signing_in_is_not_told_of(acme: Acme) -> None:
    Client().post(reverse("account_login"), {"login": acme.owner.email, "password": PASSWORD})
    assert jobs() == []
