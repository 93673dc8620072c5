"""What happens to records is told to the webhook ``records``, and to no other."""

import json
from typing import Any

import pytest

from rubrica.webhooks.models import Delivery, Webhook
from tests.cast import Acme
from tests.contract.aero import Aero, at


@pytest.fixture
def aero(acme: Acme) -> Aero:
    client = Aero(acme.owner)
    client.define()
    return client


def hook(acme: Acme, word: str) -> Webhook:
    made = Webhook(organization=acme.organization, word=word, url="https://hooks.example/in")
    made.make_key()
    made.save()
    return made


def bodies() -> list[dict[str, Any]]:
    return [json.loads(delivery.body) for delivery in Delivery.objects.order_by("pk")]


def test_every_event_of_a_record_is_told_in_its_order(aero: Aero, acme: Acme) -> None:
    hook(acme, "records")
    made = aero.new(title="a", externalId="one")
    aero.patch(at(made["_id"]), {"title": "b"})
    path = f"{at(made['_id'])}/attachments?valuePath=picture"
    aero.call("POST", path, {"fileName": "a.txt", "content": "aGVsbG8="})
    aero.delete(at(made["_id"]))
    told = bodies()
    assert [body["status"] for body in told] == [
        "record.created",
        "record.changed",
        "attachment.added",
        "attachment.removed",
        "record.deleted",
    ]
    assert {(body["type"], body["environment"], body["_id"]) for body in told} == {("record", "acme", made["_id"])}
    assert told[1]["data"] == {"fields": ["title"]}
    assert told[1]["documentDefinition"]["name"] == "Invoices" and told[1]["externalId"] == "one"
    assert told[1]["byUserId"] == made["_createdByUserId"]
    assert {delivery.subject for delivery in Delivery.objects.all()} == {f"record:{made['_id']}"}


def test_receivers_of_processes_hear_nothing_of_records(aero: Aero, acme: Acme) -> None:
    hook(acme, "default")
    made = aero.new(title="a")
    aero.delete(at(made["_id"]))
    assert bodies() == []


def test_a_refused_call_tells_nobody(aero: Aero, acme: Acme) -> None:
    hook(acme, "records")
    made = aero.new(title="a")
    aero.patch(at(made["_id"]), {"title": 7})
    aero.patch(at(made["_id"]), {"title": "a"})
    assert [body["status"] for body in bodies()] == ["record.created"]
