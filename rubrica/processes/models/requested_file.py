"""A file asked of a participant, and every version of what came in for it."""

from django.db import models

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.files.models import Blob
from rubrica.processes import jobs
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Refused
from rubrica.processes.models.event import Event
from rubrica.processes.models.participant import Participant
from rubrica.processes.models.process import Process

MISSING, UPLOADED, APPROVED, REJECTED = "missing", "uploaded", "approved", "rejected"


class RequestedFile(models.Model):
    """A slot: ``missing → uploaded → approved``, or ``rejected`` with a reason, which opens it again."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="requested_files")
    process = models.ForeignKey(Process, models.PROTECT, related_name="requested_files")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="requested_files")
    position = models.IntegerField()
    name = models.CharField(max_length=200)
    optional = models.BooleanField(default=False)
    current = models.OneToOneField("Submission", models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["participant", "position"]

    def __str__(self) -> str:
        return self.name

    @property
    def status(self) -> str:
        if self.current is None:
            return MISSING
        return self.current.decision or UPLOADED

    @property
    def is_delivered(self) -> bool:
        return self.status in {UPLOADED, APPROVED}

    @property
    def is_settled(self) -> bool:
        """Nothing is left to do here: a mandatory file is approved, an optional one decided or never sent."""
        return self.status == APPROVED or (self.optional and self.status != UPLOADED)

    def check_open(self) -> None:
        """Raises Refused with FILE_APPROVED, NOT_YOUR_TURN or what ``check_identity`` raises."""
        if self.status == APPROVED:
            raise Refused("FILE_APPROVED", "This file has been approved and can no longer be changed.")
        self.participant.check_turn()
        self.participant.check_identity()

    def receive(self, blob: Blob, file_name: str, by: Actor, original: str = "") -> "Submission":
        """Keeps what came in as a new version, which is the current one from now on.

        The same file once more is the one that is here: its answer was lost on the way, and it was sent again.
        ``original`` is the SHA-256 of what came, where ``blob`` was made of it.
        """
        with self.process.changing() as process:
            slot = self._locked()
            self.participant.check_address(slot.participant)
            slot.check_open()
            if slot.status == UPLOADED and slot.current and slot.current.is_of(blob, file_name):
                return slot.current
            version = slot.submissions.count() + 1
            submission = slot.submissions.create(
                organization_id=slot.organization_id, blob=blob, version=version, file_name=file_name
            )
            slot._point_at(submission)
            told = {"fileName": file_name, "sha256": blob.sha256, "size": blob.size, "version": version}
            told |= {"original": original} if original else {}
            process.record(Event.Kind.FILE_UPLOADED, by, file=slot.name, **told)
            slot.participant.settle_delivery()
        return submission

    def withdraw(self, by: Actor) -> None:
        """Takes an upload back that is not approved; the version stays as history."""
        with self.process.changing() as process:
            slot = self._locked()
            self.participant.check_address(slot.participant)
            slot.check_open()
            if slot.status != UPLOADED:
                raise Refused("FILE_MISSING", "There is no upload to withdraw.")
            slot._point_at(None)
            process.record(Event.Kind.FILE_WITHDRAWN, by, file=slot.name)
            slot.participant.settle_delivery()
            slot.participant.plan_reminder()

    def approve(self, by: Actor, note: str = "") -> None:
        """It will do. ``note`` says what is not as it should be all the same; the participant reads it."""
        note = note.strip()
        with self.process.changing() as process:
            slot, _ = self._decide(APPROVED, note, by)
            told = {"file": slot.name, "participant": slot.participant.public_id} | ({"note": note} if note else {})
            process.record(Event.Kind.FILE_APPROVED, by, **told)

    def reject(self, reason: str, by: Actor) -> None:
        """Sends the file back: the slot opens again and the participant is told why."""
        reason = reason.strip()
        if not reason:
            raise Refused("REASON_REQUIRED", "Say why the file is rejected, so that a better one can come.")
        with self.process.changing() as process:
            slot, decided = self._decide(REJECTED, reason, by)
            slot.participant.settle_delivery()
            slot.participant.plan_reminder()
            process.record(
                Event.Kind.FILE_REJECTED, by, file=slot.name, participant=slot.participant.public_id, reason=reason
            )
            jobs.announce_file_rejection.defer(submission_id=decided.pk)

    def reset(self, by: Actor) -> None:
        """Takes a decision back: the file waits for review again."""
        with self.process.changing() as process:
            slot = self._locked()
            if slot.current is None or not slot.current.decision:
                raise Refused("FILE_NOT_DECIDED", "There is no decision to take back.")
            slot.current.decide("", "", by)
            slot.participant.settle_delivery()
            process.record(Event.Kind.FILE_RESET, by, file=slot.name, participant=slot.participant.public_id)

    def _decide(self, decision: str, reason: str, by: Actor) -> "tuple[RequestedFile, Submission]":
        slot = self._locked()
        if slot.current is None:
            raise Refused("FILE_MISSING", "Nothing has been uploaded for this file.")
        if slot.current.decision:
            raise Refused("FILE_DECIDED", "This file has been decided already; take the decision back first.")
        slot.current.decide(decision, reason, by)
        return slot, slot.current

    def _locked(self) -> "RequestedFile":
        """The row as it is now; the lock is the process's."""
        return RequestedFile.objects.select_related("participant", "current").get(pk=self.pk)

    def _point_at(self, submission: "Submission | None") -> None:
        self.current = submission
        self.save(update_fields=["current"])


class Submission(models.Model):
    """One version of what came in; refused ones stay."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    requested_file = models.ForeignKey(RequestedFile, models.PROTECT, related_name="submissions", db_index=False)
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    version = models.IntegerField()
    file_name = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=clock.now)
    decision = models.CharField(max_length=10, blank=True)
    reason = models.TextField(blank=True)  # why it was sent back, or the note with which it was approved
    decided_by = models.CharField(max_length=254, blank=True)
    decided_at = models.DateTimeField(null=True)
    # Whether it is the current version of its file, undecided, in an open process; kept by triggers (migration 0011).
    # By it what waits is found among millions of files that do not, be they undecided in a process that has ended.
    awaits_review = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        ordering = ["requested_file", "-version"]
        indexes = [
            models.Index(
                fields=["organization", "id"], condition=models.Q(awaits_review=True), name="file_awaits_review"
            )
        ]
        constraints = [models.UniqueConstraint(fields=["requested_file", "version"], name="submission_version")]

    def __str__(self) -> str:
        return f"{self.file_name} (version {self.version})"

    def is_of(self, blob: Blob, file_name: str) -> bool:
        return (self.blob_id, self.file_name) == (blob.pk, file_name)

    def decide(self, decision: str, reason: str, by: Actor) -> None:
        """The caller holds the lock of the process."""
        self.decision, self.reason = decision, reason
        self.decided_by = (by.name or by.reference) if decision else ""
        self.decided_at = clock.now() if decision else None
        self.save(update_fields=["decision", "reason", "decided_by", "decided_at"])
