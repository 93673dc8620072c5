"""What a document has become so far where its signers sign one by one: each signature is a file of its own."""

from django.db import models

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.files.models import Blob
from rubrica.processes.models.document import Document
from rubrica.processes.models.participant import Participant


class SignedRevision(models.Model):
    """The beginning is number 0 and nobody's; every later one is the file before with one participant's signature.

    The seal that closes the document is in ``Document.sealed``. Which run of the job adds the next one is settled by
    ``number``: of two that began with the same file one has done it for nothing.
    """

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, models.CASCADE, related_name="revisions", db_index=False)
    participant = models.ForeignKey(Participant, models.CASCADE, null=True, related_name="+")
    number = models.IntegerField()
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["document", "number"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="revision_order"),
            models.UniqueConstraint(fields=["document", "participant"], name="revision_once"),
        ]

    def __str__(self) -> str:
        return f"revision {self.number} of document {self.document_id}"
