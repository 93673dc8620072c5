"""Blobs: kept once, purged when nothing points at them, and never lost between the two."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import InMemoryStorage
from django.db import connection, transaction

from rubrica import clock
from rubrica.files import models
from rubrica.files.access import local_path
from rubrica.files.models import UNUSED_FOR, Blob, UploadTicket
from rubrica.processes import upkeep
from rubrica.processes.models import Process, Submission
from tests import sending
from tests.cast import Acme, make_acme
from tests.sending import deliver, keep, person, slot


def age(days: float = 2) -> None:
    Blob.objects.update(created_at=clock.now() - timedelta(days=days))


def test_it_works(acme: Acme, tmp_path: Path) -> None:
    blob = keep(acme, b"%PDF-1.7 bytes")
    assert (blob.size, blob.media_type) == (14, "application/pdf")
    assert (tmp_path / "blobs" / blob.key).read_bytes() == b"%PDF-1.7 bytes"
    with local_path(blob) as path:
        assert path.read_bytes() == b"%PDF-1.7 bytes"


def test_the_same_bytes_are_one_blob_of_an_organization(acme: Acme, other: Acme) -> None:
    assert keep(acme, b"same") == keep(acme, b"same")
    assert keep(other, b"same") != keep(acme, b"same")
    assert keep(other, b"same").key != keep(acme, b"same").key
    assert Blob.objects.count() == 2


def test_lost_bytes_are_healed_by_another_upload(acme: Acme, tmp_path: Path) -> None:
    blob = keep(acme, b"bytes")
    (tmp_path / "blobs" / blob.key).unlink()
    with pytest.raises(FileNotFoundError), local_path(blob):
        pass
    assert keep(acme, b"bytes") == blob
    assert sending.content(blob) == b"bytes"


def test_a_storage_without_paths_lends_a_copy(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = InMemoryStorage()
    monkeypatch.setattr("rubrica.files.storage.storage", lambda: memory)
    monkeypatch.setattr(models, "storage", lambda: memory)
    blob = keep(acme, b"bytes")
    with local_path(blob) as path:
        assert path.read_bytes() == b"bytes"
    assert not path.exists()


# Purging


def test_what_nothing_points_at_is_purged(acme: Acme, tmp_path: Path) -> None:
    blob = keep(acme, b"bytes")
    age()
    assert upkeep.purge_blobs() == 1
    assert not Blob.objects.exists()
    assert not (tmp_path / "blobs" / blob.key).exists()


def test_what_came_lately_is_left_alone(acme: Acme) -> None:
    blob = keep(acme, b"bytes")
    assert upkeep.purge_blobs() == 0
    assert blob.purge() is False
    assert sending.content(blob) == b"bytes"


def test_what_is_pointed_at_is_left_alone(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana", "ID card"))
    deliver(acme, slot(process, "ID card"))
    deliver(acme, slot(process, "ID card"), sending.picture(color="red"))
    age()
    assert upkeep.purge_blobs() == 0
    for blob in Blob.objects.all():
        assert blob.purge() is False
        assert sending.content(blob)


def test_the_blob_of_another_organization_stays(acme: Acme, other: Acme) -> None:
    mine = keep(acme, b"same")
    age()
    theirs = keep(other, b"same")
    assert mine.purge() is True
    assert sending.content(theirs) == b"same"


def test_bytes_that_come_again_are_young_again(acme: Acme) -> None:
    blob = keep(acme, b"bytes")
    age()
    assert keep(acme, b"bytes") == blob
    assert upkeep.purge_blobs() == 0


def test_a_purge_that_was_chosen_before_looks_again(acme: Acme) -> None:
    blob = keep(acme, b"bytes")
    age()
    chosen = Blob.objects.get()
    keep(acme, b"bytes")
    assert chosen.purge() is False
    assert sending.content(blob) == b"bytes"


def test_the_grace_is_longer_than_any_upload() -> None:
    assert timedelta(hours=12) <= UNUSED_FOR


def in_thread(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_keep_waits_for_a_purge_and_stores_the_bytes_anew(transactional_db: None) -> None:
    acme = make_acme()
    blob = keep(acme, b"bytes")
    age()
    with transaction.atomic():
        assert blob.purge() is True
        keeping = in_thread(lambda: keep(acme, b"bytes"))
        keeping.join(0.5)
        assert keeping.is_alive()  # held by the lock until this transaction ends
    keeping.join(20)
    assert sending.content(Blob.objects.get()) == b"bytes"


def test_a_row_that_points_at_it_in_the_last_moment_keeps_the_bytes(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Foreign keys are checked at the commit by default, when a purge would have deleted the bytes already."""
    acme = make_acme()
    process = sending.start(acme, person("Ana", "ID card"))
    blob, file = keep(acme, b"bytes"), slot(process, "ID card")
    age()
    delete = Blob.delete

    def delete_after_another_pointed_at_it(self: Blob, *args: object) -> object:
        point = {"organization": acme.organization, "requested_file": file, "blob_id": blob.pk, "version": 1}
        in_thread(lambda: Submission.objects.create(**point, file_name="a.txt")).join(20)
        monkeypatch.setattr("django.db.models.deletion.Collector.collect", lambda self, objs, **_: self.add(objs))
        return delete(self)

    monkeypatch.setattr(Blob, "delete", delete_after_another_pointed_at_it)
    assert blob.purge() is False
    assert sending.content(Blob.objects.get()) == b"bytes"


