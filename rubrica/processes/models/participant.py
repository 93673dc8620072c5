"""Signer or approver of one process: whose turn it is, and what is left to do."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from rubrica import clock
from rubrica.accounts.models import LANGUAGES, Organization
from rubrica.files.models import Blob
from rubrica.processes import fields, jobs
from rubrica.processes.actor import RUBRICA, Actor
from rubrica.processes.errors import Refused
from rubrica.processes.models.event import Event
from rubrica.processes.models.process import Process
from rubrica.sealing.filled import told

if TYPE_CHECKING:
    from rubrica.processes.models.document import Document
    from rubrica.processes.models.requested_file import RequestedFile


NOTHING_FILLED = fields.Filling()


class Participant(models.Model):
    """A person who is asked for something in one process."""

    class Role(models.TextChoices):
        SIGNER = "signer"
        APPROVER = "approver"
        READER = "reader"  # learns of every step; nothing is asked of them, so they are finished from the start

    class Status(models.TextChoices):
        PENDING = "PENDING"  # not their turn yet
        NOTIFICATION = "NOTIFICATION"  # asked, and something is left to do
        FINISH = "FINISH"
        REJECT = "REJECT"
        BLOCK = "BLOCK"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="participants")
    process = models.ForeignKey(Process, models.PROTECT, related_name="participants", db_index=False)
    public_id = models.CharField(max_length=2)
    name = models.CharField(max_length=200)
    email = models.EmailField()
    phone = models.CharField(max_length=20, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.SIGNER)
    order = models.IntegerField(default=1)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    language = models.CharField(max_length=2, choices=LANGUAGES)
    notify = models.BooleanField(default=True)
    channels = models.JSONField(default=list)  # of "mail" and "whatsapp"; by which the link goes out
    identity = models.JSONField(default=dict)  # the checks in force for this person: see ``identity.Asked``
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["process", "order", "id"]
        indexes = [models.Index(fields=["organization"], condition=models.Q(status="BLOCK"), name="person_blocked")]
        constraints = [models.UniqueConstraint(fields=["process", "public_id"], name="participant_id_in_process")]

    def __str__(self) -> str:
        return self.name

    def actor(self, ip: str = "", user_agent: str = "") -> Actor:
        return Actor("participant", self.public_id, self.name, ip, user_agent)

    @property
    def is_signer(self) -> bool:
        return self.role == self.Role.SIGNER

    @property
    def signs(self) -> bool:
        """A signer signs their documents; where there are none, delivering the files is the act."""
        return self.is_signer and self.parts.exists()

    @property
    def is_reader(self) -> bool:
        return self.role == self.Role.READER

    def own_documents(self) -> "models.QuerySet[Document]":
        """What this person reads or signs: in a package not everybody is in every document."""
        documents = self.process.documents
        return documents.all() if self.is_reader else documents.filter(parts__participant=self)

    def check_turn(self) -> None:
        """Raises Refused with NOT_YOUR_TURN."""
        if self.status == self.Status.PENDING:
            raise Refused("NOT_YOUR_TURN", "Others come first; you will be told when it is your turn.")

    def check_identity(self) -> None:
        """Raises Refused: PARTICIPANT_BLOCKED, IDENTITY_REQUIRED. Which browser it is, only the door can tell."""
        from rubrica.processes.identity import Identity

        Identity(self).require_confirmed()

    def call(self) -> None:
        """Gives the turn; the caller holds the lock of the process."""
        self.status = self.Status.NOTIFICATION
        self.save(update_fields=["status"])
        if self.notify:
            jobs.invite.defer(participant_id=self.pk)
        self.plan_reminder()

    def plan_reminder(self) -> None:
        """The next one by the clock, where the sender asked for any. The caller holds the lock of the process."""
        from rubrica.processes.models.due import Due

        hours = self.process.remind_every_hours
        if hours and self.notify:
            Due.plan(Due.Kind.REMIND, clock.now() + timedelta(hours=hours), self.process, self)

    def remind_again(self) -> None:
        """A reminder whose time has come, if there is something to remind of, and the next one after it.

        Who is blocked can do nothing about it, and is reminded again once a member has decided.
        """
        with transaction.atomic():
            process = Process.objects.select_for_update(of=("self",)).get(pk=self.process_id)
            me = self._fresh()
            is_over = not process.is_open or process.documents.filter(state="sealing").exists()
            if is_over or not (me.is_asked() or me.status == self.Status.BLOCK):
                return
            me.process = process
            if me.is_asked():
                me._remind(RUBRICA)
            me.plan_reminder()

    def is_asked(self) -> bool:
        """It is their turn, and something is left to do."""
        late = self.status == self.Status.FINISH and not self.has_delivered()
        return self.status == self.Status.NOTIFICATION or late

    def sign(
        self, *, kind: str, text: str, image: Blob | None, by: Actor, filling: fields.Filling = NOTHING_FILLED
    ) -> None:
        """Signs every document of the process, with the fields that are this person's on their pages.

        Raises Refused: NOT_A_SIGNER, ALREADY_DONE, FILES_MISSING, …; FieldsRefused.
        """
        from rubrica.processes.models.signature import Signature

        with self.process.changing() as process:
            me, initials = self.ready_to_sign(), filling.initials
            filled = me._fill(fields.taken(list(me.boxes.select_related("document")), filling, process.language))
            if initials is not None and filled:
                filled["initials"] = initials.form
            made = Signature.of(me, kind, text, image, by, initials)
            shown = [document.shown.sha256 for document in me.own_documents() if document.shown]
            agreed = hashlib.sha256(made.consent.encode()).hexdigest()
            process.record(Event.Kind.SIGNED, by, form=kind, shown=shown, consent=agreed, **filled)
            if process.is_signed_by_each:
                jobs.enqueue_sign_in(me.own_documents().values_list("pk", flat=True))
            me.finish()

    def _fill(self, values: Mapping[int, str | None]) -> dict[str, Any]:
        """Keeps the values of this person's fields, and gives what their event tells of them."""
        boxes = list(self.boxes.select_related("document").filter(pk__in=values))
        for box in boxes:
            box.value = values[box.pk]
        self.boxes.bulk_update(boxes, ["value"])
        return {"fields": told(box.filled(box.document.code) for box in boxes)} if boxes else {}

    def ready_to_sign(self) -> "Participant":
        """The row as it is now. Raises what ``sign`` does; also asked before a picture of a signature is kept."""
        self.process.check_open()
        me = self._ready("NOT_A_SIGNER", self.Role.SIGNER)
        if not me.signs:
            raise Refused("NOTHING_TO_SIGN", "This process has no document to sign.")
        return me

    def approve(self, by: Actor) -> None:
        """An approver agrees. Raises Refused: NOT_AN_APPROVER, ALREADY_DONE, FILES_MISSING, NOT_YOUR_TURN."""
        with self.process.changing() as process:
            me = self._ready("NOT_AN_APPROVER", self.Role.APPROVER)
            process.record(Event.Kind.APPROVED, by)
            me.finish()

    def reject(self, reason: str, by: Actor) -> None:
        """Refuses the whole process, which ends it."""
        reason = reason.strip()
        if not reason:
            raise Refused("REASON_REQUIRED", "Say why you do not go along.")
        with self.process.changing() as process:
            me = self._acting()
            me.check_turn()
            if me.status == self.Status.FINISH and (me.signs or not me.is_signer):
                raise Refused("ALREADY_DONE", "You have done your part already.")
            me.status, me.finished_at = self.Status.REJECT, clock.now()
            me.save(update_fields=["status", "finished_at"])
            process.record(Event.Kind.DECLINED, by, reason=reason)
            process.reject(reason, by)

    def settle_delivery(self) -> None:
        """Where files are all that is asked, having delivered them is being done, until one is sent back."""
        if not self.is_signer or self.signs or self.status not in {self.Status.NOTIFICATION, self.Status.FINISH}:
            return
        done = self.has_delivered()
        self.status = self.Status.FINISH if done else self.Status.NOTIFICATION
        self.finished_at = clock.now() if done else None
        self.save(update_fields=["status", "finished_at"])

    def has_delivered(self) -> bool:
        """Every mandatory file is there; where all are optional, at least one."""
        files = list(self.requested_files.select_related("current"))
        mandatory: list[RequestedFile] = [file for file in files if not file.optional]
        if mandatory:
            return all(file.is_delivered for file in mandatory)
        return not files or any(file.is_delivered for file in files)

    def invited(self) -> None:
        """Records that the invitation went out; the job that calls this may run twice."""
        with transaction.atomic():
            process = Process.objects.select_for_update().get(pk=self.process_id)
            known = process.events.filter(kind=Event.Kind.INVITED, data__participant=self.public_id)
            if not known.exists():
                process.record(Event.Kind.INVITED, RUBRICA, participant=self.public_id)

    def not_reached(self, reason: str) -> None:
        """Records that the invitation was refused for good; the job that calls this may run twice."""
        with transaction.atomic():
            process = Process.objects.select_for_update().get(pk=self.process_id)
            failed = self.since_address(process, Event.Kind.INVITATION_FAILED)
            known = failed.filter(data__participant=self.public_id)
            if not known.exists():
                process.record(Event.Kind.INVITATION_FAILED, RUBRICA, participant=self.public_id, reason=reason)

    def opened(self, by: Actor) -> None:
        """Records the first deliberate visit; more of them change nothing."""
        earlier = self.since_address(self.process, Event.Kind.OPENED).filter(actor=by.reference)
        if self.process.is_open and not earlier.exists():
            with self.process.changing() as process:
                self._acting()
                if not earlier.exists():  # asked again, now that nobody else can be recording it
                    process.record(Event.Kind.OPENED, by)

    def new_link(self, by: Actor, purpose: str) -> str:
        """Makes one more way in and gives its address; the earlier ones stay good until they are replaced.

        The event tells who has seen a link that lets its bearer act as the participant.
        """
        from rubrica.processes.models.participant_link import ParticipantLink

        with transaction.atomic():
            process = Process.objects.select_for_update().get(pk=self.process_id)
            process.record(Event.Kind.LINK_MADE, by, participant=self.public_id, purpose=purpose)
            return ParticipantLink.issue(self, by, purpose)

    def resend(self, by: Actor, pause: timedelta = timedelta()) -> None:
        """Mails a fresh link as a reminder, which replaces the earlier ones.

        Raises Refused: NOT_YOUR_TURN, PROCESS_CLOSED, PARTICIPANT_BLOCKED, ALREADY_DONE when nothing is left, and
        REMINDED_LATELY within ``pause`` of the last reminder.
        """
        with self.process.changing() as process:
            me = self._fresh()
            me.check_turn()
            if me.status == self.Status.BLOCK:
                raise Refused("PARTICIPANT_BLOCKED", "This participant is blocked; decide about that first.")
            if me.status == self.Status.FINISH and me.has_delivered():
                raise Refused("ALREADY_DONE", "This participant has done everything already.")
            lately = process.events.filter(kind=Event.Kind.REMINDED, at__gt=clock.now() - pause)
            if pause and lately.filter(data__participant=me.public_id).exists():
                raise Refused("REMINDED_LATELY", "This participant was reminded a moment ago; wait some minutes.")
            me.process = process
            me._remind(by)

    def _remind(self, by: Actor) -> None:
        reminder = self.process.record(Event.Kind.REMINDED, by, participant=self.public_id)
        jobs.remind.defer(participant_id=self.pk, key=f"remind:{reminder.pk}")

    def _ready(self, wrong_role: str, role: str) -> "Participant":
        me = self._acting()
        if me.role != role:
            raise Refused(wrong_role, "This is not asked of you.")
        me.check_identity()
        if me.status == self.Status.FINISH:
            raise Refused("ALREADY_DONE", "You have done your part already.")
        me.check_turn()
        if missing := me.missing_files():
            raise Refused("FILES_MISSING", "These files are still missing: %(files)s.", files=", ".join(missing))
        return me

    def missing_files(self) -> list[str]:
        """The names of the mandatory files that are not there; they stand before signing and approving."""
        files = self.requested_files.select_related("current")
        return [file.name for file in files if not file.optional and not file.is_delivered]

    def _fresh(self) -> "Participant":
        """The row as it is now; the lock is the process's."""
        return Participant.objects.select_related("process").get(pk=self.pk)

    def _acting(self) -> "Participant":
        """As ``_fresh``, for what they do themselves. Raises what ``check_address`` does."""
        me = self._fresh()
        self.check_address(me)
        return me

    def check_address(self, now: "Participant") -> None:
        """Whoever came in before the sender gave another address acts for nobody any more: a slow upload may end
        after it. ``now`` is the row as it is. Raises Refused with LINK_REPLACED.
        """
        if now.email != self.email:
            raise Refused("LINK_REPLACED", "This link has been replaced by a newer one.")

    def since_address(self, process: Process, kind: str) -> "models.QuerySet[Event]":
        """The events of this kind that are not about whoever had the address before."""
        changed = process.events.filter(kind=Event.Kind.EMAIL_CHANGED, data__participant=self.public_id)
        last = changed.aggregate(last=models.Max("sequence"))["last"] or 0
        return process.events.filter(kind=kind, sequence__gt=last)

    def finish(self) -> None:
        """Their part is done; the caller holds the lock of the process."""
        self.status, self.finished_at = self.Status.FINISH, clock.now()
        self.save(update_fields=["status", "finished_at"])
