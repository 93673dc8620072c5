"""One PDF inside a process, and the places on its pages where people sign."""

import secrets
import string
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.database import insert_many
from rubrica.files.models import Blob
from rubrica.files.types import pdf_name
from rubrica.processes import jobs
from rubrica.processes.actor import RUBRICA, Actor
from rubrica.processes.errors import Refused
from rubrica.processes.models.event import Event
from rubrica.processes.models.levelled import Levelled
from rubrica.processes.models.process import Process
from rubrica.sealing.values import Box, Field, FieldKind, FilledField

if TYPE_CHECKING:
    from rubrica.processes.arrival import Ready

CODE_ALPHABET = string.ascii_uppercase + string.digits


def field_of(box: Box) -> Field:
    """The box itself where it says what goes into it; else it is for a signature."""
    return box if isinstance(box, Field) else Field(box.page, box.x, box.y, box.w, box.h)


def new_code() -> str:
    """Ten characters, as the Auco contract shows them; 51 bits, so a code alone never opens anything."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(10))


class Document(Levelled):
    """What was sent is kept as ``original``, what everybody reads and signs is ``shown``, the end is ``sealed``."""

    FILE, UPGRADED, UPGRADE_FAILED = "sealed", Event.Kind.UPGRADED, Event.Kind.UPGRADE_FAILED

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
    shown = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    pages = models.JSONField(default=list)  # [[width, height] in points as displayed], in page order
    # What intake found in the PDF as sent: {"warnings", "signatures", "sound"}, see ``arrival``; null before it came.
    found = models.JSONField(null=True)
    sealed = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    sealed_at = models.DateTimeField(null=True)
    seal_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["process", "position"]
        indexes = [models.Index(fields=["organization"], condition=~models.Q(seal_error=""), name="document_unsealed")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def check_awaited(self) -> None:
        """Asked before any byte is taken in. Raises Refused with PROCESS_CLOSED or DOCUMENT_RECEIVED."""
        self.process.check_open()
        if self.state != self.State.AWAITING_UPLOAD:
            raise Refused("DOCUMENT_RECEIVED", "The PDF of this document has arrived already.")

    def receive(self, ready: "Ready", by: Actor) -> None:
        """Takes the PDF that was announced. Raises Refused with DOCUMENT_RECEIVED when there is one already."""
        with self.process.changing() as process:
            taken = Document.objects.filter(pk=self.pk, state=self.State.AWAITING_UPLOAD).update(
                state=self.State.OPEN, original=ready.original, shown=ready.shown, pages=ready.pages,
                found=ready.found,
            )  # fmt: skip
            if taken != 1:
                raise Refused("DOCUMENT_RECEIVED", "The PDF of this document has arrived already.")
            self.boxes.all().delete()
            self.place(ready.boxes, dict(self.parts.values_list("index", "participant_id")))
            blob = ready.original
            process.record(Event.Kind.DOCUMENT_RECEIVED, by, code=self.code, sha256=blob.sha256, size=blob.size)

    def place(self, boxes: Mapping[int, Sequence[Box]], people: Mapping[int, int]) -> None:
        """Puts the boxes of each part; ``people`` gives the participant's id for the index of a part."""
        rows = [
            {
                "organization_id": self.organization_id,
                "document_id": self.pk,
                "participant_id": people[index],
                **SignatureBox.columns(field_of(box)),
            }
            for index, found in boxes.items()
            for box in found
        ]
        insert_many(SignatureBox, rows)

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
    def is_sealed(self) -> bool:
        return self.state == self.State.SEALED

    @property
    def named(self) -> dict[str, str]:
        return {"code": self.code}

    def enqueue_raise(self) -> None:
        jobs.enqueue_raise(self.pk)

    @property
    def is_prepared(self) -> bool:
        """Intake wrote or walked the PDF that is shown, and it carries no signature; see ``sealing.values.Seal``."""
        return self.found is not None and not self.found["signatures"]

    @property
    def file_name(self) -> str:
        return pdf_name(self.name)


class Part(models.Model):
    """What one participant does with one document; ``index`` is the N of its ``{{signature:N}}`` tags."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, models.CASCADE, related_name="parts", db_index=False)
    participant = models.ForeignKey("Participant", models.CASCADE, related_name="parts")
    index = models.IntegerField()
    signer_type = models.CharField(max_length=100, blank=True)
    by_label = models.BooleanField(default=False)

    class Meta:
        ordering = ["document", "index"]
        constraints = [models.UniqueConstraint(fields=["document", "participant"], name="part_once")]

    def __str__(self) -> str:
        return f"{self.index} of document {self.document_id}"


class SignatureBox(models.Model):
    """Where something of a participant goes on a page: the far corner as fractions of the displayed page from its top
    left, width and height in points (contract/auco.md §8).

    What the participant wrote is ``value``, as it is drawn; who did is the participant, and when is their signature's
    moment, with which it comes in. So it needs no row of its own.
    """

    class Kind(models.TextChoices):
        SIGNATURE = "signature"
        INITIALS = "initials"
        DATE = "date"
        TEXT = "text"
        CHECKBOX = "checkbox"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, models.CASCADE, related_name="boxes")
    participant = models.ForeignKey("Participant", models.CASCADE, related_name="boxes")
    page = models.IntegerField()
    x = models.FloatField()
    y = models.FloatField()
    width = models.FloatField()
    height = models.FloatField()
    kind = models.CharField(max_length=9, choices=Kind.choices, default=Kind.SIGNATURE, db_default="signature")
    name = models.CharField(max_length=100, blank=True, default="", db_default="")
    required = models.BooleanField(default=True, db_default=True)
    max_length = models.IntegerField(null=True)  # letters of a text
    value = models.TextField(null=True)  # null: empty; of initials that were drawn, no letters

    class Meta:
        ordering = ["page", "id"]

    def __str__(self) -> str:
        return f"{self.kind} on page {self.page}"

    @staticmethod
    def columns(field: Field) -> dict[str, Any]:
        return {
            "page": field.page,
            "x": float(field.x),
            "y": float(field.y),
            "width": float(field.w),
            "height": float(field.h),
            "kind": field.kind,
            "name": field.name,
            "required": field.required,
            "max_length": field.max_length,
        }

    @property
    def field(self) -> Field:
        return Field(*self._asked)

    def filled(self, document: str = "") -> FilledField:
        """With its value, and the code of its document where that is to be told."""
        return FilledField(*self._asked, self.value, document)

    @property
    def _asked(self) -> tuple[int, float, float, float, float, FieldKind, str, bool, int | None]:
        kind: FieldKind = self.kind  # type: ignore[assignment]  # the column's choices are these words
        place = (self.page, self.x, self.y, self.width, self.height)
        return *place, kind, self.name, self.required, self.max_length
