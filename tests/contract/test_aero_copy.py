"""Copies of attachments: by names, by ids, all; within a document, across definitions and environments
(contract/aero.md §3.4)."""

import os
from typing import Any

import pytest

from rubrica.accounts.models import TokenEnvironment
from rubrica.files import storage
from rubrica.files.models import Blob
from rubrica.records.models import Attachment, RecordEvent
from tests.cast import Acme
from tests.contract.aero import Aero, at, ok, says
from tests.contract.attaching import FIELDS, Field, content_of, fetch, stored
from tests.sending import picture

COPY = "/documents/copyAttachments"
THREE = {"report.pdf": b"%PDF-1.7 one", "image.png": picture("PNG"), "same.txt": b"same"}


@pytest.fixture
def aero(acme: Acme) -> Aero:
    client = Aero(acme.owner)
    client.define(fields=FIELDS)
    client.define(name="Archive", fields=FIELDS)
    return client


@pytest.fixture
def source(aero: Aero) -> Field:
    field = Field(aero, aero.new(externalId="from")["_id"])
    field.save(THREE)
    return field


@pytest.fixture
def target(aero: Aero) -> Field:
    return Field(aero, aero.new("Archive", externalId="to")["_id"], dd="Archive")


def copy(source: Field, *operations: Any, method: str = "POST") -> dict[str, Any]:
    return ok(source.aero.call(method, COPY, list(operations)))


def refused(source: Field, body: Any, status: int, code: str, said: str | None = None) -> None:
    """Nothing at all is copied."""
    before = stored()
    says(source.aero.post(COPY, body), status, code, said)
    assert stored() == before


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_it_works(source: Field, target: Field, method: str) -> None:
    wanted = source.place(fileNames=["report.pdf", "image.png"])
    answer = copy(source, {"source": wanted, "target": target.place()}, method=method)
    assert [file["_fileName"] for file in answer["attachments"]] == ["report.pdf", "image.png"]
    assert answer["results"] == [{"target": target.place(), "attachments": answer["attachments"]}]
    assert target.names() == ["report.pdf", "image.png"]
    assert source.names() == list(THREE)
    old, new = source.listed(), target.listed()
    assert {file["_id"] for file in old} & {file["_id"] for file in new} == set()
    for key in ("_fileName", "_type", "_size", "_sha256", "store"):
        assert [file[key] for file in new] == [file[key] for file in old[:2]]
    assert (new[1]["_width"], new[1]["_height"]) == (60, 40)


@pytest.mark.parametrize("key", ["fileIds", "fieldIds", "FileIds"])
def test_by_ids(source: Field, target: Field, key: str) -> None:
    ids = [file["_id"] for file in source.listed()[1:]]
    copy(source, {"source": source.place(**{key: ids}), "target": target.place()})
    assert target.names() == ["image.png", "same.txt"]


def test_all_where_nothing_is_listed(source: Field, target: Field) -> None:
    copy(source, {"source": source.place(), "target": target.place()})
    assert target.names() == list(THREE)


def test_names_and_ids_together_are_a_union(source: Field, target: Field) -> None:
    first = source.listed()[0]["_id"]
    copy(source, {"source": source.place(fileNames=["same.txt"], fileIds=[first]), "target": target.place()})
    assert target.names() == ["report.pdf", "same.txt"]


def test_a_name_that_several_have_means_all_of_them(source: Field, target: Field) -> None:
    source.save({"same.txt": b"other"})
    copy(source, {"source": source.place(fileNames=["same.txt"]), "target": target.place()})
    assert target.names() == ["same.txt", "same.txt"]


def test_a_name_that_is_not_there_copies_nothing(source: Field, target: Field) -> None:
    good = {"source": source.place(fileNames=["report.pdf"]), "target": target.place()}
    bad = {"source": source.place(fileNames=["report.pdf", "nothing.pdf"]), "target": target.place()}
    said = '[1] There is no attachment called "nothing.pdf" in the source field.'
    refused(source, [good, bad], 404, "not_found", said)
    bad["source"] = source.place(fileIds=["0" * 24])
    refused(source, [good, bad], 404, "not_found")


def test_an_empty_source_is_fine(aero: Aero, target: Field) -> None:
    empty = Field(aero, aero.new()["_id"])
    assert copy(empty, {"source": empty.place(), "target": target.place()})["attachments"] == []


def test_deleting_the_source_leaves_the_copy(aero: Aero, source: Field, target: Field) -> None:
    copy(source, {"source": source.place(), "target": target.place()})
    old = source.listed()[0]
    ok(aero.delete(at(source.doc)))
    assert fetch(aero, old["downloadURL"]).status_code == 404
    assert [content_of(aero, file["downloadURL"]) for file in target.listed()] == list(THREE.values())


def test_bytes_are_shared(source: Field, target: Field) -> None:
    before = {**stored(), "Attachment": 0, "RecordEvent": 0}
    copy(source, {"source": source.place(), "target": target.place()})
    assert {**stored(), "Attachment": 0, "RecordEvent": 0} == before
    assert Attachment.objects.count() == 6


