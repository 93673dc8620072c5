"""Settings → Storage says whether files are encrypted, by what, and what is left to do."""

from typing import Any

import pytest
from django.core.cache import cache

from rubrica.files import keys, rekeying, roots
from rubrica.files.models import Blob
from tests import sending
from tests.cast import Acme, signed_in

PAGE = "/console/settings/storage"


@pytest.fixture
def encryption(db: None, settings: Any, tmp_path: Any) -> Any:
    keys.StorageKey.objects.all().delete()
    keys.forget_known()
    settings.ROOT_KEY_FILE = tmp_path / "root.key"
    roots.begin(settings.ROOT_KEY_FILE)
    return settings


def switch(settings: Any, on: bool) -> None:
    settings.ENCRYPTION = on
    settings.STORAGES = {**settings.STORAGES}  # Django makes its storages anew
    cache.clear()


def shown(acme: Acme) -> str:
    cache.clear()
    return " ".join(signed_in(acme.reviewer).get(PAGE).content.decode().split())


def test_it_works(acme: Acme, other: Acme, encryption: Any) -> None:
    """Off, switched on, brought under a key, and switched off again."""
    switch(encryption, False)
    for number in range(3):
        sending.keep(acme, b"%PDF-1.4 " + bytes([48 + number]))
    sending.keep(other, b"%PDF-1.4 of somebody else")
    assert "Off: files lie as they came" in shown(acme)
    assert "<code>RUBRICA_ENCRYPTION=on</code>" in shown(acme)
    switch(encryption, True)
    assert "On, with a root key in a file of the server" in shown(acme)
    assert "3 files of yours lie there plain still." in shown(acme)
    assert "<code>rubrica encrypt-storage</code>" in shown(acme)
    for blob in Blob.objects.filter(organization=acme.organization):
        rekeying.bring(blob, rekeying.encrypted_storage())
    assert "Every file of yours is encrypted." in shown(acme)
    assert "1 file of yours lies there plain still." in shown(other)
    switch(encryption, False)
    assert "Off, but 3 files are encrypted still" in shown(acme)
    assert "<code>rubrica encrypt-storage --decrypt</code>" in shown(acme)


def test_a_key_service_is_named(acme: Acme, encryption: Any) -> None:
    switch(encryption, True)
    encryption.ROOT_KEY_KMS = "kms://alias/rubrica?region=eu-west-1"
    assert "On, with a root key in a key service (KMS)" in shown(acme)


def test_what_was_erased_is_not_counted(acme: Acme, encryption: Any) -> None:
    switch(encryption, False)
    sending.keep(acme, b"%PDF-1.4")
    switch(encryption, True)
    assert "1 file of yours lies there plain still." in shown(acme)
    Blob.objects.update(erased_at="2026-01-01T00:00:00Z")
    assert "Every file of yours is encrypted." in shown(acme)
