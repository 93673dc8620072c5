"""Attachments of the aero dialect: list, save, stage, swap, delete, download (contract/aero.md §§2, 3.0–3.3)."""

import hashlib
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from rubrica import clock
from rubrica.processes import upkeep
from rubrica.records.attachments import links, preparing, staging
from rubrica.records.models import Attachment, Record, RecordEvent
from tests.cast import Acme
from tests.contract.aero import Aero, at, ok, says
from tests.contract.attaching import FIELDS, FORM, Field, content_of, fetch, form, listed, stored
from tests.sending import picture

HANDLE = "bdr:200¡adm:05¡prj:6"
PDF = b"%PDF-1.7\n%fits"


@pytest.fixture
def aero(acme: Acme) -> Aero:
    client = Aero(acme.owner)
    client.define(fields=FIELDS)
    return client


@pytest.fixture
def document(aero: Aero) -> dict[str, Any]:
    return aero.new(externalId=HANDLE, lines=[{"sku": "a", "externalId": "l.1"}, {"sku": "b"}])


@pytest.fixture
def field(aero: Aero, document: dict[str, Any]) -> Field:
    return Field(aero, document["_id"])


def test_it_works(aero: Aero, field: Field) -> None:
    assert field.listed() == []
    (made,) = field.save({"cookbook.png": picture("PNG")})
    (found,) = field.listed()
    assert re.fullmatch(r"[0-9a-f]{24}", made["_id"])
    assert found | {"downloadURL": ""} == made | {"downloadURL": ""}
    assert made["downloadURL"].startswith("http://127.0.0.1:8000/dl/")
    assert (made["_fileName"], made["_type"], made["_size"]) == ("cookbook.png", "image/png", len(picture("PNG")))
    assert (made["store"], made["_width"], made["_height"]) == ("image", 60, 40)
    assert (made["id"], made["fileName"], made["type"], made["size"]) == (
        made["_id"], "cookbook.png", "image/png", made["_size"])  # fmt: skip
    assert made["_sha256"] == hashlib.sha256(picture("PNG")).hexdigest()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["_createdOn"])
    assert content_of(aero, found["downloadURL"]) == picture("PNG")
    assert ok(field.delete(made["_id"])) == {"status": "ok"}
    assert field.listed() == []


def test_the_answer_of_a_save_lists_only_what_is_new(field: Field) -> None:
    field.save({"a.txt": b"a"})
    answer = ok(field.send({"b.txt": b"b", "c.txt": b"c"}))
    assert answer["message"] == "Attachments successfully saved"
    assert [file["_fileName"] for file in answer["attachments"]] == ["b.txt", "c.txt"]
    assert field.names() == ["a.txt", "b.txt", "c.txt"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("action", ["Upload", "upload", "append", "ADD", None])
def test_post_and_put_append(field: Field, method: str, action: str | None) -> None:
    field.save({"a.txt": b"a"})
    field.save({"b.txt": b"b"}, method, **({"actionType": action} if action else {}))
    assert field.names() == ["a.txt", "b.txt"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_replace_leaves_exactly_what_came(field: Field, method: str) -> None:
    old = field.save({"a.txt": b"a", "b.txt": b"b"})
    field.save({"d.txt": b"d", "c.txt": b"c"}, method, actionType="Replace")
    assert field.names() == ["d.txt", "c.txt"]
    gone = RecordEvent.objects.filter(kind="attachment.removed").values_list("data___id", flat=True)
    assert list(gone) == [file["_id"] for file in old]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"valuePath": ""}, 'Query error: "valuePath" is required'),
        ({"actionType": "delete"}, 'Query error: "actionType" must be one of [append, upload, add, replace]'),
        ({"shouldUpdateDocument": "maybe"}, 'Query error: "shouldUpdateDocument" must be a boolean'),
        ({"valuePath": "nowhere"}, 'Query error: "valuePath" must lead to a field of the document definition'),
        ({"valuePath": "title"}, 'Query error: "valuePath" must lead to a field of type attachment'),
        ({"valuePath": "lines"}, 'Query error: "valuePath" must lead to a field of the document definition'),
        ({"valuePath": "lines.0.sku"}, 'Query error: "valuePath" must lead to a field of type attachment'),
    ],
)
def test_wrong_parameters_store_nothing(field: Field, query: dict[str, str], said: str) -> None:
    before = stored()
    says(field.send({"a.txt": b"a"}, **query), 400, "validation_error", said)
    assert stored() == before


