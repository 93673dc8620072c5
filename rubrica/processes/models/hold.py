"""What must not be deleted, because a court or a claim may ask for it."""

from typing import Self

from django.db import models, transaction
from django.db.models import Q

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Refused
from rubrica.processes.models.event import Event
from rubrica.processes.models.process import Process


class HoldQuerySet(models.QuerySet["Hold"]):
    def in_force(self) -> Self:
        return self.filter(lifted_at=None)

    def of(self, process: Process) -> Self:
        """Those in force on a process, also through its organization, the oldest first."""
        mine = Q(process=process) | Q(organization_id=process.organization_id, process=None)
        return self.in_force().filter(mine).order_by("pk")


class Hold(models.Model):
    """On one process, or, without one, on all of an organization. Lifted ones stay as history."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="holds")
    process = models.ForeignKey(Process, models.PROTECT, null=True, related_name="holds")
    reason = models.CharField(max_length=500)
    by = models.CharField(max_length=254)
    since = models.DateTimeField(default=clock.now)
    lifted_by = models.CharField(max_length=254, blank=True)
    lifted_at = models.DateTimeField(null=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["process"], condition=Q(lifted_at=None), name="hold_once_a_process"),
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(lifted_at=None, process=None),
                name="hold_once_an_organization",
            ),
        ]

    def __str__(self) -> str:
        return f"hold on {self.process or self.organization}"

    @classmethod
    def place(cls, organization: Organization, process: Process | None, reason: str, by: Actor) -> "Hold":
        """Raises Refused: REASON_REQUIRED, ALREADY_HELD."""
        reason = reason.strip()
        if not reason:
            raise Refused("REASON_REQUIRED", "Say why this must be kept.")
        with transaction.atomic():
            locked = _locked(organization, process)
            if cls.objects.in_force().filter(organization=organization, process=process).exists():
                raise Refused("ALREADY_HELD", "This is under a legal hold already.")
            hold = cls.objects.create(organization=organization, process=process, reason=reason[:500], by=_name(by))
            if locked is not None:
                locked.record(Event.Kind.HELD, by, hold=hold.pk, reason=hold.reason)
        return hold

    @classmethod
    def lift(cls, organization: Organization, process: Process | None, by: Actor) -> "Hold":
        """Raises Refused with NOT_HELD."""
        with transaction.atomic():
            locked = _locked(organization, process)
            hold = cls.objects.in_force().filter(organization=organization, process=process).first()
            if hold is None:
                raise Refused("NOT_HELD", "There is no legal hold on this.")
            hold.lifted_by, hold.lifted_at = _name(by), clock.now()
            hold.save(update_fields=["lifted_by", "lifted_at"])
            if locked is not None:
                locked.record(Event.Kind.RELEASED, by, hold=hold.pk)
        return hold


def _locked(organization: Organization, process: Process | None) -> Process | None:
    """An erasure takes the same locks, so that a hold is there before it or waits until it is done."""
    if process is None:
        Organization.objects.select_for_update().get(pk=organization.pk)
        return None
    return Process.objects.select_for_update(of=("self",)).get(pk=process.pk, organization=organization)


def _name(by: Actor) -> str:
    return (by.reference or by.name)[:254]
