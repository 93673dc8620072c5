"""Templates and the documents made from them over HTTP (contract/auco.md §§5.2, 5.4, 10)."""

import io
import re
from typing import Any

import pikepdf
import pytest
from django.test import Client

from rubrica.files.models import UploadTicket
from rubrica.processes.models import Document, Participant, Process
from rubrica.sealing.intake.render import page_words
from rubrica.templating import composing
from rubrica.templating.models import Template
from rubrica.templating.tests.examples import COMPLETE, LEASE, MASK, data, question, raw
from tests import sending
from tests.contract.calls import Auco, jobs

HEX = re.compile(r"[0-9a-f]{24}")


@pytest.fixture
def template(auco: Auco) -> Template:
    return made(auco)


def made(auco: Auco, body: dict[str, Any] = LEASE, complete: str = COMPLETE, mask: str = MASK) -> Template:
    answer = auco.post("/template", body)
    assert answer.status_code == 200, answer.content
    urls = answer.json()["urls"]
    assert put(auco, urls["mask"], mask).status_code == 200
    assert put(auco, urls["complete"], complete).status_code == 200
    return Template.objects.get(public_id=answer.json()["id"])


def put(auco: Auco, url: str, content: str | bytes) -> Any:
    raw_content = content.encode() if isinstance(content, str) else content
    return auco.client.put(url.removeprefix("http://127.0.0.1:8000"), raw_content, "text/html")


def change(auco: Auco, body: dict[str, Any]) -> Any:
    return auco.client.put("/v1.5/ext/template", body, "application/json",
                           headers={"Authorization": auco.acme.private_key})  # fmt: skip


def save(template: Template, **changes: Any) -> dict[str, Any]:
    body = {"email": "olga@acme.example", "document": template.public_id, "sign": True, "name": "Arriendo Ana"}
    return {**body, "data": data(), **changes}


def text_of(document: Document, tmp_path: Any) -> str:
    path = tmp_path / "document.pdf"
    path.write_bytes(sending.content(document.original))
    with pikepdf.open(io.BytesIO(path.read_bytes())) as pdf:
        pages = len(pdf.pages)
    return " ".join(word.text for number in range(1, pages + 1) for word in page_words(path, number))


def errors(answer: Any, message: str = "VALIDATION_ERROR") -> dict[str, str]:
    assert (answer.status_code, answer.json()["message"]) == (400, message), answer.content
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


def test_it_is_made_with_two_single_use_addresses(auco: Auco) -> None:
    answer = auco.post("/template", LEASE).json()
    assert set(answer) == {"id", "urls"} and set(answer["urls"]) == {"mask", "complete"}
    assert HEX.fullmatch(answer["id"])
    first = put(auco, answer["urls"]["complete"], COMPLETE)
    assert (first.status_code, first.json()) == (200, {"message": "OK", "removed": []})
    again = put(auco, answer["urls"]["complete"], COMPLETE)
    assert (again.status_code, again.json()["message"]) == (409, "UPLOAD_URL_USED")


def test_an_address_that_is_too_old_or_unknown(auco: Auco) -> None:
    url = auco.post("/template", LEASE).json()["urls"]["mask"]
    UploadTicket.objects.update(expires_at="2020-01-01T00:00:00Z")
    for one in (url, url + "x", "http://127.0.0.1:8000/uploads/t." + "x" * 43):
        answer = put(auco, one, MASK)
        assert (answer.status_code, answer.json()["message"]) == (403, "UPLOAD_URL_EXPIRED")


def test_a_script_in_the_html_is_taken_out_and_said_so(auco: Auco) -> None:
    url = auco.post("/template", LEASE).json()["urls"]["complete"]
    hostile = COMPLETE.replace("</body>", "<script>alert(1)</script><img src=x onerror=alert(1)></body>")
    answer = put(auco, url, hostile)
    assert answer.json()["removed"] == ["script", "event handlers"]
    stored = sending.content(Template.objects.get().complete).decode()
    assert "script" not in stored and "onerror" not in stored and "Contrato de arriendo" in stored


