"""POST /document/upload, contract/auco.md §5.1, and where the signatures go (§8)."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from rubrica import clock
from rubrica.processes.models import Document, Folder, Participant, Process, Tag
from rubrica.sealing.values import Box
from rubrica.templating.models import Template
from rubrica.webhooks.models import Webhook
from tests import pdfs, queue, sending
from tests.contract import calls, seeds
from tests.contract.calls import Auco, stored
from tests.contract.test_create_refusals import changed
from tests.sending import somebody

PATH = "/document/upload"
CODE = re.compile(r"[0-9A-Z]{10}")


def accepted(auco: Auco, body: dict[str, Any]) -> dict[str, Any]:
    answer = auco.post(PATH, body)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def create(auco: Auco, body: dict[str, Any]) -> Process:
    return Process.objects.get(documents__code=accepted(auco, body)["document"])


def refused(auco: Auco, body: Any, message: str = "VALIDATION_ERROR") -> dict[str, str]:
    before = stored()
    answer = auco.post(PATH, body)
    assert (answer.status_code, answer.json()["message"]) == (400, message), answer.content
    assert stored() == before
    return {error["field"]: error["code"] for error in answer.json().get("errors", [])}


def state(participant: Participant) -> dict[str, Any]:
    found: dict[str, Any] = Client().get(sending.link(participant) + "/state").json()
    return found


def boxes(participant: Participant) -> list[tuple[int, int, int]]:
    """Page and far corner in hundredths, as the participant's page is told."""
    shown = state(participant)["boxes"]
    return [(box["page"], round(100 * (box["x"] + box["w"])), round(100 * (box["y"] + box["h"]))) for box in shown]


def test_it_works(auco: Auco) -> None:
    answer = accepted(auco, seeds.upload())
    assert list(answer) == ["document"] and CODE.fullmatch(answer["document"])
    process = Process.objects.get()
    assert (process.kind, process.name) == (Process.Kind.DOCUMENT, "Contrato de arriendo")
    assert (process.subject, process.message) == ("Contrato para firmar", "Por favor firma el contrato")
    assert process.creator_email == "owner@auco.ai" and process.organization == auco.acme.organization
    assert sending.content(process.documents.get().original) == pdfs.contract()
    assert [job["participant_id"] for job in calls.jobs("invite")] == [p.pk for p in process.participants.all()]
    assert (boxes(somebody(process, "Ana")), boxes(somebody(process, "Ben"))) == ([(1, 50, 80)], [(2, 90, 80)])


def test_only_address_name_source_and_signers_are_needed(auco: Auco) -> None:
    body = seeds.upload()
    for field in ("message", "subject"):
        del body[field]
    process = create(auco, body)
    queue.run("invite")
    assert (process.subject, process.message) == ("", "")
    assert queue.told("invite") == ["ana@example.com", "benito@example.com"]


@pytest.mark.parametrize("field", ["email", "name", "signProfile", "file"])
def test_what_is_required(auco: Auco, field: str) -> None:
    body = seeds.upload()
    del body[field]
    assert refused(auco, body) == {field: "required"}


@pytest.mark.parametrize("field", ["name", "email"])
def test_what_is_required_of_a_signer_and_a_reader(auco: Auco, field: str) -> None:
    body = seeds.upload(readers=[{"name": "Rita", "email": "rita@example.com"}])
    del body["signProfile"][1][field], body["readers"][0][field]
    assert refused(auco, body) == {f"signProfile[1].{field}": "required", f"readers[0].{field}": "required"}


def test_one_source_only(auco: Auco) -> None:
    assert refused(auco, seeds.upload(compress=True)) == {"compress": "exclusive"}
    assert refused(auco, seeds.upload(document="0" * 24)) == {"document": "unknown"}


