"""The PDF work of signing one by one, by pyHanko and so in the sandbox; ``each`` puts the steps in order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.pdf.gap import sha256_of
from rubrica.sealing.pdf.geometry import PageGeometry, Rectangle
from rubrica.sealing.pdf.reading import open_pdf, page_geometries, signature_fields
from rubrica.sealing.values import Box, Refusal, RefusedPdf, SealFailed

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

BEGINNING, SEAL = "Rubrica_beginning", "Rubrica_seal"
CHUNK = 1 << 20
PRINTED = 4 | 128  # flags of an annotation: it is printed, and stays where it is
READ_ONLY, MULTILINE = 1, 1 << 12  # flags of a field
CLOCKS_APART = timedelta(hours=1)


@dataclass(frozen=True)
class Field:
    """A field to be signed later, seen in its box or not at all; or one in which its participant writes."""

    name: str
    box: Box | None
    is_signed: bool = True


@dataclass(frozen=True)
class Entry:
    """What is written into a field: its text, empty for what is only drawn, and the page that shows it."""

    name: str
    value: str
    stamp: int


@dataclass(frozen=True)
class Step:
    """One revision: whose ``field`` is signed, with the page of the PDF ``drawn`` that is seen in it, what is written
    into other fields with it, and for the first one the fields of all the others."""

    field: str
    at: datetime
    reason: str
    reserved: int
    drawn: bytes = b""
    stamps: int = 0  # pages of that PDF
    stamp: int | None = None
    entries: tuple[Entry, ...] = ()
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Gap:
    """The digest to sign, and where its signature goes, with the angle brackets."""

    digest: bytes
    start: int
    end: int


def write(path: str, step: Step) -> Gap:
    """Appends the revision with an empty signature. Raises ``SealFailed``."""
    geometries = _geometries(Path(path)) if step.field == BEGINNING else ()
    with open(path, "r+b") as file:
        try:
            return _write(file, step, geometries)
        except Refusal:
            raise
        except Exception as error:  # pyHanko lets OSError, ValueError, AssertionError and zlib.error through
            raise SealFailed("CANNOT_APPEND", f"{type(error).__name__}: {error}"[:500]) from error


def _geometries(path: Path) -> Sequence[PageGeometry]:
    try:
        with open_pdf(path) as pdf:
            if any(True for _field in signature_fields(pdf)):
                raise SealFailed("PDF_SIGNED", _("The PDF carries signatures, so nobody can sign in it one by one."))
            return page_geometries(pdf)
    except RefusedPdf as refusal:
        raise SealFailed("CANNOT_APPEND", refusal.detail) from refusal


def _write(file: Any, step: Step, geometries: Sequence[PageGeometry]) -> Gap:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec
    from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup

    writer = IncrementalPdfFileWriter(file, strict=False)
    cast(Any, writer)._update_meta = lambda: None  # else it names itself in /Info, a change that is no signature
    setup = None
    if step.field == BEGINNING:
        _prepare(writer, step.fields, geometries)
        setup = SigMDPSetup("sha256", certify=True, docmdp_perms=MDPPerm.FILL_FORMS)
        steps = PdfCMSEmbedder(SigFieldSpec(BEGINNING, on_page=0)).write_cms(BEGINNING, writer)
    else:
        _take(writer, step)
        if step.field == SEAL:
            lock = FieldMDPSpec(FieldMDPAction.ALL)
            setup = SigMDPSetup("sha256", field_lock=lock, docmdp_perms=MDPPerm.NO_CHANGES)
        steps = PdfCMSEmbedder().write_cms(step.field, writer, existing_fields_only=True)
    next(steps)
    steps.send(SigObjSetup(_empty_signature(step), setup))
    prepared, _output = steps.send(SigIOSetup("sha256", in_place=True, chunk_size=CHUNK))
    return Gap(prepared.document_digest, prepared.reserved_region_start, prepared.reserved_region_end)


def _empty_signature(step: Step) -> Any:
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.signers.pdf_byterange import SignatureObject

    return SignatureObject(
        timestamp=step.at, subfilter=SigSeedSubFilter.PADES, reason=step.reason, bytes_reserved=step.reserved
    )


def _prepare(writer: IncrementalPdfFileWriter, fields: Sequence[Field], geometries: Sequence[PageGeometry]) -> None:
    """Everybody's field, and that of the seal, whose lock must be known before anybody signs."""
    from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, append_signature_field

    from rubrica.sealing.pdf import pagework

    pagework.drop_dynamic_form(writer)
    for field in sorted(fields, key=lambda one: not one.is_signed):  # the first to be signed makes the form
        page, box = 0, cast(Any, None)  # pyHanko says whole numbers and takes any
        if field.box is not None:
            if not 0 < field.box.page <= len(geometries):
                raise SealFailed("BOX_OUTSIDE", _("A signature box is on a page that does not exist."))
            page, box = field.box.page - 1, _rectangle(geometries[field.box.page - 1], field.box)
        if field.is_signed:
            append_signature_field(writer, SigFieldSpec(field.name, on_page=page, box=box))
        else:
            _append_text_field(writer, field.name, page, box)
    lock = FieldMDPSpec(FieldMDPAction.ALL)
    append_signature_field(
        writer, SigFieldSpec(SEAL, on_page=0, field_mdp_spec=lock, doc_mdp_update_value=MDPPerm.NO_CHANGES)
    )