def test_a_call_without_files_is_refused(field: Field) -> None:
    says(field.send({}), 400, "validation_error")
    says(field.send_json([]), 400, "validation_error", "The call brings no file.")
    answer = field.aero.call("POST", field.path, None, query={"valuePath": "picture"})
    says(answer, 400, "validation_error", "The call brings no file.")


def test_the_definition_and_the_document_by_name_and_by_id(aero: Aero, document: dict[str, Any]) -> None:
    dd = document["_documentDefinitionId"]
    for definition, doc in ((dd, document["_id"]), ("Invoices", HANDLE), (dd, HANDLE), ("Invoices", document["_id"])):
        Field(aero, doc.replace("¡", "%C2%A1").replace(":", "%3A"), dd=definition).save({f"{definition}.txt": b"x"})
    assert len(Field(aero, document["_id"]).listed()) == 4


@pytest.mark.parametrize(("dd", "doc"), [("Nothing", HANDLE), ("Invoices", "nothing"), ("Invoices", "a\0b")])
def test_what_is_not_there_is_not_found(aero: Aero, document: dict[str, Any], dd: str, doc: str) -> None:
    field = Field(aero, doc.replace("\0", "%00"), dd=dd)
    says(field.send({"a.txt": b"a"}), 404, "not_found")
    says(aero.get(field.path, valuePath="picture"), 404, "not_found")
    says(field.delete("0" * 24), 404, "not_found")


def test_a_field_inside_a_group(aero: Aero, document: dict[str, Any]) -> None:
    Field(aero, HANDLE, "attachments.invoiceFiles").save({"a.txt": b"a"})
    found = ok(aero.get(at(HANDLE)))["document"]
    assert [file["_fileName"] for file in found["attachments"]["invoiceFiles"]] == ["a.txt"]


def test_a_field_of_a_line_by_id_external_id_and_place(aero: Aero, document: dict[str, Any]) -> None:
    first, second = (line["_id"] for line in document["lines"])
    for number, path in enumerate((f"lines.{first}.photo", "lines.l.1.photo", "lines[l.1].photo", "lines.0.photo")):
        Field(aero, HANDLE, path).save({f"{number}.txt": b"x"})
    assert Field(aero, HANDLE, f"lines.{first}.photo").names() == ["0.txt", "1.txt", "2.txt", "3.txt"]
    assert Field(aero, HANDLE, f"lines.{second}.photo").names() == []
    lines = ok(aero.get(at(HANDLE)))["document"]["lines"]
    assert [len(line["photo"]) for line in lines] == [4, 0]


@pytest.mark.parametrize("path", ["lines.7.photo", "lines.nothing.photo", "lines[x].photo"])
def test_a_line_that_is_not_there(aero: Aero, document: dict[str, Any], path: str) -> None:
    before = stored()
    says(Field(aero, HANDLE, path).send({"a.txt": b"a"}), 404, "not_found")
    says(aero.get(f"{at(HANDLE)}/attachments", valuePath=path), 404, "not_found")
    assert stored() == before


def test_a_line_takes_its_files_with_it(aero: Aero, document: dict[str, Any]) -> None:
    first, second = document["lines"]
    for line in (first, second):
        Field(aero, HANDLE, f"lines.{line['_id']}.photo").save({"a.txt": b"a"})
    ok(aero.patch(at(HANDLE), {"lines": [{"_id": second["_id"], "sku": "c"}]}))
    assert [file.path for file in Attachment.objects.all()] == [f"lines.{second['_id']}.photo"]
    assert RecordEvent.objects.filter(kind="attachment.removed").count() == 1


def test_a_full_field_takes_no_more(aero: Aero, document: dict[str, Any]) -> None:
    field = Field(aero, HANDLE, "attachments.invoiceFiles")
    field.save({"a.txt": b"a", "b.txt": b"b"})
    before = stored()["Attachment"]
    says(field.send({"c.txt": b"c", "d.txt": b"d"}), 409, "conflict")
    assert stored()["Attachment"] == before
    field.save({"c.txt": b"c", "d.txt": b"d", "e.txt": b"e"}, actionType="replace")
    assert len(field.listed()) == 3


def test_a_fourth_file_stores_nothing(field: Field) -> None:
    before, four = stored(), {f"{number}.txt": b"x" for number in range(4)}
    says(field.send(four), 400, "validation_error", "One call may bring 3 files at the most.")
    says(field.send_json(listed(four)), 400, "validation_error")
    assert stored() == before


