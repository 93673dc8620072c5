"""A document in which each signs, on the process's page: whose signatures are in it, and what went wrong."""

from django.test import Client
from django.urls import reverse

from rubrica.processes.models import Document, Evidence, Process, SignedRevision
from tests import sending
from tests.cast import Acme, signed_in
from tests.contract import calls
from tests.sending import keep, person


def sent(acme: Acme) -> Document:
    process = sending.start_signing(acme, person("Ana"), person("Ben"), signatures=Process.Signatures.EACH)
    document: Document = process.documents.get()
    return document


def page(client: Client, document: Document) -> str:
    answer = client.get(reverse("console:process", args=[document.process.public_id]))
    assert answer.status_code == 200
    return answer.content.decode()


def has_signed(acme: Acme, document: Document, number: int, name: str = "") -> None:
    who = sending.somebody(document.process, name) if name else None
    SignedRevision.objects.create(
        organization=acme.organization, document=document, participant=who, number=number,
        blob=keep(acme, b"%%PDF %d" % number),
    )  # fmt: skip


def test_it_works(acme: Acme) -> None:
    document, client = sent(acme), signed_in(acme.owner)
    assert "nobody yet" in page(client, document)
    has_signed(acme, document, 0)
    assert "nobody yet" in page(client, document)
    has_signed(acme, document, 1, "Ben")
    shown = page(client, document)
    assert "In it are the signatures of:" in shown and "<li>Ben ·" in shown
    assert "nobody yet" not in shown and "<li>Ana ·" not in shown


def test_where_one_seal_holds_everybodys_marks_nothing_is_said_of_it(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana"))
    assert "In it are the signatures of:" not in page(signed_in(acme.owner), process.documents.get())


def test_a_signature_that_could_not_be_put_in(acme: Acme) -> None:
    document = sent(acme)
    Document.objects.filter(pk=document.pk).update(seal_error="CANNOT_APPEND: The disk is <full>.")
    shown = page(signed_in(acme.owner), document)
    assert "A signature could not be put into “Lease”." in shown and "The disk is &lt;full&gt;." in shown
    assert "Seal again" not in shown  # the next signature and the seal make it good


def test_its_evidence_has_no_container_and_its_level_is_shown(acme: Acme) -> None:
    document = sent(acme)
    Process.objects.filter(pk=document.process_id).update(state="finished")
    Document.objects.filter(pk=document.pk).update(state="sealed", sealed=document.shown, level="B-B")
    found = Evidence.objects.create(
        organization=acme.organization, process=document.process, state="made", pdf=document.shown, level="B-T",
        level_error="TSA_AWAY: The timestamp server cannot be reached.",
    )  # fmt: skip
    client = signed_in(acme.owner)
    shown = page(client, document)
    assert "Sealed evidence (PDF)" in shown and "Container (ASiC-E)" not in shown and "PAdES B-T" in shown
    address = reverse("console:raise_evidence", args=[document.process.public_id])
    assert client.post(address).status_code == 302
    assert calls.jobs("raise_evidence") == [{"evidence_id": found.pk}]
    found.refresh_from_db()
    assert found.level_error == ""
