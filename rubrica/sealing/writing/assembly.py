"""The seal's one revision by pyHanko, for inputs that our own writer in ``appending`` declines.

It is built in the sandbox and signed outside it.

The file being sealed may come from a stranger (a signed input is never rewritten), so it is parsed in a child that
holds no key. What comes back is a digest; the signature over it is made by ``seal`` and written into the gap.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.pdf.geometry import PageGeometry
from rubrica.sealing.pdf.reading import open_pdf, page_geometries, signature_fields
from rubrica.sealing.values import RefusedPdf, SealFailed
from rubrica.sealing.writing.work import Assembled, CannotAppend, Work, by_page

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

CHUNK = 1 << 20


@dataclass(frozen=True)
class Layout:
    """Where qpdf finds the input's pages, and what decides the kind of signature."""

    pages: tuple[tuple[int, int], ...]  # object and generation numbers
    geometries: tuple[PageGeometry, ...]
    is_signed: bool


def assemble(source: str, target: str, work: Work) -> Assembled:
    """Copy ``source`` to ``target`` and append ``work``; the copied bytes are not touched.

    Raises ``SealFailed`` SOURCE_CHANGED when the source is not the file the participants read, and ``CannotAppend``.
    """
    shutil.copyfile(source, target)
    with open(target, "rb") as copied:
        if hashlib.file_digest(copied, "sha256").hexdigest() != work.source_sha256:
            raise SealFailed("SOURCE_CHANGED", _("The stored document is not the one that was read and signed."))
    layout = _layout(Path(target))
    with open(target, "r+b") as file:
        try:
            return _append(file, layout, work)
        except SealFailed:
            raise
        except Exception as error:  # pyHanko lets OSError, ValueError, AssertionError and zlib.error through
            raise CannotAppend("CANNOT_APPEND", f"{type(error).__name__}: {error}"[:500]) from error


def _layout(path: Path) -> Layout:
    try:
        with open_pdf(path) as pdf:
            geometries = page_geometries(pdf)
            numbers = tuple(page.obj.objgen for page in pdf.pages)
            size = int(pdf.trailer.get("/Size", 0))
            # qpdf gives objects of its own to direct and repeated pages; those numbers do not exist in the file.
            if any(number <= 0 or number >= size for number, _generation in numbers) or len(set(numbers)) < len(
                numbers
            ):
                raise CannotAppend("CANNOT_APPEND", _("The PDF's page tree is irregular."))
            if any(item.objgen[0] >= size for item in pdf.objects):
                raise CannotAppend("CANNOT_APPEND", _("The PDF's object table is irregular."))
            return Layout(numbers, tuple(geometries), any(True for _field in signature_fields(pdf)))
    except RefusedPdf as refusal:
        raise CannotAppend(refusal.code, refusal.detail) from refusal


def _append(file: Any, layout: Layout, work: Work) -> Assembled:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from rubrica.sealing.pdf import pagework
    from rubrica.sealing.writing.manifest import attach

    writer = IncrementalPdfFileWriter(file, strict=False)
    forms, evidence = pagework.import_typeset(writer, work.typeset, work.stamps)
    for number, placements in by_page(work.placements).items():
        if not 0 < number <= len(layout.pages):
            raise SealFailed("BOX_OUTSIDE", _("A signature box is on a page that does not exist."))
        geometry = layout.geometries[number - 1]
        drawn = [(geometry.matrix(placement.box), forms[placement.stamp]) for placement in placements]
        pagework.draw(writer, layout.pages[number - 1], drawn)
    pagework.append_pages(writer, evidence, len(layout.pages))
    pagework.drop_dynamic_form(writer)
    manifest = attach(writer, work.manifest, work.sealed_at)
    return _prepare_signature(writer, layout, work, manifest, len(evidence))


def _prepare_signature(
    writer: IncrementalPdfFileWriter, layout: Layout, work: Work, manifest: Any, evidence_pages: int
) -> Assembled:
    """A signature field on the last page with an empty signature: certification where ours is the first.

    ISO 32000-2 §12.8.4: only the first signature may certify. P=1 forbids every later change but those of long-term
    validation (§12.8.2.2.2).
    """
    from pyhanko.sign.fields import MDPPerm, SigFieldSpec
    from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup

    if not layout.is_signed and "/Perms" in writer.root:
        del writer.root["/Perms"]  # usage rights granted to an earlier state, which our update ends
    certification = SigMDPSetup("sha256", certify=True, docmdp_perms=MDPPerm.NO_CHANGES)
    name = f"Rubrica_{secrets.token_hex(4)}"
    steps = PdfCMSEmbedder(SigFieldSpec(name, on_page=-1)).write_cms(name, writer)
    next(steps)
    steps.send(SigObjSetup(_empty_signature(work, manifest), None if layout.is_signed else certification))
    prepared, _output = steps.send(SigIOSetup("sha256", in_place=True, chunk_size=CHUNK))
    return Assembled(
        prepared.document_digest,
        prepared.reserved_region_start,
        prepared.reserved_region_end,
        len(layout.pages) + evidence_pages,
        evidence_pages,
    )


def _empty_signature(work: Work, manifest: Any) -> Any:
    """The signature dictionary with a gap for the value, pointing to the manifest."""
    from pyhanko.pdf_utils.generic import pdf_name
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.signers.pdf_byterange import SignatureObject

    from rubrica.sealing.writing.manifest import SIGNATURE_KEY

    signature = SignatureObject(
        timestamp=work.sealed_at, subfilter=SigSeedSubFilter.PADES, reason=work.reason, bytes_reserved=work.reserved
    )
    signature[pdf_name(SIGNATURE_KEY)] = manifest
    return signature