def test_html_that_is_too_large(auco: Auco) -> None:
    url = auco.post("/template", LEASE).json()["urls"]["complete"]
    assert put(auco, url, b"x" * (5 << 20)).status_code == 413
    assert put(auco, url, COMPLETE).status_code == 200  # nothing was stored, so the address is still good


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"name": None}, {"name": "string_type"}),
        ({"description": "x" * 501}, {"description": "string_too_long"}),
        ({"config": [question(name="a"), question(name="a")]}, {"config[1].name": "duplicate"}),
        ({"config": [question("clock")]}, {"config[0].type": "unknown_choice"}),
        ({"config": [question(colour="red")]}, {"config[0].colour": "unknown_attribute"}),
        ({"config": [question(regex="(")]}, {"config[0].regex": "regex_invalid"}),
        ({"sign": ["nobody"]}, {"sign[0]": "unknown_question"}),
    ],
)
def test_what_does_not_hold_together_is_said_by_path(auco: Auco, changes: Any, wrong: dict[str, str]) -> None:
    body = {"name": "T", **raw(), **changes}
    assert errors(auco.post("/template", body)) == wrong
    assert not Template.objects.exists()


def test_a_change_keeps_what_is_not_sent(auco: Auco, template: Template) -> None:
    answer = change(auco, {"id": template.public_id, "name": "Otro", "sign": ["nombre"]})
    assert answer.status_code == 200 and set(answer.json()) == {"id", "urls"}
    found = auco.get("/template", id=template.public_id).json()
    assert (found["name"], found["sign"], found["config"]) == ("Otro", ["nombre"], LEASE["config"])
    assert found["description"] == LEASE["description"]
    assert Template.objects.get().complete_id == template.complete_id


@pytest.mark.parametrize("description", ["", None])
def test_a_description_cannot_be_emptied(auco: Auco, template: Template, description: object) -> None:
    answer = change(auco, {"id": template.public_id, "description": description})
    assert list(errors(answer)) == ["description"]


def test_a_page_that_came_while_a_change_was_read_stays(auco: Auco) -> None:
    """Reading a definition takes seconds: the page is there, and the template switched off, before it is kept."""
    made_now = auco.post("/template", LEASE).json()
    reading = Template.objects.get(public_id=made_now["id"])
    assert put(auco, made_now["urls"]["complete"], COMPLETE).status_code == 200
    Template.objects.get().activate(False)
    reading.rename("Otro", None)
    reading.keep()
    kept = Template.objects.get()
    assert (kept.name, kept.is_active, kept.removed) == ("Otro", False, {"complete": []})
    assert "Contrato de arriendo" in sending.content(kept.complete).decode()


def test_a_change_that_breaks_what_stays_is_refused(auco: Auco, template: Template) -> None:
    answer = change(auco, {"id": template.public_id, "config": [question(name="alone")]})
    assert "sign[0]" in errors(answer)
    assert Template.objects.get().raw == template.raw


def test_the_list_and_one(auco: Auco, template: Template) -> None:
    template.activate(False)
    listed = auco.get("/template").json()
    assert set(listed) == {"data"}
    summary = listed["data"][0]
    assert set(summary) == {"id", "name", "description", "created_at", "updated_at", "status"}
    assert summary["status"] == "inactive" and summary["created_at"].endswith("Z")
    one = auco.get("/template", id=template.public_id).json()
    assert one.items() >= summary.items()
    assert one["signatureProfile"] == LEASE["signatureProfile"] and one["preBuild"] is False