def test_one_way_to_say_where(auco: Auco) -> None:
    body = seeds.upload()
    body["signProfile"][0]["type"] = "firmante"
    body["signProfile"][1]["label"] = True
    assert refused(auco, body) == {"signProfile[0].position": "exclusive", "signProfile[1].position": "exclusive"}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("remember", 4, "multiple_of"),
        ("remember", 0, "multiple_of"),
        ("remember", -3, "multiple_of"),
        ("remember", "6", "int_type"),
        ("folder", "Nowhere", "unknown"),
        ("tags", ["nothing"], "unknown"),
        ("tags", "nothing", "list_type"),
        ("targetWebhooks", [1], "string_type"),
        ("targetWebhooks", ["nobody"], "unknown"),
        ("custom", [], "dict_type"),
        ("custom", "x", "dict_type"),
        ("notification", "no", "bool_type"),
        ("readers", {}, "list_type"),
        ("signProfile", [], "too_short"),
        ("compress", "true", "bool_type"),
        ("expiredDate", "soon", "invalid"),
        ("options", {"camera": "photo"}, "needs_camera"),
        ("options", {"otpCode": "email"}, "needs_otpCode"),
        ("signProfile[0].order", -1, "greater_than_equal"),
        ("signProfile[0].role", "READER", "literal_error"),
        ("signProfile[0].phone", "300", "string_pattern_mismatch"),
        ("signProfile[0].notification", 1, "bool_type"),
        ("signProfile[0].label", 1, "bool_type"),
        ("signProfile[1].email", "Ana@Example.com", "duplicate"),
        ("signProfile[0].position[0].page", 3, "out_of_range"),
        ("signProfile[0].position[0].x", 1.5, "less_than_equal"),
        ("signProfile[0].position[0].x", 0.01, "off_page"),
    ],
)
def test_what_is_refused_is_named(auco: Auco, field: str, value: Any, code: str) -> None:
    fields = refused(auco, changed(field, value, seeds.upload))
    assert code in fields.values(), fields
    assert all(name.startswith(field.removesuffix(".x")) for name in fields), fields


def test_a_date_that_is_too_early_has_its_own_word(auco: Auco) -> None:
    soon = (clock.now() + timedelta(days=2, hours=23)).isoformat()
    assert refused(auco, seeds.upload(expiredDate=soon), "EXPIRED_DATE_INVALID") == {
        "expiredDate": "EXPIRED_DATE_INVALID"
    }
    accepted(auco, seeds.upload(expiredDate=(clock.now() + timedelta(days=3, minutes=1)).isoformat()))


def test_a_telephone_number_is_needed_where_a_channel_uses_it(auco: Auco) -> None:
    for more in ({"options": {"whatsapp": True}}, {"otpCode": True, "options": {"otpCode": "phone"}}):
        assert refused(auco, seeds.upload(**more)) == {"signProfile[1].phone": "required"}


def test_folder_tags_webhooks_and_custom_are_kept(auco: Auco) -> None:
    folder = Folder.objects.create(organization=auco.acme.organization, path="Leases/2026")
    Tag.objects.create(organization=auco.acme.organization, name="urgent")
    for word in ("signing", "archive"):
        Webhook.objects.create(organization=auco.acme.organization, word=word, url="https://acme.example/hook")
    custom = {"id": 7, "nested": {"é": [1.5, None, True, "🖋"]}, "big": 12345678901234567890}
    process = create(
        auco,
        seeds.upload(folder="/Leases/2026/", tags=["urgent"], targetWebhooks=["signing"], custom=custom, remember=6.0),
    )
    assert (process.folder, process.tags, process.webhooks) == (folder, ["urgent"], ["signing"])
    assert (process.custom, process.remind_every_hours) == (custom, 6)
    assert auco.get("/document", code=process.documents.get().code).json()["custom"] == custom
    assert create(auco, seeds.upload(webhooks=["archive"])).webhooks == ["archive"]


