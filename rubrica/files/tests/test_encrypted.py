"""Blobs that lie encrypted: everybody who may read them reads what came in, and nobody else reads anything."""

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.test import Client

from rubrica.files import encrypted, envelope, keys, links, partial, sharing
from rubrica.files.access import local_path
from rubrica.files.encrypted import EncryptedStorage
from rubrica.files.envelope import CHUNK, MAGIC, Changed
from rubrica.files.models import Blob
from rubrica.files.s3 import S3Storage
from rubrica.files.storage import LocalStorage, storage
from rubrica.files.tests.conftest import opened
from rubrica.sealing.intake import render
from rubrica.signer import pages
from rubrica.web.errors import StorageAway
from tests import s3
from tests.cast import Acme
from tests.pdfs import contract as pdf
from tests.sending import content, keep

LARGE = os.urandom(3 * CHUNK + 100)


def on_disk(blob: Blob, tmp_path: Path) -> Path:
    return tmp_path / "blobs" / blob.key


def test_it_works(acme: Acme, encryption: Any, tmp_path: Path) -> None:
    blob = keep(acme, LARGE)
    assert blob.encrypted
    lies = on_disk(blob, tmp_path).read_bytes()
    assert lies.startswith(MAGIC) and LARGE[:64] not in lies
    assert content(blob) == LARGE
    assert blob.sha256 == hashlib.sha256(LARGE).hexdigest()
    assert on_disk(blob, tmp_path).stat().st_mode & 0o077 == 0


def test_nothing_plain_stays_behind(acme: Acme, encryption: Any, tmp_path: Path) -> None:
    keep(acme, LARGE)
    holding = [path for path in tmp_path.rglob("*") if path.is_file() and LARGE[:64] in path.read_bytes()]
    assert holding == []


def test_each_organization_has_a_key_of_its_own(acme: Acme, other: Acme, encryption: Any, tmp_path: Path) -> None:
    mine, theirs = keep(acme, LARGE), keep(other, LARGE)
    kept = storage()
    assert len({kept.key_of(mine.key), kept.key_of(theirs.key), keys.to_write(None).id}) == 3
    on_disk(theirs, tmp_path).write_bytes(on_disk(mine, tmp_path).read_bytes())
    with pytest.raises(Changed):
        content(theirs)


def test_a_file_that_came_plain_is_read_as_before(acme: Acme, encryption: Any, tmp_path: Path) -> None:
    encryption.ENCRYPTION = False
    encryption.STORAGES = {**encryption.STORAGES}
    blob = keep(acme, LARGE)
    assert on_disk(blob, tmp_path).read_bytes() == LARGE and not blob.encrypted
    encryption.ENCRYPTION = True
    encryption.STORAGES = {**encryption.STORAGES}
    assert content(blob) == LARGE
    with blob.part(CHUNK, CHUNK + 9) as file:
        assert file.read(10) == LARGE[CHUNK : CHUNK + 10]
    assert keep(acme, LARGE).encrypted  # the same bytes came again, and lie there as they should
    assert on_disk(blob, tmp_path).read_bytes().startswith(MAGIC)


def test_plain_bytes_in_the_place_of_encrypted_ones_are_not_ours(acme: Acme, encryption: Any, tmp_path: Path) -> None:
    blob = keep(acme, LARGE)
    on_disk(blob, tmp_path).write_bytes(b"something else")
    reads: list[Callable[[], object]] = [blob.open, lambda: blob.part(0, 3)]
    for read in reads:
        with pytest.raises(Changed):
            read()
    with pytest.raises(Changed), local_path(blob):
        pass


def test_switched_off_it_is_still_read(acme: Acme, encryption: Any) -> None:
    blob = keep(acme, LARGE)
    encryption.ENCRYPTION = False
    encryption.STORAGES = {**encryption.STORAGES}
    assert content(blob) == LARGE
    assert not keep(acme, b"new").encrypted


def test_without_the_root_key_nobody_reads_anything(acme: Acme, encryption: Any, tmp_path: Path) -> None:
    blob = keep(acme, LARGE)
    encryption.ROOT_KEY_FILE.unlink()
    keys.forget_known()
    with pytest.raises(StorageAway, match="is not set"):
        content(blob)
    encryption.ENCRYPTION = False
    encryption.STORAGES = {**encryption.STORAGES}  # as after a restart: nothing tells of a root key any more
    with pytest.raises(StorageAway, match="no root key"):
        content(blob)
    with pytest.raises(StorageAway), local_path(blob):
        pass


