"""One PDF inside a process, and the places on its pages where people sign."""

import secrets
import string

from django.db import models, transaction

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.files.models import Blob
from rubrica.files.types import pdf_name
from rubrica.processes import jobs
from rubrica.processes.actor import RUBRICA, Actor
from rubrica.processes.errors import Refused
from rubrica.processes.models.event import Event
from rubrica.processes.models.process import Process

CODE_ALPHABET = string.ascii_uppercase + string.digits


def new_code() -> str:
    """Ten characters, as the Auco contract shows them; 51 bits, so a code alone never opens anything."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(10))


class Document(models.Model):
    """What was sent is kept as ``original``; what everybody did ends up in ``sealed``."""

    class State(models.TextChoices):
        AWAITING_UPLOAD = "awaiting_upload"
        OPEN = "open"
        SEALING = "sealing"
        SEALED = "sealed"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="documents")
    process = models.ForeignKey(Process, models.PROTECT, related_name="documents")
    code = models.CharField(max_length=10, unique=True, default=new_code)
    name = models.CharField(max_length=300)
    position = models.IntegerField(default=0)
    state = models.CharField(max_length=16, choices=State.choices, default=State.AWAITING_UPLOAD)
    original = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    pages = models.JSONField(default=list)  # [[width, height] in points as displayed], in page order
    sealed = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    sealed_at = models.DateTimeField(null=True)
    level = models.CharField(max_length=5, blank=True)
    seal_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["process", "position"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def check_awaited(self) -> None:
        """Asked before any byte is taken in. Raises Refused with PROCESS_CLOSED or DOCUMENT_RECEIVED."""
        self.process.check_open()
        if self.state != self.State.AWAITING_UPLOAD:
            raise Refused("DOCUMENT_RECEIVED", "The PDF of this document has arrived already.")

    def receive(self, page_sizes: list[list[float]], blob: Blob, by: Actor) -> None:
        """Takes the PDF that was announced. Raises Refused with DOCUMENT_RECEIVED when there is one already."""
        with self.process.changing() as process:
            taken = Document.objects.filter(pk=self.pk, state=self.State.AWAITING_UPLOAD).update(
                state=self.State.OPEN, original=blob, pages=page_sizes
            )
            if taken != 1:
                raise Refused("DOCUMENT_RECEIVED", "The PDF of this document has arrived already.")
            process.record(Event.Kind.DOCUMENT_RECEIVED, by, code=self.code, sha256=blob.sha256, size=blob.size)

    def start_sealing(self) -> None:
        """The caller holds the lock of the process."""
        self.state, self.seal_error = self.State.SEALING, ""
        self.save(update_fields=["state", "seal_error"])
        self.process.record(Event.Kind.SEALING, RUBRICA, code=self.code)
        jobs.enqueue_seal(self.pk)

    @transaction.atomic
    def seal_again(self, by: Actor) -> None:
        """Tries once more after a failure, and says in the history who asked. Raises Refused with NOT_SEALING."""
        process = Process.objects.select_for_update().get(pk=self.process_id)
        if Document.objects.filter(pk=self.pk, state=self.State.SEALING).update(seal_error="") != 1:
            raise Refused("NOT_SEALING", "This document is not waiting for its seal.")
        process.record(Event.Kind.SEALING, by, code=self.code)
        jobs.enqueue_seal(self.pk)

    @property
    def file_name(self) -> str:
        return pdf_name(self.name)


class SignatureBox(models.Model):
    """Where a participant's signature goes: the far corner as fractions of the displayed page from its top left,
    width and height in points (contract/auco.md §8)."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, models.CASCADE, related_name="boxes")
    participant = models.ForeignKey("Participant", models.CASCADE, related_name="boxes")
    page = models.IntegerField()
    x = models.FloatField()
    y = models.FloatField()
    width = models.FloatField()
    height = models.FloatField()

    class Meta:
        ordering = ["page", "id"]

    def __str__(self) -> str:
        return f"page {self.page}"