def test_a_blob_of_a_process_is_protected_by_the_database(acme: Acme) -> None:
    sending.start_signing(acme)
    age()
    for blob in Blob.objects.all():
        with pytest.raises(Exception, match="protected"):
            blob.delete()
    assert Process.objects.count() == 1


# Tickets


def test_a_ticket_is_taken_once(acme: Acme) -> None:
    token = UploadTicket.issue(acme.organization, "document", 7, 60)
    ticket = UploadTicket.claim(token, "document")
    assert ticket and (ticket.subject_id, ticket.organization) == (7, acme.organization)
    assert UploadTicket.claim(token, "document") is None
    assert UploadTicket.used(token, "document")


def test_a_ticket_is_for_one_purpose(acme: Acme) -> None:
    token = UploadTicket.issue(acme.organization, "document", 7, 60)
    assert UploadTicket.claim(token, "another") is None
    assert not UploadTicket.used(token, "another")
    assert UploadTicket.claim(token, "document")


def test_a_ticket_ends(acme: Acme) -> None:
    token = UploadTicket.issue(acme.organization, "document", 7, 0)
    assert UploadTicket.claim(token, "document") is None
    assert not UploadTicket.used(token, "document")


def test_a_ticket_that_ended_while_the_request_stood_in_line_is_open(acme: Acme) -> None:
    token = UploadTicket.issue(acme.organization, "document", 7, 0)
    assert not UploadTicket.is_open(token)
    assert UploadTicket.is_open(token, waited=60)


def test_a_released_ticket_can_be_taken_again_until_it_ends(acme: Acme) -> None:
    token = UploadTicket.issue(acme.organization, "document", 7, 60)
    ticket = UploadTicket.claim(token, "document")
    assert ticket
    ends = UploadTicket.objects.get().expires_at
    ticket.release()
    assert UploadTicket.objects.get().expires_at == ends
    assert UploadTicket.claim(token, "document")


def test_the_token_is_kept_nowhere(acme: Acme) -> None:
    token = UploadTicket.issue(acme.organization, "document", 7, 60)
    assert len(token) == 43
    row = UploadTicket.objects.values().get()
    assert token not in str(row) and token.encode() not in bytes(row["digest"])


@pytest.mark.parametrize("token", ["", "x", "ñ", "\0", "x" * 100_000])
def test_unknown_tokens(acme: Acme, token: str) -> None:
    assert UploadTicket.claim(token, "document") is None
    assert not UploadTicket.used(token, "document")


def test_a_live_blob_does_not_stand_before_a_dead_one(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    process = sending.start_signing(acme, person("Ana"))
    dead = keep(acme, b"nobody points here")
    age()
    monkeypatch.setattr(upkeep, "BATCH", 1)
    assert upkeep.purge_blobs() == 1
    assert not Blob.objects.filter(pk=dead.pk).exists()
    assert process.documents.get().original is not None
