"""The files of a record in the console: added, looked at, downloaded, copied, removed."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from rubrica.records import definitions, saving
from rubrica.records.models import Attachment, Record
from tests.cast import Acme, signed_in
from tests.sending import deliver, person, picture, start

SHAPE: dict[str, Any] = {
    "name": "Invoices",
    "fields": [
        {"name": "paper", "label": "Papers", "type": "attachment", "maxAttachments": 2},
        {"name": "scan", "label": "Scan", "type": "attachment", "acceptedTypes": ["application/pdf"]},
    ],
    "lineBlocks": [{"name": "lines", "fields": [{"name": "photo", "type": "attachment"}]}],
}
FILE = ["record_file", "preview_record_file", "copy_record_file"]
DO = ["remove_record_file", "do_copy_record_file"]


@pytest.fixture
def record(acme: Acme) -> Record:
    made = definitions.create(acme.organization, SHAPE, acme.owner)
    return saving.create(made, {"externalId": "one", "lines": [{"externalId": "l"}]}, acme.owner)


@pytest.fixture
def olga(acme: Acme) -> Client:
    return signed_in(acme.owner)


def address(name: str, record: Record, *more: str) -> str:
    return reverse(f"console:{name}", args=[record.definition.key, record.key, *more])


def add(client: Client, record: Record, path: str = "paper", **files: bytes) -> Any:
    sent = [SimpleUploadedFile(name.replace("_", "."), content) for name, content in files.items()]
    return client.post(address("add_record_files", record), {"valuePath": path, "files": sent}, follow=True)


def keep(client: Client, record: Record, path: str = "paper") -> Attachment:
    add(client, record, path, a_jpg=picture())
    return Attachment.objects.latest("pk")


def test_it_works(olga: Client, record: Record) -> None:
    answer = add(olga, record, a_jpg=picture(), b_txt=b"text")
    assert "2 files are here." in answer.content.decode()
    assert "a.jpg" in answer.content.decode() and "b.txt" in answer.content.decode()
    file = Attachment.objects.get(name="a.jpg")
    answer = olga.get(address("record_file", record, file.key))
    assert b"".join(answer.streaming_content) == picture()  # type: ignore[attr-defined]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    shown = olga.get(address("preview_record_file", record, file.key), {"size": "small"})
    assert shown.headers["Content-Type"] == "image/jpeg" and shown.content != picture()
    text = Attachment.objects.get(name="b.txt")
    assert olga.get(address("preview_record_file", record, text.key)).status_code == 404
    olga.post(address("remove_record_file", record, file.key))
    assert list(Attachment.objects.all()) == [text]


def test_what_the_field_does_not_take_is_said(olga: Client, record: Record) -> None:
    answer = add(olga, record, "scan", a_txt=b"text")
    assert "This field takes application/pdf only." in answer.content.decode()
    answer = add(olga, record, a_txt=b"a", b_txt=b"b", c_txt=b"c")
    assert "takes 2 attachments at the most" in answer.content.decode()
    answer = add(olga, record, "nowhere", a_txt=b"a")
    assert answer.status_code == 200
    add(olga, record)
    assert Attachment.objects.count() == 0


def test_a_field_of_a_line(olga: Client, record: Record) -> None:
    line = record.lines("lines")[0]["_id"]
    file = keep(olga, record, f"lines.{line}.photo")
    page = olga.get(address("record", record)).content.decode()
    assert "photo, line 1" in page and file.key in page


@pytest.mark.parametrize("move", [False, True])
def test_a_copy_into_another_record(olga: Client, acme: Acme, record: Record, move: bool) -> None:
    file = keep(olga, record)
    other = saving.create(record.definition, {"externalId": "two"}, acme.owner)
    asked = olga.get(address("copy_record_file", record, file.key)).content.decode()
    assert 'value="two"' in asked and ">Papers</option>" in asked
    body = {"to": record.definition.key, "record": "two", "valuePath": "paper", **({"move": "yes"} if move else {})}
    answer = olga.post(address("do_copy_record_file", record, file.key), body, follow=True)
    assert "“a.jpg” is in “two” now." in answer.content.decode()
    assert Attachment.objects.get(record=other).name == "a.jpg"
    assert Attachment.objects.filter(record=record).count() == (0 if move else 1)


def test_a_copy_that_the_target_does_not_take_is_said(olga: Client, record: Record) -> None:
    file = keep(olga, record)
    body = {"to": record.definition.key, "record": record.key, "valuePath": "scan"}
    answer = olga.post(address("do_copy_record_file", record, file.key), body, follow=True)
    assert "This field takes application/pdf only." in answer.content.decode()
    assert Attachment.objects.count() == 1


def test_files_of_a_process_are_shown_and_copied_and_not_changed(olga: Client, acme: Acme, record: Record) -> None:
    process = start(acme, person("Ana Pérez", "ID card"))
    deliver(acme, process.requested_files.get())
    built_in = definitions.find(acme.organization, "signing-processes")
    source = saving.find(built_in, process.public_id, acme.owner)
    page = olga.get(address("record", source)).content.decode()
    assert "cédula.jpg" in page and "add_record_files" not in page
    (ana,) = source.lines("participants")
    key = page.partition('id="file-')[2][:24]
    assert olga.get(address("preview_record_file", source, key)).status_code == 200
    body = {"to": record.definition.key, "record": "one", "valuePath": "paper"}
    olga.post(address("do_copy_record_file", source, key), body)
    assert Attachment.objects.get().name == "cédula.jpg"
    olga.post(address("do_copy_record_file", source, key), {**body, "move": "yes"})
    olga.post(address("remove_record_file", source, key))
    add(olga, source, f"participants.{ana['_id']}.files", a_txt=b"a")
    assert Attachment.objects.count() == 1
    assert process.requested_files.get().is_delivered


@pytest.mark.parametrize("name", FILE + DO)
def test_a_stranger_finds_nothing(olga: Client, other: Acme, record: Record, name: str) -> None:
    file = keep(olga, record)
    sara = signed_in(other.owner)
    ask = sara.get if name in FILE else sara.post
    assert ask(address(name, record, file.key)).status_code == 404
    assert sara.post(address("add_record_files", record), {"valuePath": "paper"}).status_code == 404
    assert Attachment.objects.count() == 1


def test_a_reviewer_sees_and_does_not_change(olga: Client, acme: Acme, record: Record) -> None:
    file = keep(olga, record)
    tomas = signed_in(acme.reviewer)
    answer = tomas.get(address("record_file", record, file.key))
    assert b"".join(answer.streaming_content) == picture()  # type: ignore[attr-defined]
    add(tomas, record, b_txt=b"b")
    tomas.post(address("remove_record_file", record, file.key))
    body = {"to": record.definition.key, "record": "one", "valuePath": "paper"}
    tomas.post(address("do_copy_record_file", record, file.key), body)
    assert list(Attachment.objects.all()) == [file]


def test_a_file_that_is_not_there(olga: Client, record: Record) -> None:
    for name in FILE:
        assert olga.get(address(name, record, "0" * 24)).status_code == 404