def test_one_byte_too_many_stores_nothing(field: Field, settings: Any) -> None:
    """The default is 100 MB; a test needs no more than one byte above whatever it is."""
    assert settings.MAX_ATTACHMENT_BYTES == 100 * 1024 * 1024
    settings.MAX_ATTACHMENT_BYTES = 10_000
    field.save({"a.bin": b"x" * 10_000})
    before, large = stored(), {"first.txt": b"x", "a.bin": b"x" * 10_001}
    for answer in (field.send(large), field.send_json(listed(large))):
        says(answer, 413, "payload_too_large")
    assert stored() == before


def test_a_field_may_take_less_and_other_kinds_of_files(aero: Aero, document: dict[str, Any]) -> None:
    field = Field(aero, HANDLE, "scan")
    field.save({"a.pdf": PDF, "b.csv": b"a;b"})
    before = stored()
    says(field.send({"ok.pdf": PDF, "large.pdf": PDF + b"x" * 10_486}), 413, "payload_too_large")
    for name, content in (("a.pdf", b"no pdf"), ("a.txt", b"text"), ("a.csv", picture()), ("x.png", picture("PNG"))):
        answer = field.send({"ok.pdf": PDF, name: content})
        says(answer, 415, "unsupported_media_type", "This field takes application/pdf, .csv only.")
    assert {**stored(), "Blob": 0, "files": 0} == {**before, "Blob": 0, "files": 0}


def test_only_a_field_that_says_so_draws_pictures_narrower(aero: Aero, document: dict[str, Any]) -> None:
    wide = picture("JPEG")
    (plain,) = Field(aero, HANDLE).save({"a.jpg": wide})
    assert content_of(aero, plain["downloadURL"]) == wide
    (thumb,) = Field(aero, HANDLE, "thumb").save({"a.jpg": wide})
    drawn = content_of(aero, thumb["downloadURL"])
    with Image.open(io.BytesIO(drawn)) as image:
        assert (image.format, image.size) == ("JPEG", (30, 20))
    assert (thumb["_width"], thumb["_height"], thumb["_size"]) == (30, 20, len(drawn))
    assert thumb["_sha256"] == hashlib.sha256(drawn).hexdigest()
    small = io.BytesIO()
    Image.new("RGB", (20, 20)).save(small, "PNG")
    (kept,) = Field(aero, HANDLE, "thumb").save({"small.png": small.getvalue()})
    assert content_of(aero, kept["downloadURL"]) == small.getvalue()


def test_what_calls_itself_a_picture_and_is_none_is_a_file(field: Field) -> None:
    (made,) = field.save({"a.png": picture("PNG")[:60]})
    assert made["store"] == "file" and "_width" not in made


def test_names_may_be_the_same(field: Field) -> None:
    made = [field.save({"a.txt": content})[0] for content in (b"one", b"two", b"two")]
    assert field.names() == ["a.txt"] * 3
    assert len({file["_id"] for file in made}) == 3


def test_a_save_moves_the_hash_and_says_who(aero: Aero, field: Field, document: dict[str, Any]) -> None:
    field.save({"a.txt": b"a"})
    found = ok(aero.get(at(HANDLE)))["document"]
    assert found["_hash"] != document["_hash"] and found["_lastModifiedOn"] >= document["_lastModifiedOn"]
    event = RecordEvent.objects.get(kind="attachment.added")
    assert (event.record_key, event.who) == (document["_id"], aero.member)
    assert event.data["sha256"] == hashlib.sha256(b"a").hexdigest()


def test_a_document_shows_files_without_addresses(aero: Aero, field: Field) -> None:
    field.save({"a.txt": b"a"})
    (shown,) = ok(aero.get(at(HANDLE)))["document"]["picture"]
    assert shown["_fileName"] == "a.txt"
    assert set(shown) & {"downloadURL", "id", "fileName", "type", "size"} == set()


def test_a_change_of_another_field_leaves_files_alone(aero: Aero, field: Field) -> None:
    made = field.save({"a.txt": b"a"})
    ok(aero.patch(at(HANDLE), {"title": "x"}))
    assert [file["_id"] for file in field.listed()] == [made[0]["_id"]]


