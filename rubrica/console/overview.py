"""Everything the page of one process shows, gathered in a fixed number of queries."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from django.conf import settings
from django.db.models import Count

from rubrica.accounts.models import Member
from rubrica.console import evidence, filled, previews, timeline
from rubrica.console.evidence import Evidence
from rubrica.console.filled import Filled
from rubrica.console.settings.deliveries import Row
from rubrica.console.steps import Step, steps
from rubrica.notify.models import Notification
from rubrica.processes.models import Document, Event, Hold, Participant, Process, RequestedFile, Submission
from rubrica.processes.models import Evidence as ProcessEvidence
from rubrica.processes.models.levelled import Levelled
from rubrica.processes.models.requested_file import REJECTED, UPLOADED
from rubrica.processes.reopening import ENDED_EARLY
from rubrica.webhooks.models import Delivery

MOST_DELIVERIES = 100  # on one page


@dataclass(frozen=True)
class Slot:
    """A requested file with its versions, newest first."""

    file: RequestedFile
    versions: list[Submission]
    is_open: bool

    @property
    def current(self) -> Submission | None:
        return self.file.current

    @property
    def older(self) -> list[Submission]:
        return [version for version in self.versions if version.pk != self.file.current_id]

    @property
    def waits(self) -> bool:
        return self.is_open and self.file.status == UPLOADED

    @property
    def is_owed(self) -> bool:
        """Sent back, and the process cannot end without it."""
        return self.is_open and self.file.status == REJECTED and not self.file.optional

    @property
    def can_reset(self) -> bool:
        return self.is_open and self.current is not None and bool(self.current.decision)

    @property
    def has_picture(self) -> bool:
        blob = self.current.blob if self.current else None
        return blob is not None and not blob.erased_at and previews.can_show(blob.media_type)


@dataclass(frozen=True)
class Person:
    """A participant, what is left to do, and the messages that did not get through."""

    participant: Participant
    slots: list[Slot]
    steps: list[Step]
    undelivered: list[Notification]
    process: Process
    evidence: Evidence | None = None
    is_open: bool = False  # and nothing is being sealed
    filled: Sequence[Filled] = ()  # on the pages, once they have signed

    @property
    def state(self) -> str:
        """The participant's status as a badge: also of who signed and owes a file again, or never did their part."""
        status = self.participant.status
        if status == Participant.Status.FINISH and any(slot.is_owed for slot in self.slots):
            return Participant.Status.NOTIFICATION
        is_waited_for = status in {Participant.Status.PENDING, Participant.Status.NOTIFICATION}
        return "ended" if is_waited_for and not self.process.is_open else status

    @property
    def can_resend(self) -> bool:
        return self.state == Participant.Status.NOTIFICATION

    @property
    def can_readdress(self) -> bool:
        """Who has acted keeps the address with which they did."""
        status = self.participant.status
        acted = status in {Participant.Status.FINISH, Participant.Status.REJECT} and not self.participant.is_reader
        return self.is_open and not acted

    @property
    def can_link(self) -> bool:
        return self.process.state in {Process.State.OPEN, Process.State.FINISHED}


@dataclass(frozen=True)
class Overview:
    process: Process
    member: Member
    version: str
    people: list[Person]
    documents: list[Document]
    history: list[timeline.Line]
    deliveries: list[Row]
    proof: ProcessEvidence | None  # apart from documents; None also where it ended before there was any

    @property
    def is_proven(self) -> bool:
        """The bundle can be had."""
        return self.process.is_finished and (self.proof is None or self.proof.is_made)

    @property
    def is_open(self) -> bool:
        """No more changes are taken once sealing has begun."""
        return self.process.is_open and not self.is_sealing

    @property
    def is_package(self) -> bool:
        return len(self.documents) > 1

    @property
    def can_cancel(self) -> bool:
        return self.is_open or self.process.state == Process.State.EDITING

    @property
    def can_reactivate(self) -> bool:
        return self.process.state in ENDED_EARLY

    @property
    def is_sealing(self) -> bool:
        return any(document.state == Document.State.SEALING for document in self.documents)

    @property
    def refusal(self) -> str:
        """Who ended the process and why, where somebody did."""
        return next((line.text for line in self.history if line.kind == Event.Kind.DECLINED), "")

    @property
    def wishes(self) -> list[str]:
        """Who asked for more time since it expired."""
        if self.process.reopening_asked_at is None:
            return []
        since = takewhile(lambda line: line.kind != Event.Kind.EXPIRED, self.history)
        return [line.text for line in since if line.kind == Event.Kind.REOPENING_ASKED]

    @cached_property
    def holds(self) -> list[Hold]:
        """Legal holds in force, also on the whole organization."""
        return list(Hold.objects.of(self.process))

    @property
    def own_hold(self) -> Hold | None:
        return next((hold for hold in self.holds if hold.process_id == self.process.pk), None)

    @cached_property
    def slots(self) -> list[Slot]:
        return [slot for person in self.people for slot in person.slots]

    @cached_property
    def to_review(self) -> int:
        return sum(slot.waits for slot in self.slots)

    @property
    def changes_by_itself(self) -> bool:
        """Whether the page should ask again: somebody else may act, or a job is running."""
        is_being_proven = self.proof is not None and not self.proof.is_made
        sealed = [*self.documents, *([self.proof] if self.proof else ())]
        is_being_told = any(row.delivery.state == Delivery.State.OPEN for row in self.deliveries)
        is_at_work = is_being_proven or is_being_told or any(map(self._is_being_raised, sealed))
        return self.process.is_open or is_at_work

    @property
    def has_timestamp_server(self) -> bool:
        return settings.TSA is not None

    def _is_being_raised(self, sealed: Levelled) -> bool:
        return self.has_timestamp_server and sealed.is_short_of_level and not sealed.level_error


