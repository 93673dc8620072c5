"""How a process begins, below any dialect."""

import re
from typing import Any

import pytest

from rubrica.processes import starting
from rubrica.processes.errors import Invalid
from rubrica.processes.models import Document, Event, Process
from rubrica.processes.sending import Place
from rubrica.sealing.values import Box, RefusedPdf
from tests import pdfs, sending
from tests.cast import Acme
from tests.contract.calls import stored
from tests.sending import person


def test_it_works(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana", "ID card"))
    assert re.fullmatch(r"[0-9a-f]{24}", process.public_id)
    assert (process.state, process.creator, process.language) == (Process.State.OPEN, acme.owner, "en")
    event = process.events.get()
    assert (event.kind, event.data) == (Event.Kind.CREATED, {"name": "Lease of Main Street 5"})
    assert Process.objects.get().chain_head


def test_codes_and_ids_are_not_guessed(acme: Acme) -> None:
    codes = {Document._meta.get_field("code").get_default() for _ in range(200)}
    assert len(codes) == 200
    assert all(re.fullmatch(r"[0-9A-Z]{10}", code) for code in codes)


def test_every_participant_has_an_id_of_their_own() -> None:
    assert len(set(starting._distinct_ids(1296))) == 1296
    with pytest.raises(ValueError, match="larger than population"):
        starting._distinct_ids(1297)


@pytest.mark.parametrize("pdf", [b"%PDF-", pdfs.encrypted(), pdfs.without_pages()])
def test_a_pdf_that_cannot_be_signed_starts_nothing(acme: Acme, pdf: bytes) -> None:
    before = stored()
    with pytest.raises(RefusedPdf):
        sending.start(acme, person("Ana"), pdf=pdf)
    assert stored() == before


def test_a_box_off_the_page_starts_nothing(acme: Acme) -> None:
    before = stored()
    places = [Place(Box(1, 0.5, 0.5, 100, 50), ("a",)), Place(Box(9, 0.5, 0.5, 100, 50), ("b",)),
              Place(Box(2, 0.01, 0.5, 100, 50), ("c",))]  # fmt: skip
    with pytest.raises(Invalid) as caught:
        sending.start_signing(acme, person("Ana", places=places))
    problems: Any = caught.value.problems
    assert [(p.path, p.code) for p in problems] == [(("b", "page"), "out_of_range"), (("c",), "off_page")]
    assert stored() == before


def test_a_failure_halfway_leaves_no_row(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    before = stored()

    def broken(*_: object) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr(starting, "_new_slots", broken)
    with pytest.raises(RuntimeError, match="half way"):
        sending.start(acme, person("Ana", "ID card"))
    assert stored() == before


def test_a_document_that_is_awaited_calls_nobody(acme: Acme) -> None:
    document = sending.await_upload(acme, person("Ana"), person("Benito"))
    assert document.state == Document.State.AWAITING_UPLOAD
    assert {p.status for p in document.process.participants.all()} == {"PENDING"}
    assert stored()["jobs"] == 0


def test_file_names_of_documents(acme: Acme) -> None:
    assert Document(name="Lease").file_name == "Lease.pdf"
    assert Document(name="Lease.PDF").file_name == "Lease.PDF"
