"""Rubrica promises nothing that it cannot seal: whoever sends learns it before anything is stored (own.md §1)."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from rubrica import clock
from rubrica.processes.models import Process
from rubrica.sealing.keyring import keys
from rubrica.sealing.models import SealingKey
from rubrica.webhooks.models import Webhook
from tests import pdfs
from tests.cast import Acme
from tests.contract import seeds
from tests.contract.calls import BASE, Auco, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended(acme: Acme) -> SealingKey:
    keys.check_usable(acme.organization)
    SealingKey.objects.update(usable_until=clock.now() - timedelta(days=1))
    return SealingKey.objects.get()


SENDINGS: dict[str, tuple[str, Any]] = {
    "attachments": ("/attachments", seeds.with_base64()),
    "attachments, PDF to come": ("/attachments", seeds.with_compress()),
    "files alone": ("/attachments", seeds.without_document()),
    "document": ("/document/upload", seeds.upload()),
    "package": ("/document/many", seeds.many()),
}


def refusal(answer: Any, status: int, code: str) -> str:
    assert (answer.status_code, answer.json()["message"]) == (status, code), answer.content
    (error,) = answer.json()["errors"]
    return str(error["message"])


@pytest.mark.parametrize("kind", SENDINGS)
def test_nothing_is_begun_that_cannot_be_sealed(auco: Auco, ended: SealingKey, kind: str) -> None:
    before = stored()
    path, body = SENDINGS[kind]
    answer = auco.post(path, body, **{"Accept-Language": "en"})
    assert "Settings → Certificate" in refusal(answer, 409, "SIGNING_KEY_UNUSABLE")
    assert stored() == before


def test_what_is_in_edition_stays_as_it_was(auco: Auco, acme: Acme) -> None:
    code = auco.post("/document/upload", seeds.upload()).json()["document"]
    assert auco.post("/document/edit", {"code": code}).status_code == 200
    SealingKey.objects.update(usable_until=clock.now() - timedelta(days=1))
    refusal(auco.post("/document/upload", seeds.upload(code=code)), 409, "SIGNING_KEY_UNUSABLE")
    assert acme.organization.processes.get().state == Process.State.EDITING
    keys.rotate(acme.organization)
    assert auco.post("/document/upload", seeds.upload(code=code)).status_code == 200


def test_what_has_ended_is_not_opened_again(auco: Auco, acme: Acme) -> None:
    code = auco.post("/document/upload", seeds.upload()).json()["document"]
    cancelled = {"codes": [code], "message": "No.", "email": acme.owner.email}
    assert auco.post("/document/cancel", cancelled).json()["success"] == 1
    SealingKey.objects.update(usable_until=clock.now() - timedelta(days=1))
    body = json.dumps({"code": code, "email": acme.owner.email})
    headers = {"Authorization": acme.private_key}
    answer = auco.client.put(f"{BASE}/document/reactivate", body, "application/json", headers=headers)
    refusal(answer, 409, "SIGNING_KEY_UNUSABLE")
    assert acme.organization.processes.get().state == Process.State.CANCELLED
    keys.rotate(acme.organization)
    answer = auco.client.put(f"{BASE}/document/reactivate", body, "application/json", headers=headers)
    assert answer.status_code == 200, answer.content


def test_a_document_that_comes_late_is_not_taken(auco: Auco, acme: Acme) -> None:
    body = seeds.upload()
    del body["file"]
    answer = auco.post("/document/upload", {**body, "compress": True}).json()
    address = urlsplit(answer["url"]).path
    SealingKey.objects.update(usable_until=clock.now() - timedelta(days=1))
    refusal(auco.client.put(address, pdfs.contract(), "application/pdf"), 409, "SIGNING_KEY_UNUSABLE")
    keys.rotate(acme.organization)
    assert auco.client.put(address, pdfs.contract(), "application/pdf").status_code == 200  # the address is free again


def test_a_key_that_does_not_answer(auco: Auco, acme: Acme) -> None:
    row = keys.rotate(acme.organization)
    SealingKey.objects.filter(pk=row.pk).update(problem="The token did not sign.")
    said = refusal(auco.post("/attachments", seeds.with_base64()), 409, "SIGNING_KEY_UNUSABLE")
    assert "The token" not in said  # what a holder says is for members
    SealingKey.objects.update(problem="")
    auco.create(seeds.with_base64())


def test_another_secret(auco: Auco, acme: Acme, settings: Any) -> None:
    keys.rotate(acme.organization)
    keys._cache.clear()
    settings.SECRET_KEY = "another"
    refusal(auco.post("/attachments", seeds.with_base64()), 409, "SIGNING_KEY_UNUSABLE")


def test_of_another_organization_nothing_is_felt(auco: Auco, stranger: Auco, ended: SealingKey) -> None:
    keys.check_usable(stranger.acme.organization)
    stranger.create(seeds.with_base64())


def test_a_webhooks_header_under_another_secret_is_said_clearly(auco: Auco, acme: Acme, settings: Any) -> None:
    hook = Webhook(organization=acme.organization, word="default", url="https://crm.example.com/in")
    hook.header = ("X-Token", "s3cret")
    hook.make_key()
    hook.save()
    settings.SECRET_KEY = "another"
    assert "SECRET_KEY" in refusal(auco.get("/company"), 503, "SECRET_LOCKED")
