"""Whoever gives the files of an organization another key is seen by its owners."""

from typing import Any

import pytest

from rubrica.accounts.models import AuditEntry
from rubrica.commands.tests.test_sendings import _the_database_is_up, run  # noqa: F401  the fixture acts by itself
from rubrica.files import keys, roots
from rubrica.files.models import StorageKey
from tests.cast import Acme, signed_in

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def encryption(db: None, settings: Any, tmp_path: Any) -> Any:
    StorageKey.objects.all().delete()
    keys.forget_known()
    settings.ENCRYPTION = True
    settings.ROOT_KEY_FILE = tmp_path / "root.key"
    settings.STORAGES = {**settings.STORAGES}  # Django makes its storages anew
    roots.begin(settings.ROOT_KEY_FILE)
    return settings


def key_of(organization_id: int | None) -> StorageKey:
    """As the first file makes it, which does so on a connection of its own."""
    row = StorageKey(organization_id=organization_id)
    row.wrap(b"0" * 32, roots.current())
    row.save(force_insert=True)
    return row


def noted() -> list[tuple[int, str, Any]]:
    found = AuditEntry.objects.filter(kind="storage_key_changed").order_by("pk")
    return [(entry.organization_id, entry.subject, entry.details) for entry in found]


def test_a_new_key_stands_in_the_audit_of_its_organization(
    acme: Acme, other: Acme, encryption: Any, capsys: Capsys
) -> None:
    old = key_of(acme.organization.pk)
    slug = acme.organization.slug
    run(capsys, "encryption", "rotate", "--organization", slug, "--dry-run")
    assert noted() == []
    (told,) = run(capsys, "encryption", "rotate", "--organization", slug)
    made = StorageKey.objects.get(organization=acme.organization, retired_at=None)
    assert told["replaced"] == [str(old.pk)]
    assert noted() == [(acme.organization.pk, str(made.pk), {"replaced": [str(old.pk)]})]
    assert "Changed the key of the files" in signed_in(acme.owner).get("/console/settings/audit").content.decode()


def test_a_new_root_stands_in_the_audit_of_everybody_whose_key_it_wraps(
    acme: Acme, other: Acme, encryption: Any, capsys: Capsys
) -> None:
    mine = [key_of(one.organization.pk) for one in (acme, other)]
    key_of(None)
    key_of(10**9)  # of an organization whose transaction was undone
    run(capsys, "encryption", "new-root")
    assert noted() == []
    run(capsys, "encryption", "rewrap", "--dry-run")
    assert noted() == []
    (told,) = run(capsys, "encryption", "rewrap")
    root = roots.current().name
    assert told == {"root_key": root, "rewrapped": 4}
    assert sorted(noted()) == sorted((row.organization_id, str(row.pk), {"root": root}) for row in mine)
    run(capsys, "encryption", "rewrap")
    assert len(noted()) == 2, "nothing was changed"
