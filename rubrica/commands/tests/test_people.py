"""Organizations, members and keys from the shell of the server: what changes, what is refused, what owners see."""

import io
import json
from typing import Any

import pytest

from rubrica import cli
from rubrica.accounts.models import ApiKey, AuditEntry, Member, Organization
from rubrica.commands import base
from tests.cast import Acme

PASSWORD = "a password of mine"


@pytest.fixture(autouse=True)
def _the_database_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "is_embedded", lambda: False)


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert cli.main([*words, "--json"]) == code
    said = capsys.readouterr()
    return json.loads(said.err if code else said.out)


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))


def audited() -> list[tuple[str, str, int | None]]:
    return [(row.kind, row.subject, row.member_id) for row in AuditEntry.objects.order_by("pk")]


# Organizations


def test_organizations_are_listed(acme: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = run(capsys, "organizations", "list")
    assert (found["slug"], found["name"]) == (acme.organization.slug, "Acme")
    assert found["members"] == acme.organization.members.filter(is_active=True).count()


def test_a_new_one_has_owner_keys_and_token(
    acme: Acme, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("organizations", "add", "--name", "New Ltd", "--email", "nina@new.example", "--password-stdin")
    typed(monkeypatch, PASSWORD)
    run(capsys, *asked, "--dry-run")
    assert not Organization.objects.filter(name="New Ltd").exists()
    typed(monkeypatch, PASSWORD)
    (made,) = run(capsys, *asked)
    assert ApiKey.organization_of(made["private_key"], "prk") == Organization.objects.get(name="New Ltd")
    assert Member.objects.get(email="nina@new.example").check_password(PASSWORD)
    assert "already" in run(capsys, *asked[:-1], code=2)["error"]


def test_a_new_name_leaves_the_short_one(acme: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "organizations", "rename", "--name", "Acme & Daughters", "--dry-run")
    assert Organization.objects.get().name == "Acme"
    (found,) = run(capsys, "organizations", "rename", "--name", "Acme & Daughters")
    assert (found["slug"], Organization.objects.get().name) == (acme.organization.slug, "Acme & Daughters")


def test_where_there_are_several_one_must_be_named(acme: Acme, other: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--organization" in run(capsys, "users", "add", "--email", "a@b.example", code=2)["error"]
    assert "no organization" in run(capsys, "keys", "issue", "--organization", "nowhere", code=2)["error"]
    found = run(capsys, "users", "list", "--organization", other.organization.slug)
    assert {one["organization"] for one in found} == {other.organization.slug}


# Members


def test_a_member_is_added(acme: Acme, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("users", "add", "--email", "Luis@Acme.example", "--role", "reviewer")
    run(capsys, *asked, "--dry-run")
    assert not Member.objects.filter(email="luis@acme.example").exists() and audited() == []
    typed(monkeypatch, PASSWORD)
    run(capsys, *asked, "--password-stdin")
    member = Member.objects.get(email="luis@acme.example")
    assert (member.role, member.check_password(PASSWORD), member.organization) == ("reviewer", True, acme.organization)
    assert audited() == [("joined", "luis@acme.example", None)]
    assert "already" in run(capsys, *asked, code=2)["error"]


def test_without_a_password_nobody_signs_in(acme: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "users", "add", "--email", "luis@acme.example")
    assert not Member.objects.get(email="luis@acme.example").has_usable_password()


@pytest.mark.parametrize("word", ["short", ""])
def test_a_password_that_is_too_short(
    acme: Acme, word: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, word)
    said = run(capsys, "users", "password", "--email", acme.owner.email, "--password-stdin", code=2)
    assert "10 characters" in said["error"]


def test_another_password(acme: Acme, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, PASSWORD)
    run(capsys, "users", "password", "--email", acme.owner.email, "--password-stdin")
    assert Member.objects.get(pk=acme.owner.pk).check_password(PASSWORD)
    assert audited() == [("password_changed", acme.owner.email, None)]


@pytest.mark.parametrize("how", [("deactivate",), ("role", "--role", "viewer")])
def test_the_last_owner_stays(acme: Acme, how: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    Member.objects.filter(organization=acme.organization, role="owner").exclude(pk=acme.owner.pk).update(role="editor")
    assert "last owner" in run(capsys, "users", *how, "--email", acme.owner.email, code=2)["error"]
    owner = Member.objects.get(pk=acme.owner.pk)
    assert (owner.role, owner.is_active) == ("owner", True) and audited() == []


def test_who_is_deactivated_takes_tokens_along(acme: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    member = Member.objects.create_user(acme.organization, "luis@acme.example", role="viewer")
    run(capsys, "users", "deactivate", "--email", member.email)
    assert not Member.objects.get(pk=member.pk).is_active
    run(capsys, "users", "reactivate", "--email", member.email)
    assert Member.objects.get(pk=member.pk).is_active
    assert [kind for kind, _, _ in audited()] == ["deactivated", "reactivated"]


def test_who_is_not_there(acme: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no member" in run(capsys, "users", "role", "--role", "viewer", "--email", "x@y.example", code=2)["error"]


# Keys


def test_keys_are_issued_and_revoked(acme: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(run(capsys, "keys", "issue", "--dry-run")) == 2
    before = ApiKey.objects.count()
    reads, writes = run(capsys, "keys", "issue")
    assert ApiKey.objects.count() == before + 2
    assert ApiKey.organization_of(reads["key"], "puk") == acme.organization
    run(capsys, "keys", "revoke", "--id", str(writes["id"]), "--dry-run")
    assert ApiKey.organization_of(writes["key"], "prk") == acme.organization
    run(capsys, "keys", "revoke", "--id", str(writes["id"]))
    assert ApiKey.organization_of(writes["key"], "prk") is None
    assert "key" not in run(capsys, "keys", "list")[-1]
    assert [kind for kind, _, _ in audited()] == ["keys_made", "key_revoked"]


def test_a_key_that_is_not_there(acme: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no key of this number" in run(capsys, "keys", "revoke", "--id", "999999", code=2)["error"]


def test_people_read_lines(acme: Acme, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["users", "list"]) == 0
    assert f"email: {acme.owner.email}" in capsys.readouterr().out
    assert cli.main(["users", "role", "--role", "viewer", "--email", "x@y.example"]) == 2
    assert "no member" in capsys.readouterr().err
