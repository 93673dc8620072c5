"""After the seal: the level of a file is raised as far as servers allow, and its archive timestamp renewed in time.

Nobody waits for it. The sealed file is only appended to, so whoever has an older one has the beginning of the newer
one, and both are valid. What went wrong stands on the row, and a ``Due`` row brings the next try; it never gives up.
"""

import logging
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation.trans_null import gettext_noop as _

from rubrica import clock
from rubrica.database import let_go
from rubrica.files import intake, storage
from rubrica.files.access import local_path
from rubrica.files.models import Blob
from rubrica.processes.actor import RUBRICA
from rubrica.processes.models import Document, Due, Evidence, Process
from rubrica.sealing.levels.raising import Raised
from rubrica.sealing.levels.raising import raise_level as raised_file
from rubrica.sealing.levels.trouble import NotRaised

logger = logging.getLogger(__name__)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Then weekly: a server comes back, or an operator mends what the page says, and then nothing more is to be done.
WAITS = (MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, *[DAY] * 7, 7 * DAY)
Sealed = Document | Evidence
RENEWED_BEFORE = timedelta(days=180)  # the end of the newest timestamp, but at most a quarter of its time


def raise_level(document_id: int) -> None:
    """Once, however often it runs: it looks what there is to do. Failures are data on the row."""
    _raise(Document.objects.select_related("process__organization", "sealed").get(pk=document_id))


def raise_evidence(evidence_id: int) -> None:
    """As ``raise_level``."""
    _raise(Evidence.objects.select_related("process__organization", "pdf").get(pk=evidence_id))


def _raise(sealed: Sealed) -> None:
    if not sealed.is_short_of_level:
        return
    try:
        blob, raised = _make_blob(sealed)
    except NotRaised as trouble:
        record_failure(sealed, trouble)
    except Exception as error:  # also what nobody foresaw is tried again later, and a person sees it on the page
        logger.exception("Raising the level of “%s” failed", sealed)
        unforeseen = _("Something went wrong that was not foreseen.")
        record_failure(sealed, NotRaised("LEVEL_FAILED", unforeseen, f"{type(error).__name__}: {error}"))
    else:
        _publish(sealed, blob, raised)


def _make_blob(sealed: Sealed) -> tuple[Blob, Raised]:
    if settings.TSA is None:
        raise NotRaised("TSA_UNSET", _("No timestamp server is set."))
    assert sealed.file is not None, "what is sealed has its bytes"
    let_go()
    with tempfile.TemporaryDirectory(dir=storage.incoming()) as folder, local_path(sealed.file) as source:
        target = Path(folder) / "sealed.pdf"
        raised = raised_file(source, target, settings.TSA)
        arrived = intake.Arrived(target, raised.size, raised.sha256, "application/pdf")
        return Blob.keep(sealed.process.organization, arrived), raised


@transaction.atomic
def _publish(sealed: Sealed, blob: Blob, raised: Raised) -> None:
    process = Process.objects.select_for_update().get(pk=sealed.process_id)
    tries = sealed.level_tries + 1 if raised.trouble else 0
    now = clock.now()
    renew_at = max(now, raised.good_until - min(RENEWED_BEFORE, (raised.good_until - now) / 4))
    changes = {
        sealed.FILE: blob,
        "level": raised.level,
        "level_error": str(raised.trouble or ""),
        "level_tries": tries,
        "renew_at": renew_at,
    }
    published = sealed.unchanged().update(**changes)
    if published != 1:
        return  # Another run of this job was first; what this one made is purged in time.
    about = {"sha256": blob.sha256, "size": blob.size, "level": raised.level}
    process.record(sealed.UPGRADED, RUBRICA, **sealed.named, **about)
    _plan(sealed, now + wait(tries) if tries else renew_at, process)


@transaction.atomic
def record_failure(sealed: Sealed, trouble: NotRaised) -> None:
    """On the row each time, in the history when it is another one than before."""
    process = Process.objects.select_for_update().get(pk=sealed.process_id)
    said = str(trouble)
    tries = sealed.level_tries + 1
    sealed.rows().update(level_error=said, level_tries=tries)
    if sealed.level_error.partition(":")[0] != trouble.code:
        process.record(sealed.UPGRADE_FAILED, RUBRICA, **sealed.named, reason=said, level=sealed.level)
    _plan(sealed, clock.now() + wait(tries), process)


def give_up(document_id: object, evidence_id: object) -> None:
    """The job took its worker down each time: the next try is as far away as after any other failure."""
    failure = NotRaised("LEVEL_FAILED", _("The worker ended each time it tried."))
    if isinstance(document_id, int):
        record_failure(Document.objects.get(pk=document_id), failure)
    elif isinstance(evidence_id, int):
        record_failure(Evidence.objects.get(pk=evidence_id), failure)


def _plan(sealed: Sealed, at: datetime, process: Process) -> None:
    Due.plan(Due.Kind.RAISE, at, process, document=sealed if isinstance(sealed, Document) else None)


def wait(tries: int) -> timedelta:
    """How long after so many failures in a row."""
    return WAITS[min(tries, len(WAITS)) - 1]


def begin(sealed: Sealed, trouble: NotRaised | None) -> None:
    """Right after the seal, in its transaction: at once, or later where the server has just failed."""
    if settings.TSA is None:
        return
    if trouble is None:
        sealed.enqueue_raise()
    else:
        sealed.rows().update(level_error=str(trouble), level_tries=1)
        _plan(sealed, clock.now() + wait(1), sealed.process)
