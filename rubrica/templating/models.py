"""Templates: documents that are made from answers, and positions that are kept for a PDF of one's own."""

import io
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from django.db import models

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.files import intake
from rubrica.files.models import Blob
from rubrica.sealing.values import Box, Field
from rubrica.templating import cleaning, composing
from rubrica.templating.definition import Definition
from rubrica.templating.faults import TemplateRefused

MASK, COMPLETE = "mask", "complete"
WRITTEN = ("name", "description", "raw", "custom", "updated_at")  # what the author of a template sends anew


def new_public_id() -> str:
    return secrets.token_hex(12)


class Template(models.Model):
    """Of kind HTML: questions, and the two pages they fill. Of kind POSITIONS: where each type of signer signs."""

    class Kind(models.TextChoices):
        HTML = "html"
        POSITIONS = "positions"

    class Status(models.TextChoices):
        ACTIVE = "active"
        INACTIVE = "inactive"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="templates", db_index=False)
    public_id = models.CharField(max_length=24, unique=True, default=new_public_id)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.HTML)
    name = models.CharField(max_length=300)
    description = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE)
    raw = models.JSONField(default=dict)  # questions, signers and the rest of the definition, as the author wrote it
    custom = models.JSONField(null=True)  # kept for the author and not acted on
    mask = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    complete = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    removed = models.JSONField(default=dict)  # by page, what was taken out of the HTML when it came
    pdf = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    pages = models.JSONField(default=list)  # [[width, height] in points], of the PDF
    boxes = models.JSONField(default=dict)  # by type of signer: see _stored; numbers as in contract/auco.md §8
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="template_newest")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def find(cls, organization: Organization, public_id: str) -> Self | None:
        """An active one of this organization."""
        found = cls.objects.select_related("mask", "complete", "pdf")
        return found.filter(organization=organization, public_id=public_id, status=cls.Status.ACTIVE).first()

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def definition(self) -> Definition:
        """The questions, which were checked when they were stored."""
        return Definition.model_validate(self.raw)

    @property
    def types(self) -> list[str]:
        """The words for signers, in the author's order."""
        return list(self.boxes) if self.kind == self.Kind.POSITIONS else [one.type for one in self.definition.signers]

    def boxes_for(self, signer_type: str) -> list[Box]:
        """Where this type of signer signs; none where the template does not know the word."""
        return [_box(*stored) for stored in self.boxes.get(signer_type, [])]

    def ready(self) -> "Template":
        """Raises TemplateRefused with TEMPLATE_INCOMPLETE while there is no page to make a document from."""
        if self.kind != self.Kind.HTML or self.complete is None:
            raise TemplateRefused("TEMPLATE_INCOMPLETE", "The HTML of this template has not been uploaded yet.")
        return self

    def rename(self, name: str | None, description: str | None) -> None:
        self.name, self.description = name or self.name, description or self.description

    def define(self, definition: Definition, custom: Mapping[str, Any] | None) -> None:
        """Takes the questions of a definition that was read without faults."""
        self.raw = definition.stored()
        if custom is not None:
            self.custom = dict(custom)

    def keep(self) -> None:
        """Of a row that is there, only what its author writes: reading a definition takes seconds, and a page that
        came meanwhile, or a switch that was turned, must stay.
        """
        self.updated_at = clock.now()
        self.save(update_fields=None if self._state.adding else WRITTEN)

    def receive(self, page: str, source: Path) -> list[str]:
        """Takes the HTML of one of its pages, cleaned; gives what was taken out. Raises TemplateRefused."""
        html, removed = cleaning.clean(source)
        with intake.arriving(io.BytesIO(html), limit=2 * cleaning.MAX_BYTES) as arrived:
            blob = Blob.keep(self.organization, arrived)
        fresh = type(self).objects.get(pk=self.pk)
        setattr(fresh, page, blob)
        fresh.removed = {**fresh.removed, page: removed}
        fresh.updated_at = clock.now()
        fresh.save(update_fields=[page, "removed", "updated_at"])
        return removed

    def place(self, boxes: Mapping[str, Sequence[Box]]) -> None:
        """Keeps the places of a positions-only template."""
        self.boxes = {kind: [_stored(box) for box in found] for kind, found in boxes.items()}
        self.updated_at = clock.now()
        self.save(update_fields=["boxes", "updated_at"])

    def activate(self, active: bool) -> None:
        self.status = self.Status.ACTIVE if active else self.Status.INACTIVE
        self.updated_at = clock.now()
        self.save(update_fields=["status", "updated_at"])

    def composed(self, values: Mapping[str, str]) -> composing.Composed:
        """The document with these answers, as ``answers.check`` keeps them. Raises TemplateRefused."""
        self.ready()
        return composing.compose(text(self.complete), self.definition, values)


def _stored(box: Box) -> list[Any]:
    """Five numbers, and what goes into the box where that is no signature."""
    place: list[Any] = [box.page, box.x, box.y, box.w, box.h]
    if not isinstance(box, Field) or box.kind == "signature":
        return place
    more = {"kind": box.kind, "name": box.name, "required": box.required, "max_length": box.max_length}
    return [*place, more]


def _box(page: float, x: float, y: float, w: float, h: float, more: Mapping[str, Any] | None = None) -> Box:
    return Field(int(page), x, y, w, h, **more) if more else Box(int(page), x, y, w, h)


def text(blob: Blob | None) -> str:
    """The HTML that a page of a template was stored as."""
    if blob is None:
        return ""
    with blob.open() as file:
        return file.read().decode()