def _append_text_field(writer: IncrementalPdfFileWriter, name: str, page: int, box: Rectangle) -> None:
    """Read-only to people: it is filled by the revision of its participant, which DocMDP P=2 allows.

    Its picture is empty until then, as PDF/A wants one in each widget.
    """
    from pyhanko.pdf_utils.generic import (
        ArrayObject,
        DictionaryObject,
        FloatObject,
        NumberObject,
        StreamObject,
        pdf_name,
        pdf_string,
    )

    sides = ArrayObject(FloatObject(number) for number in box)
    blank = StreamObject(stream_data=b"")
    blank[pdf_name("/Type")], blank[pdf_name("/Subtype")] = pdf_name("/XObject"), pdf_name("/Form")
    blank[pdf_name("/BBox")] = ArrayObject([NumberObject(0), NumberObject(0), FloatObject(1), FloatObject(1)])
    on = writer.find_page_for_modification(page)[0]
    widget = DictionaryObject()
    for key, value in {
        "/Type": pdf_name("/Annot"), "/Subtype": pdf_name("/Widget"), "/FT": pdf_name("/Tx"), "/T": pdf_string(name),
        "/F": NumberObject(PRINTED), "/Ff": NumberObject(READ_ONLY | MULTILINE), "/Rect": sides, "/P": on,
        "/DA": pdf_string("/Helv 0 Tf 0 g"), "/AP": DictionaryObject({pdf_name("/N"): writer.add_object(blank)}),
    }.items():  # fmt: skip
        widget[pdf_name(key)] = value
    reference = writer.add_object(widget)
    writer.register_annotation(on, reference)
    form = writer.root["/AcroForm"]
    form["/Fields"].append(reference)
    writer.update_container(form["/Fields"])


def _rectangle(geometry: PageGeometry, box: Box) -> Rectangle:
    """Where the box lies on the page as it is stored."""
    a, b, c, d, x, y = geometry.matrix(box)
    right, top = a * box.w + c * box.h + x, b * box.w + d * box.h + y
    return min(x, right), min(y, top), max(x, right), max(y, top)


def _take(writer: IncrementalPdfFileWriter, step: Step) -> None:
    """The empty field of this step, with its appearance. Raises ``SealFailed`` FIELD_TAKEN."""
    from pyhanko.pdf_utils.generic import pdf_name, pdf_string
    from pyhanko.sign.fields import enumerate_sig_fields

    from rubrica.sealing.pdf import pagework

    found = [(value, reference) for name, value, reference in enumerate_sig_fields(writer) if name == step.field]
    if len(found) != 1 or found[0][0] is not None:
        raise SealFailed("FIELD_TAKEN", _("This signature is in the document already, or has no place in it."))
    if not step.drawn:
        return
    forms = pagework.import_stamps(writer, step.drawn, step.stamps)
    if step.stamp is not None:
        _show(writer, found[0][1].get_object(), forms[step.stamp])
    for name, field in _entered(writer, {entry.name for entry in step.entries}):
        entry = next(one for one in step.entries if one.name == name)
        field[pdf_name("/V")] = pdf_string(entry.value)
        _show(writer, field, forms[entry.stamp])


