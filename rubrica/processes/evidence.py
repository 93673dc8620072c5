"""Evidence apart from any document: pages of our own, sealed, and where there is no document a signed container.

Documents that each signs take no pages, so the evidence of such a process is made here too; it names them.
"""

import hashlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings
from django.db import transaction

from rubrica import clock
from rubrica.database import let_go
from rubrica.files import intake, storage
from rubrica.files.models import Blob
from rubrica.processes import binding, levels, naming
from rubrica.processes.actor import RUBRICA
from rubrica.processes.models import Event, Evidence, Process
from rubrica.sealing.keyring.keys import signing_key
from rubrica.sealing.levels.stamping import stamped
from rubrica.sealing.levels.trouble import NotRaised
from rubrica.sealing.typeset.evidence import evidence_document
from rubrica.sealing.values import SealResult
from rubrica.sealing.writing.container import Contained, container_manifest, container_signature
from rubrica.sealing.writing.manifest import manifest
from rubrica.sealing.writing.seal import seal

PDF, JSON = "application/pdf", "application/json"


@dataclass(frozen=True)
class Made:
    """Everything of one run, before it is published."""

    pdf: Blob
    result: SealResult
    trouble: NotRaised | None  # why the seal has no timestamp, where one was to be had
    manifest: bytes
    paths: list[str]
    container_manifest: bytes
    container_signature: bytes


def make(evidence_id: int) -> None:
    """Makes it once, however often it runs. A failure is written on the row, where the owner sees it, and raised."""
    evidence = Evidence.objects.select_related("process__organization").get(pk=evidence_id)
    if evidence.is_made:
        return
    try:
        made = _make(evidence.process)
    except Exception as failure:
        # Whatever it was, the owner sees why and can try again; the job that called decides about more tries.
        record_failure(evidence.pk, str(failure) or type(failure).__name__)
        raise
    _publish(evidence, made)


def _make(process: Process) -> Made:
    organization = process.organization
    key, stamper = stamped(signing_key(organization), settings.TSA)
    order = binding.evidence_order(process, key)
    files = [(submission.file_name, submission.blob) for _slot, submission in binding.delivered(process)]
    let_go()
    pages = evidence_document(order)
    order = replace(order, document_sha256=hashlib.sha256(pages).hexdigest(), document_size=len(pages))
    with tempfile.TemporaryDirectory(dir=storage.incoming()) as folder:
        source, target = Path(folder) / "evidence.pdf", Path(folder) / "sealed.pdf"
        source.write_bytes(pages)
        result = seal(source, target, order, key)
        pdf = Blob.keep(organization, intake.Arrived(target, result.size, result.sha256, PDF))
    if stamper is not None:
        result = replace(result, level=stamper.level)
    trouble = stamper.trouble if stamper is not None else None
    attached = manifest(order)
    paths = naming.file_paths([name for name, _blob in files])
    if order.documents:
        return Made(pdf, result, trouble, attached, paths, b"", b"")
    contained = [
        Contained(naming.SEALED_EVIDENCE, PDF, result.sha256),
        Contained(naming.EVIDENCE_MANIFEST, JSON, hashlib.sha256(attached).hexdigest()),
        *(Contained(path, blob.media_type, blob.sha256) for path, (_name, blob) in zip(paths, files, strict=True)),
    ]
    listed = container_manifest(contained)
    let_go()
    return Made(pdf, result, trouble, attached, paths, listed, container_signature(listed, key, order.sealed_at))


@transaction.atomic
def _publish(evidence: Evidence, made: Made) -> None:
    process = Process.objects.select_for_update().get(pk=evidence.process_id)
    published = Evidence.objects.filter(pk=evidence.pk, state=Evidence.State.MAKING).update(
        state=Evidence.State.MADE,
        pdf=made.pdf,
        level=made.result.level,
        manifest=made.manifest,
        paths=made.paths,
        container_manifest=made.container_manifest,
        container_signature=made.container_signature,
        contained_size=made.result.size,
        made_at=clock.now(),
        error="",
    )
    if published != 1:
        return  # Another run of this job was first; what this one made is purged in time.
    about = {"sha256": made.pdf.sha256, "size": made.pdf.size, "level": made.result.level}
    process.record(Event.Kind.EVIDENCE_SEALED, RUBRICA, **about)
    levels.begin(evidence, made.trouble)


@transaction.atomic
def record_failure(evidence_id: int, reason: str) -> None:
    """Writes the reason where the owner sees it and can try again."""
    evidence = Evidence.objects.get(pk=evidence_id)
    process = Process.objects.select_for_update().get(pk=evidence.process_id)
    if Evidence.objects.filter(pk=evidence.pk, state=Evidence.State.MAKING).update(error=reason) == 1:
        process.record(Event.Kind.EVIDENCE_FAILED, RUBRICA, reason=reason)
