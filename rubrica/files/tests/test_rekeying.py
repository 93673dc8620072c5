"""What is there already is encrypted, brought under a new key, or made plain again, while others use it."""

import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from procrastinate.jobs import Job

from rubrica import cli, clock
from rubrica.commands import base
from rubrica.files import jobs, keys, rekeying, roots
from rubrica.files.envelope import CHUNK, MAGIC
from rubrica.files.models import Blob, StorageKey
from rubrica.files.rekeying import BROKEN, DONE, MISSING, SAME, bring, encrypted_storage
from rubrica.files.storage import storage
from tests.cast import Acme
from tests.sending import content, keep

LARGE = os.urandom(2 * CHUNK + 10)


def switch(settings: Any, on: bool) -> None:
    settings.ENCRYPTION = on
    settings.STORAGES = {**settings.STORAGES}


@pytest.fixture
def plain(acme: Acme, encryption: Any) -> Blob:
    """Kept before encryption was switched on."""
    switch(encryption, False)
    blob = keep(acme, LARGE)
    switch(encryption, True)
    return blob


def lies(blob: Blob, tmp_path: Path) -> bytes:
    return (tmp_path / "blobs" / blob.key).read_bytes()


def test_it_works(plain: Blob, tmp_path: Path) -> None:
    assert bring(plain, encrypted_storage(), dry_run=True) == DONE
    assert lies(plain, tmp_path) == LARGE
    assert bring(plain, encrypted_storage()) == DONE
    assert lies(plain, tmp_path).startswith(MAGIC)
    plain.refresh_from_db()
    assert plain.encrypted and content(plain) == LARGE
    assert bring(plain, encrypted_storage()) == SAME
    assert list((tmp_path / "blobs" / "incoming").iterdir()) == []


def test_who_reads_meanwhile_reads_on(plain: Blob) -> None:
    with plain.open() as file:
        first = file.read(10)
        bring(plain, encrypted_storage())
        assert first + file.read() == LARGE


def test_a_row_says_so_also_where_the_file_was_there_first(plain: Blob) -> None:
    """A run that was killed between the file and its row."""
    bring(plain, encrypted_storage())
    Blob.objects.update(encrypted=False)
    assert bring(plain, encrypted_storage()) == SAME
    assert Blob.objects.get().encrypted


def test_and_back_again(plain: Blob, encryption: Any, tmp_path: Path) -> None:
    bring(plain, encrypted_storage())
    switch(encryption, False)
    assert bring(plain, encrypted_storage()) == DONE
    plain.refresh_from_db()
    assert not plain.encrypted and lies(plain, tmp_path) == LARGE
    assert bring(plain, encrypted_storage()) == SAME


def test_other_bytes_than_the_name_says_are_left_as_they_are(plain: Blob, tmp_path: Path) -> None:
    (tmp_path / "blobs" / plain.key).write_bytes(b"something else")
    assert bring(plain, encrypted_storage()) == BROKEN
    assert lies(plain, tmp_path) == b"something else"
    storage().delete(plain.key)
    assert bring(plain, encrypted_storage()) == MISSING


def test_what_was_purged_meanwhile_does_not_come_back(plain: Blob) -> None:
    kept = encrypted_storage()
    Blob.objects.filter(pk=plain.pk).delete()
    assert bring(plain, kept) == SAME
    assert not kept.exists(plain.key)


def test_unless_somebody_brought_it_again(plain: Blob, acme: Acme) -> None:
    Blob.objects.filter(pk=plain.pk).delete()
    again = keep(acme, LARGE)
    assert bring(plain, encrypted_storage()) == SAME
    assert content(again) == LARGE


# A new key


