"""A document that somebody outside completes: what was filled in before, what they have typed, and their link."""

import secrets
from collections.abc import Mapping
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, IntegerField, JSONField, Value
from django.db.models.functions import Cast

from rubrica import clock, tenancy
from rubrica.accounts.models import LANGUAGES, Organization, digest
from rubrica.files.models import Blob
from rubrica.processes.models import Process
from rubrica.sealing.values import Box
from rubrica.templating.definition import Definition
from rubrica.templating.models import Template

MAX_LOOKUPS = 300  # calls to third parties on one link
MAX_TYPED = 30 << 20  # bytes of everything typed on one link, mostly pictures: each later call reads all of it


class Completion(models.Model):
    """The questions and pages are those of the day it was begun: a template may change while somebody writes."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="completions")
    process = models.OneToOneField(Process, models.PROTECT, related_name="completion")
    template = models.ForeignKey(Template, models.PROTECT, related_name="completions")
    raw = models.JSONField()
    mask = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    complete = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    terms = models.JSONField()  # what the process is sent with in the end, see ``terms.Terms``
    fixed = models.JSONField(default=dict)  # answers of the organization, which the recipient cannot change
    typed = models.JSONField(default=dict)  # what the recipient has typed so far, as it stands in the fields
    email = models.EmailField()
    language = models.CharField(max_length=2, choices=LANGUAGES)
    digest = models.BinaryField(unique=True, null=True, max_length=32)
    lookups = models.IntegerField(default=0)
    draft = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")  # composed, waits to be looked at
    draft_pages = models.IntegerField(default=0)
    draft_boxes = models.JSONField(default=dict)
    draft_values = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    saved_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)  # the sender took the process back: what it becomes is not theirs

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(completed_at=None) | models.Q(voided_at=None), name="completion_one_end"
            )
        ]

    def __str__(self) -> str:
        return f"{self.process} for {self.email}"

    @property
    def definition(self) -> Definition:
        return Definition.model_validate(self.raw)

    @property
    def answers(self) -> dict[str, str]:
        """Everything known so far; what the organization said goes before what the recipient typed."""
        return {**self.typed, **self.fixed}

    @property
    def state(self) -> str:
        """``open``, ``completed``, or how the process ended before anybody completed it; ``editing`` is for ever."""
        if self.completed_at is not None:
            return "completed"
        if self.voided_at is not None:
            return str(Process.State.EDITING)
        return "open" if self.process.is_open else str(self.process.state)

    def issue_link(self) -> str:
        """A new way in, which replaces the one before; only its digest is kept."""
        token = secrets.token_urlsafe(32)
        self.digest = digest(token)
        self.save(update_fields=["digest"])
        return f"{settings.PUBLIC_URL}/c/{token}"

    @classmethod
    def by_token(cls, token: str) -> Self | None:
        """With nothing joined to it, for the reason that ``signer.access.link_by_token`` gives."""
        with tenancy.every_organization("A link is found by its secret, and says whose process it is."):
            found = cls.objects.filter(digest=digest(token)).first()
        if found is not None:
            tenancy.enter(found.organization_id)
        return found

    @property
    def name(self) -> str:
        """As it was when it was begun: what the process is called after an edition is not for its recipient."""
        return str(self.terms["name"])

    def save_typed(self, typed: Mapping[str, str]) -> bool:
        """Keeps what stands in the fields, right or wrong, so that a reload loses nothing; a draft is out of date.

        False where it is too much for one link. The database puts it to what is there, as two saves may overlap.
        """
        together = _joined("typed", typed)
        size = models.Func(Cast(together, models.TextField()), function="octet_length", output_field=IntegerField())
        mine = type(self).objects.alias(size=size).filter(pk=self.pk, completed_at=None, voided_at=None)
        kept = mine.filter(size__lte=MAX_TYPED).update(typed=together, saved_at=clock.now(), draft=None) == 1
        self.refresh_from_db(fields=["typed", "saved_at", "draft", "completed_at", "voided_at"])
        return kept or self.completed_at is not None or self.voided_at is not None

    def complete_now(self) -> bool:
        """Whether this call completed it: not one before, and not after the sender took it back."""
        mine = type(self).objects.filter(pk=self.pk, completed_at=None, voided_at=None)
        return mine.update(completed_at=clock.now()) == 1

    @classmethod
    def void(cls, process: Process) -> None:
        """The link leads nowhere any more, whatever the process is sent with later."""
        cls.objects.filter(process=process, completed_at=None, voided_at=None).update(voided_at=clock.now())

    def save_draft(self, blob: Blob, pages: int, boxes: Mapping[str, list[Box]], values: Mapping[str, str]) -> None:
        self.draft, self.draft_pages, self.draft_values = blob, pages, dict(values)
        self.draft_boxes = {kind: [[b.page, b.x, b.y, b.w, b.h] for b in found] for kind, found in boxes.items()}
        self.save(update_fields=["draft", "draft_pages", "draft_boxes", "draft_values"])

    def count_lookup(self) -> bool:
        """Whether one more call to a third party may be made."""
        counted = type(self).objects.filter(pk=self.pk, lookups__lt=MAX_LOOKUPS)
        return counted.update(lookups=F("lookups") + 1) == 1

    @property
    def boxes(self) -> dict[str, list[Box]]:
        draft: dict[str, list[list[Any]]] = self.draft_boxes
        return {kind: [Box(int(page), x, y, w, h) for page, x, y, w, h in found] for kind, found in draft.items()}


def _joined(column: str, more: Mapping[str, str]) -> models.Func:
    """``column || more``, of two JSON objects: what is in both is taken from the second."""
    both = (F(column), Value(dict(more), JSONField()))
    return models.Func(*both, template="(%(expressions)s)", arg_joiner=" || ", output_field=JSONField())
