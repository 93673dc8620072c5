"""What callers and participants are told is there in their language (contract/own.md §3, last row)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from rubrica.api.auco.errors import SENTENCES

PRODUCT = Path(__file__).resolve().parents[2] / "rubrica"
ROOMS = (
    "api",
    "templating",
    "completing",
    "processes",
    "drafting",
    "bulk",
    "files",
    "signer",
    "sealing",
    "accounts",
    "team",
)
REFUSALS = {
    "CheckFailed",
    "TooOften",
    "Problem",
    "Refused",
    "IntakeRefused",
    "RefusedPdf",
    "RefusedImage",
    "ValueError",
    "Fault",
    "TemplateRefused",
    "_Wrong",
    "KeyUnusable",
    "HolderFailed",
    "CertificateRefused",
    "InvitationRefused",
}


def sentences() -> Iterator[str]:
    """Every text with a blank in it that a refusal is made with."""
    yield from SENTENCES.values()
    for room in ROOMS:
        for path in (PRODUCT / room).rglob("*.py"):
            if "tests" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS:
                    yield from texts(node)


def texts(refusal: ast.Call) -> Iterator[str]:
    for node in ast.walk(refusal):
        assert not isinstance(node, ast.JoinedStr), f"{ast.unparse(node)} cannot be translated once it is filled in"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith("."):
            yield node.value


@pytest.mark.parametrize("language", ["es", "pt"])
def test_every_refusal_is_translated(language: str) -> None:
    known: set[str] = set()
    for path in PRODUCT.rglob(f"locale/{language}/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            known |= {str(message.id) for message in read_po(file) if message.string}
    said = set(sentences())
    assert len(said) > 50
    assert sorted(said - known) == []
