"""What the clock lets go of: class by class, process by process, each in a transaction of its own.

A mark says how far it has come, so that each turn costs what is new and a worker that dies loses one process's work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.notify.models import Notification
from rubrica.processes.models import Hold, IdentityCapture, Process
from rubrica.records.attachments import removing
from rubrica.records.models import Attachment, Record
from rubrica.retention import blobs
from rubrica.retention.classes import (
    ATTACHMENTS,
    BY_KEY,
    CLASSES,
    DELIVERIES,
    DOCUMENTS,
    EVIDENCE,
    FILES,
    FOREVER,
    IDENTITY,
    MESSAGES,
    Class,
)
from rubrica.retention.models import RetentionMark
from rubrica.webhooks.models import Delivery

BATCH = 200  # processes, records or rows of one step
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
# What a process holds of each class: the columns that name its bytes.
BYTES: dict[str, list[tuple[str, str]]] = {
    FILES: [("processes.Submission", "blob")],
    DOCUMENTS: [
        *(("processes.Document", column) for column in ("original", "shown", "sealed")),
        ("processes.SignedRevision", "blob"),
        *(("processes.Signature", column) for column in ("image", "initials")),
        *(("completing.Completion", column) for column in ("mask", "complete", "draft")),
    ],
    EVIDENCE: [("processes.Evidence", "pdf")],
}


@dataclass(frozen=True)
class Task:
    """One class of one organization, up to a moment."""

    organization: Organization
    kind: Class
    limit: datetime

    def processes(self) -> "models.QuerySet[Process]":
        """That ended before the limit and that nothing holds, in the order in which they ended."""
        ended = Process.objects.filter(organization=self.organization, ended_at__lt=self.limit)
        return unheld(ended).order_by("ended_at", "pk")

    def spared(self, model: str, path: str) -> Q:
        """Rows of the same class whose time is over as well do not keep the bytes of each other."""
        if model not in {name for name, _column in BYTES.get(self.kind.key, ())}:
            return Q(pk=None)
        held = Hold.objects.in_force().filter(process=OuterRef(path))
        return Q(~Exists(held), **{f"{path}__ended_at__lt": self.limit})


def unheld(found: "models.QuerySet[Process]") -> "models.QuerySet[Process]":
    """Leaves out what is under a legal hold, also through its organization."""
    held = Hold.objects.in_force().filter(
        Q(process=OuterRef("pk")) | Q(process=None, organization=OuterRef("organization"))
    )
    return found.filter(~Exists(held))


def is_held(organization: Organization) -> bool:
    return Hold.objects.in_force().filter(organization=organization, process=None).exists()


def tasks(organization: Organization) -> Iterator[Task]:
    now = clock.now()
    for kind in CLASSES:
        if (days := kind.days_of(organization)) != FOREVER:
            yield Task(organization, kind, now - timedelta(days=days))


def sweep() -> int:
    """A step of every organization and class; gives how many things went."""
    gone = 0
    for organization in Organization.objects.order_by("pk").iterator(chunk_size=200):
        if not is_held(organization):
            gone += sum(_swept(task) for task in tasks(organization))
    return gone


def _swept(task: Task) -> int:
    special = {IDENTITY: _captures, ATTACHMENTS: _attachments, DELIVERIES: _deliveries}
    if task.kind.key in special:
        return special[task.kind.key](task)
    return _processes(task)


def _processes(task: Task) -> int:
    mark = _mark(task)
    gone, after = 0, Q(ended_at__gte=mark.until)
    while batch := list(task.processes().filter(after)[:BATCH]):
        if _has_any(task, batch):
            gone += sum(_let_go(task, process) for process in batch)
        last = batch[-1]
        after = Q(ended_at__gt=last.ended_at) | Q(ended_at=last.ended_at, pk__gt=last.pk)
        _advance(mark, last.ended_at or mark.until)
    _advance(mark, max(mark.until, task.limit))
    return gone


def _mark(task: Task) -> RetentionMark:
    """A hold that was lifted since the last turn, or more days than before, and everything is looked at once more."""
    now = clock.now()
    defaults = {"until": LONG_AGO, "at": now}
    mark, _ = RetentionMark.objects.get_or_create(organization=task.organization, kind=task.kind.key, defaults=defaults)
    lifted = Hold.objects.filter(organization=task.organization, lifted_at__gte=mark.at - timedelta(hours=1))
    if lifted.exists():
        mark.until = LONG_AGO
    return mark


def _advance(mark: RetentionMark, until: datetime) -> None:
    RetentionMark.objects.filter(pk=mark.pk).update(until=until, at=clock.now())
    mark.until = until


def rewind() -> None:
    """Once more from the beginning: what something else referred to may be free by now."""
    RetentionMark.objects.update(until=LONG_AGO)


def _has_any(task: Task, batch: list[Process]) -> bool:
    """One look for many, most of which have let go of everything long ago."""
    pks = [process.pk for process in batch]
    if task.kind.key == MESSAGES:
        return Notification.objects.filter(process_id__in=pks).exists()
    return blobs.erasable(bytes_of(task.kind.key, pks), task.spared).exists()


def _is_free(organization: Organization, processes: "models.QuerySet[Process] | None" = None) -> bool:
    """Whether no hold is on the organization, which, with these processes, is locked until the transaction ends.

    A hold takes the same locks: either the next statement sees it, or it comes when this is done. A statement that
    locks and asks at once would see what was there when it began to wait.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if processes is not None:
        list(processes.order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    return not is_held(organization)


def _let_go(task: Task, process: Process) -> int:
    with transaction.atomic():
        mine = Process.objects.filter(pk=process.pk)
        if not _is_free(task.organization, mine) or not unheld(mine.filter(ended_at__lt=task.limit)).exists():
            return 0
        if task.kind.key == MESSAGES:
            return Notification.objects.filter(process_id=process.pk).delete()[0]
        return blobs.erase(bytes_of(task.kind.key, [process.pk]), task.spared)


def bytes_of(kind: str, processes: list[int]) -> set[int]:
    """The ids of the blobs that these processes hold of one class."""
    return {pk for found in _bytes(kind, processes) for pk in found}


def _bytes(kind: str, processes: "list[int] | models.QuerySet[Process, Any]") -> "list[models.QuerySet[Any, int]]":
    from django.apps import apps

    found = []
    for label, column in BYTES[kind]:
        rows = apps.get_model(label)._base_manager.filter(**{f"{blobs.PROCESS[label]}__in": processes})
        found.append(rows.exclude(**{column: None}).values_list(column, flat=True))
    return found


def captures(task: Task) -> "models.QuerySet[IdentityCapture]":
    """Pictures of processes that ended long ago, or that are open and have not moved for so long."""
    path = "check_row__participant__process"
    ended = Q(**{f"{path}__ended_at__lt": task.limit})
    forgotten = Q(**{f"{path}__ended_at": None, f"{path}__updated_at__lt": task.limit})
    held = Hold.objects.in_force().filter(process=OuterRef(path))
    # Nobody's process can have ended before it began, so the partial index on the kept ones bounds the look.
    kept = IdentityCapture.objects.filter(erased_at=None, created_at__lt=task.limit, organization=task.organization)
    return kept.filter(ended | forgotten).filter(~Exists(held))


def _captures(task: Task) -> int:
    gone = 0
    while chosen := list(captures(task).order_by("created_at").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            theirs = Process.objects.filter(
                pk__in=IdentityCapture.objects.filter(pk__in=chosen).values("check_row__participant__process")
            )
            if not _is_free(task.organization, theirs):
                return gone
            kept = captures(task).filter(pk__in=chosen)
            gone += kept.update(original=None, redrawn=None, erased_at=clock.now())
    return gone


def attachments(task: Task) -> "models.QuerySet[Attachment]":
    mine = Attachment.objects.filter(organization=task.organization, staged_until=None, created_at__lt=task.limit)
    return mine.filter(record__modified_at__lt=task.limit)


def _attachments(task: Task) -> int:
    gone = 0
    while chosen := list(attachments(task).order_by().values_list("record_id", flat=True).distinct()[:BATCH]):
        for pk in chosen:
            with transaction.atomic():
                if not _is_free(task.organization):
                    return gone
                record = Record.objects.select_for_update(of=("self",)).select_related("definition").get(pk=pk)
                old = list(record.attachments.select_related("blob").filter(staged_until=None))
                removing.remove(record, old, None)
                gone += len(old)
    return gone


def deliveries(task: Task) -> "models.QuerySet[Delivery]":
    settled = Delivery.objects.exclude(state=Delivery.State.OPEN).filter(settled_at__lt=task.limit)
    held = Hold.objects.in_force().filter(process__public_id=OuterRef("subject"))
    return settled.filter(organization=task.organization).filter(~Exists(held))


def _deliveries(task: Task) -> int:
    gone = 0
    while chosen := list(deliveries(task).order_by("settled_at").values_list("pk", "subject")[:BATCH]):
        with transaction.atomic():
            about = {subject for _pk, subject in chosen}
            if not _is_free(task.organization, Process.objects.filter(public_id__in=about)):
                return gone
            free = list(deliveries(task).filter(pk__in=[pk for pk, _s in chosen]).values_list("pk", flat=True))
            Delivery.objects.filter(pk__in=free).delete()
        gone += len(free)
    return gone


def counted(task: Task) -> tuple[int, int]:
    """What would go now: how many things, and their bytes where they have any. The database counts: there may be
    millions."""
    if is_held(task.organization):
        return 0, 0
    key = task.kind.key
    if key == IDENTITY:
        return captures(task).count(), 0
    if key == ATTACHMENTS:
        found = attachments(task)
        return found.count(), found.aggregate(size=models.Sum("size"))["size"] or 0
    if key == DELIVERIES:
        return deliveries(task).count(), 0
    ended = task.processes().order_by().values("pk")
    if key == MESSAGES:
        return Notification.objects.filter(process_id__in=ended).count(), 0
    first, *others = _bytes(key, ended)
    # A union is joined to the blobs; conditions beside each other would be tried on every blob there is.
    return blobs.weighed(blobs.erasable(first.union(*others) if others else first, task.spared))


def next_to_go(task: Task) -> datetime | None:
    """When the next process, of those that are over, comes to the end of its time."""
    if task.kind.key not in {IDENTITY, FILES, DOCUMENTS, EVIDENCE, MESSAGES}:
        return None
    later = Process.objects.filter(organization=task.organization, ended_at__gte=task.limit).order_by("ended_at")
    ended = unheld(later).values_list("ended_at", flat=True).first()
    return ended + (clock.now() - task.limit) if ended else None


def task_of(organization: Organization, key: str, days: int) -> Task | None:
    """As it would be with so many days; None for good."""
    return None if days == FOREVER else Task(organization, BY_KEY[key], clock.now() - timedelta(days=days))
