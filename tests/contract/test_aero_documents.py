"""Documents of the aero dialect: made, read, merged, removed (contract/aero.md §4)."""

from typing import Any

import pytest

from rubrica.records.models import Record, RecordEvent
from tests.cast import Acme
from tests.contract.aero import Aero, at, ok, says

HANDLE = "bdr:200¡adm:05¡prj:6"
CORE = "/document-definitions/Invoices/documents"
PNG = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture
def aero(acme: Acme) -> Aero:
    client = Aero(acme.owner)
    client.define()
    return client


def test_it_works(aero: Aero) -> None:
    made = aero.new(title="First", amount=12.5, externalId=HANDLE, lines=[{"sku": "x", "quantity": 2}])
    assert len(made["_id"]) == 20 and made["_id"].isalnum()
    read = ok(aero.get(at(made["_id"])))["document"]
    assert read == made
    assert (read["title"], read["amount"], read["externalId"], read["status"]) == ("First", 12.5, HANDLE, "draft")
    assert read["picture"] == [] and read["attachments"] == {"invoiceFiles": []}
    assert read["lines"][0]["sku"] == "x" and read["lines"][0]["photo"] == []
    changed = ok(aero.patch(at(made["_id"]), {"amount": 13}))["document"]
    assert (changed["title"], changed["amount"]) == ("First", 13)
    assert changed["_hash"] != made["_hash"]
    assert ok(aero.delete(at(made["_id"]))) == {"status": "ok"}
    says(aero.get(at(made["_id"])), 404, "not_found")


def test_new_takes_an_object_or_nothing(aero: Aero) -> None:
    bodies: list[Any] = [None, {}, "  "]
    for body in bodies:
        answer = aero.call("POST", f"{CORE}/new", body)
        assert answer.status_code == 201, answer.content
    others: list[Any] = [[], "[]", "7", "null", '"text"', "true"]
    for wrong in others:
        answer = aero.call("POST", f"{CORE}/new", wrong)
        says(answer, 400, "validation_error", 'Body error: "value" must be of type object')
    assert Record.objects.count() == 3


def test_post_on_the_collection_creates_too(aero: Aero) -> None:
    assert ok(aero.post(CORE, {"title": "x"}))["document"]["title"] == "x"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_new_is_no_document(aero: Aero, method: str) -> None:
    answer = aero.call(method, f"{CORE}/new", {})
    says(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


def test_put_merges_as_patch_does(aero: Aero) -> None:
    made = aero.new(title="a", amount=1, kind="goods")
    assert ok(aero.put(at(made["_id"]), {"amount": 2}))["document"]["title"] == "a"
    cleared = ok(aero.put(at(made["_id"]), {"title": None}))["document"]
    assert "title" not in cleared and cleared["amount"] == 2 and cleared["kind"] == "goods"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_unknown_id_is_no_new_document(aero: Aero, method: str) -> None:
    says(aero.call(method, at("nothing"), {"title": "x"}), 404, "not_found")
    assert not Record.objects.exists()


def test_what_was_read_can_be_sent_back(aero: Aero) -> None:
    made = aero.new(title="a", tags=["a", "b"], section={"field": {"note": "n"}}, lines=[{"sku": "1"}, {"sku": "2"}])
    back = ok(aero.put(at(made["_id"]), made))["document"]
    moved = {"_hash", "_lastModifiedOn"}
    assert {k: v for k, v in back.items() if k not in moved} == {k: v for k, v in made.items() if k not in moved}


def test_groups_may_be_named_with_dots(aero: Aero) -> None:
    made = aero.new(**{"section.field.note": "n"})
    assert made["section"] == {"field": {"note": "n"}}


def test_arrays_are_replaced_and_lines_keep_their_ids(aero: Aero) -> None:
    made = aero.new(lines=[{"sku": "a", "quantity": 1}, {"sku": "b", "externalId": "second"}, {"sku": "c"}])
    first, second, _third = (line["_id"] for line in made["lines"])
    lines = [{"externalId": "second", "sku": "B"}, {"_id": first, "sku": "A"}, {"sku": "d"}]
    changed = ok(aero.patch(at(made["_id"]), {"lines": lines}))["document"]["lines"]
    assert [line["_id"] for line in changed[:2]] == [second, first]
    assert [line["sku"] for line in changed] == ["B", "A", "d"]
    assert "quantity" not in changed[1]
    assert changed[2]["_id"] not in {line["_id"] for line in made["lines"]}


def test_a_line_of_another_document_is_refused(aero: Aero) -> None:
    one, two = aero.new(lines=[{"sku": "a"}]), aero.new()
    answer = aero.patch(at(two["_id"]), {"lines": [{"_id": one["lines"][0]["_id"]}]})
    says(answer, 400, "validation_error")
    assert answer.json()["description"].startswith('Body error: "lines[0]._id"')


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"title": 7}, '"title" must be a string'),
    ({"amount": "7"}, '"amount" must be a number'),
    ({"amount": True}, '"amount" must be a number'),
    ({"amount": 2**60}, '"amount" must be a safe number'),
    ({"paid": "yes"}, '"paid" must be a boolean'),
    ({"day": "2026-02-30"}, '"day" must be a date such as 2026-01-31'),
    ({"day": 5}, '"day" must be a date such as 2026-01-31'),
    ({"seen": "yesterday"}, '"seen" must be in ISO 8601 date format'),
    ({"kind": "gifts"}, '"kind" must be one of [goods, services]'),
    ({"tags": "a"}, '"tags" must be an array'),
    ({"tags": ["a", "z"]}, '"tags[1]" must be one of [a, b, c]'),
    ({"sign": "data:image/png;base64,AAAA"}, '"sign" must be a PNG as data:image/png;base64,…'),
    ({"nothing": 1}, '"nothing" is not allowed'),
    ({"section": {"field": {"other": 1}}}, '"section.field.other" is not allowed'),
    ({"lines": {}}, '"lines" must be an array'),
    ({"lines": [7]}, '"lines[0]" must be of type object'),
    ({"lines": [{"nothing": 1}]}, '"lines[0].nothing" is not allowed'),
    ({"lines": [{"externalId": "x"}, {"externalId": "x"}]}, '"lines" must not contain the same externalId twice'),
    ({"status": "nothing"}, '"status" must be one of [draft, done]'),
    ({"externalId": "a/b"}, '"externalId" must not contain a slash or control characters'),
    ({"externalId": "a\nb"}, '"externalId" must not contain a slash or control characters'),
    ({"externalId": ""}, '"externalId" length must be between 1 and 255 characters'),
    ({"externalId": "x" * 256}, '"externalId" length must be between 1 and 255 characters'),
    ({"externalId": "new"}, '"externalId" must not be a reserved word'),
    ({"picture": [{"_id": "0" * 24}]}, '"picture" must not name attachments before the document is there'),
    ({"picture": "x"}, '"picture" must be an array of attachments with an _id'),
]


