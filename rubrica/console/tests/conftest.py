"""A lease: Ana signs and owes two files, Benito approves after her; her ID card has come in and waits for review."""

import io
from dataclasses import dataclass

import pytest
from PIL import Image

from rubrica.processes.models import Document, Participant, Process, RequestedFile, Submission
from tests import sending
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


def send_in(acme: Acme, file: RequestedFile, name: str, content: bytes) -> Submission:
    return file.receive(sending.keep(acme, content), name, file.participant.actor("203.0.113.9"))


def picture(size: tuple[int, int] = (1600, 1000), kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#7a8fb0").save(out, kind)
    return out.getvalue()


@pytest.fixture
def lease(acme: Acme) -> Lease:
    ana = sending.person("Ana Pérez", "ID card", optional=("Payslip",))
    benito = sending.person("Benito Díaz", role=Participant.Role.APPROVER, order=2)
    process = sending.start_signing(acme, ana, benito)
    card = sending.slot(process, "ID card")
    return Lease(
        process=process,
        document=process.documents.get(),
        ana=sending.somebody(process, "Ana"),
        benito=sending.somebody(process, "Benito"),
        card=card,
        payslip=sending.slot(process, "Payslip"),
        photo=send_in(acme, card, "cédula.jpg", picture()),
    )
