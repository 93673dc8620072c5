"""A process that is being written: it asks nobody anything until it is sent, and then it is gone."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Self

from django.db import models, transaction

from rubrica import clock
from rubrica.accounts.models import Member, Organization
from rubrica.drafting.content import MAX_PAPERS, MAX_TITLE, Content
from rubrica.files.intake import Arrived
from rubrica.files.models import Blob
from rubrica.processes.errors import Refused
from rubrica.sealing.values import PageSize


def new_public_id() -> str:
    return secrets.token_hex(12)


class Draft(models.Model):
    """All editors of an organization see it, as they see its processes. ``content`` is read as ``Content``."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="drafts", db_index=False)
    public_id = models.CharField(max_length=24, unique=True, default=new_public_id)
    creator = models.ForeignKey(Member, models.PROTECT, related_name="drafts")
    content = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["organization", "-updated_at"], name="draft_newest")]

    def __str__(self) -> str:
        return self.title

    @property
    def written(self) -> Content:
        return Content.model_validate(self.content)

    @property
    def title(self) -> str:
        return str(self.content.get("name", ""))

    @classmethod
    def begin(cls, member: Member, content: Content | None = None) -> Self:
        written = (content or Content()).model_dump(mode="json")
        return cls.objects.create(organization=member.organization, creator=member, content=written)

    @contextmanager
    def changing(self) -> Iterator[Content]:
        """What is written, locked for one change and kept afterwards. Raises Refused with DRAFT_SENT."""
        with transaction.atomic():
            locked = Draft.objects.select_for_update().filter(pk=self.pk).first()
            if locked is None:
                raise sent_already()
            content = locked.written
            yield content
            content.drop_what_is_lost(set(self.papers.values_list("pk", flat=True)))
            self.content, self.updated_at = content.model_dump(mode="json"), clock.now()
            self.save(update_fields=["content", "updated_at"])

    def add_paper(self, name: str, pages: Sequence[PageSize], arrived: Arrived, file_name: str = "") -> "DraftPaper":
        """Raises Refused with TOO_MANY_DOCUMENTS."""
        blob = Blob.keep(self.organization, arrived)
        return self.add(name, [[page.width, page.height] for page in pages], blob, file_name)

    def add(self, name: str, pages: list[list[float]], blob: Blob, file_name: str = "") -> "DraftPaper":
        with self.changing() as content:
            last = self.papers.order_by("-position").first()
            if self.papers.count() >= MAX_PAPERS:
                raise Refused("TOO_MANY_DOCUMENTS", "A process can have 100 documents.")
            content.name = content.name or name
            position = last.position + 1 if last else 0
            return self.papers.create(
                name=name[:MAX_TITLE], file_name=file_name[:MAX_TITLE], pages=pages, blob=blob, position=position
            )

    @transaction.atomic
    def remove(self, seen: datetime | None = None) -> None:
        """``seen`` is its ``updated_at`` when it was read.

        Raises Refused with DRAFT_SENT, so that of two that send or remove it one does, and with DRAFT_CHANGED where
        somebody has written in it since ``seen``.
        """
        locked = Draft.objects.select_for_update().filter(pk=self.pk).first()
        if locked is None:
            raise sent_already()
        if seen is not None and locked.updated_at != seen:
            raise Refused("DRAFT_CHANGED", "This draft was changed in the meantime. Look at it again, then send it.")
        locked.delete()


class WrittenPaper(models.Model):
    """A PDF as it was brought, which nobody has been asked to sign yet."""

    position = models.IntegerField()
    name = models.CharField(max_length=MAX_TITLE)
    file_name = models.CharField(max_length=MAX_TITLE, blank=True)
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    pages = models.JSONField()  # [[width, height] in points]

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def sizes(self) -> list[PageSize]:
        return [PageSize(*size) for size in self.pages]


class DraftPaper(WrittenPaper):
    """A PDF of a draft."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="papers")

    class Meta(WrittenPaper.Meta):
        abstract = False


def sent_already() -> Refused:
    return Refused("DRAFT_SENT", "This draft was sent or removed in the meantime.")


class ForgottenContact(models.Model):
    """An address that is offered no more, until a later process names it again."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="forgotten_contacts", db_index=False)
    email = models.CharField(max_length=254)  # in small letters
    forgotten_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "email"], name="contact_forgotten_once")]

    def __str__(self) -> str:
        return self.email

    @classmethod
    def forget(cls, organization: Organization, email: str) -> None:
        cls.objects.update_or_create(
            organization=organization, email=email.lower(), defaults={"forgotten_at": clock.now()}
        )