def test_a_change_may_order_and_unlink_files(aero: Aero, field: Field) -> None:
    a, b, c = field.save({"a.txt": b"a", "b.txt": b"b", "c.txt": b"c"})
    ok(aero.patch(at(HANDLE), {"picture": [{**c, "_fileName": "ignored"}, {"_id": a["_id"]}]}))
    assert field.names() == ["c.txt", "a.txt"]
    assert fetch(aero, b["downloadURL"]).status_code == 404
    says(aero.patch(at(HANDLE), {"picture": [{"_id": b["_id"]}]}), 400, "validation_error")
    ok(aero.patch(at(HANDLE), {"picture": None}))
    assert field.listed() == []


def test_a_file_that_was_sent_ahead_waits_for_a_change(aero: Aero, field: Field, document: dict[str, Any]) -> None:
    (linked,) = field.save({"a.txt": b"a"})
    before = ok(aero.get(at(HANDLE)))["document"]
    (ahead,) = field.save({"b.txt": b"b"}, shouldUpdateDocument="false")
    assert ok(aero.get(at(HANDLE)))["document"] == before
    assert field.names() == ["a.txt"]
    assert content_of(aero, ahead["downloadURL"]) == b"b"
    body = {"picture": [{"_id": linked["_id"]}, {"_id": ahead["_id"]}]}
    other = aero.new()
    says(aero.patch(at(other["_id"]), {"picture": [{"_id": ahead["_id"]}]}), 400, "validation_error")
    ok(aero.patch(at(HANDLE), body))
    assert field.names() == ["a.txt", "b.txt"]
    assert [file["_id"] for file in field.listed()] == [linked["_id"], ahead["_id"]]


def test_what_was_sent_ahead_counts_when_it_comes_and_when_it_is_linked(aero: Aero, document: dict[str, Any]) -> None:
    field = Field(aero, HANDLE, "attachments.invoiceFiles")
    field.save({"a.txt": b"a", "b.txt": b"b"})
    says(field.send({"c.txt": b"c", "d.txt": b"d"}, shouldUpdateDocument="0"), 409, "conflict")
    ahead = [field.save({name: b"x"}, shouldUpdateDocument="0")[0] for name in ("c.txt", "d.txt")]
    now = [{"_id": file["_id"]} for file in [*field.listed(), *ahead]]
    says(aero.patch(at(HANDLE), {"attachments": {"invoiceFiles": now}}), 409, "conflict")
    assert field.names() == ["a.txt", "b.txt"]
    ok(aero.patch(at(HANDLE), {"attachments": {"invoiceFiles": now[1:]}}))
    assert field.names() == ["b.txt", "c.txt", "d.txt"]


def test_replacing_ahead_removes_nothing_yet(aero: Aero, document: dict[str, Any]) -> None:
    field = Field(aero, HANDLE, "attachments.invoiceFiles")
    field.save({"a.txt": b"a", "b.txt": b"b", "c.txt": b"c"})
    field.save({"d.txt": b"d", "e.txt": b"e"}, shouldUpdateDocument="false", actionType="replace")
    assert field.names() == ["a.txt", "b.txt", "c.txt"]


def test_what_was_sent_ahead_can_be_deleted(aero: Aero, field: Field) -> None:
    (ahead,) = field.save({"b.txt": b"b"}, shouldUpdateDocument="false")
    before = ok(aero.get(at(HANDLE)))["document"]
    ok(field.delete(ahead["_id"]))
    assert fetch(aero, ahead["downloadURL"]).status_code == 404
    assert ok(aero.get(at(HANDLE)))["document"] == before


def test_what_was_sent_ahead_is_swept_after_a_day(aero: Aero, field: Field) -> None:
    field.save({"a.txt": b"a"})
    (young,) = field.save({"b.txt": b"b"}, shouldUpdateDocument="false")
    assert staging.sweep() == 0
    until = Attachment.objects.get(key=young["_id"]).staged_until
    assert until is not None and timedelta(hours=23) < until - clock.now() <= timedelta(hours=24)
    Attachment.objects.filter(key=young["_id"]).update(staged_until=clock.now())
    assert staging.sweep() == 1
    assert field.names() == ["a.txt"]
    says(aero.patch(at(HANDLE), {"picture": [{"_id": young["_id"]}]}), 400, "validation_error")


