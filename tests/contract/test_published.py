"""POST /verify/digest and what POST /verify says of files that this installation has given out."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from rubrica.processes import finale
from rubrica.processes.models import Document, Event
from rubrica.processes.published import published
from rubrica.sealing.keyring.anchors import export_anchor
from rubrica.sealing.models import Authority
from tests import sending
from tests.cast import Acme
from tests.sending import content, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(acme: Acme, settings: Any, tmp_path: Path) -> Document:
    """A contract that Ana has signed, with the card that she has sent."""
    settings.DATA_DIR = tmp_path
    process = sending.start_signing(acme, person("Ana Pérez", "ID card"))
    ana = process.participants.get()
    file = sending.slot(process, "ID card")
    sending.deliver(acme, file)
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor())
    file.refresh_from_db()
    file.approve(sending.REVIEWER)
    document = process.documents.get()
    finale.seal_document(document.pk)
    document.refresh_from_db()
    export_anchor(Authority.objects.get().certificate_pem)  # as at the commit, which a test never reaches
    return document


def ask(client: Client, sha256: Any) -> Any:
    return client.post("/verify/digest", {"sha256": sha256}, content_type="application/json")


def test_it_works(client: Client, sealed: Document) -> None:
    pdf = content(sealed.sealed)
    found = ask(client, hashlib.sha256(pdf).hexdigest()).json()
    assert found["known"] is True
    assert (found["level"], found["newest"], found["organization"]) == ("B-B", True, "Acme")
    assert found["process"] == {
        "package": sealed.process.public_id, "code": sealed.code, "name": "Lease of Main Street 5", "document": "Lease",
    }  # fmt: skip
    whole = client.post("/verify", pdf, "application/pdf").json()
    assert whole["sealed_by_us"], whole
    assert found["files"] == whole["files"] and found["files"][0]["name"] == "cédula.jpg"
    assert whole["process"]["published"] is True
    assert (whole["intact"], whole["sealed_by_us"]) == (True, True)


def test_an_unknown_file_is_not_known(client: Client, sealed: Document) -> None:
    other = hashlib.sha256(b"another file").hexdigest()
    assert ask(client, other).json() == {
        "sha256": other, "known": False, "organization": None, "level": None, "sealed_at": None, "newest": None,
        "process": None, "files": [],
    }  # fmt: skip


def test_the_digests_of_other_files_tell_nothing(client: Client, sealed: Document) -> None:
    """Of the document as it was read, and of the card: whoever holds those is told nothing about the process."""
    assert sealed.shown is not None and sealed.original is not None
    card = sealed.process.requested_files.get().current
    assert card is not None
    for blob in (sealed.shown, sealed.original, card.blob):
        assert ask(client, blob.sha256).json()["known"] is False


def test_an_older_file_stays_known(client: Client, sealed: Document) -> None:
    assert sealed.sealed is not None
    sealed.process.record(
        "document.upgraded", sending.REVIEWER, code=sealed.code, sha256="ab" * 32, size=1, level="B-T"
    )
    older, newer = ask(client, sealed.sealed.sha256).json(), ask(client, "AB" * 32).json()
    assert (older["known"], older["newest"], older["level"]) == (True, False, "B-B")
    assert (newer["known"], newer["newest"], newer["level"]) == (True, True, "B-T")


def test_a_seal_that_was_never_given_out(client: Client, sealed: Document) -> None:
    """Two workers may each make a seal, and one is published: the other one is whole, but nobody ever got it."""
    pdf = content(sealed.sealed)
    Document.objects.filter(pk=sealed.pk).update(state=Document.State.SEALING)
    sealed.refresh_from_db()
    blob = finale._make_sealed_blob(sealed)[0]
    found = client.post("/verify", content(blob), "application/pdf").json()
    assert content(blob) != pdf
    assert (found["intact"], found["sealed_by_us"], found["process"]["published"]) == (True, True, False)
    page = client.post(
        "/verify", {"file": SimpleUploadedFile("a.pdf", content(blob))}, headers={"Accept": "text/html"}
    ).content.decode()
    assert "never given out here" in page or "nunca se entregó aquí" in page


@pytest.mark.parametrize("sha256", ["", "zz" * 32, "ab", 7, None, {}, "ab" * 1000])
def test_what_is_no_digest(client: Client, sha256: Any) -> None:
    answer = ask(client, sha256)
    assert (answer.status_code, answer.json()["message"]) == (400, "DIGEST_INVALID")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
def test_what_is_no_question(client: Client, body: bytes) -> None:
    answer = client.post("/verify/digest", body, content_type="application/json")
    assert (answer.status_code, answer.json()["message"]) == (400, "DIGEST_INVALID")


def test_only_post(client: Client) -> None:
    """A digest in an address would stand in logs."""
    assert client.get("/verify/digest?sha256=" + "ab" * 32).status_code == 405


def test_sentences_follow_the_language(client: Client, sealed: Document) -> None:
    changed = content(sealed.sealed) + b"\n"
    said = [
        client.post("/verify", changed, "application/pdf", headers={"Accept-Language": language}).json()
        for language in ("es", "pt", "en")
    ]
    assert len({found["changes_after_seal"] for found in said}) == 3
    assert said[2]["changes_after_seal"] == "Something was added behind the signature that no page shows."
    assert [found["signatures"][0]["changes"][0]["kind"] for found in said] == ["bytes"] * 3


def test_the_index_answers(sealed: Document) -> None:
    assert sealed.sealed is not None
    plans: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        with connection.execute_wrapper(_Explained(plans)):
            assert published(sealed.sealed.sha256) is not None
    assert any("_expr_idx" in plan for plan in plans), plans  # the index of one month on the digest


class _Explained:
    """Asks the planner about each question about events before it is asked."""

    def __init__(self, plans: list[str]) -> None:
        self.plans = plans

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if Event._meta.db_table in sql and sql.startswith("SELECT"):
            with context["connection"].connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}", params)
                self.plans += [row[0] for row in cursor.fetchall()]
        return execute(sql, params, many, context)
