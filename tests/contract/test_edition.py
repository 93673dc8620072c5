"""POST and GET /{resource}/edit and what is sent anew afterwards, contract/auco.md §5.9."""

from typing import Any

import pytest
from django.test import Client

from rubrica.processes.models import Document, Due, Event, Folder, Participant, Process, Signature
from rubrica.processes.models.event import first_broken
from tests import pdfs, queue, sending
from tests.contract import calls, seeds
from tests.contract.calls import Auco, stored
from tests.contract.test_cancel import cancel, code_of
from tests.contract.test_document_upload import accepted, create, refused
from tests.contract.test_packages import arrived, put
from tests.sending import somebody


def edit(auco: Auco, resource: str = "document", **body: Any) -> Any:
    return auco.post(f"/{resource}/edit", body)


def shown(auco: Auco, resource: str = "document", **query: str) -> Any:
    return auco.get(f"/{resource}/edit", key=auco.acme.private_key, **query)


def says(answer: Any, message: str, status: int = 400) -> None:
    assert (answer.status_code, answer.json()["message"]) == (status, message), answer.content


def test_a_document_is_taken_back(auco: Auco) -> None:
    process = create(auco, seeds.upload(remember=3))
    queue.run("invite")
    ana = somebody(process, "Ana")
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor())
    links = [sending.link(person) for person in process.participants.all()]
    says(edit(auco, code=code_of(process)), "DOCUMENT_MODIFIED", 200)
    assert Process.objects.get().state == "editing"
    assert not Signature.objects.exists() and not Due.objects.exists()
    assert {person.status for person in process.participants.all()} == {"PENDING"}
    for link in links:
        assert Client().get(link + "/state").status_code != 200
        assert Client().get(link + "/document").status_code != 200
    body = auco.get("/document", code=code_of(process)).json()
    assert (body["status"], body["data"]["signFinish"]) == ("CREATED", False)


def test_what_was_checked_is_void(auco: Auco) -> None:
    process = create(auco, seeds.upload(otpCode=True))
    somebody(process, "Ana").checks.update(state="passed")
    edit(auco, code=code_of(process))
    accepted(auco, seeds.upload(otpCode=True, code=code_of(process)))
    assert {check.state for check in somebody(process, "Ana").checks.all()} == {"todo"}


