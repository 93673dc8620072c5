"""Many processes out of one file, each out of a row. What all have is written once, the rest comes from columns."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Self

from django.db import models, transaction
from django.db.models import Count, F

from rubrica import clock
from rubrica.accounts.models import Member, Organization
from rubrica.bulk import jobs
from rubrica.bulk.columns import Chosen
from rubrica.bulk.sheets import Line
from rubrica.database import insert_many
from rubrica.drafting.content import MAX_TITLE, Content
from rubrica.drafting.models import WrittenPaper, new_public_id
from rubrica.processes.errors import Refused
from rubrica.processes.models import Process
from rubrica.templating.models import Template

TRIES = 3  # of one row, before what nobody foresaw is told of as its failure


class Batch(models.Model):
    """All editors of an organization see it. ``content`` is read as ``Content``, ``chosen`` as ``Chosen``.

    A template of questions makes a document of each row's answers; then ``content`` says the rest.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        RUNNING = "running"
        PAUSED = "paused"
        STOPPED = "stopped"
        FINISHED = "finished"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="batches", db_index=False)
    public_id = models.CharField(max_length=24, unique=True, default=new_public_id)
    creator = models.ForeignKey(Member, models.PROTECT, related_name="batches")
    sender = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")  # who let it run last
    template = models.ForeignKey(Template, models.PROTECT, null=True, related_name="batches")
    name = models.CharField(max_length=MAX_TITLE)
    file_name = models.CharField(max_length=MAX_TITLE)
    headings = models.JSONField()
    empty_lines = models.IntegerField(default=0)
    content = models.JSONField()
    chosen = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    trouble = models.CharField(max_length=500, blank=True, default="")  # why it paused by itself
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="batch_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def written(self) -> Content:
        return Content.model_validate(self.content)

    @property
    def choice(self) -> Chosen:
        return Chosen.model_validate(self.chosen)

    @property
    def fingerprint(self) -> str:
        """Of what was chosen: what a page shows of it goes back with the answer to the page."""
        return hashlib.sha256(json.dumps(self.chosen, sort_keys=True).encode()).hexdigest()

    @classmethod
    @transaction.atomic
    def begin(cls, member: Member, lines: Sequence[Line], papers: Sequence[WrittenPaper], **columns: Any) -> Self:
        """``papers`` are copied, their bytes are not; places point at the copies."""
        content: Content = columns.pop("content")
        batch = cls(organization=member.organization, creator=member, content={}, **columns)
        batch.save()
        copies = {}
        for paper in papers:
            copy = BatchPaper(batch=batch, position=paper.position, name=paper.name, file_name=paper.file_name,
                              blob=paper.blob, pages=paper.pages)  # fmt: skip
            copy.save()
            copies[paper.pk] = copy.pk
        content.places = [place.model_copy(update={"paper": copies[place.paper]}) for place in content.places]
        content.absences = [one.model_copy(update={"paper": copies[one.paper]}) for one in content.absences]
        batch.content = content.model_dump(mode="json")
        batch.save(update_fields=["content"])
        insert_many(BatchRow, [_new_row(batch, number, cells) for number, cells in lines])
        return batch

    def choose(self, chosen: Chosen) -> None:
        """Raises Refused with BATCH_STARTED."""
        waiting = Batch.objects.filter(pk=self.pk, state=self.State.DRAFT)
        if waiting.update(chosen=chosen.model_dump(mode="json")) != 1:
            raise started_already()
        self.chosen = chosen.model_dump(mode="json")

    @transaction.atomic
    def start(self, by: Member, left_out: Mapping[int, str], seen: str) -> None:
        """``left_out`` says by row why it cannot be sent; ``seen`` is the fingerprint of what ``by`` has looked at.

        Raises Refused with COLUMNS_CHANGED where something else was chosen since, and with BATCH_CHANGED.
        """
        locked = Batch.objects.select_for_update().get(pk=self.pk)
        if locked.state == self.State.DRAFT and {seen, self.fingerprint} != {locked.fingerprint}:
            raise Refused(
                "COLUMNS_CHANGED", "The columns were changed in the meantime. Look at it again, then send it."
            )
        self._turn(self.State.DRAFT, self.State.RUNNING, sender=by, started_at=clock.now())
        faulty = [BatchRow(pk=pk, state=BatchRow.State.LEFT_OUT, error=why[:1000]) for pk, why in left_out.items()]
        BatchRow.objects.bulk_update(faulty, ["state", "error"], batch_size=1000)
        jobs.enqueue(self.pk)

    def pause(self, trouble: str = "") -> None:
        """The row that is being sent is sent; none after it."""
        self._turn(self.State.RUNNING, self.State.PAUSED, trouble=trouble[:500])

    @transaction.atomic
    def go_on(self, by: Member) -> None:
        """From here on it is sent by ``by``, whoever sent it before."""
        self._turn(self.State.PAUSED, self.State.RUNNING, sender=by, trouble="")
        jobs.enqueue(self.pk)

    def stop(self) -> None:
        """For good: what has not been sent stays so."""
        running = [self.State.RUNNING, self.State.PAUSED]
        self._turn(running, self.State.STOPPED, ended_at=clock.now())

    @transaction.atomic
    def retry(self, by: Member) -> None:
        """The rows that failed are sent once more, by ``by``."""
        ended = [self.State.FINISHED, self.State.PAUSED]
        self._turn(ended, self.State.RUNNING, sender=by, ended_at=None, trouble="")
        self.rows.filter(state=BatchRow.State.FAILED).update(state=BatchRow.State.WAITING, error="", tries=0)
        jobs.enqueue(self.pk)

    def finish(self) -> None:
        """Unless somebody paused or stopped it meanwhile."""
        still = Batch.objects.filter(pk=self.pk, state=self.State.RUNNING)
        still.update(state=self.State.FINISHED, ended_at=clock.now())

    @transaction.atomic
    def remove(self) -> None:
        """Before it began nobody has heard of it. Raises Refused with BATCH_STARTED."""
        locked = Batch.objects.select_for_update().filter(pk=self.pk, state=self.State.DRAFT).first()
        if locked is None:
            raise started_already()
        locked.delete()

    def _turn(self, before: str | Sequence[str], after: str, **columns: Any) -> None:
        """A conditional UPDATE, so that of two people one does it."""
        states = [before] if isinstance(before, str) else before
        if Batch.objects.filter(pk=self.pk, state__in=states).update(state=after, **columns) != 1:
            raise Refused("BATCH_CHANGED", "Somebody else was faster. Look at it again.")
        for name, value in {"state": after, **columns}.items():
            setattr(self, name, value)

    def counts(self) -> dict[str, int]:
        """How many rows are in each state, by every state."""
        found = dict(self.rows.values_list("state").annotate(Count("pk")).order_by())
        return {state: found.get(state, 0) for state in BatchRow.State.values}


