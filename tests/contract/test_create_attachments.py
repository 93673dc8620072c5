"""POST /attachments and /package/upload, contract/auco.md §3, on the seed pages' own examples."""

import re
from datetime import timedelta
from typing import Any

import pytest

from rubrica import clock
from rubrica.processes.models import Document, Participant, Process
from tests import pdfs, sending
from tests.contract import calls, seeds
from tests.contract.calls import Auco


@pytest.mark.parametrize("path", ["/attachments", "/package/upload"])
def test_it_works(auco: Auco, path: str) -> None:
    answer = auco.post(path, seeds.with_base64())
    assert answer.status_code == 200, answer.content
    assert answer.headers["Content-Type"].startswith("application/json")
    assert sorted(answer.json()) == ["code", "package"]
    assert re.fullmatch(r"[0-9a-f]{24}", answer.json()["package"])
    assert re.fullmatch(r"[0-9A-Z]{10}", answer.json()["code"])


def test_everything_of_the_first_example_is_kept(auco: Auco) -> None:
    process = auco.create(seeds.with_base64())
    assert process.organization == auco.acme.organization
    assert (process.name, process.subject) == ("Adjuntos api prueba", "Solicitud de adjuntos")
    assert (process.message, process.creator_email) == ("Cargar adjuntos de prueba", "owner@auco.ai")
    assert process.notify and process.expires_at is None and process.remind_every_hours is None
    document = process.documents.get()
    assert (document.name, document.state) == ("Contratación de prueba upload 1", Document.State.OPEN)
    assert document.pages == [[612, 792], [612, 792]]
    assert sending.content(document.original) == pdfs.contract()
    signer = process.participants.get()
    assert (signer.name, signer.email, signer.phone) == ("Nombre Firmante 1", "example@auco.ai", "+573000000000")
    assert (signer.role, signer.order, signer.status) == ("signer", 1, "NOTIFICATION")
    assert re.fullmatch(r"[0-9A-Z]{2}", signer.public_id)
    box = signer.boxes.get()
    assert (box.page, box.x, box.y, box.width, box.height) == (1, 0.5854166461564629, 0.8034861200774693, 100, 50)
    files = [(file.name, file.optional) for file in signer.requested_files.all()]
    assert files == [("cedula de ciudadanía", False), ("hoja de vida", False), ("pasaporte", True)]
    assert calls.jobs("invite") == [{"participant_id": signer.pk}]


def test_the_second_example_awaits_its_pdf(auco: Auco) -> None:
    answer = auco.post("/package/upload", seeds.with_compress())
    assert answer.status_code == 200, answer.content
    assert sorted(answer.json()) == ["code", "package", "url"]
    process = Process.objects.get(public_id=answer.json()["package"])
    assert process.documents.get().state == Document.State.AWAITING_UPLOAD
    first, second = process.participants.order_by("id")
    assert (first.status, second.status) == ("PENDING", "PENDING")
    assert (first.parts.get().signer_type, second.parts.get().signer_type) == ("firmante1", "firmante2")
    assert first.identity["checks"] == ["otp", "photo", "identification", "video"]
    assert (first.identity["compare"], first.identity["otp_channel"], first.channels) == (True, "mail", ["whatsapp"])
    assert (second.identity["checks"], second.identity["otp_channel"], second.channels) == (["otp"], "mail", ["mail"])
    assert calls.jobs("invite") == []


def test_without_a_document_there_is_no_code(auco: Auco) -> None:
    answer = auco.post("/attachments", seeds.without_document())
    assert answer.status_code == 200, answer.content
    assert list(answer.json()) == ["package"]
    process = Process.objects.get()
    assert not process.documents.exists()
    assert len(calls.jobs("invite")) == 1


def test_false_and_null_choose_nothing(auco: Auco) -> None:
    process = auco.create(
        seeds.without_document() | {"file": None, "compress": False, "document": None, "folder": None}
    )
    assert not process.documents.exists()


def test_the_creator_is_the_member_with_that_address(auco: Auco) -> None:
    process = auco.create(seeds.without_document() | {"email": auco.acme.owner.email.upper()})
    assert process.creator == auco.acme.owner


