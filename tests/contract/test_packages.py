"""POST /document/many, contract/auco.md §6: several documents, one page and one signature for each person."""

from typing import Any

import pytest
from django.test import Client

from rubrica.processes import finale
from rubrica.processes.models import Document, Event, Process
from tests import pdfs, queue, sending
from tests.contract import calls, seeds
from tests.contract.calls import Auco, stored
from tests.contract.test_create_refusals import changed
from tests.contract.test_document_upload import positions
from tests.sending import somebody

PATH = "/document/many"


def accepted(auco: Auco, body: dict[str, Any]) -> dict[str, Any]:
    answer = auco.post(PATH, body)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def refused(auco: Auco, body: Any, message: str = "VALIDATION_ERROR") -> dict[str, str]:
    before = stored()
    answer = auco.post(PATH, body)
    assert (answer.status_code, answer.json()["message"]) == (400, message), answer.content
    assert stored() == before
    return {error["field"]: error["code"] for error in answer.json().get("errors", [])}


def put(url: str, pdf: bytes) -> Any:
    return Client().put(url.removeprefix("http://127.0.0.1:8000"), pdf, "application/pdf")


def arrived(auco: Auco, **more: Any) -> Process:
    """A package whose PDFs are there."""
    answer = accepted(auco, seeds.many(**more))
    for number, document in enumerate(answer["documents"]):
        put_one = put(document["url"], pdfs.contract(number + 1, document["name"].encode("ascii", "replace").decode()))
        assert put_one.status_code == 200, put_one.content
    return Process.objects.get(public_id=answer["id"])


def test_it_works(auco: Auco) -> None:
    answer = accepted(auco, seeds.many())
    process = Process.objects.get()
    assert sorted(answer) == ["documents", "id"] and answer["id"] == process.public_id
    assert (process.kind, process.name) == (Process.Kind.PACKAGE, "Paquete de arriendo")
    codes = [document.code for document in process.documents.all()]
    assert [sorted(document) for document in answer["documents"]] == [["code", "name", "signProfile", "url"]] * 2
    assert [(document["name"], document["code"]) for document in answer["documents"]] == [
        ("Contrato", codes[0]), ("Pagaré", codes[1])
    ]  # fmt: skip
    assert answer["documents"][0]["signProfile"] == [
        {"name": "Ana Pérez", "email": "ana@example.com"}, {"name": "Benito Ruiz", "email": "benito@example.com"}
    ]  # fmt: skip
    assert auco.get("/document", package=answer["id"]).json()["codes"] == codes


def test_people_are_one_by_their_address(auco: Auco) -> None:
    process = Process.objects.get(public_id=accepted(auco, seeds.many())["id"])
    assert [person.name for person in process.participants.order_by("pk")] == ["Ana Pérez", "Benito Ruiz", "Carla Díaz"]
    assert [document.name for document in somebody(process, "Ana").own_documents()] == ["Contrato", "Pagaré"]
    signers = auco.get("/document", package=process.public_id).json()["signers"]
    assert [(one["name"], one["phone"]) for one in signers] == [
        ("Ana Pérez", ""), ("Benito Ruiz", "+573000000002"), ("Carla Díaz", "")
    ]  # fmt: skip


def test_nobody_is_asked_before_every_pdf_is_there(auco: Auco) -> None:
    answer = accepted(auco, seeds.many())
    assert put(answer["documents"][1]["url"], pdfs.contract()).status_code == 200
    assert calls.jobs("invite") == []
    assert {one["status"] for one in auco.get("/document", package=answer["id"]).json()["signers"]} == {"PENDING"}
    assert put(answer["documents"][0]["url"], pdfs.contract()).status_code == 200
    queue.run("invite")
    assert queue.told("invite") == ["ana@example.com", "benito@example.com", "carla@example.com"]
    assert put(answer["documents"][0]["url"], pdfs.contract()).json()["message"] == "UPLOAD_URL_USED"


def test_a_document_lists_its_own_signers_only(auco: Auco) -> None:
    process = arrived(auco)
    for code, names in zip(
        process.documents.values_list("code", flat=True), (["Ana Pérez", "Benito Ruiz"], ["Ana Pérez", "Carla Díaz"]),
        strict=True,
    ):  # fmt: skip
        found = auco.get("/document", code=code).json()
        for listed in (found["signProfile"], found["data"]["signProfile"]):
            assert [one["name"] for one in listed] == names