def test_within_one_document_and_one_field(source: Field) -> None:
    other = Field(source.aero, source.doc, "attachments.invoiceFiles")
    copy(source, {"source": source.place(), "target": other.place()})
    assert other.names() == list(THREE)
    copy(source, {"source": source.place(), "target": source.place()})
    assert source.names() == [*THREE, *THREE]


def test_documents_by_external_id_and_definitions_by_id(aero: Aero, source: Field, target: Field) -> None:
    key = ok(aero.get("/document-definitions/Archive"))["documentDefinition"]["_id"]
    there = {"ddName": key, "externalId": "to", "valuePath": "picture"}
    copy(source, {"source": {"ddName": "Invoices", "externalId": "from", "valuePath": "picture"}, "target": there})
    assert target.names() == list(THREE)


def test_a_later_operation_sees_an_earlier_one(aero: Aero, source: Field, target: Field) -> None:
    last = Field(aero, aero.new()["_id"])
    copy(
        source,
        {"source": source.place(fileNames=["same.txt"]), "target": target.place()},
        {"source": target.place(), "target": last.place()},
    )
    assert last.names() == ["same.txt"]


def test_a_single_operation_needs_no_array(source: Field, target: Field) -> None:
    ok(source.aero.post(COPY, {"source": source.place(), "target": target.place()}))
    assert target.names() == list(THREE)


def test_replace_in_the_target(source: Field, target: Field) -> None:
    target.save({"old.txt": b"old"})
    copy(source, {"source": source.place(), "target": target.place(actionType="replace")})
    assert target.names() == list(THREE)
    copy(source, {"source": source.place(fileNames=["same.txt"]), "target": source.place(actionType="replace")})
    assert source.names() == ["same.txt"]


def test_a_move_is_a_copy_and_a_deletion(aero: Aero, source: Field, target: Field) -> None:
    old = source.listed()[0]
    copy(source, {"source": source.place(fileNames=["report.pdf"]), "target": target.place(), "move": True})
    assert (source.names(), target.names()) == (["image.png", "same.txt"], ["report.pdf"])
    assert fetch(aero, old["downloadURL"]).status_code == 404
    removed = RecordEvent.objects.get(kind="attachment.removed")
    assert (removed.record_key, removed.data["_id"]) == (source.doc, old["_id"])


def test_a_move_within_a_field_that_is_full(source: Field) -> None:
    full = Field(source.aero, source.doc, "attachments.invoiceFiles")
    copy(source, {"source": source.place(), "target": full.place(), "move": True})
    copy(source, {"source": full.place(fileNames=["report.pdf"]), "target": full.place(), "move": True})
    assert full.names() == ["image.png", "same.txt", "report.pdf"]


def test_both_documents_change_when_files_move(aero: Aero, source: Field, target: Field) -> None:
    hashes = [ok(aero.get(at(one.doc, one.dd)))["document"]["_hash"] for one in (source, target)]
    copy(source, {"source": source.place(), "target": target.place(), "move": True})
    now = [ok(aero.get(at(one.doc, one.dd)))["document"]["_hash"] for one in (source, target)]
    assert now[0] != hashes[0] and now[1] != hashes[1]


def test_the_targets_limits_hold(source: Field, target: Field) -> None:
    full = Field(source.aero, target.doc, "attachments.invoiceFiles", "Archive")
    full.save({"a.txt": b"a"})
    refused(source, [{"source": source.place(), "target": full.place()}], 409, "conflict")
    scan = Field(source.aero, target.doc, "scan", "Archive")
    refused(source, [{"source": source.place(), "target": scan.place()}], 415, "unsupported_media_type")
    source.save({"large.pdf": b"%PDF-1.7" + b"x" * 20_000})
    large = source.place(fileNames=["large.pdf"])
    refused(source, [{"source": large, "target": scan.place()}], 413, "payload_too_large")


def test_wrong_bodies_copy_nothing(source: Field, target: Field) -> None:
    here, there = source.place(), target.place()
    for body, said in (
        ([], '"value" must contain at least 1 items'),
        ("7", '"value" must be an array'),
        ([7], '"[0]" must be of type object'),
        ([{"target": there}], '"[0].source" is required'),
        ([{"source": here}], '"[0].target" is required'),
        ([{"source": here, "target": there}, {}], '"[1].source" is required'),
        ([{"source": {**here, "ddName": ""}, "target": there}], '"[0].source.ddName" is required'),
        ([{"source": {**here, "_id": 7}, "target": there}], '"[0].source._id" must be a string'),
        (
            [{"source": here, "target": {**there, "_id": None}}],
            '"[0].target" must contain at least one of [_id, externalId]',
        ),
        ([{"source": here, "target": {**there, "valuePath": ""}}], '"[0].target.valuePath" is required'),
        (
            [{"source": here, "target": {**there, "valuePath": "title"}}],
            '"[0].target.valuePath" must lead to a field of type attachment',
        ),
        ([{"source": {**here, "fileNames": "a"}, "target": there}], '"[0].source.fileNames" must be an array'),
        ([{"source": {**here, "fileNames": [7]}, "target": there}], '"[0].source.fileNames[0]" must be a string'),
        ([{"source": {**here, "fileIds": []}, "target": there}], '"[0].source.fileIds" must contain at least 1 items'),
        ([{"source": {**here, "fileName": ["a"]}, "target": there}], '"[0].source.fileName" is not allowed'),
        ([{"source": here, "target": there, "move": "yes"}], '"[0].move" must be a boolean'),
        (
            [{"source": here, "target": {**there, "actionType": "x"}}],
            '"[0].target.actionType" must be one of [append, upload, add, replace]',
        ),
    ):
        refused(source, body, 400, "validation_error", f"Body error: {said}")