def test_a_stranger_is_no_creator(auco: Auco, stranger: Auco) -> None:
    process = auco.create(seeds.without_document() | {"email": stranger.acme.owner.email})
    assert process.creator is None


def test_base64_may_come_as_a_data_uri_and_in_lines(auco: Auco) -> None:
    encoded = seeds.with_base64()["file"]
    lines = "\r\n".join(encoded[i : i + 76] for i in range(0, len(encoded), 76))
    process = auco.create(seeds.with_base64() | {"file": f"data:application/pdf;base64,{lines}"})
    document = process.documents.get()
    assert document.original and document.original.size == len(pdfs.contract())


def test_roles_and_orders_decide_who_is_called(auco: Auco) -> None:
    body = seeds.without_document()
    profile = body["signProfile"][0]
    body["signProfile"] = [
        profile | {"email": "late@example.com", "order": "2", "role": "APPROVER", "files": []},
        profile | {"email": "first@example.com", "order": "1"},
        profile | {"email": "too@example.com", "order": 1, "role": "SIGNER"},
    ]
    process = auco.create(body)
    statuses = {p.email: (p.role, p.order, p.status) for p in process.participants.all()}
    assert statuses == {
        "late@example.com": ("approver", 2, "PENDING"),
        "first@example.com": ("signer", 1, "NOTIFICATION"),
        "too@example.com": ("signer", 1, "NOTIFICATION"),
    }
    called = Participant.objects.filter(pk__in=[job["participant_id"] for job in calls.jobs("invite")])
    assert {p.email for p in called} == {"first@example.com", "too@example.com"}


def test_each_is_spoken_to_in_a_language_of_their_own(auco: Auco) -> None:
    body = seeds.without_document()
    profile = body["signProfile"][0]
    people = {"pt@example.com": {"language": "pt"}, "en@example.com": {"language": "en"}, "none@example.com": {}}
    body["signProfile"] = [profile | {"email": email} | said for email, said in people.items()]
    found = auco.create(body).participants.values_list("email", "language")
    organizations = auco.acme.organization.language
    assert dict(found) == {"pt@example.com": "pt", "en@example.com": "en", "none@example.com": organizations}
    body["signProfile"][0]["language"] = "fr"
    assert list(auco.refused(body)) == ["signProfile[0].language"]


def test_without_notification_nobody_is_told(auco: Auco) -> None:
    process = auco.create(seeds.without_document() | {"notification": False})
    assert process.participants.get().status == "NOTIFICATION"
    assert calls.jobs() == []


def test_what_is_acted_on_later_is_kept(auco: Auco) -> None:
    moment = (clock.now() + timedelta(days=4)).replace(microsecond=297_000)
    wire = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    asked: dict[str, Any] = {"camera": True, "otpCode": True, "options": {"camera": "photo", "otpCode": "phone"}}
    process = auco.create(seeds.without_document() | {"remember": 6, "expiredDate": wire} | asked)
    assert (process.remind_every_hours, process.expires_at) == (6, moment)
    assert process.identity == {"photo": True, "otp": True}
    identity = process.participants.get().identity
    assert (identity["checks"], identity["otp_channel"], identity["compare"]) == (["otp", "photo"], "sms", False)
    due = {row.kind: row.at for row in process.due.all()}
    assert due["expire"] == moment
    assert timedelta(hours=5.9) < due["remind"] - clock.now() < timedelta(hours=6)


def test_a_date_without_offset_is_utc(auco: Auco) -> None:
    process = auco.create(seeds.without_document() | {"expiredDate": "2090-01-31T12:00:00"})
    assert process.expires_at and process.expires_at.isoformat() == "2090-01-31T12:00:00+00:00"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"both": True}, ["otp"]),
        ({"both": False}, ["otp"]),
        ({"camera": None, "otpCode": None, "options": None}, ["otp"]),
        ({"camera": False}, []),
        ({"options": {}}, []),
        ({"options": {"both": True}}, []),
        ({"camera": True}, ["photo"]),
        ({"camera": True, "options": {"camera": "identification", "identificationCardback": True}},
         ["photo", "identification", "identificationBack"]),
    ],
)  # fmt: skip
def test_who_sets_a_check_of_their_own_inherits_none(auco: Auco, sent: dict[str, Any], kept: list[str]) -> None:
    body = seeds.without_document() | {"otpCode": True, "options": {"otpCode": "email"}}
    body["signProfile"][0] |= sent
    assert auco.create(body).participants.get().identity.get("checks", []) == kept