def test_put_with_an_id_swaps_the_content(aero: Aero, field: Field) -> None:
    a, b = field.save({"a.txt": b"a", "b.txt": b"b"})
    (swapped,) = field.save({"new.pdf": PDF}, "PUT", attachmentId=a["_id"])
    assert (swapped["_id"], swapped["_type"], swapped["_size"]) == (a["_id"], "application/pdf", len(PDF))
    assert [(file["_id"], file["_fileName"]) for file in field.listed()] == [
        (a["_id"], "new.pdf"), (b["_id"], "b.txt")]  # fmt: skip
    assert content_of(aero, a["downloadURL"]) == PDF
    event = RecordEvent.objects.get(kind="attachment.replaced")
    assert event.data["before"]["sha256"] == hashlib.sha256(b"a").hexdigest()
    says(field.send({"x": b"x", "y": b"y"}, "PUT", attachmentId=a["_id"]), 400, "validation_error")
    says(field.send({"x": b"x"}, "PUT", attachmentId="0" * 24), 404, "not_found")


def test_a_second_delete_finds_nothing(aero: Aero, field: Field) -> None:
    (made,) = field.save({"a.txt": b"a"})
    assert field.delete(made["_id"]).content == b'{"status": "ok"}'
    says(field.delete(made["_id"]), 404, "not_found")
    answer = fetch(aero, made["downloadURL"])
    says(answer, 404, "not_found", "This file has been deleted.")


def test_a_delete_names_field_and_file(aero: Aero, field: Field) -> None:
    (made,) = field.save({"a.txt": b"a"})
    says(aero.delete(field.path, valuePath="picture"), 400, "validation_error",
         'Query error: "attachmentId" is required')  # fmt: skip
    says(aero.delete(field.path, attachmentId=made["_id"]), 400, "validation_error",
         'Query error: "valuePath" is required')  # fmt: skip
    says(Field(aero, HANDLE, "scan").delete(made["_id"]), 404, "not_found")
    assert field.names() == ["a.txt"]


def test_several_are_deleted_together_or_not_at_all(aero: Aero, field: Field) -> None:
    a, _b, c = field.save({"a.txt": b"a", "b.txt": b"b", "c.txt": b"c"})
    says(field.delete(a["_id"], "0" * 24), 404, "not_found")
    assert len(field.listed()) == 3
    ok(field.delete(a["_id"], c["_id"]))
    assert field.names() == ["b.txt"]


def test_a_tombstone_stays_and_the_bytes_go(aero: Aero, field: Field) -> None:
    (made,) = field.save({"a.txt": b"a"})
    ok(field.delete(made["_id"]))
    event = RecordEvent.objects.get(kind="attachment.removed")
    assert (event.data["_id"], event.data["fileName"], event.who) == (made["_id"], "a.txt", aero.member)
    assert event.data["sha256"] == made["_sha256"]
    from rubrica.files.models import Blob

    Blob.objects.update(created_at=clock.now() - timedelta(days=2))
    assert upkeep.purge_blobs() == 1


def test_a_document_takes_its_files_with_it(aero: Aero, field: Field) -> None:
    (made,) = field.save({"a.txt": b"a"})
    ok(aero.delete(at(HANDLE)))
    assert Attachment.objects.count() == 0
    assert fetch(aero, made["downloadURL"]).status_code == 404
    assert RecordEvent.objects.filter(kind="attachment.removed", data___id=made["_id"]).exists()


def test_a_download_is_safe_and_can_be_continued(aero: Aero, field: Field) -> None:
    (made,) = field.save({"año <x>.html": b"<script>alert(1)</script>"})
    answer = fetch(aero, made["downloadURL"])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''a%C3%B1o%20%3Cx%3E.html" in answer.headers["Content-Disposition"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    part = fetch(aero, made["downloadURL"], Range="bytes=1-6")
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"script")


def test_each_read_gives_another_address(field: Field) -> None:
    field.save({"a.txt": b"a"})
    assert field.listed()[0]["downloadURL"] != field.listed()[0]["downloadURL"]


def test_an_address_dies_after_its_time(aero: Aero, field: Field, settings: Any) -> None:
    assert settings.ATTACHMENT_URL_SECONDS == 900
    settings.ATTACHMENT_URL_SECONDS = -1
    (made,) = field.save({"a.txt": b"a"})
    says(fetch(aero, made["downloadURL"]), 403, "forbidden")


