"""What intake finds in a PDF stays with the document: the sender is told, and the seal knows whose bytes they are."""

from pathlib import Path

import pytest

from rubrica.accounts.models import Organization
from rubrica.processes.binding import order
from rubrica.processes.models import Document
from rubrica.sealing.tests.material import sign_as_stranger
from rubrica.sealing.values import RefusedPdf
from tests import pdfs, sending
from tests.cast import Acme


@pytest.fixture
def signed(tmp_path: Path) -> bytes:
    source, target = tmp_path / "a.pdf", tmp_path / "b.pdf"
    source.write_bytes(pdfs.contract())
    sign_as_stranger(source, target)
    return target.read_bytes()


def document_of(acme: Acme, pdf: bytes) -> Document:
    document: Document = sending.start(acme, pdf=pdf).documents.get()
    return document


def test_what_was_taken_out_is_kept_with_the_document(acme: Acme) -> None:
    document = document_of(acme, pdfs.with_script())
    assert document.found == {"warnings": ["SCRIPTS_REMOVED"], "signatures": 0, "sound": 0}
    assert order(document).is_prepared


def test_signatures_that_came_are_counted_and_looked_at(acme: Acme, signed: bytes) -> None:
    document = document_of(acme, signed)
    assert document.found == {"warnings": ["SIGNED"], "signatures": 1, "sound": 1}
    assert not order(document).is_prepared


def test_a_signature_over_other_bytes_is_not_whole(acme: Acme, signed: bytes) -> None:
    assert b"612 792" in signed
    document = document_of(acme, signed.replace(b"612 792", b"611 792"))
    assert document.found is not None and (document.found["signatures"], document.found["sound"]) == (1, 0)


def test_documents_from_before_this_was_kept_count_as_a_strangers(acme: Acme) -> None:
    document = document_of(acme, pdfs.contract())
    document.found = None
    assert not order(document).is_prepared


def test_an_organization_may_refuse_what_is_active(acme: Acme) -> None:
    Organization.objects.filter(pk=acme.organization.pk).update(refuses_active_content=True)
    acme.organization.refresh_from_db()
    with pytest.raises(RefusedPdf, match="PDF_ACTIVE"):
        document_of(acme, pdfs.with_script())
    assert not Document.objects.exists()
    assert document_of(acme, pdfs.contract()).found
