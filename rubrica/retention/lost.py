"""What waits for a job that is not there any more: its worker was killed under it too often, or at its last word.

Row and job come in one transaction, and a job that does its work ends the row before it goes. So a row that goes on
without a job that waits or runs will never come to its end by itself.
"""

from django.db.models import BigIntegerField, Exists, OuterRef, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from procrastinate.contrib.django.models import ProcrastinateJob

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.processes.models import PersonExport
from rubrica.retention import jobs
from rubrica.retention.models import AskedErasure

ALIVE = ["todo", "doing"]  # also with a dead worker: ``return_stalled_jobs`` gives it back, or up


def give_up(organization: Organization | None = None) -> int:
    """Says on their rows that they failed; gives how many. Of all organizations, or of this one."""
    mine = Q() if organization is None else Q(organization=organization)
    exports = PersonExport.objects.filter(mine, ~_has_job(jobs.export_person.name, "export_id"))
    erasures = AskedErasure.objects.filter(mine, ~_has_job(jobs.erase_person.name, "asked_id"))
    given_up = exports.filter(state=PersonExport.State.MAKING).update(state=PersonExport.State.FAILED)
    return given_up + erasures.filter(state=AskedErasure.State.ERASING).update(
        state=AskedErasure.State.FAILED, ended_at=clock.now()
    )


def _has_job(task: str, argument: str) -> Exists:
    about = Cast(KeyTextTransform(argument, "args"), BigIntegerField())
    found = ProcrastinateJob.objects.filter(queue_name=jobs.ERASURES, task_name=task, status__in=ALIVE)
    return Exists(found.annotate(about=about).filter(about=OuterRef("pk")))
