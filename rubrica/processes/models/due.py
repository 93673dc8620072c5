"""What is to happen at a moment: cost follows what is due, however many processes are open."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models, transaction

from rubrica import clock
from rubrica.processes import jobs

if TYPE_CHECKING:
    from rubrica.processes.models.document import Document
    from rubrica.processes.models.participant import Participant
    from rubrica.processes.models.process import Process

BATCH = 500


class Due(models.Model):
    """One row a thing to come. Rows are turned into jobs when their moment has come, and not looked at before.

    Not jobs with a date: the queue looks at every waiting job for the next one to run, those of next month included.
    What became of the process in the meantime is for the job to look at, so nobody has to tidy up here.
    """

    class Kind(models.TextChoices):
        REMIND = "remind"  # the participant
        EXPIRE = "expire"  # the process
        RAISE = "raise"  # the level of a document, or its archive timestamp again; without one, of the evidence

    process = models.ForeignKey("Process", models.CASCADE, related_name="due")
    participant = models.ForeignKey("Participant", models.CASCADE, null=True, related_name="due")
    document = models.ForeignKey("Document", models.CASCADE, null=True, related_name="due")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.kind} at {self.at}"

    @classmethod
    def plan(
        cls,
        kind: str,
        at: datetime,
        process: "Process",
        participant: "Participant | None" = None,
        document: "Document | None" = None,
    ) -> None:
        """In place of what was planned of this kind. The caller holds the lock of the process."""
        about = {"process": process, "participant": participant, "document": document, "kind": kind}
        cls.objects.filter(**about).delete()
        cls.objects.create(**about, at=at)


def enqueue_due() -> int:
    """Turns what is due into jobs, as many workers as ask at once; gives how many."""
    done = 0
    while batch := _enqueue_batch():
        done += batch
    return done


@transaction.atomic
def _enqueue_batch() -> int:
    due = list(due_rows())
    reminders = [row.participant_id for row in due if row.kind == Due.Kind.REMIND]
    expiries = [row.process_id for row in due if row.kind == Due.Kind.EXPIRE]
    for participant_id in reminders:
        assert participant_id is not None, "a reminder is somebody's"
        jobs.remind_again.defer(participant_id=participant_id)
    for process_id in expiries:
        jobs.expire.defer(process_id=process_id)
    for row in due:
        if row.kind == Due.Kind.RAISE:
            _enqueue_raise(row)
    Due.objects.filter(pk__in=[row.pk for row in due]).delete()
    return len(due)


def _enqueue_raise(row: Due) -> None:
    from rubrica.processes.models.evidence import Evidence

    if row.document_id is not None:
        jobs.enqueue_raise(row.document_id)
        return
    for evidence_id in Evidence.objects.filter(process_id=row.process_id).values_list("pk", flat=True):
        jobs.enqueue_raise_evidence(evidence_id)


def due_rows() -> models.QuerySet[Due]:
    """A range of the index on the moment, as short as what is due."""
    rows = Due.objects.filter(at__lte=clock.now()).order_by("at")
    return rows.select_for_update(skip_locked=True)[:BATCH]
