"""The signature beneath the statement of an erasure, with the key that seals documents."""

from datetime import timedelta

from rubrica import clock
from rubrica.database import let_go
from rubrica.processes.models import Erasure
from rubrica.retention import jobs
from rubrica.sealing.keyring.keys import signing_key
from rubrica.sealing.writing import cms

PATIENCE = timedelta(hours=1)  # for the job that was enqueued with the erasure


def sign(erasure_id: int) -> None:
    """Signs once, however often it runs; a statement that has got another part since has a job of its own."""
    erasure = Erasure.objects.select_related("organization").get(pk=erasure_id)
    if erasure.cms is not None:
        return
    key, digest = signing_key(erasure.organization), erasure.digest
    let_go()
    now = clock.now()
    signature = cms.sign_digest(digest, key, signing_time=now)
    same = Erasure.objects.filter(pk=erasure_id, cms=None, statement=erasure.statement)
    same.update(cms=signature, signed_at=now)


def enqueue_unsigned() -> None:
    """A job that failed too often is given another chance."""
    for pk in Erasure.objects.filter(cms=None, made_at__lt=clock.now() - PATIENCE).values_list("pk", flat=True):
        jobs.sign_erasure.defer(erasure_id=pk)
