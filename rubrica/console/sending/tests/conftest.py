"""A draft as an editor leaves it: one PDF, Ana who signs, Benito who approves after her."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from rubrica.drafting.models import Draft
from tests import pdfs, sending
from tests.cast import Acme, signed_in

Typed = dict[str, Any]


def pdf(name: str = "contract.pdf", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or pdfs.contract(), "application/pdf")


def person(key: str, name: str, **more: Any) -> Typed:
    """The fields of one person's card; ``files`` are names, those that end in ``?`` need not come."""
    files = more.pop("files", [])
    said = {"name": name, "email": f"{key}@example.com", "phone": "", "role": "signer", "step": "1", "code": "",
            "pictures": "", **more}  # fmt: skip
    return {
        "person": [key],
        **{f"{key}-{field}": value for field, value in said.items()},
        f"{key}-file": [*(file.rstrip("?") for file in files), ""],
        f"{key}-must": [*("optional" if file.endswith("?") else "" for file in files), ""],
    }


def people(*cards: Typed, ordering: str = "together", do: str = "next") -> Typed:
    joined: Typed = {"person": [], "ordering": ordering, "do": do}
    for card in cards:
        joined["person"] += card.pop("person")
        joined |= card
    return joined


def place(person: str, page: int = 1, left: float = 60, top: float = 600) -> tuple[str, ...]:
    return person, str(page), str(left), str(top), "150", "50"


def places(paper: int, *rows: tuple[str, ...], do: str = "next") -> Typed:
    names = ("type", "page", "left", "top", "width", "height")
    return {"paper": paper, "do": do, **{name: [row[at] for row in rows] for at, name in enumerate(names)}}


def at(name: str, draft: Draft) -> str:
    return reverse(f"console:{name}", args=[draft.public_id])


@pytest.fixture
def olga(acme: Acme) -> Client:
    return signed_in(acme.owner)


@pytest.fixture
def draft(acme: Acme) -> Draft:
    """Made without reading the PDF, which costs a child process: the test of the upload does that."""
    made = Draft.begin(acme.owner)
    made.add("contract", [[612, 792]] * 2, sending.keep(acme, pdfs.contract()), "contract.pdf")
    return made


@pytest.fixture
def written(olga: Client, draft: Draft) -> Draft:
    """Complete: it can be sent."""
    cards = person("ana", "Ana Pérez"), person("benito", "Benito Díaz", role="approver")
    assert olga.post(at("save_draft_people", draft), people(*cards, ordering="one_by_one")).status_code == 302
    paper = draft.papers.get()
    assert olga.post(at("save_draft_places", draft), places(paper.pk, place("ana"))).status_code == 302
    said = {"name": "Lease", "subject": "Your lease", "message": "Please sign.", "do": "next"}
    assert olga.post(at("save_draft_message", draft), said).status_code == 302
    draft.refresh_from_db()
    return draft
