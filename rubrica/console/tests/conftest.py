"""A lease: Ana signs and owes two files, Benito approves after her; her ID card has come in and waits for review."""

import io
from dataclasses import dataclass

import pytest
from PIL import Image

from rubrica.files import intake
from rubrica.files.models import Blob
from rubrica.processes import starting
from rubrica.processes.models import Document, Participant, Process, RequestedFile, Submission
from rubrica.processes.starting import Person, Sending, Slot
from tests import pdfs
from tests.cast import Acme


@dataclass
class Lease:
    process: Process
    document: Document
    ana: Participant
    benito: Participant
    card: RequestedFile
    payslip: RequestedFile
    photo: Submission


def keep(acme: Acme, content: bytes) -> Blob:
    with intake.arriving(io.BytesIO(content), limit=50_000_000) as arrived:
        return Blob.keep(acme.organization, arrived)


def send_in(acme: Acme, file: RequestedFile, name: str, content: bytes) -> Submission:
    return file.receive(keep(acme, content), name, file.participant.actor("203.0.113.9"))


def picture(size: tuple[int, int] = (1600, 1000), kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#7a8fb0").save(out, kind)
    return out.getvalue()


def start(acme: Acme, *people: Person, name: str = "Lease of Main Street 5", document: str | None = "Lease") -> Process:
    sending = Sending(
        name=name,
        subject="Your lease",
        message="Please sign it.",
        creator_email=acme.owner.email,
        people=people,
        document_name=document,
        creator=acme.owner,
    )
    actor = starting.Actor("member", acme.owner.email, acme.owner.name)
    if document is None:
        return starting.start(acme.organization, sending, actor)
    with intake.arriving(io.BytesIO(pdfs.contract()), limit=50_000_000) as arrived:
        with_pdf = Sending(**{**vars(sending), "pdf": arrived})
        return starting.start(acme.organization, with_pdf, actor)


@pytest.fixture
def lease(acme: Acme) -> Lease:
    ana = Person("Ana Pérez", "ana@example.com", slots=[Slot("ID card"), Slot("Payslip", optional=True)])
    benito = Person("Benito Díaz", "benito@example.com", role=Participant.Role.APPROVER, order=2)
    process = start(acme, ana, benito)
    people = {person.name: person for person in process.participants.all()}
    card, payslip = process.requested_files.select_related("participant__process").order_by("position")
    return Lease(
        process=process,
        document=process.documents.get(),
        ana=people["Ana Pérez"],
        benito=people["Benito Díaz"],
        card=card,
        payslip=payslip,
        photo=send_in(acme, card, "cédula.jpg", picture()),
    )
