"""Storage, certificates and webhooks, each as it should be and as it should not."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.doctor import holdings
from rubrica.sealing.keyring import authority, keys, locking
from rubrica.sealing.models import Authority, SealingKey
from rubrica.webhooks.models import Webhook
from tests.cast import Acme


def test_a_storage_that_works_keeps_nothing_of_the_probe(tmp_path: Path) -> None:
    assert holdings.storage().status == "ok"
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []


def test_a_storage_that_cannot_be_written(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    settings.STORAGE_URL = f"file://{tmp_path}/file/blobs"
    found = holdings.storage()
    assert found.status == "failure"
    assert "Not a directory" in found.sentence


def test_a_storage_that_gives_back_other_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    from rubrica.files import storage

    real = storage._write_synced

    def faulty(target: Path, content: Any) -> None:
        real(target, content)
        target.write_bytes(target.read_bytes()[:-1] + b"?!")

    monkeypatch.setattr(storage, "_write_synced", faulty)
    assert "other bytes" in holdings.storage().sentence


@pytest.fixture
def sealing(settings: Any, tmp_path: Path, transactional_db: None) -> Organization:
    """An organization that has sealed."""
    settings.DATA_DIR = tmp_path / "data"
    keys._cache.clear()
    organization = Organization.objects.create(slug="andes", name="Andes")
    keys.signing_key(organization)
    return organization


def made_in(life: timedelta, monkeypatch: pytest.MonkeyPatch, organization: Organization) -> None:
    """Its key anew, with a certificate of this life, counted from now."""
    SealingKey.objects.all().delete()
    keys._cache.clear()
    monkeypatch.setattr(keys, "LIFE", life)
    monkeypatch.setattr(authority, "BACKDATED", timedelta(days=400))
    keys.rotate(organization)
    monkeypatch.undo()


def test_certificates_that_are_good(sealing: Organization) -> None:
    found = holdings.certificates()
    assert found.status == "ok"
    assert f"{clock.now().year + 25 - 1}" <= found.sentence[-11:-7] <= f"{clock.now().year + 25}"


def test_a_certificate_that_ends(sealing: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    made_in(timedelta(days=30, hours=1), monkeypatch, sealing)
    found = holdings.certificates()
    assert (found.status, "The certificate of andes ends in 30 days" in found.sentence) == ("warning", True)
    made_in(timedelta(days=-3), monkeypatch, sealing)
    found = holdings.certificates()
    assert (found.status, "The certificate of andes ended on" in found.sentence) == ("failure", True)


def test_a_rotation_gives_a_new_certificate(sealing: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    made_in(timedelta(days=-3), monkeypatch, sealing)
    keys.rotate(sealing)
    assert holdings.certificates().status == "ok"
    assert SealingKey.objects.count() == 2


def test_an_authority_that_ended(sealing: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    Authority.objects.all().delete()
    SealingKey.objects.all().delete()
    monkeypatch.setattr(authority, "LIFE", timedelta(days=-3))
    monkeypatch.setattr(authority, "BACKDATED", timedelta(days=400))
    keys.ensure_authority()
    found = holdings.certificates()
    assert (found.status, "The authority ended on" in found.sentence) == ("failure", True)


def test_a_key_outside_is_tried(sealing: Organization) -> None:
    """Its service does not exist, which a test signature finds out and nothing else does."""
    row = keys.current(sealing)
    assert row is not None
    secret = locking.lock(b'{"secret_key": "s"}', keys.context(sealing.pk))
    reference = {"region": "x", "key": "k", "access_key": "a", "endpoint": "https://127.0.0.1"}
    SealingKey.objects.update(holder="aws", private_key=secret, reference=reference, chain_pem=row.certificate_pem)
    keys._cache.clear()
    found = holdings.certificates()
    assert (found.status, "andes does not sign" in found.sentence) == ("failure", True)


def test_an_address_that_has_moved(sealing: Organization, settings: Any) -> None:
    settings.PUBLIC_URL = "https://sign.example.com"
    found = holdings.certificates()
    assert (found.status, "rubrica certificate rotate --organization andes" in found.do) == ("warning", True)


def test_another_secret_locks_the_keys(sealing: Organization, settings: Any) -> None:
    settings.SECRET_KEY = "another secret than the keys were made with"
    found = holdings.certificates()
    assert found.status == "failure"
    assert "do not open" in found.sentence
    assert "RUBRICA_SECRET_KEY" in found.do


@pytest.mark.django_db
def test_an_installation_that_never_started() -> None:
    Authority.objects.all().delete()
    assert holdings.certificates().status == "warning"


def hook(acme: Acme, word: str) -> Webhook:
    webhook = Webhook(organization=acme.organization, word=word, url="https://hooks.example/a")
    webhook.make_key()
    webhook.save()
    return webhook


def test_webhooks_that_were_switched_off(acme: Acme) -> None:
    hook(acme, "on")
    hook(acme, "mine").switch_off(Webhook.Off.MEMBER)
    found = holdings.webhooks()
    assert (found.status, found.sentence) == ("ok", "1 webhooks are on, 1 were switched off by a member.")
    Webhook.objects.filter(word="on").update(failing_since=clock.now(), failed_at=clock.now())
    assert holdings.webhooks().sentence == "1 webhooks fail at the moment."
    hook(acme, "crm").switch_off(Webhook.Off.FAILING)
    found = holdings.webhooks()
    assert (found.status, "crm of acme" in found.sentence) == ("warning", True)
