"""What is wrong with a field is said in the language of the caller, whatever is wrong (contract/own.md §3)."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from pydantic import BaseModel, ValidationError

from rubrica.api.auco import errors, schemas
from rubrica.processes.errors import Problem
from tests.contract import seeds
from tests.contract.calls import Auco

PRODUCT = Path(__file__).resolve().parents[2] / "rubrica"
WRONG: list[Any] = [None, 7, -1, 1.5, math.nan, 1e300, "", " ", "x", "x" * 400, "a\nb", "\ud800", "2001-01-01", True,
                    [], ["x"], [{}], [[]], [7] * 2000, {}, {"x": 1}]  # fmt: skip
MODELS = [
    model
    for model in vars(schemas).values()
    if isinstance(model, type) and issubclass(model, schemas.Wire) and model is not schemas.Wire
]


def translated(language: str) -> set[str]:
    known: set[str] = set()
    for path in PRODUCT.rglob(f"locale/{language}/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            known |= {str(message.id) for message in read_po(file) if message.string}
    return known


def problems(model: type[BaseModel]) -> Iterator[Problem]:
    """Everything that can be said of each field alone."""
    for body in [*WRONG, *({name: value} for name in model.model_fields for value in WRONG)]:
        try:
            model.model_validate(body)
        except ValidationError as error:
            for one in error.errors(include_url=False):
                yield errors._problem({**one, "loc": ("body", "payload", *one["loc"])})


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_fault_of_every_field_has_a_sentence_of_ours(model: type[BaseModel]) -> None:
    found = list(problems(model))
    assert found
    spanish, portuguese = translated("es"), translated("pt")
    for problem in found:
        assert problem.message in spanish & portuguese, problem
        assert problem.message != errors.OTHERWISE, problem
        assert "%(" not in problem.sentence(), problem


def test_paths_name_fields_and_nothing_else() -> None:
    names = {name for model in MODELS for name in model.model_fields} | {"webhooks"}
    for model in MODELS:
        for problem in problems(model):
            assert {part for part in problem.path if isinstance(part, str)} <= names, problem


WORDS = {
    "role": ("literal_error", "Debe ser uno de 'SIGNER', 'APPROVER'.", "Deve ser um de 'SIGNER', 'APPROVER'."),
    "name": ("string_too_long", "Puede tener como máximo 200 caracteres.", "Pode ter no máximo 200 caracteres."),
    "options": ("model_type", "Debe ser un objeto.", "Deve ser um objeto."),
    "files": ("list_type", "Debe ser una lista.", "Deve ser uma lista."),
    "email": ("invalid", "No es una dirección de correo electrónico.", "Não é um endereço de e-mail."),
    "phone": (
        "string_pattern_mismatch",
        "Debe ser un número de teléfono con + y código de país, como +573000000000.",
        "Deve ser um número de telefone com + e código do país, como +573000000000.",
    ),
}


@pytest.mark.parametrize(("language", "place"), [("es-CO,es;q=0.9", 1), ("pt-BR", 2)])
def test_messages_follow_the_language(auco: Auco, language: str, place: int) -> None:
    wrong = {"role": "BOSS", "name": "x" * 201, "options": [], "files": {}, "email": "nobody", "phone": "12"}
    body = seeds.without_document()
    body["signProfile"][0] |= wrong
    answer = auco.post("/attachments", body, **{"Accept-Language": language})
    said = {error["field"].rpartition(".")[2]: (error["code"], error["message"]) for error in answer.json()["errors"]}
    assert said == {name: (words[0], words[place]) for name, words in WORDS.items()}


@pytest.mark.parametrize("language", ["en", "fr", "", "*", "xx-YY;q=banana"])
def test_other_languages_get_one_that_we_have(auco: Auco, language: str) -> None:
    answer = auco.post("/attachments", seeds.without_document() | {"remember": 5}, **{"Accept-Language": language})
    assert answer.json()["errors"][0]["message"] in {
        "This must be a positive multiple of 3 hours.",
        "Debe ser un múltiplo positivo de 3 horas.",
    }


def test_one_fault_is_said_once(auco: Auco) -> None:
    """``label`` may be true or a text; a number is neither, and that is one fault."""
    fields = [problem.path for problem in problems(schemas.Signer) if problem.path == ("label",)]
    assert fields
    body = seeds.without_document()
    body["signProfile"][0] |= {"label": 7}
    answer = auco.post("/attachments", body)
    assert [error["field"] for error in answer.json()["errors"]] == ["signProfile[0].label"]


def test_a_read_without_its_question_says_so_in_the_language(auco: Auco) -> None:
    headers = {"Authorization": auco.acme.public_key, "Accept-Language": "pt"}
    answer = auco.client.get("/v1.5/ext/attachments", headers=headers)
    assert answer.json()["errors"][0]["message"] == "Envie package ou code."