def test_one_page_and_one_signature_for_all_documents(auco: Auco) -> None:
    process = arrived(auco)
    ana, carla = somebody(process, "Ana"), somebody(process, "Carla")
    link, client = sending.link(ana), Client()
    shown = client.get(link + "/state").json()["documents"]
    seen = [(one["name"], len(one["pages"]), len(one["boxes"])) for one in shown]
    assert seen == [("Contrato", 2, 1), ("Pagaré", 2, 1)]  # Contrato has a page of signatures behind its own
    answer = client.post(
        link + "/signature", {"kind": "type", "text": "Ana Pérez", "consent": True}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    assert process.events.filter(kind=Event.Kind.SIGNED).get().data["shown"] == [
        document.shown.sha256 for document in process.documents.select_related("shown") if document.shown
    ]
    assert [one["name"] for one in client.get(sending.link(carla) + "/state").json()["documents"]] == ["Pagaré"]
    foreign = process.documents.get(name="Contrato").code
    for path in (f"/documents/{foreign}", f"/documents/{foreign}/pages/1", f"/documents/{foreign}/pages/1/text"):
        assert client.get(sending.link(carla) + path).status_code == 404


def test_each_document_is_sealed_on_its_own(auco: Auco) -> None:
    process = arrived(auco)
    for name in ("Ana", "Benito", "Carla"):
        signer = somebody(process, name)
        signer.sign(kind="type", text=name, image=None, by=signer.actor())
    assert [job["document_id"] for job in calls.jobs("seal")] == [document.pk for document in process.documents.all()]
    first, second = process.documents.all()
    assert [one.name for one in finale.order(second).participants] == ["Ana Pérez", "Carla Díaz"]
    assert finale.order(first).participants[0].reference == f"{first.code}{somebody(process, 'Ana').public_id}"
    finale.seal_document(first.pk)
    assert auco.get("/document", package=process.public_id).json()["status"] == "CREATED"
    finale.seal_document(second.pk)
    package = auco.get("/document", package=process.public_id).json()
    assert (package["status"], package["signFinish"]) == ("FINISH", True)
    sealed = [auco.download(auco.get("/document", code=code).json()["url"]) for code in package["codes"]]
    assert sealed[0] != sealed[1] and all(b"/ByteRange" in pdf for pdf in sealed)


def test_fewer_than_two_documents(auco: Auco) -> None:
    one: list[Any] = seeds.many()["documents"][:1]
    for documents in ([], one):
        assert refused(auco, seeds.many(documents=documents), "DOCUMENTS_MIN_TWO") == {"documents": "DOCUMENTS_MIN_TWO"}


def test_a_signer_without_an_address(auco: Auco) -> None:
    for value in (None, ""):
        body = changed("documents[1].signProfile[0].email", value, seeds.many)
        assert refused(auco, body, "SIGNER_EMAIL_REQUIRED") == {
            "documents[1].signProfile[0].email": "SIGNER_EMAIL_REQUIRED"
        }
    del body["documents"][1]["signProfile"][0]["email"]
    refused(auco, body, "SIGNER_EMAIL_REQUIRED")


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("camera", True, "SIGNER_VALIDATIONS_NOT_SUPPORTED"),
        ("otpCode", False, "SIGNER_VALIDATIONS_NOT_SUPPORTED"),
        ("options", {}, "SIGNER_VALIDATIONS_NOT_SUPPORTED"),
        ("role", "SIGNER", "SIGNER_SEQUENCE_NOT_SUPPORTED"),
        ("order", "1", "SIGNER_SEQUENCE_NOT_SUPPORTED"),
    ],
)
def test_what_is_set_for_the_package_only(auco: Auco, field: str, value: Any, word: str) -> None:
    path = f"documents[0].signProfile[1].{field}"
    assert refused(auco, changed(path, value, seeds.many), word) == {path: word}


@pytest.mark.parametrize("field", ["email", "name", "documents"])
def test_what_is_required(auco: Auco, field: str) -> None:
    body = seeds.many()
    del body[field]
    assert refused(auco, body) == {field: "required"}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("documents[0].signProfile[1].email", "ana@example.com", "duplicate"),
        ("documents[0].signProfile[0].type", "x", "exclusive"),
        ("documents[0].signProfile", [], "required"),
        ("documents[0].document", "0" * 24, "unknown"),
        ("documents[0].name", "", "string_too_short"),
        ("documents", [{}] * 101, "too_long"),
        ("documents", {}, "list_type"),
        ("remember", 5, "multiple_of"),
        ("folder", "Nowhere", "unknown"),
        ("custom", 1, "dict_type"),
        ("options", {"otpCode": "email"}, "needs_otpCode"),
    ],
)
def test_what_is_refused_is_named(auco: Auco, field: str, value: Any, code: str) -> None:
    fields = refused(auco, changed(field, value, seeds.many))
    assert code in fields.values(), fields


def test_readers_are_nobody_who_signs(auco: Auco) -> None:
    readers = [{"name": "C", "email": "CARLA@example.com"}, {"name": "R", "email": "r@example.com"}]
    body = seeds.many(readers=[*readers, readers[1]])
    assert refused(auco, body) == {"readers[0].email": "duplicate", "readers[2].email": "duplicate"}