@pytest.mark.parametrize(
    ("root", "own", "channels"),
    [
        ({"whatsapp": True}, {"both": True}, ["mail", "whatsapp"]),
        ({"whatsapp": True}, {"both": False}, ["whatsapp"]),
        ({"whatsapp": True, "both": True}, {"both": None}, ["mail", "whatsapp"]),
        ({}, {"both": True, "options": {"whatsapp": True}}, ["mail", "whatsapp"]),
        ({"whatsapp": True}, {"both": True, "options": {}}, ["mail"]),
    ],
)
def test_both_goes_with_whatever_level_holds(
    auco: Auco, root: dict[str, Any], own: dict[str, Any], channels: list[str]
) -> None:
    body = seeds.without_document() | {"options": root}
    body["signProfile"][0] |= own
    assert auco.create(body).participants.get().channels == channels


def test_a_signer_without_a_place_signs_on_a_page_of_its_own(auco: Auco) -> None:
    body = seeds.with_base64()
    del body["signProfile"][0]["position"]
    document = auco.create(body).documents.get()
    assert (len(document.pages), document.boxes.get().page) == (3, 3)
    assert document.original != document.shown


def test_labels_are_for_a_pdf_in_the_request(auco: Auco) -> None:
    body = seeds.with_base64()
    del body["signProfile"][0]["position"]
    body["signProfile"][0]["label"] = True
    document = auco.create(body | {"file": seeds.with_base64(pdfs.tagged(0))["file"]}).documents.get()
    assert (len(document.pages), document.boxes.get().page) == (1, 1)


def test_a_tag_that_is_missing_is_named(auco: Auco) -> None:
    body = seeds.with_base64()
    del body["signProfile"][0]["position"]
    body["signProfile"][0]["label"] = True
    assert auco.refused(body, "TAG_MISSING") == {"signProfile[0].label": "TAG_MISSING"}


def test_type_may_be_a_list_of_one(auco: Auco) -> None:
    body = seeds.with_base64()
    del body["signProfile"][0]["position"]
    body["signProfile"][0]["type"] = ["codeudor"]
    assert auco.create(body).participants.get().parts.get().signer_type == "codeudor"


def test_phones_may_repeat_and_carry_separators(auco: Auco) -> None:
    body = seeds.without_document()
    profile = body["signProfile"][0]
    body["signProfile"] = [profile, profile | {"email": "b@example.com", "phone": "+57 (300) 000-00.00"}]
    assert set(auco.create(body).participants.values_list("phone", flat=True)) == {"+573000000000"}


def test_names_of_any_script_come_back_as_sent(auco: Auco) -> None:
    body = seeds.without_document() | {"packageName": "契約 «Ñandú» 🖋️ עברית"}
    body["signProfile"][0]["name"] = "Ünal 李明"
    process = auco.create(body)
    assert (process.name, process.participants.get().name) == ("契約 «Ñandú» 🖋️ עברית", "Ünal 李明")


def test_unknown_fields_are_ignored(auco: Auco) -> None:
    auco.create(seeds.without_document() | {"targetWebhooks": ["default"], "unheardOf": {"a": [1]}})


def test_the_same_pdf_is_stored_once(auco: Auco) -> None:
    first, second = auco.create(seeds.with_base64()), auco.create(seeds.with_base64())
    assert first.documents.get().original == second.documents.get().original


def test_five_hundred_participants(auco: Auco) -> None:
    body = seeds.without_document()
    profile = body["signProfile"][0] | {"files": [{"name": "ID card"}, {"name": "Proof of address"}]}
    body["signProfile"] = [profile | {"email": f"p{n}@example.com"} for n in range(500)]
    process = auco.create(body)
    assert len(set(process.participants.values_list("public_id", flat=True))) == 500