def test_what_is_not_there_copies_nothing(source: Field, target: Field) -> None:
    for change in ({"ddName": "Nothing"}, {"_id": "nothing"}):
        refused(source, [{"source": source.place(**change), "target": target.place()}], 404, "not_found")
        refused(source, [{"source": source.place(), "target": target.place(**change)}], 404, "not_found")


def test_who_may_not_change_the_target_copies_nothing(acme: Acme, source: Field, target: Field) -> None:
    reviewer = Field(Aero(acme.reviewer), source.doc)
    refused(reviewer, [{"source": source.place(), "target": target.place()}], 403, "forbidden")


def test_the_core_path_copies_too(source: Field, target: Field) -> None:
    for method, names in (("POST", ["report.pdf"]), ("PUT", ["image.png"])):
        body = {"target": target.place(), "fileNames": names}
        ok(source.aero.call(method, f"{source.path}/copy", body, query={"valuePath": "picture"}))
    assert target.names() == ["report.pdf", "image.png"]
    answer = source.aero.post(f"{source.path}/copy", {"target": target.place()})
    says(answer, 400, "validation_error", 'Query error: "valuePath" is required')
    answer = source.aero.call("POST", f"{source.path}/copy", {}, query={"valuePath": "picture"})
    says(answer, 400, "validation_error", 'Body error: "target" is required')


def test_across_environments(aero: Aero, source: Field, other: Acme) -> None:
    there = Aero(other.owner)
    there.define(fields=FIELDS)
    target = Field(there, there.new()["_id"])
    operation = {"source": source.place(), "target": target.place(environmentId="other")}
    refused(source, [operation], 403, "forbidden")
    TokenEnvironment.objects.create(token=aero.token, organization=other.organization, member=other.owner)
    answer = aero.call("POST", COPY, [operation], environment_id="acme")
    assert ok(answer)["attachments"][0]["_fileName"] == "report.pdf"
    assert target.names() == list(THREE)
    (made, *_) = Attachment.objects.filter(organization=other.organization)
    assert made.blob.organization == other.organization
    folder = storage.incoming().parent
    twin = Blob.objects.get(organization=source.aero.member.organization, sha256=made.blob.sha256)
    assert os.path.samefile(folder / made.blob.key, folder / twin.key)
    assert content_of(there, target.listed()[0]["downloadURL"]) == THREE["report.pdf"]


def test_two_environments_and_none_named(aero: Aero, source: Field, target: Field, other: Acme) -> None:
    TokenEnvironment.objects.create(token=aero.token, organization=other.organization, member=other.owner)
    answer = aero.post(COPY, [{"source": source.place(), "target": target.place()}])
    says(answer, 400, "validation_error", 'Header error: "environment-id" is required')


def test_who_may_only_see_a_field_moves_nothing_out_of_it(aero: Aero, source: Field, target: Field, acme: Acme) -> None:
    everything: dict[str, Any] = {"_id": "all", "name": "All", "memberGroupIds": ["reviewer"]}
    for name, permission in (("Invoices", {"fields": ["*"]}), ("Archive", {"fields": ["*"], "edit": True})):
        groups = [{**everything, "permissions": [permission]}]
        ok(aero.patch(f"/document-definitions/{name}", {"accessGroups": groups}))
    tomas = Aero(acme.reviewer)
    move = {"source": source.place(), "target": target.place(), "move": True}
    says(tomas.post(COPY, [move]), 403, "forbidden")
    says(
        tomas.post(f"{source.path}/copy?valuePath=picture", {"target": target.place(), "move": True}), 403, "forbidden"
    )
    assert len(source.names()) == 3 and target.names() == []
    ok(tomas.post(COPY, [{**move, "move": False}]))
    assert len(target.names()) == 3


def test_a_call_that_doubles_its_files_ends(source: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rubrica.records.attachments.copying.MOST_AT_ONCE", 50)
    doubling = {"source": source.place(), "target": source.place()}
    says(source.aero.post(COPY, [doubling] * 30), 413, "payload_too_large")
    assert len(source.names()) == 3
