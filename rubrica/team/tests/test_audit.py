"""The audit: what is written down, for whom, and that nobody changes it."""

import io

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation
from python_calamine import CalamineWorkbook

from rubrica.accounts.audit import note
from rubrica.accounts.models import ApiKey, AuditEntry, BearerToken, Member
from rubrica.console.settings import audit
from tests.cast import PASSWORD, Acme, signed_in
from tests.tampering import as_superuser

Kind = AuditEntry.Kind


def kinds(acme: Acme) -> list[str]:
    return list(acme.organization.audit.order_by("pk").values_list("kind", flat=True))


def test_it_works(acme: Acme) -> None:
    client = Client(REMOTE_ADDR="198.51.100.7", HTTP_USER_AGENT="Browser of the tests")
    client.post(reverse("account_login"), {"login": acme.owner.email, "password": "wrong password"})
    client.post(reverse("account_login"), {"login": acme.owner.email, "password": PASSWORD})
    assert kinds(acme) == ["sign_in_failed", "signed_in"]
    entry = acme.organization.audit.get(kind="signed_in")
    assert (entry.address, entry.agent, entry.name) == ("198.51.100.7", "Browser of the tests", "Olga Owner")
    assert entry.details == {"ways": ["password"]}
    page = client.get(reverse("console:audit")).content.decode()
    assert "Signing in failed" in page and "198.51.100.7" in page


def test_every_kind_has_its_words() -> None:
    assert set(audit.WORDS) == set(Kind)


@pytest.mark.parametrize("deed", ["update", "delete"])
def test_nobody_rewrites_it(acme: Acme, deed: str) -> None:
    note(None, Kind.EXPORTED, acme.owner)
    rows = AuditEntry.objects.all()
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        rows.update(kind="joined") if deed == "update" else rows.delete()
    with pytest.raises(DatabaseError, match="history"), as_superuser():
        rows.update(kind="joined") if deed == "update" else rows.delete()
    assert kinds(acme) == ["exported"]


def test_a_stranger_sees_nothing_of_it(acme: Acme, other: Acme) -> None:
    note(None, Kind.KEYS_MADE, acme.owner, "Secret project")
    assert "Secret project" in signed_in(acme.owner).get(reverse("console:audit")).content.decode()
    assert "Secret project" not in signed_in(other.owner).get(reverse("console:audit")).content.decode()


def test_it_is_narrowed_and_paged(acme: Acme) -> None:
    for number in range(audit.PAGE + 1):
        note(None, Kind.JOINED if number else Kind.INVITED, acme.owner, f"number {number}")
    client = signed_in(acme.owner)
    newest = client.get(reverse("console:audit"))
    assert len(newest.context["rows"]) == audit.PAGE
    oldest = client.get(reverse("console:audit"), {"before": newest.context["older"]})
    assert [row.entry.subject for row in oldest.context["rows"]] == ["number 0"]
    found = client.get(reverse("console:audit"), {"kind": "invited", "who": acme.owner.email.upper()})
    assert len(found.context["rows"]) == 1
    assert not client.get(reverse("console:audit"), {"who": "nobody@acme.example"}).context["rows"]
    assert client.get(reverse("console:audit"), {"kind": "no\0thing", "before": "x"}).status_code == 200


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_it_is_exported_and_that_is_written_down(acme: Acme, form: str) -> None:
    note(None, Kind.INVITED, acme.owner, '=HYPERLINK("http://evil")')
    client = signed_in(acme.owner)
    answer = client.post(reverse("console:export_audit", args=[form]))
    content = b"".join(answer)
    assert answer.headers["Content-Disposition"].endswith(f'.{form}"')
    if form == "csv":
        assert content.decode("utf-8-sig").count("\n") == 3 and "'=HYPERLINK" in content.decode()
    else:
        assert io.BytesIO(content).read(2) == b"PK"
    assert kinds(acme)[-1] == "exported"
    assert client.get(reverse("console:export_audit", args=[form])).status_code == 405
    assert client.post(reverse("console:export_audit", args=["pdf"])).status_code == 404


def test_an_export_speaks_the_language_of_whoever_reads_it(acme: Acme) -> None:
    Member.objects.filter(pk=acme.owner.pk).update(language="pt")
    note(None, Kind.INVITED, acme.owner)
    content = b"".join(signed_in(acme.owner).post(reverse("console:export_audit", args=["csv"]))).decode()
    with translation.override("pt"):
        said = str(audit.WORDS[Kind.INVITED])
    assert f",{said},invited," in content


def test_a_workbook_has_the_newest_entries(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MOST_IN_WORKBOOK", 2)
    for number in range(3):
        note(None, Kind.INVITED, acme.owner, f"number {number}")
    made = b"".join(signed_in(acme.owner).post(reverse("console:export_audit", args=["xlsx"])))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python()
    assert [row[2] for row in sheet[1:]] == ["exported", "invited"]


def test_settings_webhooks_and_keys_are_written_down(acme: Acme) -> None:
    client = signed_in(acme.owner)
    company = {"name": "Acme", "primary_color": "#1b2a4e", "alternate_color": "", "face_threshold": "60"}
    client.post(reverse("console:save_company"), company)
    client.post(reverse("console:add_webhook"), {"word": "default", "url": "https://hooks.example/a?key=secret"})
    hook = acme.organization.webhooks.get()
    client.post(reverse("console:show_secret", args=[hook.pk]))
    client.post(reverse("console:remove_webhook", args=[hook.pk]))
    client.post(reverse("console:make_keys"), {"name": "Shop"})
    client.post(reverse("console:revoke_key", args=[ApiKey.objects.latest("pk").pk]))
    form = {"name": "Shop", "member": acme.reviewer.pk, "days": "30"}
    client.post(reverse("console:make_token"), form)
    client.post(reverse("console:revoke_token", args=[BearerToken.objects.latest("pk").pk]))
    assert kinds(acme) == ["settings_changed", "webhook_added", "secret_shown", "webhook_removed", "keys_made",
                           "key_revoked", "token_made", "token_revoked"]  # fmt: skip
    noted = acme.organization.audit.filter(kind__startswith="webhook").values_list("details__url", flat=True)
    assert set(noted) == {"https://hooks.example"}


def test_no_secret_is_in_it(acme: Acme) -> None:
    client = signed_in(acme.owner)
    page = client.post(reverse("console:make_keys"), {"name": "Shop"})
    written = str(list(AuditEntry.objects.values()))
    assert len(page.context["secrets"]) == 2
    for _label, secret in page.context["secrets"]:
        assert secret not in written and secret in page.content.decode()
        assert secret not in client.get(reverse("console:developers")).content.decode()