def test_bytes_that_come_again_lie_under_the_newest_key(acme: Acme, encryption: Any) -> None:
    """The old one is dropped once, and with it whatever lies under it."""
    blob = keep(acme, LARGE)
    (old,) = keys.rotate(acme.organization.pk)
    assert not storage().holds(blob.key)
    assert keep(acme, LARGE) == blob and storage().holds(blob.key)
    assert keys.drop(old) and content(blob) == LARGE


def test_switched_off_a_file_still_takes_the_place_of_another(encryption: Any) -> None:
    encryption.ENCRYPTION = False
    encryption.STORAGES = {**encryption.STORAGES}
    for bytes_ in (b"one", b"two"):
        assert storage().save("1/ab/name", ContentFile(bytes_)) == "1/ab/name"
    with storage().open("1/ab/name") as file:
        assert file.read() == b"two"


def test_an_engine_gets_the_plain_bytes_by_a_path_that_goes_away(acme: Acme, encryption: Any) -> None:
    blob = keep(acme, LARGE)
    with local_path(blob) as path:
        assert path.read_bytes() == LARGE
    assert not path.exists()


def test_the_scratch_folder_may_be_elsewhere(acme: Acme, encryption: Any, tmp_path: Path) -> None:
    encryption.SCRATCH_DIR = str(tmp_path / "memory")
    blob = keep(acme, LARGE)
    with local_path(blob) as path:
        assert path.parent == tmp_path / "memory"
    assert content(blob) == LARGE and not (tmp_path / "blobs" / "incoming").exists()


def test_another_organization_gets_a_copy_under_its_own_key(acme: Acme, other: Acme, encryption: Any) -> None:
    mine = keep(acme, LARGE)
    theirs = sharing.shared(mine, other.organization)
    assert content(theirs) == LARGE
    keys.forget(acme.organization.pk)
    assert content(theirs) == LARGE


def test_an_organization_whose_keys_are_forgotten_has_no_file(acme: Acme, encryption: Any) -> None:
    blob = keep(acme, LARGE)
    assert keys.forget(acme.organization.pk) == 1
    with pytest.raises(keys.KeyGone):
        content(blob)
    again = keep(acme, LARGE)  # what comes anew is kept under a new key
    assert again == blob and content(again) == LARGE


def test_a_download_takes_the_chunks_that_it_needs(acme: Acme, encryption: Any, client: Client) -> None:
    blob = keep(acme, LARGE)
    path = urlsplit(links.download_url(blob.pk, "a.bin")).path
    answer = client.get(path, headers={"Range": f"bytes={CHUNK - 5}-{CHUNK + 4}"})
    assert (answer.status_code, answer.getvalue()) == (206, LARGE[CHUNK - 5 : CHUNK + 5])
    assert client.get(path).getvalue() == LARGE


def test_a_file_that_was_changed_is_503_and_no_byte_of_it(acme: Acme, encryption: Any, tmp_path: Path) -> None:
    blob = keep(acme, LARGE)
    data = bytearray(on_disk(blob, tmp_path).read_bytes())
    data[200] ^= 1
    on_disk(blob, tmp_path).write_bytes(data)
    path = urlsplit(links.download_url(blob.pk, "a.bin")).path
    answer = Client(raise_request_exception=False).get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert LARGE[:16] not in answer.content


def test_a_key_outlives_the_transaction_that_needed_it(acme: Acme, encryption: Any) -> None:
    """Else bytes of a transaction that failed would lie there under a key that nobody has."""
    names: list[str] = []
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        names.append(keep(acme, LARGE).key)
        raise ZeroDivisionError
    keys.forget_known()
    with storage().open(names[0]) as file:
        assert file.read() == LARGE