def waiting() -> list[dict[str, Any]]:
    """What is enqueued, taken out of the queue."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name LIKE '%%encrypt_anew' RETURNING args")
        return [args if isinstance(args, dict) else json.loads(args) for (args,) in cursor.fetchall()]


def test_a_new_key_brings_everything_under_it_and_then_the_old_one_goes(
    acme: Acme, encryption: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rekeying, "BATCH", 2)
    blobs = [keep(acme, bytes([number]) * 100) for number in range(5)]
    (old,) = rekeying.rotate(acme.organization.pk)
    turns, last = 0, False
    while found := waiting():
        (arguments,) = found
        last = arguments.get("last", False)
        jobs.encrypt_anew(**arguments)
        turns += 1
        if turns == 4:  # the first pass has ended: an upload that began under the old key ends now
            StorageKey.objects.filter(pk=old).update(retired_at=None)
            StorageKey.objects.exclude(pk=old).filter(organization=acme.organization).update(
                created_at="2020-01-01T00:00Z"
            )
            keys.forget_known()
            blobs.append(keep(acme, b"late"))
            StorageKey.objects.filter(pk=old).update(retired_at="2026-01-01T00:00Z")
            keys.forget_known()
    assert last and turns == 8
    assert not StorageKey.objects.filter(pk=old).exists()
    keys.forget_known()
    assert [content(blob) for blob in blobs] == [*(bytes([number]) * 100 for number in range(5)), b"late"]


def test_an_old_key_stays_while_something_could_not_be_read(acme: Acme, encryption: Any) -> None:
    blob = keep(acme, b"bytes")
    (old,) = rekeying.rotate(acme.organization.pk)
    storage().delete(blob.key)
    rekeying.go_on(acme.organization.pk, [old], 0, last=True)
    assert StorageKey.objects.filter(pk=old).exists()


def test_a_later_rotation_takes_it_up_again(acme: Acme, encryption: Any) -> None:
    blob = keep(acme, b"bytes")
    (old,) = rekeying.rotate(acme.organization.pk)
    second = keys.to_write(acme.organization.pk).id
    assert rekeying.rotate(acme.organization.pk) == [old, str(UUID(bytes=second))]
    assert keys.retired() == {acme.organization.pk: [UUID(old), UUID(bytes=second)]}
    assert content(blob) == b"bytes"


def test_a_rotation_that_enqueues_nothing_retires_nothing(
    acme: Acme, encryption: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(acme, b"bytes")

    def refuse(*words: Any, **how: Any) -> None:
        raise OSError("the queue is away")

    monkeypatch.setattr(jobs, "later", refuse)
    with pytest.raises(OSError, match="queue"):
        rekeying.rotate(acme.organization.pk)
    assert keys.retired() == {}
    assert StorageKey.objects.filter(organization=acme.organization).count() == 1


def test_the_job_makes_nothing_plain_where_encryption_is_off_meanwhile(
    acme: Acme, encryption: Any, tmp_path: Path
) -> None:
    """Nor does it encrypt what was made plain."""
    blob = keep(acme, LARGE)
    (old,) = rekeying.rotate(acme.organization.pk)
    switch(encryption, False)
    plain = keep(acme, b"came plain")
    rekeying.go_on(acme.organization.pk, [old], 0, last=False)
    assert lies(blob, tmp_path).startswith(MAGIC) and lies(plain, tmp_path) == b"came plain"
    assert encrypted_storage().key_of(blob.key) == keys.to_write(acme.organization.pk).id
    blob.refresh_from_db()
    assert blob.encrypted and content(blob) == LARGE


@pytest.mark.parametrize("damaged", [b"", LARGE + b"more"])
def test_a_file_of_another_length_is_broken_and_stops_nothing(plain: Blob, tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "blobs" / plain.key).write_bytes(damaged)
    assert bring(plain, encrypted_storage()) == BROKEN
    assert lies(plain, tmp_path) == damaged


def test_the_job_waits_longer_and_longer_for_a_storage_that_is_away() -> None:
    def waits(attempts: int) -> float:
        job = Job(id=1, lock=None, queueing_lock=None, task_name="x", queue="care", attempts=attempts)
        found = jobs.PATIENT.get_retry_decision(exception=OSError(), job=job)
        assert found is not None and found.retry_at is not None
        return (found.retry_at - clock.now()).total_seconds()

    assert jobs.encrypt_anew.retry_strategy is jobs.PATIENT
    assert 0 < waits(0) <= 60 < waits(1) < waits(30)
    assert sum(waits(attempts) for attempts in range(40)) > 2 * 24 * 3600


# The commands


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(base, "is_embedded", lambda: False)

    def run(*words: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert cli.main([*words, "--json"]) == code
        said = capsys.readouterr()
        return json.loads(said.err.splitlines()[-1] if code == 2 else said.out)

    return run


def test_encrypt_storage(plain: Blob, run: Any, encryption: Any) -> None:
    assert run("encrypt-storage", "--dry-run")["done"] == 1
    assert not encrypted_storage().key_of(plain.key)
    found = run("encrypt-storage")
    assert (found["ok"], found["files"], found["done"]) == (True, 1, 1)
    assert run("encrypt-storage")["done"] == 0 and waiting() == []
    assert "switch it off" in run("encrypt-storage", "--decrypt", code=2)["error"]
    switch(encryption, False)
    assert run("encrypt-storage", "--decrypt")["done"] == 1
    assert "switch it on" in run("encrypt-storage", code=2)["error"]
    storage().delete(plain.key)
    assert run("encrypt-storage", "--decrypt", code=1)["missing"] == [plain.key]


def test_without_a_root_key_nothing_is_encrypted(acme: Acme, run: Any, encryption: Any) -> None:
    encryption.ROOT_KEY_FILE.unlink()
    switch(encryption, False)
    assert "no root key" in run("encrypt-storage", "--decrypt", code=2)["error"]


def test_a_new_root_key_step_by_step(acme: Acme, run: Any, encryption: Any) -> None:
    blob = keep(acme, b"bytes")
    (first,) = run("encryption", "status")
    assert (first["encryption"], first["files_encrypted"], len(first["root_keys"])) == ("on", 1, 1)
    run("encryption", "new-root", "--dry-run")
    assert len(roots.every()) == 1
    (made,) = run("encryption", "new-root")
    (between,) = run("encryption", "status")
    assert between["root_keys"] == [made["root_key"], *first["root_keys"]] and between["under_the_first"] == 0
    assert "rewrap" in run("encryption", "drop-old-roots", code=2)["error"]
    assert run("encryption", "rewrap", "--dry-run") == run("encryption", "rewrap")
    assert run("encryption", "drop-old-roots")[0]["dropped"] == first["root_keys"]
    keys.forget_known()
    assert content(blob) == b"bytes" and run("encryption", "status")[0]["that_do_not_open"] == 0


def test_a_new_key_for_an_organization(acme: Acme, run: Any, encryption: Any) -> None:
    keep(acme, b"bytes")
    slug = acme.organization.slug
    (told,) = run("encryption", "rotate", "--organization", slug, "--dry-run")
    assert StorageKey.objects.filter(organization=acme.organization).count() == 1
    assert run("encryption", "rotate", "--organization", slug) == [told]
    assert [arguments["replaced"] for arguments in waiting()] == [told["replaced"]]
    assert run("encrypt-storage")["done"] == 1  # it takes up keys that no job drops
    assert [arguments["replaced"] for arguments in waiting()] == [told["replaced"]]
    switch(encryption, False)
    assert "is off" in run("encryption", "rotate", "--organization", slug, code=2)["error"]
