"""What an organization may have, where somebody has set it: counted exactly, and shown with what is used."""

import io
from datetime import timedelta

import pytest
from django.db import transaction

from rubrica import clock
from rubrica.accounts.invitations import InvitationRefused
from rubrica.accounts.models import AuditEntry, Organization
from rubrica.files.intake import IntakeRefused, arriving
from rubrica.files.models import Blob
from rubrica.limits import quotas
from rubrica.limits.models import Month
from rubrica.team import membership
from tests.cast import Acme, signed_in


def kept(organization: Organization, content: bytes) -> Blob:
    with arriving(io.BytesIO(content), limit=10_000) as arrived:
        return Blob.keep(organization, arrived)


def limited(acme: Acme, **most: int | None) -> Organization:
    quotas.set_quotas(acme.organization, most)
    return Organization.objects.get(pk=acme.organization.pk)


def test_nothing_is_set_at_first(acme: Acme) -> None:
    assert [use.most for use in quotas.uses(acme.organization)] == [None, None, None]
    quotas.count_process(acme.organization)
    quotas.check_bytes(acme.organization)
    quotas.check_members(acme.organization)


def test_what_is_rolled_back_was_not_counted(acme: Acme) -> None:
    organization = limited(acme, processes=1)
    with transaction.atomic():
        quotas.count_process(organization)
        transaction.set_rollback(True)
    quotas.count_process(organization)
    with pytest.raises(quotas.QuotaReached):
        quotas.count_process(organization)


def test_a_new_month_begins_at_nothing(acme: Acme) -> None:
    organization = limited(acme, processes=1)
    quotas.count_process(organization)
    Month.objects.update(month=clock.now().date().replace(day=1) - timedelta(days=31))
    quotas.count_process(organization)


def test_a_quota_that_is_lifted_holds_nobody_up(acme: Acme) -> None:
    limited(acme, processes=0)
    quotas.count_process(limited(acme, processes=None))


def test_bytes(acme: Acme) -> None:
    organization = limited(acme, bytes=10)
    quotas.check_bytes(organization)
    kept(organization, b"0123456789")
    with pytest.raises(IntakeRefused) as refused:
        quotas.check_bytes(organization)
    assert (refused.value.code, refused.value.status) == ("QUOTA_BYTES", 403)


def test_what_came_since_the_last_sum_counts(acme: Acme) -> None:
    kept(acme.organization, b"first")
    assert quotas.stored(acme.organization).size == 5
    kept(acme.organization, b"second")
    assert quotas.stored(acme.organization).size == 11
    assert quotas.stored(acme.organization).files == 2


def test_members(acme: Acme) -> None:
    limited(acme, members=3)
    membership.invite(_again(acme), "third@acme.example", "editor", "en")
    limited(acme, members=2)
    with pytest.raises(InvitationRefused):
        membership.invite(_again(acme), "fourth@acme.example", "editor", "en")


def _again(acme: Acme):  # type: ignore[no-untyped-def]  # a member
    return type(acme.owner).objects.select_related("organization").get(pk=acme.owner.pk)


def test_members_see_what_is_used(acme: Acme) -> None:
    page = signed_in(acme.owner).get("/console/settings/storage").content.decode()
    assert "What your organization may have" not in page
    limited(acme, members=4, bytes=2048)
    page = signed_in(acme.owner).get("/console/settings/storage").content.decode()
    assert "What your organization may have" in page
    assert "2 of 4" in page and "Space for files" in page and "Processes begun" not in page


def test_the_shell_sets_them(acme: Acme, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from rubrica import cli
    from rubrica.commands import base

    monkeypatch.setattr(base, "is_embedded", lambda: False)
    assert cli.main(["organizations", "quotas", "--members", "7", "--bytes", "none", "--json"]) == 0
    assert '"most": 7' in capsys.readouterr().out
    assert Organization.objects.get(pk=acme.organization.pk).most_members == 7
    assert AuditEntry.objects.get(kind="settings_changed").details == {"most_members": 7, "most_bytes": None}
    assert cli.main(["organizations", "quotas", "--members", "many"]) != 0


def test_full_accounts_and_old_months_are_forgotten(acme: Acme) -> None:
    organization = limited(acme, processes=1)
    quotas.count_process(organization)
    Month.objects.update(month=clock.now().date().replace(day=1) - timedelta(days=100))
    quotas.forget_old()
    assert not Month.objects.exists()