class BatchPaper(WrittenPaper):
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="papers")

    class Meta(WrittenPaper.Meta):
        abstract = False


class BatchRow(models.Model):
    """A line of the file and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"
        LEFT_OUT = "left_out"

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="rows", db_index=False)
    number = models.IntegerField()  # of the line in the file
    cells = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    error = models.CharField(max_length=1000, blank=True, default="")
    tries = models.IntegerField(default=0)
    process = models.ForeignKey(Process, models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="batch_row_once")]
        indexes = [models.Index(fields=["batch", "state", "number"], name="batch_row_next")]

    def __str__(self) -> str:
        return str(self.number)

    def is_worth_a_try(self) -> bool:
        """Counts the try before it is made, as what is tried may end the worker; three times, then it is given up."""
        waiting = BatchRow.objects.filter(pk=self.pk, state=self.State.WAITING)
        if waiting.filter(tries__lt=TRIES).update(tries=F("tries") + 1) == 1:
            return True
        waiting.update(state=self.State.FAILED)
        return False

    def sent(self, process: Process) -> None:
        """In the transaction that makes the process: a row becomes one process, whoever works on it how often.

        Raises Refused with ROW_TAKEN, which takes the second process back.
        """
        waiting = BatchRow.objects.filter(pk=self.pk, state=self.State.WAITING)
        if waiting.update(state=self.State.SENT, process=process, error="", sent_at=clock.now()) != 1:
            raise Refused("ROW_TAKEN", "This row has been sent already.")

    def not_tried(self) -> None:
        """What stood in the way was not the row's."""
        BatchRow.objects.filter(pk=self.pk, state=self.State.WAITING).update(tries=0)

    def failed(self, why: str) -> None:
        waiting = BatchRow.objects.filter(pk=self.pk, state=self.State.WAITING)
        waiting.update(state=self.State.FAILED, error=why[:1000])


def _new_row(batch: Batch, number: int, cells: list[str]) -> dict[str, Any]:
    return {
        "batch_id": batch.pk,
        "number": number,
        "cells": json.dumps(cells),
        "state": BatchRow.State.WAITING.value,
        "error": "",
        "tries": 0,
        "process_id": None,
        "sent_at": None,
    }


def started_already() -> Refused:
    return Refused("BATCH_STARTED", "It is being sent, so nothing changes any more.")
