"""What proves a process apart from its documents: a sealed PDF of evidence pages; without any, also a container."""

from django.db import models, transaction

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.files.models import Blob
from rubrica.processes import jobs
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Refused
from rubrica.processes.models.event import Event
from rubrica.processes.models.levelled import Levelled
from rubrica.processes.models.process import Process


class Evidence(Levelled):
    """``making → made``, by a job that begins when the process has finished; nobody waits for it.

    For a process without documents, and for one in whose documents each signs: those take no more pages.

    The container is put together when somebody asks for it, so that no file is stored twice: ``paths`` names its files
    in the order of the manifest, and the signature covers their digests. ``contained_size`` is how many bytes of the
    PDF it is about: what raises the level comes behind them.
    """

    FILE, UPGRADED, UPGRADE_FAILED = "pdf", Event.Kind.EVIDENCE_UPGRADED, Event.Kind.EVIDENCE_UPGRADE_FAILED

    class State(models.TextChoices):
        MAKING = "making"
        MADE = "made"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    process = models.OneToOneField(Process, models.PROTECT, related_name="evidence")
    state = models.CharField(max_length=6, choices=State.choices, default=State.MAKING)
    pdf = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    manifest = models.BinaryField(default=b"")  # as it is attached to the PDF
    paths = models.JSONField(default=list)
    container_manifest = models.BinaryField(default=b"")  # META-INF/ASiCManifest.xml
    container_signature = models.BinaryField(default=b"")  # META-INF/signature.p7s
    contained_size = models.BigIntegerField(default=0, db_default=0)
    error = models.TextField(blank=True)
    made_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["organization"], condition=~models.Q(error=""), name="evidence_unmade")]

    def __str__(self) -> str:
        return f"evidence of process {self.process_id}, {self.state}"

    @property
    def is_made(self) -> bool:
        return self.state == self.State.MADE

    is_sealed = is_made

    def enqueue_raise(self) -> None:
        jobs.enqueue_raise_evidence(self.pk)

    @classmethod
    def begin(cls, process: Process) -> "Evidence":
        """Enqueues the job, once a process. Also for those that finished before there was any evidence."""
        with transaction.atomic():
            evidence, is_new = cls.objects.get_or_create(
                process=process, defaults={"organization_id": process.organization_id}
            )
            if is_new:
                jobs.enqueue_evidence(evidence.pk)
        return evidence

    @transaction.atomic
    def make_again(self, by: Actor) -> None:
        """Tries once more after a failure, and says in the history who asked. Raises Refused with EVIDENCE_MADE."""
        process = Process.objects.select_for_update().get(pk=self.process_id)
        if Evidence.objects.filter(pk=self.pk, state=self.State.MAKING).update(error="") != 1:
            raise Refused("EVIDENCE_MADE", "The evidence is there already.")
        process.record(Event.Kind.EVIDENCE_BEGUN, by)
        jobs.enqueue_evidence(self.pk)
