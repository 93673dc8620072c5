"""Documents that somebody else completes (contract/auco.md §5.3), and template documents of packages (§6)."""

from typing import Any

import pytest

from rubrica.completing import notices
from rubrica.completing.models import Completion
from rubrica.completing.tests.conftest import SHOWN, Form, filled
from rubrica.processes.models import Document, Participant, Process
from rubrica.templating.models import Template
from rubrica.templating.tests.examples import LEASE, data
from tests.contract.calls import Auco, jobs, stored
from tests.contract.test_templates import errors, made


@pytest.fixture
def template(auco: Auco) -> Template:
    return made(auco)


def prebuild(template: Template, **changes: Any) -> dict[str, Any]:
    body = {"email": "olga@acme.example", "document": template.public_id, "name": "Arriendo Ana", "sign": True}
    answers = [{"key": "canon", "value": "1500000"}, {"key": "correo", "value": "ana@example.com"}]
    return {**body, "notification": True, "emailTo": "ana@example.com", "preBuild": answers, **changes}


def begun(auco: Auco, template: Template, **changes: Any) -> Completion:
    answer = auco.post("/document/prebuild", prebuild(template, **changes))
    assert answer.status_code == 200, answer.content
    completion = Completion.objects.get()
    assert answer.json() == {"document": completion.process.documents.get().code}
    return completion


def test_the_document_is_there_from_the_call_on(auco: Auco, template: Template) -> None:
    completion = begun(auco, template)
    document = Document.objects.get()
    found = auco.get("/document", code=document.code).json()
    assert (found["status"], found["name"], found["signProfile"]) == ("CREATED", "Arriendo Ana", [])
    assert not Participant.objects.exists()
    assert jobs("ask_to_complete") == [{"completion_id": completion.pk, "key": f"complete:{completion.pk}"}]


def test_what_somebody_completes_is_sealed_once(auco: Auco, template: Template) -> None:
    """Whether everybody has one place on it is known only when the recipient is done."""
    before = stored()
    answer = auco.post("/document/prebuild", prebuild(template, signatures="each"))
    assert errors(answer) == {"signatures": "not_supported"}
    assert stored() == before


def test_the_recipient_gets_a_link_by_mail(auco: Auco, template: Template, mailoutbox: list[Any]) -> None:
    completion = begun(auco, template)
    for _twice in range(2):
        notices.ask_to_complete(completion.pk, f"complete:{completion.pk}")
    (mail,) = mailoutbox
    assert mail.to == ["ana@example.com"] and "/c/" in mail.body


def test_when_it_is_completed_it_goes_to_its_signers(auco: Auco, template: Template) -> None:
    form = Form(begun(auco, template, remember=6, custom={"case": 7}))
    form.post(shown=SHOWN, **filled())
    form.client.post(f"{form.path}/send", {"digest": form.completion.draft.sha256})  # type: ignore[union-attr]
    document = Document.objects.get()
    found = auco.get("/document", code=document.code).json()
    assert [one["email"] for one in found["signProfile"]] == ["ana@example.com"]
    assert found["custom"] == {"case": 7} and found["url"]
    assert Process.objects.get().remind_every_hours == 6


@pytest.mark.parametrize("field", ["email", "name", "document", "preBuild", "sign", "notification", "emailTo"])
def test_what_is_required(auco: Auco, template: Template, field: str) -> None:
    body = prebuild(template)
    del body[field]
    before = stored()
    assert errors(auco.post("/document/prebuild", body)) == {field: "required"}
    assert stored() == before


def test_a_variable_that_the_template_does_not_have(auco: Auco, template: Template) -> None:
    body = prebuild(template, preBuild=[{"key": "nothing", "value": "x"}])
    assert errors(auco.post("/document/prebuild", body)) == {"preBuild[0].key": "unknown_question"}


def test_a_value_that_does_not_fit(auco: Auco, template: Template) -> None:
    body = prebuild(template, preBuild=[{"key": "canon", "value": "12"}])
    assert errors(auco.post("/document/prebuild", body)) == {"preBuild[0].value": "too_small"}


def test_only_what_the_template_lets_be_filled_before(auco: Auco) -> None:
    allowing = made(auco, {**LEASE, "preBuild": True, "preBuildData": ["canon", "correo"]})
    body = prebuild(allowing, preBuild=[{"key": "nombre", "value": "Ana"}])
    assert errors(auco.post("/document/prebuild", body)) == {"preBuild[0].key": "not_pre_filled"}
    assert begun(auco, allowing, preBuild=[]).fixed == {"correo": "ana@example.com"}


def test_the_contract_takes_a_prebuild_that_tells_nobody(auco: Auco, template: Template) -> None:
    """Their links are then made by a member in the console, as no call gives them after the answers are in."""
    completion = begun(auco, template, notification=False)
    assert not completion.process.notify


def test_a_template_that_does_not_exist(auco: Auco, template: Template) -> None:
    body = prebuild(template, document="0" * 24)
    assert errors(auco.post("/document/prebuild", body), "TEMPLATE_NOT_FOUND") == {"document": "TEMPLATE_NOT_FOUND"}


def many(template: Template, **changes: Any) -> dict[str, Any]:
    body = {"email": "olga@acme.example", "name": "Arriendos", "document": template.public_id}
    return {**body, "documents": [{"name": "Uno"}, {"name": "Dos"}], "data": data(), **changes}


def test_a_package_of_documents_from_one_template(auco: Auco, template: Template) -> None:
    own = data(nombre="Ana María", correo="ana@example.com")
    body = many(template, documents=[{"name": "Uno"}, {"name": "Dos", "data": own}])
    answer = auco.post("/document/many", body)
    assert answer.status_code == 200, answer.content
    assert [one["name"] for one in answer.json()["documents"]] == ["Uno", "Dos"]
    assert all("url" not in one for one in answer.json()["documents"])
    assert Participant.objects.get().email == "ana@example.com"
    assert Document.objects.filter(state=Document.State.OPEN).count() == 2


def test_a_fault_in_one_document_is_said_at_its_place(auco: Auco, template: Template) -> None:
    wrong = data(canon="1")
    body = many(template, documents=[{"name": "Uno"}, {"name": "Dos", "data": wrong}])
    before = stored()
    assert errors(auco.post("/document/many", body)) == {"documents[1].data[4].value": "too_small"}
    assert stored() | {"jobs": 0, "Blob": 0, "files": 0} == before | {"jobs": 0, "Blob": 0, "files": 0}


def test_save_with_documents_is_a_package(auco: Auco, template: Template) -> None:
    answer = auco.post("/document/save", many(template, sign=True))
    assert answer.status_code == 200, answer.content
    assert set(answer.json()) == {"id", "documents"}
