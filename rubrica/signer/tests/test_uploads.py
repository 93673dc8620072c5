"""/s/{token}/files/{id}/uploads: a file in pieces, which goes on where the connection was lost."""

import io
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.test import RequestFactory

from rubrica import clock
from rubrica.files import partial, storage
from rubrica.files.intake import IntakeRefused
from rubrica.files.models import Blob, PartialUpload, Piece
from rubrica.processes.models import Process, RequestedFile, Submission
from rubrica.signer.tests.phones import Phone, phone, says
from tests import sending
from tests.cast import Acme
from tests.contract.calls import stored
from tests.sending import REVIEWER, person, picture, slot

CARD = picture()
HALF = len(CARD) // 2


@pytest.fixture
def process(acme: Acme) -> Process:
    return sending.start(acme, person("Ana Pérez", "ID card", "Payslip"), person("Benito", "Licence"))


@pytest.fixture
def ana(process: Process) -> Phone:
    return phone(process)


@pytest.fixture
def card(process: Process) -> int:
    return slot(process, "ID card").pk


def begin(phone: Phone, card: int, length: object = len(CARD), name: str = "cédula.jpg") -> Any:
    headers = {"Upload-Length": str(length), "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return phone.client.post(f"{phone.base}/files/{card}/uploads", headers=headers)


def begun(phone: Phone, card: int, **more: Any) -> str:
    answer = begin(phone, card, **more)
    assert answer.status_code == 201, answer.content
    return str(answer.headers["Location"])


def bring(phone: Phone, address: str, start: object, content: bytes) -> Any:
    # The test client says no length where there is no body; browsers say 0.
    headers = {"Upload-Offset": str(start), "Content-Length": str(len(content))}
    return phone.client.patch(address, content, "application/partial-upload", headers=headers)


def folder() -> Path:
    return Path(storage.storage().location) / partial.PIECES


def pieces() -> int:
    return sum(path.is_file() for path in folder().rglob("*"))


def test_it_works(process: Process, ana: Phone, card: int) -> None:
    address = begun(ana, card)
    assert bring(ana, address, 0, CARD[:HALF]).json() == {"offset": HALF, "length": len(CARD), "complete": False}
    asked = ana.client.head(address)
    assert (asked.headers["Upload-Offset"], asked.headers["Upload-Complete"]) == (str(HALF), "?0")
    answer = bring(ana, address, HALF, CARD[HALF:])
    assert answer.json()["files"][0]["status"] == "uploaded"
    submission = Submission.objects.get()
    assert (submission.file_name, sending.content(submission.blob)) == ("cédula.jpg", CARD)
    assert stored()["incoming"] == 0


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_bytes_come_in_and_are_put_together(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pool has a few of them for hundreds of slow phones."""
    card = slot(process, "ID card")
    upload = partial.begin(process.organization, "requested_file", card.pk, length=6, file_name="a.pdf")
    held: list[bool] = []

    class Body(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            held.append(connection.connection is not None)
            return super().read(size)

    for start in (0, 3):
        assert partial.append(upload, Body(b"abc"), start=start, length=3) == start + 3
    kept = storage.storage()
    monkeypatch.setattr(kept.__class__, "open", lambda self, key, mode="rb": Body(Path(kept.path(key)).read_bytes()))
    with partial.whole(upload) as arrived:
        assert arrived.size == 6
    assert len(held) >= 4 and not any(held)


def test_who_asks_after_the_end_hears_that_it_is_here(ana: Phone, card: int) -> None:
    address = begun(ana, card)
    bring(ana, address, 0, CARD)
    assert ana.client.get(address).json() == {"offset": len(CARD), "length": len(CARD), "complete": True}
    assert bring(ana, address, len(CARD), b"").json()["files"][0]["status"] == "uploaded"
    assert Submission.objects.count() == 1


def test_the_end_counts_once_however_often_it_comes(process: Process, ana: Phone, card: int) -> None:
    address = begun(ana, card)
    upload = PartialUpload.objects.get()
    partial.append(upload, io.BytesIO(CARD), start=0, length=len(CARD))
    for _ in range(2):  # the answer to the first was lost on its way
        assert bring(ana, address, len(CARD), b"").status_code == 200
    assert Submission.objects.count() == 1


class Cut(io.BytesIO):
    """A connection that is lost after so many bytes, in the way that servers tell it."""

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        if not found:
            raise OSError("the peer is gone")
        return found


def test_what_came_before_the_connection_was_lost_stays(ana: Phone, card: int) -> None:
    begun(ana, card)
    upload = PartialUpload.objects.get()
    assert partial.append(upload, Cut(CARD[:HALF]), start=0, length=len(CARD)) == HALF
    assert upload.offset == HALF
    assert partial.append(upload, io.BytesIO(CARD[HALF:]), start=HALF, length=len(CARD) - HALF) == len(CARD)
    with partial.whole(upload) as arrived:
        assert arrived.path.read_bytes() == CARD


def test_a_body_that_is_shorter_than_announced_is_kept_as_far_as_it_came(ana: Phone, card: int) -> None:
    address = begun(ana, card)
    path = address.removeprefix("http://testserver")
    environ = RequestFactory().generic("PATCH", path, CARD[:HALF], headers={"Upload-Offset": "0"}).environ
    environ |= {"CONTENT_LENGTH": str(len(CARD)), "wsgi.input": io.BytesIO(CARD[:HALF])}
    from django.urls import resolve

    found = resolve(path)
    answer = found.func(WSGIRequest(environ), *found.args, **found.kwargs)
    assert b'"offset": %d' % HALF in answer.content


def test_two_pieces_from_one_byte_count_once(ana: Phone, card: int) -> None:
    begun(ana, card)
    upload = PartialUpload.objects.get()

    class Overtaken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if not Piece.objects.exists():
                partial.append(upload, io.BytesIO(CARD[:10]), start=0, length=10)
            return super().read(size)

    with pytest.raises(IntakeRefused) as refused:
        partial.append(upload, Overtaken(CARD), start=0, length=len(CARD))
    assert (refused.value.code, upload.offset) == ("UPLOAD_OFFSET", 10)
    assert pieces() == 1


def test_bytes_go_on_where_the_upload_stands(ana: Phone, card: int) -> None:
    address = begun(ana, card)
    bring(ana, address, 0, CARD[:HALF])
    for start in (0, HALF - 1, HALF + 1):
        says(bring(ana, address, start, CARD[HALF:]), 409, "UPLOAD_OFFSET")
    says(bring(ana, address, HALF, CARD), 413, "FILE_TOO_LARGE")
    says(bring(ana, address, "half", CARD), 411, "LENGTH_REQUIRED")
    assert PartialUpload.objects.get().offset == HALF


def test_what_will_be_refused_is_refused_before_a_byte(ana: Phone, card: int, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    says(begin(ana, card, 101), 413, "FILE_TOO_LARGE")
    says(begin(ana, card, 0), 400, "FILE_EMPTY")
    says(begin(ana, card, "many"), 411, "LENGTH_REQUIRED")
    says(begin(ana, card, 100, "virus.exe"), 415, "FILE_TYPE_REFUSED")
    assert not PartialUpload.objects.exists()


def test_a_lie_leaves_nothing_behind(ana: Phone, card: int) -> None:
    content = b"MZ, which no picture begins with"
    address = begun(ana, card, length=len(content))
    says(bring(ana, address, 0, content), 415, "FILE_TYPE_REFUSED")
    says(ana.client.get(address), 404, "UPLOAD_UNKNOWN")
    assert (Blob.objects.count(), stored()["incoming"]) == (0, 0)


def test_nobody_goes_on_with_somebody_elses_upload(process: Process, ana: Phone, card: int) -> None:
    address = begun(ana, card)
    benito = phone(process, "Benito")
    for path in (address.replace(ana.base, benito.base), f"{ana.base}/files/{slot(process, 'Payslip').pk}/uploads/1"):
        for call in (benito.client.get, benito.client.patch, benito.client.delete):
            assert call(path, headers={"Upload-Offset": "0"}).status_code == 404
    other = RequestedFile.objects.get(participant__name="Benito").pk
    pk = PartialUpload.objects.get().pk
    says(benito.client.get(f"{benito.base}/files/{other}/uploads/{pk}"), 404, "UPLOAD_UNKNOWN")


def test_an_approved_file_takes_no_more_pieces(process: Process, ana: Phone, card: int) -> None:
    address = begun(ana, card)
    ana.put(card, CARD)
    slot(process, "ID card").approve(REVIEWER)
    says(bring(ana, address, 0, CARD), 409, "FILE_APPROVED")
    says(begin(ana, card), 409, "FILE_APPROVED")


def test_giving_up_lets_go_of_the_bytes(ana: Phone, card: int) -> None:
    address = begun(ana, card)
    bring(ana, address, 0, CARD[:HALF])
    assert ana.client.delete(address).status_code == 204
    assert (PartialUpload.objects.count(), pieces()) == (0, 0)


def test_the_oldest_of_many_beginnings_gives_way(ana: Phone, card: int) -> None:
    first = begun(ana, card)
    bring(ana, first, 0, CARD[:HALF])
    for _ in range(partial.MOST_OPEN):
        begun(ana, card)
    says(ana.client.get(first), 404, "UPLOAD_UNKNOWN")
    assert pieces() == 0


def test_what_nobody_goes_on_with_is_swept(ana: Phone, card: int) -> None:
    address = begun(ana, card)
    bring(ana, address, 0, CARD[:HALF])
    partial.forget_old()
    assert PartialUpload.objects.exists()
    PartialUpload.objects.update(created_at=clock.now() - partial.LIFETIME - timedelta(seconds=1))
    partial.forget_old()
    assert (PartialUpload.objects.count(), pieces()) == (0, 0)


def test_what_a_crash_left_between_bytes_and_row_is_swept(ana: Phone, card: int) -> None:
    bring(ana, begun(ana, card), 0, CARD[:HALF])
    Piece.objects.all().delete()
    (lost,) = (path for path in folder().rglob("*") if path.is_file())
    partial.forget_old()
    assert lost.exists()  # it may be arriving just now
    os.utime(lost, (0, 0))
    partial.forget_old()
    assert not lost.exists()


def test_pieces_that_are_gone_are_said_to_be_gone(ana: Phone, card: int) -> None:
    address = begun(ana, card)
    bring(ana, address, 0, CARD[:HALF])
    storage.storage().delete(Piece.objects.get().key)
    says(bring(ana, address, HALF, CARD[HALF:]), 404, "UPLOAD_UNKNOWN")