@pytest.mark.parametrize(("body", "description"), WRONG, ids=range(len(WRONG)))
def test_wrong_values_store_nothing(aero: Aero, body: dict[str, Any], description: str) -> None:
    says(aero.post(f"{CORE}/new", body), 400, "validation_error", f"Body error: {description}")
    assert not Record.objects.exists() and not RecordEvent.objects.exists()


def test_values_have_one_spelling(aero: Aero) -> None:
    made = aero.new(seen="2026-05-01T10:00:00+02:00", day="2026-05-01", sign=PNG, tags=["b", "a", "b"])
    assert (made["seen"], made["day"], made["sign"]) == ("2026-05-01T08:00:00.000Z", "2026-05-01", PNG)
    assert made["tags"] == ["b", "a"]


def test_an_external_id_is_taken_once(aero: Aero) -> None:
    one, two = aero.new(externalId=HANDLE), aero.new()
    for taken in (HANDLE, one["_id"]):
        says(aero.post(f"{CORE}/new", {"externalId": taken}), 409, "conflict")
        says(aero.patch(at(two["_id"]), {"externalId": taken}), 409, "conflict")
    assert ok(aero.patch(at(one["_id"]), {"externalId": HANDLE}))["document"]["externalId"] == HANDLE
    assert "externalId" in ok(aero.patch(at(one["_id"]), {"externalId": None}))["document"]
    assert aero.new(externalId=HANDLE)["externalId"] == HANDLE


def test_names_and_ids_are_the_same_everywhere(aero: Aero) -> None:
    made = aero.new(externalId=HANDLE, title="x")
    dd = ok(aero.get("/document-definitions/Invoices"))["documentDefinition"]["_id"]
    assert len(dd) == 21
    for definition in ("Invoices", dd):
        for document in (made["_id"], "bdr%3A200%C2%A1adm%3A05%C2%A1prj%3A6", "bdr:200%C2%A1adm:05%C2%A1prj:6"):
            assert ok(aero.get(at(document, definition)))["document"]["_id"] == made["_id"]
    for wrong in (at("unknown"), at(made["_id"].lower() + "x"), at(made["_id"], "invoices"), at("%00"), at("%FF%FE")):
        says(aero.get(wrong), 404, "not_found")