def test_another_organizations_template_is_not_found(auco: Auco, stranger: Auco, template: Template) -> None:
    assert stranger.get("/template").json() == {"data": []}
    for answer in (
        stranger.get("/template", id=template.public_id),
        change(stranger, {"id": template.public_id, "name": "Mine"}),
        auco.get("/template", id="nothing"),
    ):
        assert (answer.status_code, answer.json()["message"]) == (404, "TEMPLATE_NOT_FOUND")
    assert errors(stranger.post("/document/save", save(template)), "TEMPLATE_NOT_FOUND") == {
        "document": "TEMPLATE_NOT_FOUND"
    }


def test_keys(auco: Auco, template: Template) -> None:
    assert auco.post("/template", LEASE, key=auco.acme.public_key).status_code == 401
    assert auco.get("/template", key=auco.acme.private_key).status_code == 401
    assert auco.get("/document", key="puk_nothing").status_code == 401
    assert change(Auco(auco.acme), {"name": "no id"}).status_code == 400


def test_get_document_with_neither_lists_templates(auco: Auco, stranger: Auco, template: Template) -> None:
    (item,) = auco.get("/document").json()
    assert item["_id"] == template.public_id
    assert set(item) == {"_id", "name", "description", "status", "createdAt", "updatedAt"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", item["createdAt"])
    assert stranger.get("/document").json() == []


def test_save_makes_the_document_and_its_signers(auco: Auco, template: Template, tmp_path: Any) -> None:
    answer = auco.post("/document/save", save(template))
    assert answer.status_code == 200, answer.content
    document = Document.objects.get()
    assert answer.json() == {"document": document.code}
    (ana,) = document.process.participants.all()
    assert (ana.name, ana.email, ana.phone, ana.status) == (
        "Ana Ruiz", "ana@example.com", "+573001234567", Participant.Status.NOTIFICATION,
    )  # fmt: skip
    assert document.state == Document.State.OPEN and document.boxes.count() == 1
    box = document.boxes.get()
    assert (box.page, round(box.width), round(box.height)) == (1, 170, 57)
    words = text_of(document, tmp_path)
    for part in ("ANA RUIZ", "CC 1084340519", "$1.500.000 (UN MILLÓN QUINIENTOS MIL PESOS)", "15 de enero de 2030",
                 "No hay codeudor."):  # fmt: skip
        assert part in words
    assert "Firmado por todos" not in words and "Responde" not in words
    assert [job["participant_id"] for job in jobs("invite")] == [ana.pk]


def test_a_condition_brings_another_signer(auco: Auco, template: Template, tmp_path: Any) -> None:
    more = {"codeudor": "si", "nombre_codeudor": "Luis Gómez", "correo_codeudor": "luis@example.com"}
    assert auco.post("/document/save", save(template, data=data(**more))).status_code == 200
    document = Document.objects.get()
    assert sorted(document.process.participants.values_list("email", flat=True)) == [
        "ana@example.com",
        "luis@example.com",
    ]
    assert document.boxes.count() == 2
    assert "Responde como codeudor LUIS GÓMEZ" in text_of(document, tmp_path)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"correo": "nobody"}, {"data[2].value": "email"}),
        ({"canon": "99999"}, {"data[4].value": "too_small"}),
        ({"inicio": "31/02/2030"}, {"data[5].value": "date"}),
        ({"nombre": " "}, {"data[0].value": "required"}),
        ({"nothing": "x"}, {"data[6].key": "unknown_question"}),
        ({"codeudor": "si"}, {"data.nombre_codeudor": "required", "data.correo_codeudor": "required"}),
    ],
)
def test_answers_that_do_not_fit(auco: Auco, template: Template, changes: dict[str, str], wrong: Any) -> None:
    assert errors(auco.post("/document/save", save(template, data=data(**changes)))) == wrong
    assert not Process.objects.exists()


