"""After the seal: a document's level is raised as far as servers allow, and its archive timestamp is renewed in time.

Nobody waits for it. The sealed file is only appended to, so whoever has an older one has the beginning of the newer
one, and both are valid. What went wrong stands on the row, and a ``Due`` row brings the next try; it never gives up.
"""

import logging
import tempfile
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation.trans_null import gettext_noop as _

from rubrica import clock
from rubrica.database import let_go
from rubrica.files import intake, storage
from rubrica.files.access import local_path
from rubrica.files.models import Blob
from rubrica.processes import jobs
from rubrica.processes.actor import RUBRICA
from rubrica.processes.models import Document, Due, Event, Process
from rubrica.sealing.levels.raising import Raised
from rubrica.sealing.levels.raising import raise_level as raised_file
from rubrica.sealing.levels.trouble import NotRaised

logger = logging.getLogger(__name__)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Then weekly: a server comes back, or an operator mends what the page says, and then nothing more is to be done.
WAITS = (MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, *[DAY] * 7, 7 * DAY)
RENEWED_BEFORE = timedelta(days=180)  # the end of the newest timestamp, but at most a quarter of its time


def raise_level(document_id: int) -> None:
    """Once, however often it runs: it looks what there is to do. Failures are data on the row."""
    document = Document.objects.select_related("process__organization", "sealed").get(pk=document_id)
    if not document.is_short_of_level:
        return
    try:
        blob, raised = _make_blob(document)
    except NotRaised as trouble:
        record_failure(document, trouble)
    except Exception as error:  # also what nobody foresaw is tried again later, and a person sees it on the page
        logger.exception("Raising the level of document %s failed", document.code)
        unforeseen = _("Something went wrong that was not foreseen.")
        record_failure(document, NotRaised("LEVEL_FAILED", unforeseen, f"{type(error).__name__}: {error}"))
    else:
        _publish(document, blob, raised)


def _make_blob(document: Document) -> tuple[Blob, Raised]:
    if settings.TSA is None:
        raise NotRaised("TSA_UNSET", _("No timestamp server is set."))
    assert document.sealed is not None, "a sealed document has its bytes"
    let_go()
    with tempfile.TemporaryDirectory(dir=storage.incoming()) as folder, local_path(document.sealed) as source:
        target = Path(folder) / "sealed.pdf"
        raised = raised_file(source, target, settings.TSA)
        arrived = intake.Arrived(target, raised.size, raised.sha256, "application/pdf")
        return Blob.keep(document.process.organization, arrived), raised


@transaction.atomic
def _publish(document: Document, blob: Blob, raised: Raised) -> None:
    process = Process.objects.select_for_update().get(pk=document.process_id)
    tries = document.level_tries + 1 if raised.trouble else 0
    now = clock.now()
    renew_at = max(now, raised.good_until - min(RENEWED_BEFORE, (raised.good_until - now) / 4))
    published = Document.objects.filter(pk=document.pk, sealed_id=document.sealed_id).update(
        sealed=blob,
        level=raised.level,
        level_error=str(raised.trouble or ""),
        level_tries=tries,
        renew_at=renew_at,
    )
    if published != 1:
        return  # Another run of this job was first; what this one made is purged in time.
    about = {"code": document.code, "sha256": blob.sha256, "size": blob.size, "level": raised.level}
    process.record(Event.Kind.UPGRADED, RUBRICA, **about)
    Due.plan(Due.Kind.RAISE, now + wait(tries) if tries else renew_at, process, document=document)


@transaction.atomic
def record_failure(document: Document, trouble: NotRaised) -> None:
    """On the row each time, in the history when it is another one than before."""
    process = Process.objects.select_for_update().get(pk=document.process_id)
    said = str(trouble)
    tries = document.level_tries + 1
    Document.objects.filter(pk=document.pk).update(level_error=said, level_tries=tries)
    if document.level_error.partition(":")[0] != trouble.code:
        process.record(Event.Kind.UPGRADE_FAILED, RUBRICA, code=document.code, reason=said, level=document.level)
    Due.plan(Due.Kind.RAISE, clock.now() + wait(tries), process, document=document)


def give_up(document_id: int) -> None:
    """The job took its worker down each time: the next try is as far away as after any other failure."""
    document = Document.objects.get(pk=document_id)
    record_failure(document, NotRaised("LEVEL_FAILED", _("The worker ended each time it tried.")))


def wait(tries: int) -> timedelta:
    """How long after so many failures in a row."""
    return WAITS[min(tries, len(WAITS)) - 1]


def begin(document: Document, trouble: NotRaised | None) -> None:
    """Right after the seal, in its transaction: at once, or later where the server has just failed."""
    if settings.TSA is None:
        return
    if trouble is None:
        jobs.enqueue_raise(document.pk)
    else:
        Document.objects.filter(pk=document.pk).update(level_error=str(trouble), level_tries=1)
        Due.plan(Due.Kind.RAISE, clock.now() + wait(1), document.process, document=document)