def overview(process: Process, member: Member) -> Overview:
    # Before the history is read: what becomes true in between is then shown too early nowhere.
    proof = ProcessEvidence.objects.filter(process=process).first()
    found = process.documents.select_related("original", "sealed")
    documents = list(found.prefetch_related("parts__participant", "revisions__participant"))
    is_open = process.is_open and not any(document.state == Document.State.SEALING for document in documents)
    people = list(process.participants.all())
    names = {person.public_id: person.name for person in people}
    return Overview(
        process=process,
        member=member,
        version=version(process),
        people=_people(process, people, documents, is_open),
        documents=documents,
        history=timeline.lines(process, names),
        deliveries=_deliveries(process),
        proof=proof,
    )


def _people(process: Process, people: list[Participant], documents: list[Document], is_open: bool) -> list[Person]:
    slots, undelivered = _slots(process, is_open), _undelivered(process)
    proofs, written = evidence.of_process(process, people), filled.of_process(process, documents)
    return [
        Person(
            participant=one,
            slots=slots[one.pk],
            steps=steps(one, [slot.file for slot in slots[one.pk]], bool(documents), proofs.get(one.pk)),
            undelivered=undelivered[one.pk],
            process=process,
            evidence=proofs.get(one.pk),
            is_open=is_open,
            filled=written[one.pk],
        )
        for one in people
    ]


def _deliveries(process: Process) -> list[Row]:
    """What its webhooks were told, newest first."""
    told = process.organization.deliveries.filter(subject=process.public_id).select_related("webhook")
    newest = told.annotate(made=Count("attempts")).order_by("-pk")[:MOST_DELIVERIES]
    return [Row(delivery, process) for delivery in newest]


def version(process: Process) -> str:
    """Changes whenever the page would: every act is an event; sealing and mail also write on rows of their own."""
    documents = list(process.documents.order_by("pk").values_list("state", "seal_error", "level", "level_error"))
    proofs = list(ProcessEvidence.objects.filter(process=process).values_list("state", "error", "level", "level_error"))
    mails = list(Notification.objects.filter(process_id=process.pk).order_by("pk").values_list("state", "error"))
    told = list(Delivery.objects.filter(subject=process.public_id).order_by("pk").values_list("state", "tries"))
    said = json.dumps([process.state, process.chain_length, documents, proofs, mails, told])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _slots(process: Process, is_open: bool) -> defaultdict[int, list[Slot]]:
    versions: defaultdict[int, list[Submission]] = defaultdict(list)
    for submission in Submission.objects.filter(requested_file__process=process).select_related("blob"):
        versions[submission.requested_file_id].append(submission)
    slots: defaultdict[int, list[Slot]] = defaultdict(list)
    for file in process.requested_files.select_related("current__blob"):
        slots[file.participant_id].append(Slot(file, versions[file.pk], is_open))
    return slots


def _undelivered(process: Process) -> defaultdict[int, list[Notification]]:
    """By participant, the last message of each channel that failed; a later one that got through makes up for it."""
    last: dict[tuple[int, str], Notification] = {}
    for message in Notification.objects.filter(process_id=process.pk, participant_id__isnull=False).order_by("pk"):
        last[message.participant_id or 0, message.channel] = message
    failed: defaultdict[int, list[Notification]] = defaultdict(list)
    for (participant, _channel), message in last.items():
        if message.state == Notification.State.FAILED:
            failed[participant].append(message)
    return failed