def _entered(writer: IncrementalPdfFileWriter, names: set[str]) -> Iterator[tuple[str, Any]]:
    """The fields of these names. Raises ``SealFailed`` FIELD_TAKEN where one is missing."""
    found = {}
    for reference in list.__iter__(writer.root["/AcroForm"]["/Fields"]) if names else ():
        field = reference.get_object()
        found[str(field.get("/T", ""))] = field
    if names - found.keys():
        raise SealFailed("FIELD_TAKEN", _("What was filled in has no place in the document."))
    for name in sorted(names):
        yield name, found[name]


def _show(writer: IncrementalPdfFileWriter, field: Any, form: Any) -> None:
    """As a form may be seen in fields on pages that are turned differently, each field has its own copy of it."""
    from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, FloatObject, StreamObject, pdf_name

    turned = _turned(writer, field)
    if turned is not None:
        upright = form.get_object()
        entries = {
            key: value for key, value in dict.items(upright) if key not in ("/Length", "/Filter", "/DecodeParms")
        }
        copy = StreamObject(entries, stream_data=upright.data)
        copy[pdf_name("/Matrix")] = ArrayObject(FloatObject(number) for number in turned)
        copy.compress()
        form = writer.add_object(copy)
    field[pdf_name("/AP")] = DictionaryObject({pdf_name("/N"): form})
    writer.update_container(field)


def _turned(writer: IncrementalPdfFileWriter, field: Any) -> Sequence[int] | None:
    """A widget's picture lies as the page does; on a turned page it is turned back, so that people can read it."""
    page, turn = field["/P"], 0
    for _step in range(64):
        if "/Rotate" in page:
            turn = int(page["/Rotate"]) % 360
            break
        if "/Parent" not in page:
            break
        page = page["/Parent"]
    return {90: (0, 1, -1, 0, 0, 0), 180: (-1, 0, 0, -1, 0, 0), 270: (0, -1, 1, 0, 0, 0)}.get(turn)


def check(path: str, before: int, sha256: str, field: str, root: bytes) -> str:
    """The SHA-256 of a file in which ``field`` was just signed; its first ``before`` bytes were checked so before.

    The new signature must hold and cover all of it, and the new revision be one that the signatures before it allow.
    They are not looked at again: their bytes are the same, and looking at all of them each time would make the
    hundredth signature cost a hundred times what the first one does. Raises ``SealFailed`` SELF_CHECK.
    """
    try:
        _check(path, before, sha256, field, root)
    except SealFailed:
        raise
    except Exception as error:  # whatever a validator stumbles over, the file is not good
        raise SealFailed("SELF_CHECK", f"{type(error).__name__}: {error}"[:500]) from error
    return sha256_of(Path(path))


def _check(path: str, before: int, sha256: str, field: str, root: bytes) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader

    if Path(path).stat().st_size <= before:
        raise SealFailed("SELF_CHECK", _("Nothing was added to the document."))
    with open(path, "rb") as file:
        if _digest_of(file, before) != sha256:
            raise SealFailed("SELF_CHECK", _("The file does not begin with the document as it was."))
        *earlier, newest = PdfFileReader(file, strict=False).embedded_signatures
        if newest.field_name != field or newest.byte_range[0] != 0:
            raise SealFailed("SELF_CHECK", _("The new signature is not the last one."))
        if not _holds(newest, root) or not (field == BEGINNING or _allows(earlier[-1])):
            raise SealFailed("SELF_CHECK", _("A signature in the document does not hold after the new one."))


def _digest_of(file: Any, size: int) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while size and (chunk := file.read(min(size, CHUNK))):
        digest.update(chunk)
        size -= len(chunk)
    return digest.hexdigest()


def _holds(signature: Any, root: bytes) -> bool:
    """Judged at its own time: a certificate that lived for a day is none afterwards."""
    from asn1crypto import x509
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    moment = (signature.self_reported_timestamp or datetime.now(UTC)) + timedelta(seconds=1)
    roots = [x509.Certificate.load(root)]
    context = ValidationContext(trust_roots=roots, moment=moment, time_tolerance=CLOCKS_APART)
    status = validate_pdf_signature(signature, context, skip_diff=True)
    covers = status.coverage is not None and status.coverage.name == "ENTIRE_FILE"
    return bool(status.intact and status.valid and covers)


def _allows(previous: Any) -> bool:
    """Whether what came after the signature before is no more than the filling of a form, and not locked by it."""
    from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel

    previous.compute_integrity_info()
    found = previous.diff_result
    fills = isinstance(found, DiffResult) and found.modification_level <= ModificationLevel.FORM_FILLING
    return bool(fills and previous.summarise_integrity_info()["docmdp_ok"])