def test_who_is_not_told_is_listed_with_an_id(auco: Auco, template: Template) -> None:
    body = {**LEASE, "signatureProfile": [{**LEASE["signatureProfile"][0], "notification": False},
                                          LEASE["signatureProfile"][1]]}  # fmt: skip
    quiet = made(auco, body)
    more = {"codeudor": "si", "nombre_codeudor": "Luis", "correo_codeudor": "luis@example.com"}
    answer = auco.post("/document/save", save(quiet, data=data(**more))).json()
    ana, luis = Participant.objects.order_by("pk")
    url = answer["signProfile"][0].pop("url")
    assert answer["signProfile"] == [{"id": ana.public_id, "email": ana.email}, {"email": luis.email}]
    state = Client().get(url.removeprefix("http://127.0.0.1:8000") + "/state").json()
    assert state["participant"]["id"] == ana.public_id


def test_when_nobody_is_told_everybody_has_a_link(auco: Auco, template: Template) -> None:
    answer = auco.post("/document/save", save(template, notification=False)).json()
    assert [set(one) for one in answer["signProfile"]] == [{"id", "email", "url"}]
    assert not jobs("invite")


def test_what_holds_for_the_whole_process_is_kept(auco: Auco, template: Template) -> None:
    more = {"readers": [{"name": "Rita", "email": "rita@example.com"}], "expiredDate": "2090-01-01T00:00:00.000Z"}
    checks = {"camera": True, "otpCode": True, "options": {"camera": "identification"}}
    body = save(template, remember=6, custom={"a": 1}, **more, **checks)
    assert auco.post("/document/save", body).status_code == 200
    process = Process.objects.get()
    assert (process.kind, process.remind_every_hours, process.custom) == ("document", 6, {"a": 1})
    ana, rita = process.participants.order_by("role")[1], process.participants.get(role="reader")
    assert ana.identity["claimed"] == {"country": "CO", "type": "CC", "number": "1084340519"}
    assert ana.identity["checks"] == ["otp", "photo", "identification"] and rita.identity == {}


def test_on_paper_nobody_signs_and_the_creator_gets_it(auco: Auco, template: Template) -> None:
    answer = auco.post("/document/save", save(template, sign=False))
    assert answer.status_code == 200 and set(answer.json()) == {"document"}
    process = Process.objects.get()
    assert not process.participants.exists()
    assert jobs("send_to_print") == [{"process_id": process.pk}]
    assert not jobs("invite")


def test_a_template_without_its_html(auco: Auco) -> None:
    public_id = auco.post("/template", LEASE).json()["id"]
    template = Template.objects.get(public_id=public_id)
    assert errors(auco.post("/document/save", save(template)), "TEMPLATE_INCOMPLETE") == {
        "document": "TEMPLATE_INCOMPLETE"
    }


def test_an_inactive_template_makes_nothing(auco: Auco, template: Template) -> None:
    template.activate(False)
    assert "document" in errors(auco.post("/document/save", save(template)), "TEMPLATE_NOT_FOUND")


def test_html_that_cannot_be_set_in_time(auco: Auco, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing, "SECONDS", 2)
    endless = COMPLETE.replace("</body>", "<table>" * 200 + "<tr><td>x" * 20_000 + "</body>")
    template = made(auco, complete=endless)
    assert "document" in errors(auco.post("/document/save", save(template)), "DOCUMENT_NOT_COMPOSED")
    assert not Process.objects.exists()


def test_without_pango_templates_say_so_and_the_rest_works(
    auco: Auco, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composing, "missing_library", lambda: "cannot load library 'pango'")
    for answer in (
        auco.post("/template", LEASE),
        change(auco, {"id": template.public_id, "name": "x"}),
        auco.post("/document/save", save(template)),
    ):
        assert (answer.status_code, answer.json()["message"]) == (503, "TEMPLATES_UNAVAILABLE")
    assert auco.get("/template").status_code == 200
    assert not Process.objects.exists()


def test_only_put_brings_html(auco: Auco, client: Client) -> None:
    url = auco.post("/template", LEASE).json()["urls"]["mask"].removeprefix("http://127.0.0.1:8000")
    assert client.get(url).status_code == 405
    assert UploadTicket.objects.filter(claimed_at=None).count() == 2