def test_pieces_of_an_upload_lie_encrypted_too(acme: Acme, encryption: Any, tmp_path: Path) -> None:
    upload = partial.begin(acme.organization, "test", 1, length=len(LARGE), file_name="a.txt")
    assert partial.append(upload, io.BytesIO(LARGE[:1000]), start=0, length=1000) == 1000
    assert partial.append(upload, io.BytesIO(LARGE[1000:]), start=1000, length=len(LARGE) - 1000) == len(LARGE)
    pieces = [path.read_bytes() for path in (tmp_path / "blobs" / "pieces").rglob("*") if path.is_file()]
    assert len(pieces) == 2 and all(piece.startswith(MAGIC) for piece in pieces)
    assert {envelope.Head.read(piece).key for piece in pieces} == {keys.to_write(acme.organization.pk).id}  # type: ignore[union-attr]
    with partial.whole(upload) as arrived:
        assert arrived.path.read_bytes() == LARGE


def test_pictures_of_pages_are_kept_encrypted_and_drawn_anew_where_a_key_is_gone(
    acme: Acme, encryption: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encryption.DATA_DIR = tmp_path / "data"
    blob = keep(acme, pdf())
    drawn: list[int] = []
    real = render.render_page

    def counted(path: Path, number: int, pixels: int) -> bytes:
        drawn.append(number)
        return real(path, number, pixels)

    monkeypatch.setattr(pages, "render_page", counted)
    image = pages.page_image(blob, 1, 400)
    (kept,) = [path for path in pages.folder().rglob("*.jpg")]
    assert image.startswith(b"\xff\xd8") and kept.read_bytes().startswith(MAGIC)
    assert pages.page_image(blob, 1, 400) == image and drawn == [1]
    kept.write_bytes(b"\xff\xd8 somebody else's")
    assert pages.page_image(blob, 1, 400) == image and drawn == [1, 1]
    assert encrypted.taken_out(kept.read_bytes(), f"{blob.sha256}/{kept.name}") == image


# In a bucket


@pytest.fixture
def far(encryption: Any, server: str, bucket: str, tmp_path: Path) -> S3Storage:
    encryption.DATA_DIR = tmp_path / "data"
    encryption.STORAGE_URL = s3.url(server, bucket)
    encryption.STORAGES = {**encryption.STORAGES}
    return opened(encryption.STORAGE_URL)


def test_a_bucket_has_nothing_plain_and_gives_nobody_an_address(
    acme: Acme, far: S3Storage, encryption: Any, client: Client
) -> None:
    encryption.STORAGE_DIRECT_BYTES = 1
    blob = keep(acme, LARGE)
    with far.open(blob.key) as file:
        assert file.read().startswith(MAGIC)
    path = urlsplit(links.download_url(blob.pk, "a.bin")).path
    answer = client.get(path, headers={"Range": f"bytes={2 * CHUNK}-{2 * CHUNK + 9}"})
    assert (answer.status_code, answer.getvalue()) == (206, LARGE[2 * CHUNK : 2 * CHUNK + 10])


def test_what_lies_before_a_part_does_not_come_over_the_network(
    acme: Acme, encryption: Any, server: str, bucket: str, wire: s3.Wire
) -> None:
    content = os.urandom(40 * CHUNK)
    EncryptedStorage(opened(s3.url(server, bucket)), encrypts=True).save("7/ab/x", ContentFile(content))
    near = EncryptedStorage(opened(s3.url(wire.endpoint, bucket)), encrypts=True)
    wire.cut_after, wire.cuts = 3 * CHUNK, 1_000_000  # more than one chunk and the headers, much less than the file
    with near.part("7/ab/x", 30 * CHUNK, 30 * CHUNK + 99) as file:
        assert file.read(100) == content[30 * CHUNK : 30 * CHUNK + 100]


def test_a_file_that_is_encrypted_anew_between_two_looks_is_read_all_the_same(
    encryption: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Far(LocalStorage):
        """Head and chunk of one that is far away are asked for one after the other."""

        is_remote = True

        def replace(self, name: str, content: Any) -> str:
            return super().replace(name, File(content.file))

    kept = EncryptedStorage(Far(tmp_path / "blobs"), encrypts=True)
    kept.save("7/ab/x", ContentFile(LARGE))
    real = kept._head
    changed: list[str] = []

    def late(name: str) -> Any:
        head = real(name)
        if not changed:
            changed.append(kept.replace(name, ContentFile(LARGE)))
        return head

    monkeypatch.setattr(kept, "_head", late)
    with kept.part("7/ab/x", CHUNK, CHUNK + 9) as file:
        assert file.read(10) == LARGE[CHUNK : CHUNK + 10]
    assert changed == ["7/ab/x"]
