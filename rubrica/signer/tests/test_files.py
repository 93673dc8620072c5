"""PUT and DELETE /s/{token}/files/{id}: bringing a file, replacing it, taking it back (contract/own.md §2)."""

import hashlib
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from PIL import Image

from rubrica.files.models import Blob
from rubrica.processes.models import Event, Process, RequestedFile, Submission
from rubrica.signer.tests.phones import Phone, phone, says
from tests import pdfs, sending
from tests.cast import Acme, make_acme
from tests.contract.calls import jobs, stored
from tests.heic import HEIC
from tests.sending import REVIEWER, deliver, person, picture, slot, somebody


@pytest.fixture
def process(acme: Acme) -> Process:
    return sending.start(acme, person("Ana Pérez", "ID card", "Payslip", optional=("Passport",)))


@pytest.fixture
def ana(process: Process) -> Phone:
    return phone(process)


@pytest.fixture
def card(process: Process) -> int:
    return slot(process, "ID card").pk


def test_it_works(process: Process, ana: Phone, card: int) -> None:
    answer = ana.put(card, picture())
    assert answer.status_code == 200, answer.content
    assert answer.json() == ana.state() | {"downloads": answer.json()["downloads"]}
    assert answer.json()["files"][0]["status"] == "uploaded"
    submission = Submission.objects.get()
    assert (submission.file_name, submission.version) == ("cédula.jpg", 1)
    assert (submission.blob.media_type, sending.content(submission.blob)) == ("image/jpeg", picture())
    event = process.events.get(kind=Event.Kind.FILE_UPLOADED)
    assert event.data == {
        "file": "ID card",
        "fileName": "cédula.jpg",
        "sha256": submission.blob.sha256,
        "size": submission.blob.size,
        "version": 1,
    }
    assert stored()["incoming"] == 0


def test_a_photograph_of_a_telephone_becomes_a_jpeg_and_the_event_tells_both(
    process: Process, ana: Phone, card: int
) -> None:
    for _ in range(2):  # its answer was lost, and it was sent again
        assert ana.put(card, HEIC, "IMG_0042.HEIC").status_code == 200
    submission = Submission.objects.get()
    assert (submission.file_name, submission.blob.media_type) == ("IMG_0042.jpg", "image/jpeg")
    with Image.open(io.BytesIO(sending.content(submission.blob))) as image:
        assert (image.format, image.size) == ("JPEG", (640, 480))
        assert not image.getexif()
    event = process.events.get(kind=Event.Kind.FILE_UPLOADED)
    assert event.data["sha256"] == submission.blob.sha256
    assert event.data["original"] == hashlib.sha256(HEIC).hexdigest()


