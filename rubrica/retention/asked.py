"""Erasures that an owner asked for on the page: done by jobs, some processes at a time.

Each step is one transaction: it claims its number, erases, adds to the statement, and enqueues the next. So it is done
once, however often its job runs, and whoever is killed in it leaves it undone.
"""

from dataclasses import asdict
from datetime import timedelta

from django.db import transaction
from django.db.models import F

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.processes.actor import Actor
from rubrica.retention import erasing, jobs, people
from rubrica.retention.models import AskedErasure

BATCH = 10  # processes of one step, which whoever places a hold meanwhile waits for
KEPT = timedelta(days=7)  # rows of what is over; that of one that failed has the person's address, to try again
State = AskedErasure.State


class GoesOn(Exception):
    """This person is being erased already."""


def begin(
    organization: Organization, identifier: str, by: Actor, *, reason: str = "", with_documents: bool = False
) -> AskedErasure:
    """Enqueues the first step. Raises people.Unclear, erasing.NobodyFound, GoesOn."""
    person = people.find(organization, identifier)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        mine = AskedErasure.objects.filter(organization=organization, identifier=person.identifier)
        if mine.filter(state=State.ERASING).exists():
            raise GoesOn
        found = erasing.looked(person, with_documents, only=set())
        if not found.waiting and not sum(found.counts.values()):
            raise erasing.NobodyFound
        row = AskedErasure.objects.create(
            organization=organization, identifier=person.identifier, with_documents=with_documents, reason=reason,
            actor=asdict(by), total=len(found.waiting),
        )  # fmt: skip
        jobs.enqueue_step(organization.pk, row.pk, row.step)
    return row


@transaction.atomic
def do(asked_id: int, step: int) -> None:
    """A step that was done, or given up and begun anew, is not done again."""
    claim = AskedErasure.objects.filter(pk=asked_id, state=State.ERASING, step=step)
    if not claim.update(step=F("step") + 1):
        return
    row = AskedErasure.objects.select_related("organization").get(pk=asked_id)
    erasure, found = erasing.part(row, most=BATCH)
    mine = AskedErasure.objects.filter(pk=asked_id)
    mine.update(done=F("done") + len(found.processes))
    if found.waiting:
        jobs.enqueue_step(row.organization_id, asked_id, row.step)
    else:
        mine.update(state=State.DONE, identifier="", ended_at=clock.now())
        if erasure is not None:  # else all of it went on, or was erased by somebody else, since it was asked for
            jobs.sign_erasure.defer(erasure_id=erasure.pk)


def fail(asked_id: int, step: int) -> None:
    """After the last try of this step."""
    claim = AskedErasure.objects.filter(pk=asked_id, state=State.ERASING, step=step)
    claim.update(state=State.FAILED, ended_at=clock.now())


def go_on(organization: Organization, public_id: str) -> bool:
    """Takes up again what failed, where it stopped. False where it did not fail, or is not there."""
    with transaction.atomic():
        failed = AskedErasure.objects.filter(organization=organization, public_id=public_id, state=State.FAILED)
        if not failed.update(state=State.ERASING, step=F("step") + 1, ended_at=None):
            return False
        row = AskedErasure.objects.get(organization=organization, public_id=public_id)
        jobs.enqueue_step(organization.pk, row.pk, row.step)
    return True


def forget_old() -> int:
    """What is over. The statement stays, also of what was erased before it failed (``proofs`` has it signed)."""
    over = AskedErasure.objects.exclude(state=State.ERASING).filter(ended_at__lt=clock.now() - KEPT)
    return over.delete()[0]
