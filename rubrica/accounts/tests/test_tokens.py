"""``rubrica token``, by the parser of the command itself."""

import json
from typing import Any

import pytest

from rubrica import cli
from rubrica.accounts import tokens
from rubrica.accounts.models import AuditEntry, BearerToken
from tests.cast import Acme


def token(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert tokens.run(cli._parser().parse_args(["token", *words, "--json"])) == 0
    return json.loads(capsys.readouterr().out)


def test_it_works(acme: Acme, other: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    made = token(capsys, "issue", "--email", "Olga@acme.example", "--days", "30")
    row = BearerToken.live(made["token"])
    assert row and row.member == acme.owner and row.expires_at
    assert made["environments"] == ["acme"]
    wider = token(capsys, "allow", "--id", str(made["id"]), "--email", other.reviewer.email)
    assert wider["environments"] == ["acme", "other"]
    assert list(row.members().values()) == [acme.owner, other.reviewer]
    assert token(capsys, "revoke", "--id", str(made["id"]))["revoked"]
    assert BearerToken.live(made["token"]) is None
    assert [one["id"] for one in token(capsys, "list", "--email", acme.owner.email)] == [made["id"]]
    assert token(capsys, "list", "--email", other.owner.email) == []


def test_what_the_shell_does_stands_in_the_audit(acme: Acme, other: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    number = str(token(capsys, "issue", "--email", acme.owner.email)["id"])
    token(capsys, "allow", "--id", number, "--email", other.reviewer.email)
    for _ in range(2):
        token(capsys, "revoke", "--id", number)
    noted = AuditEntry.objects.order_by("pk").values_list("organization__slug", "kind", "name", "details__member")
    assert list(noted) == [
        ("acme", "token_made", "rubrica token", acme.owner.email),
        ("other", "token_made", "rubrica token", acme.owner.email),
        ("acme", "token_revoked", "rubrica token", acme.owner.email),
    ]


def test_the_secret_is_shown_once(acme: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    made = token(capsys, "issue", "--email", acme.owner.email)
    assert made["token"] not in json.dumps(token(capsys, "list"))


@pytest.mark.parametrize(
    "words",
    [["issue"], ["issue", "--email", "x@y.example"], ["revoke"], ["allow", "--id", "7"], ["revoke", "--id", "7"]],
)
def test_what_is_not_there_is_said(acme: Acme, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert tokens.run(cli._parser().parse_args(["token", *words])) == 2
    assert "There is no" in capsys.readouterr().err
    assert not BearerToken.objects.exists()


def test_a_further_environment_has_one_member(acme: Acme, other: Acme) -> None:
    row = BearerToken.issue(acme.owner)[0]
    row.allow(other.owner)
    row.allow(other.reviewer)
    assert row.members()["other"] == other.reviewer
