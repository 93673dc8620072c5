"""Sealing: stamps, evidence pages, manifest and one PAdES signature, appended to the document as it was read."""

import logging
import math
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing import sandbox
from rubrica.sealing.intake.rewrite import normalise
from rubrica.sealing.pdf.gap import fill, sha256_of
from rubrica.sealing.pdf.source import Declined
from rubrica.sealing.typeset.evidence import Typeset, typeset
from rubrica.sealing.values import RefusedPdf, SandboxError, Seal, SealFailed, SealResult, SigningKey
from rubrica.sealing.writing.appending import append
from rubrica.sealing.writing.assembly import assemble
from rubrica.sealing.writing.cms import reserved_digits, sign_digest
from rubrica.sealing.writing.manifest import manifest
from rubrica.sealing.writing.selfcheck import Expected, check
from rubrica.sealing.writing.work import Assembled, CannotAppend, Work

logger = logging.getLogger(__name__)

SECONDS = 60.0
MEGABYTES = 2048
LONGEST_SIDE = 14_400.0  # points, the largest page without UserUnit (ISO 32000-2 annex C)
GROWTH_MEGABYTES = 256  # what an update with many stamps and evidence pages may add to the file


@dataclass(frozen=True)
class Made:
    """A sealed file that passed its check."""

    sha256: str
    pages: int
    evidence_pages: int


def seal(source: Path, target: Path, order: Seal, key: SigningKey) -> SealResult:
    """Seal the document at ``source`` into ``target``: PAdES B-B, ETSI.CAdES.detached, SHA-256.

    The bytes of ``source`` are the beginning of ``target``. Where they carry no signature the seal certifies with
    DocMDP P=1, else it is an approval signature and the earlier ones stay valid. ``target`` appears whole or not at
    all; sealing again replaces it. Raises ``SealFailed``: SOURCE_CHANGED, CANNOT_APPEND, BOX_OUTSIDE, SELF_CHECK.
    """
    _refuse_impossible_boxes(order)
    with _beside(target) as work, _beside(target) as rewritten:
        try:
            pages = typeset(order, source.stat().st_size)
            made = _made(source, work, _work(order, order.document_sha256, pages, key), key)
            normalised = False
        except CannotAppend as refusal:
            digest = _rewritten(source, rewritten, order, refusal)
            made = _made(rewritten, work, _work(order, digest, typeset(order, None), key), key)
            normalised = True
        size = work.stat().st_size
        os.replace(work, target)
        _sync_folder(target.parent)
    return SealResult(made.sha256, size, made.pages, made.evidence_pages, "B-B", normalised)


def _refuse_impossible_boxes(order: Seal) -> None:
    for box in (box for person in order.participants for box in person.boxes):
        if not (0 < box.w <= LONGEST_SIDE and 0 < box.h <= LONGEST_SIDE and math.isfinite(box.x + box.y)):
            raise SealFailed("BOX_OUTSIDE", _("A signature box has no possible size."))


def _work(order: Seal, digest: str, pages: Typeset, key: SigningKey) -> Work:
    return Work(
        source_sha256=digest,
        typeset=pages.pdf,
        stamps=pages.stamps,
        placements=pages.placements,
        manifest=manifest(order, begins_file=digest == order.document_sha256),
        sealed_at=order.sealed_at,
        reason=order.process_name[:200],
        reserved=reserved_digits(key),
        is_prepared=order.is_prepared,
    )


def _made(source: Path, work: Path, job: Work, key: SigningKey) -> Made:
    """By our own writer; by the library where that declines the file, or where what it wrote does not pass."""
    try:
        shutil.copyfile(source, work)
        return _finished(work, _by_us(work, job), job, key)
    except (Declined, SandboxError) as reason:
        logger.info("Sealed by the library, as our own writer declines the file: %s", reason)
    except SealFailed as failure:
        if failure.code != "SELF_CHECK":
            raise
        logger.warning("Sealed by the library, as our own writer's seal did not pass: %s", failure)
    return _finished(work, _by_library(source, work, job), job, key)


def _by_us(work: Path, job: Work) -> Assembled:
    """In this process where intake wrote or walked this very file, whose digest is compared before a byte is read.

    A fork costs more than the whole update (20 to 40 ms on a busy machine). Our reader is Python over a mapped file,
    goes no deeper than it is told, and counts what it reads (``source.MAX_WORK``, ``source.MAX_UNPACKED``). A file
    with signatures keeps the bytes that a stranger gave it, so that one is for the sandbox.
    """
    if job.is_prepared:
        return append(work, job)
    room = (work.stat().st_size >> 20) + GROWTH_MEGABYTES
    return sandbox.run(append, work, job, seconds=SECONDS, megabytes=MEGABYTES, written_megabytes=room)


def _by_library(source: Path, work: Path, job: Work) -> Assembled:
    room = (source.stat().st_size >> 20) + GROWTH_MEGABYTES
    try:
        return sandbox.run(
            assemble, str(source), str(work), job, seconds=SECONDS, megabytes=MEGABYTES, written_megabytes=room
        )
    except SandboxError as error:
        raise SealFailed("CANNOT_APPEND", error.detail) from error


def _finished(work: Path, assembled: Assembled, job: Work, key: SigningKey) -> Made:
    signature = _sign(work, assembled, key)
    root = (key.chain or (key.certificate,))[-1].public_bytes(Encoding.DER)
    stamped = sorted({placement.box.page for placement in job.placements})
    sha256 = _checked(work, Expected(signature, root, assembled.pages, tuple(stamped)))
    return Made(sha256, assembled.pages, assembled.evidence_pages)


def _rewritten(source: Path, target: Path, order: Seal, refusal: CannotAppend) -> str:
    """The SHA-256 of a rewrite by qpdf of an unsigned document that cannot be appended to as it is."""
    if sha256_of(source) != order.document_sha256:
        raise SealFailed("SOURCE_CHANGED", _("The stored document is not the one that was read and signed."))
    try:
        normalise(source, target)
    except RefusedPdf as error:
        raise SealFailed("CANNOT_APPEND", refusal.detail) from error
    return sha256_of(target)


def _sign(work: Path, assembled: Assembled, key: SigningKey) -> bytes:
    """Writes the signature into the gap, and gives it back."""
    signature = sign_digest(assembled.digest, key)
    if not fill(work, assembled.gap_start, assembled.gap_end, signature):
        raise SealFailed("CANNOT_APPEND", _("The signature is larger than the space kept for it."))
    return signature


def _checked(work: Path, expected: Expected) -> str:
    """The sealed file's SHA-256, once another reading has found the seal good and every page there."""
    try:
        return sandbox.run(check, str(work), expected, seconds=SECONDS, megabytes=MEGABYTES)
    except SandboxError as error:
        raise SealFailed("SELF_CHECK", error.detail) from error


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A temporary name in the target's folder, so that the last step is a rename; nothing is left there."""
    path = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """A rename survives a power cut only when the folder that holds the name is on disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
