"""Processes for tests, started as programs and members start them, and the links of their people."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from rubrica.files import intake
from rubrica.files.models import Blob
from rubrica.processes import starting
from rubrica.processes.actor import RUBRICA, Actor
from rubrica.processes.models import Document, Participant, ParticipantLink, Process, RequestedFile, Submission
from rubrica.processes.sending import Paper, Part, Person, Place, Sending, Slot
from tests import pdfs
from tests.cast import Acme

REVIEWER = Actor("member", "tomas@acme.example", "Tomás Reviewer", "203.0.113.7", "Console")


@dataclass(frozen=True)
class Guest(Person):
    """A person together with their part in the one document of these tests."""

    places: Sequence[Place] = ()
    signer_type: str = ""
    by_label: bool = False


def person(name: str = "Ana Pérez", *files: str, optional: tuple[str, ...] = (), **more: Any) -> Guest:
    """Who owes ``files`` and may send the ``optional`` ones; the address comes from the first name."""
    slots = [Slot(file) for file in files] + [Slot(file, optional=True) for file in optional]
    return Guest(name, f"{name.split()[0].lower()}@example.com", "+573000000000", slots=slots, **more)


def paper(people: Sequence[Guest], pdf: intake.Arrived | None = None, name: str = "Lease") -> Paper:
    """A document in which all of ``people`` have their part."""
    asked = [(index, guest) for index, guest in enumerate(people) if guest.role != "reader"]
    parts = [
        Part(index, guest.places, guest.signer_type, guest.by_label, ("signProfile", index)) for index, guest in asked
    ]
    return Paper(name, parts, pdf)


def start(acme: Acme, *people: Guest, pdf: bytes | None = None, **more: Any) -> Process:
    """Files only, or with a document where ``pdf`` is given."""
    guests = people or (person("Ana Pérez", "ID card"),)
    sending: dict[str, Any] = {
        "name": "Lease of Main Street 5",
        "subject": "Your lease",
        "message": "Please have a look.",
        "creator_email": acme.owner.email,
        "creator_id": acme.owner.pk,
        "people": guests,
        **more,
    }
    if pdf is None:
        return starting.start(acme.organization, Sending(**sending), RUBRICA)
    with intake.arriving(io.BytesIO(pdf), limit=50_000_000) as arrived:
        return starting.start(acme.organization, Sending(**{"papers": [paper(guests, arrived)], **sending}), RUBRICA)


def start_signing(acme: Acme, *people: Guest, **more: Any) -> Process:
    return start(acme, *people, pdf=pdfs.contract(), **more)


def await_upload(acme: Acme, *people: Guest) -> Document:
    """A document that was announced and has not come."""
    guests = people or (person("Ana Pérez", "ID card"),)
    return start(acme, *guests, papers=[paper(guests)]).documents.get()


def somebody(process: Process, name: str = "") -> Participant:
    return process.participants.filter(name__startswith=name)[0]


def slot(process: Process, name: str) -> RequestedFile:
    return process.requested_files.select_related("participant__process", "process").get(name=name)


def link(participant: Participant) -> str:
    """The path that opens the participant's page."""
    return "/s/" + ParticipantLink.issue(participant, RUBRICA, "invitation").rpartition("/")[2]


def keep(acme: Acme, content: bytes) -> Blob:
    with intake.arriving(io.BytesIO(content), limit=50_000_000) as arrived:
        return Blob.keep(acme.organization, arrived)


def deliver(acme: Acme, file: RequestedFile, content: bytes | None = None) -> Submission:
    by = file.participant.actor("203.0.113.9", "Phone")
    return file.receive(keep(acme, content or picture()), "cédula.jpg", by)


def picture(kind: str = "JPEG", color: str = "#7a8fb0") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), color).save(out, kind)
    return out.getvalue()


def drawing() -> str:
    """A black stroke on white, as a page sends it."""
    image = Image.new("RGB", (120, 40), "white")
    image.paste("black", (10, 18, 110, 22))
    out = io.BytesIO()
    image.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def finish_sealing(process: Process) -> None:
    """What the sealing job does in the end, without a seal."""
    process.documents.update(state=Document.State.SEALED)
    Process.objects.get(pk=process.pk).document_sealed()


def content(blob: Blob | None) -> bytes:
    assert blob is not None
    with blob.open() as file:
        return file.read()