def test_a_forged_address_opens_nothing(aero: Aero, field: Field) -> None:
    (made,) = field.save({"a.txt": b"a"})
    head, _, rest = made["downloadURL"].partition("/dl/")
    token, _, name = rest.partition("/")
    for place in range(0, len(token), 5):
        other = "A" if token[place] != "A" else "B"
        forged = f"{token[:place]}{other}{token[place + 1 :]}"
        says(fetch(aero, f"{head}/dl/{forged}/{name}"), 403, "forbidden")
    for forged in ("x", "====", token[:-4], f"{token}AAAA", "ñ"):
        says(fetch(aero, f"{head}/dl/{forged}/{name}"), 403, "forbidden")
    with pytest.raises(links.LinkRefused):
        links.key_of("")


def test_unknown_methods_wear_the_envelope(aero: Aero, field: Field) -> None:
    answer = aero.call("PATCH", field.path, {})
    says(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "DELETE, GET, POST, PUT"


def test_a_strangers_token_finds_nothing(field: Field, other: Acme) -> None:
    field.save({"a.txt": b"a"})
    stranger = Aero(other.owner)
    says(stranger.get(field.path, valuePath="picture"), 404, "not_found")
    says(Field(stranger, field.doc).send({"a.txt": b"a"}), 404, "not_found")


def test_who_may_not_change_the_document_may_not_change_its_files(acme: Acme, field: Field) -> None:
    (made,) = field.save({"a.txt": b"a"})
    reviewer = Field(Aero(acme.reviewer), field.doc)
    assert reviewer.names() == ["a.txt"]
    says(reviewer.send({"a.txt": b"a"}), 403, "forbidden")
    says(reviewer.delete(made["_id"]), 403, "forbidden")


def test_hidden_fields_hide_their_files(aero: Aero, acme: Acme) -> None:
    groups = [{"name": "some", "memberGroupIds": ["reviewer"], "permissions": [{"fields": ["title", "scan"]}]}]
    aero.define(name="Secrets", fields=FIELDS, accessGroups=groups)
    doc = aero.new("Secrets")["_id"]
    Field(aero, doc, dd="Secrets").save({"a.txt": b"a"})
    reviewer = Aero(acme.reviewer)
    says(reviewer.get(f"{at(doc, 'Secrets')}/attachments", valuePath="picture"), 403, "forbidden")
    assert Field(reviewer, doc, "scan", "Secrets").listed() == []
    assert "picture" not in ok(reviewer.get(at(doc, "Secrets")))["document"]


def test_files_that_are_only_seen_may_be_sent_back_as_they_were(aero: Aero, acme: Acme) -> None:
    permissions = [{"fields": ["*"]}, {"fields": ["title", "lines"], "edit": True}]
    groups = [{"name": "some", "memberGroupIds": ["reviewer"], "permissions": permissions}]
    aero.define(name="Secrets", fields=FIELDS, accessGroups=groups)
    doc = aero.new("Secrets")["_id"]
    field, reviewer = Field(aero, doc, dd="Secrets"), Aero(acme.reviewer)
    field.save({"a.txt": b"a", "b.txt": b"b"})
    seen = ok(reviewer.get(at(doc, "Secrets")))["document"]
    after = ok(reviewer.patch(at(doc, "Secrets"), seen | {"title": "x"}))["document"]
    assert (after["title"], after["picture"]) == ("x", seen["picture"])
    for other in (seen["picture"][::-1], seen["picture"][:1], None):
        says(reviewer.patch(at(doc, "Secrets"), {"picture": other}), 403, "forbidden")
    assert field.names() == ["a.txt", "b.txt"]


def test_slashes_are_forgiven_and_nothing_is_redirected(aero: Aero, field: Field) -> None:
    path = f"//api//v2{field.path}/"
    answer: Any = aero.client.generic(
        "POST", "/", form({"a.txt": b"a"}), FORM,
        headers={"Authorization": f"Bearer {aero.secret}"}, query_params={"valuePath": "picture"}, PATH_INFO=path,
    )  # fmt: skip
    assert ok(answer)["attachments"][0]["_fileName"] == "a.txt"


def test_a_definition_that_lost_the_field_while_files_came_takes_none(
    aero: Aero, field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The body of a call may take minutes; what counts is what is there when it has come."""

    def slow(*arguments: Any) -> Any:
        fields = [one for one in FIELDS if one["name"] != "picture"]
        ok(aero.patch("/document-definitions/Invoices", {"fields": fields}))
        return prepare(*arguments)

    prepare = preparing.prepare
    monkeypatch.setattr("rubrica.records.attachments.saving.prepare", slow)
    says(field.send({"a.txt": b"a"}), 400, "validation_error")
    assert Attachment.objects.count() == 0
    assert Record.objects.get(key=field.doc).revision == 1
