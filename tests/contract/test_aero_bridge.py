"""The built-in definition ``signing-processes``: the other half as documents that are read and copied from."""

from typing import Any

import pytest

from rubrica.processes.actor import RUBRICA
from rubrica.processes.models import Document, Evidence, Process
from rubrica.records.models import Attachment, Definition, Record
from tests.cast import Acme
from tests.contract.aero import Aero, at, ok, says
from tests.contract.attaching import FIELDS, Field, content_of, stored
from tests.sending import deliver, keep, person, picture, slot, start, start_signing

DD = "signing-processes"
CORE = f"/document-definitions/{DD}"
SEALED = b"%PDF-1.7 sealed"


@pytest.fixture
def aero(acme: Acme) -> Aero:
    client = Aero(acme.owner)
    client.define(fields=FIELDS)
    return client


@pytest.fixture
def process(acme: Acme) -> Process:
    made = start(acme, person("Ana Pérez", "ID card", "Payslip"), person("Beto Díaz", "ID card"))
    deliver(acme, made.requested_files.get(name="Payslip"), picture())
    return made


def listed(aero: Aero, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok(aero.get(f"{CORE}/documents", **query))["documents"]
    return found


def test_it_works(aero: Aero, process: Process) -> None:
    (found,) = listed(aero)
    assert (found["_id"], found["name"], found["status"]) == (process.public_id, process.name, "open")
    assert found["creatorEmail"] == "olga@acme.example" and found["_environmentId"] == "acme"
    assert found["sealed"] == [] and found["evidence"] == []
    ana, beto = found["participants"]
    assert (ana["name"], ana["email"], ana["role"], beto["files"]) == ("Ana Pérez", "ana@example.com", "signer", [])
    assert [file["_fileName"] for file in ana["files"]] == ["cédula.jpg"]
    assert ok(aero.get(at(process.public_id, DD)))["document"] == found


def test_the_definition_is_listed_and_shown(aero: Aero) -> None:
    names = [one["name"] for one in ok(aero.get("/document-definitions"))["documentDefinitions"]]
    assert names == ["Invoices", DD]
    shown = ok(aero.get(CORE))["documentDefinition"]
    assert [field["name"] for field in shown["fields"] if field["type"] == "attachment"] == ["sealed", "evidence"]
    assert ok(aero.get(f"/document-definitions/{shown['_id']}"))["documentDefinition"] == shown
    assert Definition.objects.filter(name=DD).count() == 0


def test_nothing_of_it_is_changed(aero: Aero, process: Process) -> None:
    here, doc = Field(aero, process.public_id, "sealed", DD), at(process.public_id, DD)
    before = stored()
    for answer in (
        aero.post(f"{CORE}/documents/new", {}),
        aero.patch(doc, {"name": "x"}),
        aero.put(doc, {}),
        aero.delete(doc),
        aero.patch(CORE, {"label": "x"}),
        aero.delete(CORE),
        here.send({"a.txt": b"a"}),
        here.delete("0" * 24),
        aero.post("/documents/copyAttachments", {"source": here.place(), "target": here.place()}),
    ):
        says(answer, 403, "forbidden", "The signing processes can be read here, and are not changed here.")
    assert stored() == before
    says(aero.post("/document-definitions", {"name": DD}), 409, "conflict")
    assert Record.objects.count() == 0


def test_what_was_delivered_is_filed_into_a_document(aero: Aero, process: Process) -> None:
    (ana, _) = ok(aero.get(at(process.public_id, DD)))["document"]["participants"]
    source = Field(aero, process.public_id, f"participants.{ana['_id']}.files", DD)
    (file,) = source.listed()
    assert content_of(aero, file["downloadURL"]) == picture()
    target = Field(aero, aero.new()["_id"])
    before = stored()["Blob"]
    for which in ({}, {"fileNames": ["cédula.jpg"]}, {"fileIds": [file["_id"]]}):
        ok(aero.post("/documents/copyAttachments", {"source": source.place(**which), "target": target.place()}))
    assert target.names() == ["cédula.jpg"] * 3
    copy = target.listed()[0]
    assert (copy["store"], copy["_width"], copy["_height"]) == ("image", 60, 40)
    assert stored()["Blob"] == before
    assert content_of(aero, copy["downloadURL"]) == picture()
    answer = aero.post("/documents/copyAttachments", {"source": source.place(), "target": target.place(), "move": True})
    says(answer, 403, "forbidden", "[0] These files can be copied, and not moved.")
    says(
        aero.post("/documents/copyAttachments", {"source": source.place(fileNames=["x"]), "target": target.place()}),
        404,
        "not_found",
    )


def test_what_was_sent_back_is_not_there(aero: Aero, acme: Acme, process: Process) -> None:
    slot(process, "Payslip").reject("Too dark", RUBRICA)
    assert listed(aero)[0]["participants"][0]["files"] == []


def test_sealed_and_evidence(aero: Aero, acme: Acme) -> None:
    process = start_signing(acme)
    document = process.documents.get()
    blob = keep(acme, SEALED)
    Document.objects.filter(pk=document.pk).update(state="sealed", sealed=blob)
    Evidence.objects.create(organization=acme.organization, process=process, state="made", pdf=blob)
    found = ok(aero.get(at(document.code, DD)))["document"]
    assert (found["_id"], found["externalId"]) == (process.public_id, document.code)
    assert [found[name][0]["_fileName"] for name in ("sealed", "evidence")] == [
        document.file_name, f"{process.name} evidence.pdf"]  # fmt: skip
    target = Field(aero, aero.new()["_id"], "scan")
    for name in ("sealed", "evidence"):
        source = Field(aero, process.public_id, name, DD)
        ok(aero.post("/documents/copyAttachments", [{"source": source.place(), "target": target.place()}]))
    assert [content_of(aero, file["downloadURL"]) for file in target.listed()] == [SEALED, SEALED]
    assert Attachment.objects.count() == 2


def test_filters_orders_and_pages_work_as_everywhere(aero: Aero, acme: Acme, process: Process) -> None:
    other = start(acme, person("Carla Paz"), name="A second one")
    newest = listed(aero, sort="-_createdOn")
    assert [one["_id"] for one in newest] == [other.public_id, process.public_id]
    assert [one["_id"] for one in listed(aero, limit=1, skip=1)] == [other.public_id]
    for query, found in (
        ({"_id": process.public_id}, [process]),
        ({"name": "A second one"}, [other]),
        ({"participants.email": "beto@example.com"}, [process]),
        ({"status": "open", "name": {"$regex": "^A "}}, [other]),
        ({"participants.files": {"$exists": True}}, [process]),
        ({"sealed": {"$exists": True}}, []),
        ({"status": "finished"}, []),
    ):
        assert [one["_id"] for one in listed(aero, query=query)] == [one.public_id for one in found], query


def test_a_strangers_processes_are_not_there(process: Process, other: Acme) -> None:
    stranger = Aero(other.owner)
    assert listed(stranger) == []
    says(stranger.get(at(process.public_id, DD)), 404, "not_found")
    says(stranger.get(f"{at(process.public_id, DD)}/attachments", valuePath="sealed"), 404, "not_found")
    code = "ABCDEFGHIJ"
    says(stranger.get(at(code, DD)), 404, "not_found")


def test_a_page_of_processes_costs_a_fixed_number_of_queries(
    aero: Aero, acme: Acme, process: Process, django_assert_max_num_queries: Any
) -> None:
    for number in range(3):
        start(acme, person(f"Ana{number}", "ID card"))
    with django_assert_max_num_queries(14):
        assert len(listed(aero)) == 4