def test_a_crowd_over_all_documents(auco: Auco) -> None:
    documents = [
        {"signProfile": [{"name": "P", "email": f"p{batch}-{n}@example.com"} for n in range(300)]} for batch in range(5)
    ]
    assert refused(auco, seeds.many(documents=documents)) == {"documents": "too_long"}


def test_the_phone_is_needed_for_whatsapp(auco: Auco) -> None:
    missing = refused(auco, seeds.many(options={"whatsapp": True}))
    assert missing == {
        "documents[0].signProfile[0].phone": "required", "documents[1].signProfile[0].phone": "required",
        "documents[1].signProfile[1].phone": "required",
    }  # fmt: skip


def test_one_check_for_all_documents(auco: Auco) -> None:
    process = Process.objects.get(public_id=accepted(auco, seeds.many(otpCode=True, camera=True))["id"])
    assert [person.checks.count() for person in process.participants.all()] == [2, 2, 2]
    found = auco.get("/document", code=process.documents.all()[0].code).json()["data"]
    assert (found["camera"], found["otpCode"]) == (True, True)


def test_no_wins_where_notifications_differ(auco: Auco) -> None:
    body = seeds.many(notification=True)
    body["documents"][1]["signProfile"][0]["notification"] = False
    answer = accepted(auco, body)
    for document in answer["documents"]:
        silent = {one["name"]: one for one in document["signProfile"] if "id" in one}
        assert list(silent) == ["Ana Pérez"]
        link = silent["Ana Pérez"]["url"].removeprefix("http://127.0.0.1:8000")
        assert Client().get(link + "/state").status_code == 200
        assert put(document["url"], pdfs.contract()).status_code == 200
    queue.run("invite")
    assert queue.told() == ["invite benito@example.com", "invite carla@example.com"]


def test_a_document_without_a_name_has_the_packages(auco: Auco) -> None:
    body = seeds.many(name="P" * 300)
    del body["documents"][0]["name"], body["documents"][1]["name"]
    names = [document["name"] for document in accepted(auco, body)["documents"]]
    assert names == ["P" * 290 + " 1", "P" * 290 + " 2"]


def test_readers_see_every_document(auco: Auco) -> None:
    process = arrived(auco, readers=[{"name": "Rita", "email": "rita@example.com"}])
    assert [one.name for one in somebody(process, "Rita").own_documents()] == ["Contrato", "Pagaré"]
    assert "rita@example.com" not in str(auco.get("/document", package=process.public_id).json())


def test_documents_of_a_template_of_positions_need_no_upload(auco: Auco) -> None:
    template = positions(auco)
    body = seeds.many(document=template.public_id)
    for document in body["documents"]:
        for signer, kind in zip(document["signProfile"], ("deudor", "codeudor"), strict=True):
            signer.pop("position", None)
            signer["type"] = kind
    answer = accepted(auco, body)
    assert all("url" not in document for document in answer["documents"])
    assert len(calls.jobs("invite")) == 3
    assert [somebody(Process.objects.get(), name).boxes.count() for name in ("Ana", "Benito", "Carla")] == [4, 1, 1]
    body["documents"][1]["signProfile"][1]["type"] = "fiador"
    assert refused(auco, body) == {"documents[1].signProfile[1].type": "unknown"}


def test_tags_are_read_from_the_upload(auco: Auco) -> None:
    body = seeds.many()
    body["documents"][1]["signProfile"] = [{"name": "Carla", "email": "carla@example.com", "label": True}]
    answer = accepted(auco, body)
    url = answer["documents"][1]["url"]
    missing = put(url, pdfs.contract())
    assert (missing.status_code, missing.json()["message"]) == (400, "TAG_MISSING")
    assert put(url, pdfs.tagged(0, 0)).status_code == 200
    assert somebody(Process.objects.get(), "Carla").boxes.count() == 2


def test_custom_and_the_rest_of_the_process(auco: Auco) -> None:
    process = Process.objects.get(public_id=accepted(auco, seeds.many(custom={"a": 1}, remember=3))["id"])
    assert (process.custom, process.remind_every_hours) == ({"a": 1}, 3)
    package = auco.get("/document", package=process.public_id).json()
    assert package["custom"] == {"a": 1}
    assert sorted(package) == [
        "_id", "codes", "createdAt", "custom", "name", "signFinish", "signers", "status", "updatedAt"
    ]  # fmt: skip


def test_it_needs_the_private_key(auco: Auco) -> None:
    for key in ("", auco.acme.public_key):
        answer = auco.post(PATH, seeds.many(), key=key)
        assert (answer.status_code, answer.json()) == (401, {"message": "UNAUTHORIZED"})
    assert not Document.objects.exists()