def test_a_photograph_that_cannot_be_read_is_kept_as_it_came(ana: Phone, card: int) -> None:
    broken = HEIC[: len(HEIC) // 2]
    assert ana.put(card, broken, "cut.heic").status_code == 200
    submission = Submission.objects.get()
    assert (submission.file_name, sending.content(submission.blob)) == ("cut.heic", broken)


def test_another_upload_is_a_new_version(process: Process, ana: Phone, card: int) -> None:
    ana.put(card, picture())
    ana.put(card, picture(color="red"), "new.jpg")
    assert [(s.version, s.file_name) for s in Submission.objects.all()] == [(2, "new.jpg"), (1, "cédula.jpg")]
    assert slot(process, "ID card").current == Submission.objects.get(version=2)
    assert Blob.objects.count() == 2


def test_the_same_bytes_are_kept_once(ana: Phone, card: int) -> None:
    ana.put(card, picture())
    ana.put(card, picture(), "again.jpg")
    assert (Submission.objects.count(), Blob.objects.count()) == (2, 1)


def test_a_file_whose_answer_was_lost_is_sent_again_and_counts_once(process: Process, ana: Phone, card: int) -> None:
    for _ in range(2):
        assert ana.put(card, picture()).json()["files"][0]["status"] == "uploaded"
    assert (Submission.objects.count(), process.events.filter(kind=Event.Kind.FILE_UPLOADED).count()) == (1, 1)
    slot(process, "ID card").reject("Blurred.", REVIEWER)
    assert ana.put(card, picture()).json()["files"][0]["status"] == "uploaded"
    assert Submission.objects.count() == 2


def test_withdraw_and_bring_again(process: Process, ana: Phone, card: int) -> None:
    ana.put(card, picture())
    answer = ana.delete(card)
    assert (answer.status_code, answer.json()["files"][0]["status"]) == (200, "missing")
    assert Submission.objects.count() == 1
    says(ana.delete(card), 409, "FILE_MISSING")
    ana.put(card, picture())
    assert slot(process, "ID card").submissions.first() == slot(process, "ID card").current


def test_nothing_to_withdraw(ana: Phone, card: int) -> None:
    says(ana.delete(card), 409, "FILE_MISSING")


def test_an_approved_file_stays(acme: Acme, process: Process, ana: Phone, card: int) -> None:
    ana.put(card, picture())
    slot(process, "ID card").approve(REVIEWER)
    before = stored()
    says(ana.put(card, picture(color="red")), 409, "FILE_APPROVED")
    says(ana.delete(card), 409, "FILE_APPROVED")
    assert stored() == before


def test_a_rejected_file_is_replaced_and_not_withdrawn(process: Process, ana: Phone, card: int) -> None:
    ana.put(card, picture())
    slot(process, "ID card").reject("Blurred.", REVIEWER)
    says(ana.delete(card), 409, "FILE_MISSING")
    assert ana.put(card, picture(color="red")).json()["files"][0]["status"] == "uploaded"
    assert [s.decision for s in slot(process, "ID card").submissions.all()] == ["", "rejected"]


def test_too_large(ana: Phone, card: int, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = len(picture()) - 1
    before = stored()
    answer = ana.put(card, picture())
    says(answer, 413, "FILE_TOO_LARGE")
    assert str(settings.MAX_UPLOAD_BYTES) in answer.json()["detail"]
    assert stored() == before
    settings.MAX_UPLOAD_BYTES = len(picture())
    assert ana.put(card, picture()).status_code == 200


def test_empty(ana: Phone, card: int) -> None:
    before = stored()
    says(ana.put(card, b"", CONTENT_LENGTH="0"), 400, "FILE_EMPTY")
    assert stored() == before


@pytest.mark.parametrize("length", ["", "-5", "ten", "²", "9" * 5000])
def test_without_a_length(ana: Phone, card: int, length: str) -> None:
    before = stored()
    says(ana.put(card, picture(), CONTENT_LENGTH=length), 411, "LENGTH_REQUIRED")
    assert stored() == before


class Reset(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(size)
        if not chunk:
            raise ConnectionResetError
        return chunk


@pytest.mark.parametrize("kind", [io.BytesIO, Reset])
def test_a_cut_connection_leaves_nothing(ana: Phone, card: int, kind: type[io.BytesIO]) -> None:
    before = stored()
    cut: dict[str, Any] = {"wsgi.input": kind(picture()[:100]), "CONTENT_LENGTH": str(len(picture()))}
    says(ana.put(card, b"", **cut), 400, "UPLOAD_INCOMPLETE")
    assert stored() == before


REFUSED = [
    (b"<html><script>alert(1)</script></html>", "page.html"),
    (b"<html><script>alert(1)</script></html>", "page.svgz"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "drawing.svg"),
    (b"<?xml version='1.0'?><x/>", "data.xml"),
    (b"<?xml version='1.0'?><x/>", "data.xsl"),
    (b"MZ" + b"\0" * 500, "program.exe"),
    (b"\x7fELF" + b"\0" * 500, "program.jpg"),
    (b"PK\x03\x04" + b"\0" * 500, "archive.zip"),
    (b"\0\1\2\3" * 50, "noise.bin"),
    (b"\xff\xfe\xfd" * 99, "noise.txt"),
    (picture("PNG"), "picture.pdf"),
    (picture("PNG"), "picture.html"),
    (picture("PNG"), "picture.html. "),
    (picture("PNG"), "picture.png\u202egpj.html"),
    (pdfs.contract(), "contract.docx"),
    (pdfs.contract(), "contract.pdf;.html"),
    (b"plain", "text.html%00.txt\0.html"),
    (picture("BMP"), "picture.bmp"),
]


@pytest.mark.parametrize(("content", "name"), REFUSED)
def test_kinds_that_are_not_taken(ana: Phone, card: int, content: bytes, name: str) -> None:
    before = stored()
    says(ana.put(card, content, name, "image/png"), 415, "FILE_TYPE_REFUSED")
    assert stored() == before


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (pdfs.contract(), "contract.PDF"),
        (picture("PNG"), "picture.png"),
        (picture("PNG"), "named-otherwise.jpeg"),
        (picture("WEBP"), "picture.webp"),
        (picture("GIF"), "picture.gif"),
        (picture("TIFF"), "picture.tiff"),
        ("名前;年齢\n".encode() * 2000, "people.csv"),
        (b"plain", "note.txt"),
        (b"\xc3\xb1", "two-bytes.txt"),
    ],
)
def test_kinds_that_are_taken(ana: Phone, card: int, content: bytes, name: str) -> None:
    answer = ana.put(card, content, name, "application/x-whatever")
    assert answer.status_code == 200, answer.content


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("李明的身份证.jpg", "李明的身份证.jpg"),
        ("بطاقة.jpg", "بطاقة.jpg"),
        ("e\u0301.jpg", "é.jpg"),
        ("🖋️ mine.jpg", "🖋️ mine.jpg"),
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\Users\\ana\\card.jpg", "card.jpg"),
        ("a\r\nb\0c.jpg", "abc.jpg"),
        ("a\u202egpj.jpg", "agpj.jpg"),
        ("'; DROP TABLE x; --.jpg", "'; DROP TABLE x; --.jpg"),
        ('"quoted".jpg', '"quoted".jpg'),
        ("100%25.jpg", "100%25.jpg"),
        ("<img src=x onerror=alert(1)>.jpg", "<img src=x onerror=alert(1)>.jpg"),
        ("  .card.jpg. . ", "card.jpg"),
        ("without ending", "without ending.jpg"),
        ("....", "file.jpg"),
        (None, "file.jpg"),
        ("ñ" * 300 + ".jpg", "ñ" * 125 + ".jpg"),
        ("x." + "y" * 300, "x." + "y" * 249 + ".jpg"),
    ],
)  # fmt: skip
def test_names_of_any_script_and_hostile_ones(ana: Phone, card: int, sent: str | None, kept: str) -> None:
    answer = ana.put(card, picture(), sent)
    assert answer.status_code == 200, answer.content
    assert answer.json()["files"][0]["fileName"] == kept
    assert len(kept.encode()) <= 255