def test_it_is_shown_with_the_private_key(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    edit(auco, code=code_of(process))
    answer = shown(auco, code=code_of(process))
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert auco.download(body.pop("url")).startswith(b"%PDF")
    assert body == {
        "name": "Contrato de arriendo",
        "subject": "Contrato para firmar",
        "message": "Por favor firma el contrato",
        "code": code_of(process),
        "signProfile": [
            {"name": "Ana Pérez", "email": "ana@example.com", "status": "pending"},
            {"name": "Benito Ruiz", "email": "benito@example.com", "status": "pending"},
        ],
    }
    assert auco.get("/document/edit", code=code_of(process)).status_code == 401


def test_a_package_is_taken_back_and_shown(auco: Auco) -> None:
    process = arrived(auco)
    says(edit(auco, "package", package=process.public_id), "PACKAGE_MODIFIED", 200)
    body = shown(auco, "package", package=process.public_id).json()
    assert [document.pop("url").startswith("http") for document in body["documents"]] == [True, True]
    first, second = process.documents.values_list("code", flat=True)
    ana, benito, carla = ({"name": name, "email": f"{name.split()[0].lower()}@example.com"}
                          for name in ("Ana Pérez", "Benito Ruiz", "Carla Díaz"))  # fmt: skip
    assert body == {
        "name": "Paquete de arriendo",
        "subject": "Documentos para firmar",
        "message": "Por favor firma los documentos",
        "signers": [{**one, "status": "pending"} for one in (ana, benito, carla)],
        "documents": [
            {"code": first, "name": "Contrato", "signProfile": [ana, benito]},
            {"code": second, "name": "Pagaré", "signProfile": [ana, carla]},
        ],
    }


def test_what_is_sent_anew_replaces_everything(auco: Auco) -> None:
    """Id, code and date of creation stay; what is left out is erased."""
    Folder.objects.create(organization=auco.acme.organization, path="Leases")
    process = create(auco, seeds.upload(folder="Leases", custom={"a": 1}, remember=3, targetWebhooks=["default"]))
    code, before = code_of(process), process.created_at
    people = set(process.participants.values_list("pk", flat=True))
    edit(auco, code=code)
    body = seeds.upload(pdfs.contract(3, "New"), code=code, name="Contrato corregido")
    del body["subject"], body["message"], body["signProfile"][1]
    body["signProfile"].append({"name": "Carla", "email": "carla@example.com"})
    assert accepted(auco, body) == {"document": code}
    again = Process.objects.get()
    assert (again.pk, again.public_id, again.created_at) == (process.pk, process.public_id, before)
    assert (again.name, again.subject, again.message, again.state) == ("Contrato corregido", "", "", "open")
    assert (again.folder, again.custom, again.remind_every_hours, again.webhooks) == (None, None, None, [])
    document = again.documents.get()
    assert document.code == code and sending.content(document.original) == pdfs.contract(3, "New")
    assert [person.name for person in again.participants.order_by("pk")] == ["Ana Pérez", "Carla"]
    assert not people & set(again.participants.values_list("pk", flat=True))
    assert first_broken(again) is None
    assert [event.kind for event in again.events.all()][-2:] == [Event.Kind.EDITING, Event.Kind.EDITED]


def test_everybody_is_told_anew_by_a_link_that_works(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    queue.run("invite")
    edit(auco, code=code_of(process))
    accepted(auco, seeds.upload(code=code_of(process)))
    queue.run("invite")
    assert queue.told("edited") == queue.told("invite") == ["ana@example.com", "benito@example.com"]
    assert Client().get(sending.link(somebody(process, "Ana")) + "/state").status_code == 200


def test_jobs_of_those_who_are_gone_do_nothing(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    somebody(process, "Ana").resend(sending.REVIEWER)
    edit(auco, code=code_of(process))
    accepted(auco, seeds.upload(code=code_of(process)))
    assert len(calls.jobs("invite")) == 4
    queue.run("invite", "remind")
    assert queue.told() == ["edited ana@example.com", "edited benito@example.com"]


def test_a_package_gets_new_codes(auco: Auco) -> None:
    process = arrived(auco)
    old = set(process.documents.values_list("code", flat=True))
    edit(auco, "package", package=process.public_id)
    answer = auco.post("/document/many", seeds.many(package=process.public_id))
    assert answer.status_code == 200, answer.content
    body = answer.json()
    codes = [document["code"] for document in body["documents"]]
    assert body["id"] == process.public_id and not old & set(codes)
    for code in old:
        assert auco.get("/document", code=code).json() == {"message": "DOCUMENT_NOT_FOUND"}
    assert all(put(document["url"], pdfs.contract()).status_code == 200 for document in body["documents"])
    assert auco.get("/document", package=process.public_id).json()["codes"] == codes
    assert Participant.objects.count() == 3 and Document.objects.count() == 2


def test_an_upload_address_from_before_opens_nothing(auco: Auco) -> None:
    answer = accepted(auco, seeds.upload(file=None, compress=True))
    edit(auco, code=answer["document"])
    says(put(answer["url"], pdfs.contract()), "PROCESS_CLOSED", 409)
    again = accepted(auco, seeds.upload(file=None, compress=True, code=answer["document"]))
    says(put(answer["url"], pdfs.contract()), "UPLOAD_URL_EXPIRED", 403)
    assert put(again["url"], pdfs.contract()).status_code == 200


@pytest.mark.parametrize("state", ["finished", "rejected", "expired", "cancelled", "editing"])
def test_what_has_ended_or_is_in_edition_is_not_edited(auco: Auco, state: str) -> None:
    process, package = create(auco, seeds.upload()), arrived(auco)
    Process.objects.update(state=state)
    says(edit(auco, code=code_of(process)), "DOCUMENT_NOT_FOUND")
    says(edit(auco, "package", package=package.public_id), "PACKAGE_NOT_FOUND")


def test_what_is_being_sealed_is_not_edited(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    for name in ("Ana", "Benito"):
        signer = somebody(process, name)
        signer.sign(kind="type", text=name, image=None, by=signer.actor())
    says(edit(auco, code=code_of(process)), "DOCUMENT_NOT_FOUND")
    assert Signature.objects.count() == 2


def test_a_document_of_a_package_is_not_edited_alone(auco: Auco) -> None:
    process = arrived(auco)
    says(edit(auco, code=code_of(process)), "DOCUMENT_NOT_FOUND")


def test_processes_that_ask_for_files_are_not_edited(auco: Auco) -> None:
    process = auco.create(seeds.with_base64())
    says(edit(auco, code=code_of(process)), "DOCUMENT_NOT_FOUND")
    says(edit(auco, "package", package=process.public_id), "PACKAGE_NOT_FOUND")


@pytest.mark.parametrize("resource", ["attachments", "documents", "x", "Document"])
def test_other_resources(auco: Auco, resource: str) -> None:
    says(edit(auco, resource, code="AAAAAAAAAA"), "INVALID_RESOURCE")
    says(shown(auco, resource, code="AAAAAAAAAA"), "INVALID_RESOURCE")


def test_what_does_not_exist(auco: Auco, stranger: Auco) -> None:
    process, package = create(auco, seeds.upload()), arrived(auco)
    for code in ("AAAAAAAAAA", "%", "🖋", "x" * 300):
        says(edit(auco, code=code), "DOCUMENT_NOT_FOUND")
        says(shown(auco, code=code), "DOCUMENT_NOT_FOUND")
    for wrong in ("A" * 24, "0" * 23, "%", "0" * 25):
        says(edit(auco, "package", package=wrong), "PACKAGE_ID_INVALID")
        says(shown(auco, "package", package=wrong), "PACKAGE_ID_INVALID")
    says(edit(auco, "package", package="0" * 24), "PACKAGE_NOT_FOUND")
    says(edit(stranger, code=code_of(process)), "DOCUMENT_NOT_FOUND")
    says(edit(stranger, "package", package=package.public_id), "PACKAGE_NOT_FOUND")
    assert set(Process.objects.values_list("state", flat=True)) == {"open"}


def test_what_is_not_in_edition_is_not_shown(auco: Auco) -> None:
    process, package = create(auco, seeds.upload()), arrived(auco)
    says(shown(auco, code=code_of(process)), "DOCUMENT_NOT_FOUND")
    says(shown(auco, "package", package=package.public_id), "PACKAGE_NOT_FOUND")


def test_the_right_field_is_required(auco: Auco) -> None:
    for resource, body in (("document", {"package": "0" * 24}), ("package", {"code": "AAAAAAAAAA"}), ("document", {})):
        answer = edit(auco, resource, **body)
        says(answer, "VALIDATION_ERROR")
        assert answer.json()["errors"][0]["code"] == "required"


def test_only_what_is_in_edition_is_sent_anew(auco: Auco, stranger: Auco) -> None:
    process, package = create(auco, seeds.upload()), arrived(auco)
    edited = create(auco, seeds.upload())
    edit(auco, code=code_of(edited))
    for code in (code_of(process), "AAAAAAAAAA", "", "%"):
        assert refused(auco, seeds.upload(code=code), "DOCUMENT_NOT_FOUND") == {}
    says(stranger.post("/document/upload", seeds.upload(code=code_of(edited))), "DOCUMENT_NOT_FOUND")
    says(auco.post("/document/many", seeds.many(package=package.public_id)), "PACKAGE_NOT_FOUND")
    says(auco.post("/document/many", seeds.many(package="x")), "PACKAGE_ID_INVALID")
    says(auco.post("/document/many", seeds.many(package=edited.public_id)), "PACKAGE_NOT_FOUND")


def test_a_refused_sending_leaves_the_edition_as_it_is(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    edit(auco, code=code_of(process))
    before = stored()
    says(auco.post("/document/upload", seeds.upload(b"no pdf", code=code_of(process))), "PDF_INVALID")
    assert stored() == before
    assert shown(auco, code=code_of(process)).status_code == 200


def test_cancelled_in_edition_tells_who_had_been_asked(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    queue.run("invite")
    edit(auco, code=code_of(process))
    assert cancel(auco, code_of(process))["success"] == 1
    queue.run("announce_cancellation")
    assert queue.told("cancelled") == ["ana@example.com", "benito@example.com"]


def test_it_needs_the_private_key(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    for key in ("", auco.acme.public_key):
        assert auco.post("/document/edit", {"code": code_of(process)}, key=key).status_code == 401
    assert Process.objects.get().state == "open"