def test_without_custom_there_is_none_in_the_answer(auco: Auco) -> None:
    assert "custom" not in auco.get("/document", code=accepted(auco, seeds.upload())["document"]).json()
    code = accepted(auco, seeds.upload(custom={}))["document"]
    assert auco.get("/document", code=code).json()["custom"] == {}


def test_folders_and_tags_of_strangers_are_unknown(auco: Auco, stranger: Auco) -> None:
    Folder.objects.create(organization=stranger.acme.organization, path="Theirs")
    Tag.objects.create(organization=stranger.acme.organization, name="theirs")
    assert refused(auco, seeds.upload(folder="Theirs", tags=["theirs"])) == {"folder": "unknown", "tags[0]": "unknown"}


HOSTILE = [
    '{"a": "\\u0000"}',
    '{"\\u0000": 1}',
    '{"a": "\\ud800"}',
    '{"a": NaN}',
    '{"a": -Infinity}',
    '{"a": 1e999}',
    '{"a": ' + "[" * 60 + "]" * 60 + "}",
    '{"a": "' + "x" * 100_001 + '"}',
]


@pytest.mark.parametrize("custom", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_values_of_custom(auco: Auco, custom: str) -> None:
    body = json.dumps(seeds.upload(custom=0)).replace('"custom": 0', f'"custom": {custom}')
    assert refused(auco, body) == {"custom": "invalid"}


@pytest.mark.parametrize("field", ["name", "folder", "tags", "code", "document", "signProfile[0].type", "message"])
@pytest.mark.parametrize("value", ["a\0b", "\ud800", "x" * 20_001])
def test_hostile_texts(auco: Auco, field: str, value: str) -> None:
    body = changed(field, [value] if field == "tags" else value, seeds.upload)
    answer = auco.post(PATH, body)
    assert answer.status_code == 400
    assert not Process.objects.exists()


def test_a_crowd_is_refused(auco: Auco) -> None:
    crowd = [{"name": f"P {n}", "email": f"p{n}@example.com"} for n in range(10_000)]
    assert refused(auco, seeds.upload(signProfile=crowd)) == {"signProfile": "too_long"}
    assert refused(auco, seeds.upload(readers=crowd)) == {"readers": "too_long"}


# Notification for each signer, and what it makes the call return.


def test_silent_ones_come_with_id_and_link(auco: Auco) -> None:
    body = seeds.upload()
    body["signProfile"][1]["notification"] = False
    answer = accepted(auco, body)
    process = Process.objects.get()
    ana, benito = answer["signProfile"]
    assert ana == {"name": "Ana Pérez", "email": "ana@example.com", "phone": "+573000000001"}
    url = benito.pop("url")
    assert benito == {
        "id": somebody(process, "Benito").public_id, "name": "Benito Ruiz", "email": "benito@example.com", "phone": ""
    }  # fmt: skip
    assert (
        Client().get(url.removeprefix("http://127.0.0.1:8000") + "/state").json()["participant"]["id"] == benito["id"]
    )
    queue.run("invite")
    assert queue.told() == ["invite ana@example.com"]


def test_a_signers_own_notification_wins_both_ways(auco: Auco) -> None:
    body = seeds.upload(notification=False)
    body["signProfile"][0]["notification"] = True
    answer = accepted(auco, body)
    assert ["id" in signer for signer in answer["signProfile"]] == [False, True]
    queue.run("invite")
    assert queue.told() == ["invite ana@example.com"]


def test_the_silent_come_with_compress_too(auco: Auco) -> None:
    body = seeds.upload(file=None, compress=True, notification=False)
    answer = accepted(auco, body)
    assert sorted(answer) == ["document", "signProfile", "url"]
    assert all(signer["id"] for signer in answer["signProfile"])


def test_compress_gives_an_address_for_the_pdf(auco: Auco) -> None:
    answer = accepted(auco, seeds.upload(file=None, compress=True))
    assert sorted(answer) == ["document", "url"]
    document = Document.objects.get()
    assert document.state == Document.State.AWAITING_UPLOAD
    assert auco.get("/document", code=document.code).json()["status"] == "CREATED"
    put = Client().put(answer["url"].removeprefix("http://127.0.0.1:8000"), pdfs.contract(), "application/pdf")
    assert put.status_code == 200, put.content
    assert len(calls.jobs("invite")) == 2
    assert boxes(somebody(document.process, "Ana")) == [(1, 50, 80)]


def test_the_address_lives_as_long_as_the_contract_says(auco: Auco, settings: Any) -> None:
    from rubrica.files.models import UploadTicket

    settings.UPLOAD_URL_SECONDS = None
    accepted(auco, seeds.upload(file=None, compress=True))
    auco.create(seeds.with_compress())
    lives = [round((one.expires_at - clock.now()).total_seconds()) for one in UploadTicket.objects.order_by("pk")]
    assert 290 < lives[0] <= 300 and lives[1] <= 5


# Readers


def test_readers_are_told_of_every_step(auco: Auco) -> None:
    body = seeds.upload(readers=[{"name": "Rita", "email": "rita@example.com"}], notification=False)
    process = create(auco, body)
    for name in ("Ana", "Benito"):
        signer = somebody(process, name)
        signer.sign(kind="type", text=name, image=None, by=signer.actor())
    sending.finish_sealing(process)
    queue.run("invite", "tell_reader", "announce_finish")
    assert [one for one in queue.told() if "rita" in one] == [
        "update rita@example.com", "update rita@example.com", "finished rita@example.com"
    ]  # fmt: skip


def test_readers_are_asked_nothing_and_see_the_document(auco: Auco) -> None:
    process = create(auco, seeds.upload(readers=[{"name": "Rita", "email": "rita@example.com"}]))
    rita = somebody(process, "Rita")
    seen = state(rita)
    assert seen["participant"]["role"] == "READER" and seen["steps"] == []
    assert [document["name"] for document in seen["documents"]] == ["Contrato de arriendo"]
    path = sending.link(rita)
    signed = Client().post(
        path + "/signature", {"kind": "type", "text": "Rita", "consent": True}, content_type="application/json"
    )
    assert (signed.status_code, signed.json()["message"]) == (409, "NOT_A_SIGNER")
    code = process.documents.get().code
    assert {one["email"] for one in auco.get("/document", code=code).json()["signProfile"]} == {
        "ana@example.com", "benito@example.com"
    }  # fmt: skip


def test_a_reader_is_nobody_who_signs(auco: Auco) -> None:
    body = seeds.upload(readers=[{"name": "Ana", "email": "ANA@example.com"}, {"name": "R", "email": "r@example.com"}])
    body["readers"].append(dict(body["readers"][1]))
    assert refused(auco, body) == {"readers[0].email": "duplicate", "readers[2].email": "duplicate"}


# Where the signatures go


def test_tags_become_boxes(auco: Auco) -> None:
    """Ana has two of them, and what is shown has none left."""
    body = seeds.upload(pdfs.tagged(0, 1, 0))
    for signer in body["signProfile"]:
        del signer["position"]
        signer["label"] = True
    process = create(auco, body)
    document = process.documents.get()
    assert len(boxes(somebody(process, "Ana"))) == 2 and len(boxes(somebody(process, "Benito"))) == 1
    assert document.original_id != document.shown_id
    text = Client().get(f"{sending.link(somebody(process, 'Ana'))}/pages/1/text").content.decode()
    assert "signature" not in text


def test_a_label_may_be_a_text(auco: Auco) -> None:
    body = seeds.upload(pdfs.tagged(0))
    del body["signProfile"][0]["position"], body["signProfile"][1]
    body["signProfile"][0]["label"] = "Firma"
    assert len(boxes(somebody(create(auco, body)))) == 1


def test_a_missing_tag_is_named(auco: Auco) -> None:
    body = seeds.upload(pdfs.tagged(0))
    for signer in body["signProfile"]:
        del signer["position"]
        signer["label"] = True
    before = stored()
    answer = auco.post(PATH, body, **{"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["message"]) == (400, "TAG_MISSING")
    assert answer.json()["errors"] == [
        {"field": "signProfile[1].label", "code": "TAG_MISSING",
         "message": "The PDF has no tag {{signature:1}} as plain text."}
    ]  # fmt: skip
    assert stored() == before


def test_labels_need_the_file(auco: Auco) -> None:
    body = seeds.upload(file=None, compress=True)
    body["signProfile"][0] = {"name": "Ana", "email": "ana@example.com", "label": True}
    assert refused(auco, body) == {"signProfile[0].label": "needs_file"}


def test_types_of_a_template_bring_their_places(auco: Auco) -> None:
    template = positions(auco)
    body = seeds.upload(file=None, document=template.public_id)
    for signer, kind in zip(body["signProfile"], ("deudor", "codeudor"), strict=True):
        del signer["position"]
        signer["type"] = kind
    process = create(auco, body)
    assert sending.content(process.documents.get().original) == pdfs.contract()
    assert boxes(somebody(process, "Ana")) == [(1, 50, 50), (2, 50, 50)]
    assert boxes(somebody(process, "Benito")) == [(2, 90, 90)]
    assert [part.signer_type for part in process.documents.get().parts.all()] == ["deudor", "codeudor"]


def test_a_type_that_the_template_does_not_know(auco: Auco, stranger: Auco) -> None:
    body = seeds.upload(file=None, document=positions(auco).public_id)
    for signer in body["signProfile"]:
        del signer["position"]
        signer["type"] = "fiador"
    assert refused(auco, body) == {"signProfile[0].type": "unknown", "signProfile[1].type": "unknown"}
    body["document"] = positions(stranger).public_id
    assert refused(auco, body) == {"document": "unknown"}


def test_a_type_without_a_template_signs_on_a_page_of_its_own(auco: Auco) -> None:
    body = seeds.upload()
    body["signProfile"][0] = {"name": "Ana", "email": "ana@example.com", "type": ["firmante"]}
    body["signProfile"][1] = {"name": "Benito", "email": "benito@example.com", "role": "APPROVER"}
    process = create(auco, body)
    assert len(process.documents.get().pages) == 3
    assert [page for page, _, _ in boxes(somebody(process, "Ana"))] == [3]
    assert boxes(somebody(process, "Benito")) == []


def positions(auco: Auco) -> Template:
    template = Template.objects.create(
        organization=auco.acme.organization,
        kind=Template.Kind.POSITIONS,
        name="Arriendo",
        pdf=sending.keep(auco.acme, pdfs.contract()),
        pages=[[612, 792], [612, 792]],
    )
    template.place(
        {"deudor": [Box(1, 0.5, 0.5, 100, 40), Box(2, 0.5, 0.5, 100, 40)], "codeudor": [Box(2, 0.9, 0.9, 100, 40)]}
    )
    return template


# Who is asked when


def test_roles_and_order(auco: Auco) -> None:
    body = seeds.upload()
    body["signProfile"][0] |= {"order": "2"}
    body["signProfile"][1] = {"name": "Benito", "email": "benito@example.com", "role": "APPROVER", "order": "1"}
    process = create(auco, body)
    profile = auco.get("/document", code=process.documents.get().code).json()["signProfile"]
    assert [(one["name"], one["status"]) for one in profile] == [("Ana Pérez", "PENDING"), ("Benito", "NOTIFICATION")]


@pytest.mark.parametrize("key", ["", "puk"])
def test_it_needs_the_private_key(auco: Auco, key: str) -> None:
    answer = auco.post(PATH, seeds.upload(), key=auco.acme.public_key if key else "")
    assert (answer.status_code, answer.json()) == (401, {"message": "UNAUTHORIZED"})
    assert not Process.objects.exists()
