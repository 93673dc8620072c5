"""Root keys in a file and in a key service, and the organizations' keys under them."""

import os
from pathlib import Path
from typing import Any

import pytest

from rubrica.doctor import encryption as doctor
from rubrica.files import keys, roots
from rubrica.files.models import StorageKey
from rubrica.files.roots import KmsRoot, RootAway
from rubrica.web.errors import StorageAway
from tests import s3
from tests.cast import Acme
from tests.sending import content, keep
from tools.demo import free_port

# In a file


def test_the_first_line_wraps_and_every_line_opens(tmp_path: Path, settings: Any) -> None:
    settings.ROOT_KEY_FILE = path = tmp_path / "keys" / "root.key"
    old = roots.add(path)
    wrapped = roots.current().wrap(b"secret", "storage key 1")
    new = roots.add(path)
    assert [root.name for root in roots.every()] == [new.name, old.name]
    assert roots.named(old.name).unwrap(wrapped, "storage key 1") == b"secret"
    roots.keep_first(path)
    with pytest.raises(RootAway, match=old.name):
        roots.named(old.name)


def test_it_is_for_its_owner_alone_and_never_half(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    roots.add(path)
    assert path.stat().st_mode & 0o777 == 0o600 and not roots.is_open_to_others(path)
    assert [found.name for found in tmp_path.iterdir()] == ["root.key"]


def test_of_two_that_begin_one_key_stays(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    roots.begin(path)
    first = path.read_text()
    roots.begin(path)
    assert path.read_text() == first


def test_what_is_wrapped_opens_under_its_own_name_only(tmp_path: Path) -> None:
    root = roots.add(tmp_path / "root.key")
    wrapped = root.wrap(b"secret", "storage key 1")
    with pytest.raises(RootAway):
        root.unwrap(wrapped, "storage key 2")
    with pytest.raises(RootAway):
        root.unwrap(wrapped[:-1] + bytes([wrapped[-1] ^ 1]), "storage key 1")


def test_another_file_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "root.key").write_text("a password")
    with pytest.raises(RootAway, match="no file of root keys"):
        roots.in_file(tmp_path / "root.key")


def test_a_file_that_cannot_be_read_is_the_storage_being_away(tmp_path: Path) -> None:
    """It is read in requests, where the end of the program would be the end of a thread."""
    (tmp_path / "root.key").mkdir()
    with pytest.raises(StorageAway, match="cannot be read"):
        roots.in_file(tmp_path / "root.key")


def test_a_file_keeps_its_mode_when_keys_are_added_and_dropped(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    roots.add(path)
    path.chmod(0o440)
    roots.add(path)
    roots.keep_first(path)
    assert path.stat().st_mode & 0o777 == 0o440


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_and_its_owner_or_that_of_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    os.chown(folder, 12345, 12346)
    path = folder / "root.key"
    for make in (roots.begin, roots.add, roots.keep_first):
        make(path)
        assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12346)


# In a key service


@pytest.fixture
def service(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a key in a server that speaks as KMS does."""
    import boto3

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.SECRET)
    client = boto3.client("kms", region_name="us-east-1", endpoint_url=server)
    made = client.create_key()["KeyMetadata"]["KeyId"]
    return f"kms://{made}?region=us-east-1&endpoint={server}"


def test_a_key_service_wraps_and_opens(acme: Acme, encryption: Any, service: str) -> None:
    encryption.ROOT_KEY_KMS = service
    blob = keep(acme, b"bytes")
    keys.forget_known()
    assert content(blob) == b"bytes"
    assert StorageKey.objects.get(organization=acme.organization).root == roots.current().name
    assert roots.current().name.startswith("kms:")


def test_it_too_opens_under_the_right_name_only(service: str) -> None:
    root = KmsRoot(service)
    wrapped = root.wrap(b"secret", "storage key 1")
    with pytest.raises(RootAway, match="InvalidCiphertext"):
        root.unwrap(wrapped, "storage key 2")


def test_a_service_that_is_away_is_the_storage_being_away(monkeypatch: pytest.MonkeyPatch, service: str) -> None:
    gone = service.partition("endpoint=")[0] + f"endpoint=http://127.0.0.1:{free_port()}"
    with pytest.raises(StorageAway, match="does not answer"):
        KmsRoot(gone).wrap(b"secret", "storage key 1")


@pytest.mark.parametrize("url", ["https://kms.example", "kms://", "kms://key?secret=x"])
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(SystemExit, match="RUBRICA_ROOT_KEY_KMS"):
        KmsRoot(url)


def test_from_a_file_to_a_service(acme: Acme, encryption: Any, service: str) -> None:
    blob = keep(acme, b"bytes")
    encryption.ROOT_KEY_KMS = service
    assert keys.rewrap() == StorageKey.objects.count()
    encryption.ROOT_KEY_FILE.unlink()
    keys.forget_known()
    assert content(blob) == b"bytes"


# Organizations' keys


def test_a_new_root_key_opens_everything_at_once(acme: Acme, encryption: Any) -> None:
    blob = keep(acme, b"bytes")
    keys.to_write(None)
    roots.add(encryption.ROOT_KEY_FILE)
    assert (keys.rewrap(), keys.rewrap()) == (2, 0)
    roots.keep_first(encryption.ROOT_KEY_FILE)
    keys.forget_known()
    assert content(blob) == b"bytes"


def test_a_rotated_key_writes_no_more_and_still_opens(acme: Acme, encryption: Any) -> None:
    old = keep(acme, b"old")
    before = keys.to_write(acme.organization.pk)
    assert [key.bytes for key in keys.rotate(acme.organization.pk)] == [before.id]
    assert keys.to_write(acme.organization.pk).id != before.id
    assert (content(old), content(keep(acme, b"new"))) == (b"old", b"new")


def test_what_was_forgotten_elsewhere_is_forgotten_here_within_a_minute(
    acme: Acme, encryption: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = keep(acme, b"bytes")
    StorageKey.objects.filter(organization=acme.organization).update(wrapped=b"")
    assert content(blob) == b"bytes"  # this process still knows
    monkeypatch.setattr(keys, "FRESH", -1.0)
    with pytest.raises(keys.KeyGone):
        content(blob)


def test_a_root_key_that_is_away_for_a_moment_takes_nothing_that_was_known(
    acme: Acme, encryption: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine has wrapped the keys anew, under a line that this one has not got yet."""
    blob = keep(acme, b"bytes")
    mine = encryption.ROOT_KEY_FILE.read_text()
    before = {row.pk: (bytes(row.wrapped), row.root) for row in StorageKey.objects.all()}
    roots.add(encryption.ROOT_KEY_FILE)
    keys.rewrap()
    encryption.ROOT_KEY_FILE.write_text(mine)
    monkeypatch.setattr(keys, "FRESH", -1.0)
    with pytest.raises(RootAway):
        content(blob)
    for pk, (wrapped, root) in before.items():
        StorageKey.objects.filter(pk=pk).update(wrapped=wrapped, root=root)
    encryption.ROOT_KEY_FILE.unlink()  # so that nothing can be opened but what is known
    assert content(blob) == b"bytes"


def test_a_key_of_another_database_opens_nothing(acme: Acme, encryption: Any) -> None:
    blob = keep(acme, b"bytes")
    keys.begin_anew()
    with pytest.raises(keys.KeyGone):
        content(blob)


def test_the_first_use_makes_a_root_key_where_no_file_is_named(
    acme: Acme, encryption: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StorageKey.objects, "exists", lambda: False)  # those that other tests have committed
    encryption.ROOT_KEY_FILE.unlink()
    encryption.ROOT_KEY_MAY_BEGIN = False
    with pytest.raises(RootAway, match="new-root"):
        keep(acme, b"bytes")
    encryption.ROOT_KEY_MAY_BEGIN = True
    assert content(keep(acme, b"bytes")) == b"bytes"


def test_and_none_where_keys_are_there_that_it_would_not_open(acme: Acme, encryption: Any, other: Acme) -> None:
    keep(acme, b"bytes")
    encryption.ROOT_KEY_FILE.unlink()
    encryption.ROOT_KEY_MAY_BEGIN = True
    with pytest.raises(RootAway):
        keep(other, b"bytes")
    assert not encryption.ROOT_KEY_FILE.exists()


# The doctor


def test_the_doctor_tries_the_root_key(acme: Acme, encryption: Any) -> None:
    keep(acme, b"bytes")
    assert doctor.encryption().status == "ok"
    encryption.ROOT_KEY_FILE.chmod(0o640)
    found = doctor.encryption()
    assert found.status == "failure" and "chmod 600" in found.do
    encryption.ROOT_KEY_FILE.chmod(0o600)
    encryption.STORAGE_DIRECT_BYTES = 1
    assert doctor.encryption().status == "warning"


def test_the_doctor_misses_a_root_key(acme: Acme, encryption: Any) -> None:
    keep(acme, b"bytes")
    encryption.ROOT_KEY_FILE.unlink()
    found = doctor.encryption()
    assert found.status == "failure" and "do not open" in found.sentence
    StorageKey.objects.all().delete()
    found = doctor.encryption()
    assert found.status == "failure" and "new-root" in found.sentence
    encryption.ENCRYPTION = False
    assert doctor.encryption().status == "ok"