def test_a_hash_holds_back_whoever_is_late(aero: Aero) -> None:
    made = aero.new(title="a")
    ok(aero.patch(at(made["_id"]), {"title": "b", "_hash": made["_hash"]}))
    says(aero.patch(at(made["_id"]), {"title": "c", "_hash": made["_hash"]}), 409, "conflict")
    assert ok(aero.get(at(made["_id"])))["document"]["title"] == "b"


def test_required_fields_may_come_later_but_may_not_go(aero: Aero) -> None:
    aero.define(
        name="Strict", fields=[{"name": "title", "type": "text", "required": True}, {"name": "b", "type": "text"}]
    )
    made = aero.new("Strict")
    says(aero.patch(at(made["_id"], "Strict"), {"b": "x"}), 400, "validation_error", 'Body error: "title" is required')
    ok(aero.patch(at(made["_id"], "Strict"), {"title": "t"}))
    for gone in (None, ""):
        answer = aero.patch(at(made["_id"], "Strict"), {"title": gone})
        says(answer, 400, "validation_error", 'Body error: "title" is required')
    assert ok(aero.patch(at(made["_id"], "Strict"), {"b": "x"}))["document"]["title"] == "t"


def test_history_stays_when_the_document_is_gone(aero: Aero) -> None:
    made = aero.new(title="a")
    aero.patch(at(made["_id"]), {"title": "b", "status": "done"})
    aero.delete(at(made["_id"]))
    events = list(RecordEvent.objects.filter(record_key=made["_id"]))
    assert [event.kind for event in events] == ["record.created", "record.changed", "record.deleted"]
    assert events[1].data["fields"] == ["status", "title"]
    assert {event.who for event in events} == {aero.member}


def references(aero: Aero, on_delete: str, many: bool = False) -> None:
    aero.define(
        name="Payments",
        fields=[{"name": "of", "type": "reference", "definition": "Invoices", "onDelete": on_delete, "many": many}],
        lineBlocks=[{"name": "parts", "fields": [
            {"name": "of", "type": "reference", "definition": "Invoices", "onDelete": on_delete}]}],
    )  # fmt: skip


def test_a_reference_names_a_document_and_holds_its_id(aero: Aero) -> None:
    references(aero, "prevent", many=True)
    one, two = aero.new(externalId="one"), aero.new()
    made = aero.new("Payments", of=["one", two["_id"], one["_id"]])
    assert made["of"] == [one["_id"], two["_id"]]
    answer = aero.post("/document-definitions/Payments/documents/new", {"of": ["nothing"]})
    says(answer, 400, "validation_error")


def test_a_reference_may_forbid_removal(aero: Aero) -> None:
    references(aero, "prevent")
    invoice = aero.new()
    payment = aero.new("Payments", parts=[{"of": invoice["_id"]}])
    says(aero.delete(at(invoice["_id"])), 409, "conflict")
    ok(aero.delete(at(payment["_id"], "Payments")))
    ok(aero.delete(at(invoice["_id"])))


def test_a_reference_may_be_cleared(aero: Aero) -> None:
    references(aero, "clear")
    invoice = aero.new()
    payment = aero.new("Payments", of=invoice["_id"], parts=[{"of": invoice["_id"]}, {}])
    ok(aero.delete(at(invoice["_id"])))
    left = ok(aero.get(at(payment["_id"], "Payments")))["document"]
    assert "of" not in left and all("of" not in line for line in left["parts"])
    assert left["_hash"] != payment["_hash"]


def test_a_reference_may_take_its_document_along(aero: Aero) -> None:
    references(aero, "delete")
    invoice = aero.new()
    gone, stays = aero.new("Payments", of=invoice["_id"]), aero.new("Payments")
    ok(aero.delete(at(invoice["_id"])))
    says(aero.get(at(gone["_id"], "Payments")), 404, "not_found")
    ok(aero.get(at(stays["_id"], "Payments")))


def test_a_body_of_another_kind_is_refused(aero: Aero) -> None:
    answer = aero.call("POST", f"{CORE}/new", "<x/>", Content_Type="text/xml")
    says(answer, 415, "unsupported_media_type")
    for raw in (b"{", b"\xff\xfe\x00", b'{"a": NaN}', b"[" * 100_000, b"1" * 5000, b'{"title": "\\ud800"}'):
        says(aero.call("POST", f"{CORE}/new", raw), 400, "validation_error")
    assert not Record.objects.exists()
