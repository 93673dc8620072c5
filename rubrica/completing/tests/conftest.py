"""A lease that Ana completes: the owner has said what the rent is, and who is asked."""

import io
from typing import Any

import pytest
from django.test import Client

from rubrica.completing import making
from rubrica.completing.models import Completion
from rubrica.completing.terms import Terms
from rubrica.processes.actor import RUBRICA
from rubrica.templating import definition
from rubrica.templating.models import Template
from rubrica.templating.tests import examples
from tests import sending
from tests.cast import Acme


def make_template(acme: Acme, raw: dict[str, Any] | None = None, complete: str = examples.COMPLETE) -> Template:
    body = raw or examples.LEASE
    parts = {name: value for name, value in body.items() if name not in {"name", "description"}}
    template = Template(organization=acme.organization, name=body.get("name", "A template"))
    template.define(definition.read(parts), None)
    template.mask = sending.keep(acme, examples.MASK.encode())
    template.complete = sending.keep(acme, complete.encode())
    template.keep()
    return template


def begin(acme: Acme, template: Template, fixed: dict[str, str], **terms: Any) -> Completion:
    sent = Terms(name="Arriendo calle 5", creator_email=acme.owner.email, creator_id=acme.owner.pk, **terms)
    return making.prebuild(acme.organization, template, fixed, "ana@example.com", sent, RUBRICA)


@pytest.fixture
def lease(acme: Acme) -> Completion:
    return begin(acme, make_template(acme), {"canon": "1500000", "correo": "ana@example.com"})


class Form:
    """The page as a browser without any script uses it."""

    def __init__(self, completion: Completion) -> None:
        self.path = "/c/" + completion.issue_link().rpartition("/")[2]
        self.client, self.pk = Client(), completion.pk

    @property
    def completion(self) -> Completion:
        return Completion.objects.select_related("process__organization", "draft").get(pk=self.pk)

    def get(self, path: str = "", **query: str) -> Any:
        return self.client.get(self.path + path, query)

    def post(self, path: str = "", *, shown: str = "", files: dict[str, bytes] | None = None, **answers: Any) -> Any:
        data: dict[str, Any] = {f"q-{name}": value for name, value in answers.items()}
        for name, content in (files or {}).items():
            data[f"q-{name}"] = io.BytesIO(content)
        return self.client.post(self.path + path, {**data, "shown": shown})

    def answers(self, **typed: Any) -> Any:
        return self.post("/answers", **typed).json()


@pytest.fixture
def form(lease: Completion) -> Form:
    return Form(lease)


SHOWN = "nombre documento celular inicio codeudor"


def filled(**changes: Any) -> dict[str, Any]:
    """Everything that the owner has not said, as the fields send it."""
    return {
        "nombre": "Ana Ruiz",
        "documento": "1084340519",
        "documento-type": "CC",
        "celular": "300 123 4567",
        "inicio": "2030-01-15",
        "codeudor": "no",
        **changes,
    }