def test_not_before_ones_turn(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "ID card"), person("Benito", "Payslip", order=2))
    before = stored()
    benito = phone(process, "Benito")
    before["jobs"] = len(jobs())
    says(benito.put(slot(process, "Payslip").pk, picture()), 409, "NOT_YOUR_TURN")
    assert stored() == before


def test_not_after_the_end(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "ID card", optional=("Passport",)))
    ana = phone(process)
    deliver(acme, slot(process, "ID card"))
    slot(process, "ID card").approve(REVIEWER)
    before = stored()
    says(ana.put(slot(process, "Passport").pk, picture()), 409, "PROCESS_CLOSED")
    says(ana.delete(slot(process, "Passport").pk), 409, "PROCESS_CLOSED")
    assert stored() == before
    assert ana.state()["process"]["finish"] is True


@pytest.mark.parametrize("file", [0, 10**18, 10**30])
def test_a_file_that_is_not_asked_for(ana: Phone, file: int) -> None:
    before = stored()
    says(ana.put(file, picture()), 404, "FILE_UNKNOWN")
    says(ana.delete(file), 404, "FILE_UNKNOWN")
    assert stored() == before


def test_what_was_delivered_can_be_downloaded_by_who_did(ana: Phone, card: int) -> None:
    ana.put(card, picture())
    (download,) = ana.state()["downloads"]
    assert (download["kind"], download["name"]) == ("file", "cédula.jpg")
    answer = ana.client.get(download["url"].removeprefix("http://127.0.0.1:8000"))
    assert b"".join(answer.streaming_content) == picture()  # type: ignore[attr-defined]


def test_parallel_uploads_to_one_slot_are_versions(transactional_db: None) -> None:
    process = sending.start(make_acme(), person("Ana", "ID card"))
    ana, file, start = phone(process), RequestedFile.objects.get().pk, threading.Barrier(4)

    def put(number: int) -> int:
        try:
            start.wait(20)
            return int(ana.put(file, picture(color=f"#{number}0{number}0{number}0")).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(put, range(4))) == [200] * 4
    assert sorted(Submission.objects.values_list("version", flat=True)) == [1, 2, 3, 4]
    assert slot(process, "ID card").current == Submission.objects.get(version=4)


def test_a_large_photo_of_a_phone(ana: Phone, card: int) -> None:
    out = io.BytesIO()
    Image.effect_noise((1500, 1000), 90).save(out, "JPEG", quality=95)
    assert len(out.getvalue()) > 1024 * 1024
    assert ana.put(card, out.getvalue()).status_code == 200
    assert sending.content(Blob.objects.get()) == out.getvalue()
    assert somebody(Process.objects.get()).status == "NOTIFICATION"
