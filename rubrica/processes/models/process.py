"""One sending: who is asked for what, and how far it has come."""

import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import models, transaction

from rubrica import clock
from rubrica.accounts.models import LANGUAGES, Member, Organization
from rubrica.database import insert
from rubrica.processes import jobs, listeners
from rubrica.processes.actor import RUBRICA, Actor
from rubrica.processes.errors import Refused
from rubrica.processes.models.event import Event


def new_public_id() -> str:
    return secrets.token_hex(12)


def new_identity_code() -> str:
    """Sixteen characters, as the Auco contract has them for processes that only confirm an identity."""
    return "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(16))


class Process(models.Model):
    """The rules of a process are here: whose turn it is, when it is complete, and what ends it."""

    class State(models.TextChoices):
        OPEN = "open"
        FINISHED = "finished"
        REJECTED = "rejected"
        EXPIRED = "expired"
        CANCELLED = "cancelled"
        EDITING = "editing"  # taken back by the sender, who will send it anew under the same id

    class Kind(models.TextChoices):
        """What it was sent as, which is how the outside is told of it."""

        FILES = "files"
        DOCUMENT = "document"
        PACKAGE = "package"
        IDENTITY = "identity"  # nothing is signed or delivered; a person proves who they are

    class Signatures(models.TextChoices):
        ONE = "one"  # the organization's seal at the end, which holds everybody's marks
        EACH = "each"  # every signer's own in each document, and the seal after them

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="processes", db_index=False)
    public_id = models.CharField(max_length=24, unique=True, default=new_public_id)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.FILES)
    signatures = models.CharField(max_length=4, choices=Signatures.choices, default=Signatures.ONE, db_default="one")
    name = models.CharField(max_length=300)
    subject = models.CharField(max_length=300)
    message = models.TextField()
    language = models.CharField(max_length=2, choices=LANGUAGES)
    creator = models.ForeignKey(Member, models.PROTECT, null=True, related_name="processes")
    creator_email = models.EmailField()
    notify = models.BooleanField(default=True)
    remind_every_hours = models.IntegerField(null=True)
    expires_at = models.DateTimeField(null=True)
    identity = models.JSONField(default=dict)  # checks asked of everybody, as {"photo": bool, "otp": bool}
    folder = models.ForeignKey("Folder", models.PROTECT, null=True, related_name="processes")
    tags = models.JSONField(default=list)  # names of Tag
    template = models.CharField(max_length=24, blank=True, default="", db_default="")  # id of what it was made from
    custom = models.JSONField(null=True)  # the sender's own, never looked into
    words = models.TextField(blank=True, default="")  # what search finds it by, as ``searchable`` makes them
    webhooks = models.JSONField(default=list)  # ids of the webhooks to tell; none means the default one
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)
    reopening_asked_at = models.DateTimeField(null=True)  # somebody wants more time, and nobody has answered yet
    chain_length = models.IntegerField(default=0)
    chain_head = models.BinaryField(max_length=32, default=b"")

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="process_newest"),
            models.Index(fields=["organization", "state", "-id"], name="process_by_state"),
            models.Index(fields=["organization", "created_at"], name="process_by_start"),
            models.Index(
                fields=["organization", "ended_at"],
                condition=models.Q(ended_at__isnull=False),
                name="process_by_end",
            ),
            models.Index(
                fields=["organization", "expires_at"],
                condition=models.Q(state="open", expires_at__isnull=False),
                name="process_expiring",
            ),
            models.Index(
                fields=["organization", "reopening_asked_at"],
                condition=models.Q(reopening_asked_at__isnull=False),
                name="process_wanted_back",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_finished(self) -> bool:
        return self.state == self.State.FINISHED

    @property
    def is_signed_by_each(self) -> bool:
        return self.signatures == self.Signatures.EACH

    @property
    def has_own_evidence(self) -> bool:
        """Evidence that is a PDF of its own, as no document can take its pages."""
        return self.is_signed_by_each or not self.documents.exists()

    @contextmanager
    def changing(self) -> Iterator["Process"]:
        """Locks the process for one change and moves it on afterwards, all in one transaction.

        Raises Refused with PROCESS_CLOSED when it has ended, PROCESS_SEALING when everybody is done with it.
        """
        with transaction.atomic():
            locked = self._locked()
            locked.check_open()
            yield locked
            locked.advance()

    def _locked(self) -> "Process":
        rows = Process.objects.select_for_update(of=("self",)).select_related("organization", "creator")
        return rows.get(pk=self.pk)

    def check_open(self) -> None:
        """Raises what ``changing`` does; also asked before bytes are taken in that could not be used."""
        if not self.is_open:
            raise Refused("PROCESS_CLOSED", "This process has ended.")
        if self.documents.filter(state="sealing").exists():
            raise Refused("PROCESS_SEALING", "Everybody is done and the document is being sealed.")

    def begin(self, by: Actor) -> Event:
        """Stores the new row together with its first event, which its listeners hear of when all is there."""
        event = Event.build(self, Event.Kind.CREATED, by, {"name": self.name})
        self.chain_length, self.chain_head, self.updated_at = event.sequence, event.hash, event.at
        insert(self)
        event.process = self
        insert(event)
        return event

    def record(self, kind: str, actor: Actor, **data: Any) -> Event:
        """Appends an event and tells it on; the caller holds the row's lock or has just made the row."""
        event = Event.build(self, kind, actor, data)
        insert(event)
        self.chain_length, self.chain_head, self.updated_at = event.sequence, event.hash, event.at
        self.save(update_fields=["chain_length", "chain_head", "updated_at"])
        listeners.tell(event)
        return event

    def advance(self) -> None:
        """Gives the turn to the next group, and starts the end when nothing is left to do."""
        if not self.is_open or self.documents.filter(state="awaiting_upload").exists():
            return
        self._invite_next_group()
        if self._is_settled():
            self._complete()

    def _invite_next_group(self) -> None:
        waiting = self.participants.filter(status="PENDING")
        unfinished = self.participants.exclude(status="FINISH").order_by("order").values_list("order", flat=True)
        turn = unfinished.first()
        called = list(waiting.filter(order=turn)) if turn is not None else []
        for participant in called:
            participant.call()

    def _is_settled(self) -> bool:
        if self.participants.exclude(status="FINISH").exists():
            return False
        requested = self.requested_files.select_related("current")
        return all(file.is_settled for file in requested)

    def _complete(self) -> None:
        documents = list(self.documents.all())
        if not documents:
            self.finish()
        for document in documents:
            document.start_sealing()

    def document_sealed(self) -> None:
        """Called with the row locked, after each document; the last one finishes the process."""
        if self.is_open and not self.documents.exclude(state="sealed").exists():
            self.finish()

    def finish(self) -> None:
        from rubrica.processes.models.evidence import Evidence

        self._end(self.State.FINISHED)
        self.record(Event.Kind.FINISHED, RUBRICA)
        if self.has_own_evidence:
            Evidence.begin(self)  # nobody waits for it (contract/auco.md §13 no. 22)
        told = self.participants.filter(notify=True).values_list("pk", flat=True)
        for participant_id in [*told, None]:
            jobs.announce_finish.defer(process_id=self.pk, participant_id=participant_id)

    def reject(self, reason: str, by: Actor) -> None:
        """Ends the process because a participant refuses; the caller holds the lock."""
        self._end(self.State.REJECTED)
        self.record(Event.Kind.REJECTED, by, reason=reason)
        jobs.announce_rejection.defer(process_id=self.pk)

    def cancel(self, message: str, by: Actor) -> None:
        """The sender takes it back; who has been asked or has acted is told why. Raises Refused as ``changing``."""
        message = message.strip()
        if not message:
            raise Refused("MESSAGE_REQUIRED", "Say why the process is cancelled; those who were asked are told.")
        with transaction.atomic():
            process = self._locked()
            if process.state != self.State.EDITING:
                process.check_open()
            process._end(self.State.CANCELLED)
            process.record(Event.Kind.CANCELLED, by, message=message)
            for participant_id in process._who_were_asked():
                jobs.announce_cancellation.defer(participant_id=participant_id)

    def _who_were_asked(self) -> list[int]:
        """Also those who were before the process was taken back to be edited. Readers hear of every step anyway."""
        invited = self.events.filter(kind=Event.Kind.INVITED).values_list("data__participant", flat=True)
        asked = ~models.Q(status="PENDING") | models.Q(public_id__in=list(invited))
        found = self.participants.filter(asked, notify=True).exclude(role="reader")
        return list(found.values_list("pk", flat=True))

    def expire(self) -> None:
        """Ends the process when its time is over; the job that calls this may be early, late or twice."""
        with transaction.atomic():
            process = Process.objects.select_for_update(of=("self",)).get(pk=self.pk)
            over = process.expires_at is not None and process.expires_at <= clock.now()
            if not process.is_open or not over or process.documents.filter(state="sealing").exists():
                return
            process._end(self.State.EXPIRED)
            process.record(Event.Kind.EXPIRED, RUBRICA)
            waiting = process.participants.filter(notify=True, status__in=["NOTIFICATION", "BLOCK"])
            for participant_id in [*waiting.values_list("pk", flat=True), None]:
                jobs.announce_expiry.defer(process_id=process.pk, participant_id=participant_id)

    def _end(self, state: str) -> None:
        self.state, self.ended_at = state, clock.now()
        self.save(update_fields=["state", "ended_at"])
