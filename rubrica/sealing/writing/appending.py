"""The seal's one revision by our own writer: stamps, evidence pages, manifest and signature field, appended in place.

The file is mapped and hashed once; everything else costs what is added. ``source.Declined`` means that the file is
for ``assembly``, which uses pyHanko.

``seal`` runs it in the sandbox where the file has signatures and so a stranger's bytes, and in its own process where
intake wrote or walked the file. Every loop over what the file says is bounded in both.
"""

from __future__ import annotations

import hashlib
import mmap
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.pdf.fields import is_signed
from rubrica.sealing.pdf.geometry import Matrix, PageGeometry, Rectangle
from rubrica.sealing.pdf.pagetree import PageTree, inherited
from rubrica.sealing.pdf.revision import Rendered, Revision
from rubrica.sealing.pdf.source import Declined
from rubrica.sealing.pdf.structure import Structure
from rubrica.sealing.pdf.syntax import Dictionary, Malformed, listed, reference, text, written
from rubrica.sealing.typeset.evidence import Placement
from rubrica.sealing.values import SealFailed
from rubrica.sealing.writing.archival import keep_claim
from rubrica.sealing.writing.importing import imported
from rubrica.sealing.writing.manifest import FILE_NAME, SIGNATURE_KEY
from rubrica.sealing.writing.work import Assembled, Work, by_page

LETTER: Rectangle = (0.0, 0.0, 612.0, 792.0)
RANGE = b"[0 %-10d %-10d %-10d]"
DOCMDP = (
    b"[<</Type/SigRef/TransformMethod/DocMDP/DigestMethod/SHA256/TransformParams<</Type/TransformParams/V/1.2/P 1>>>>]"
)
DYNAMIC = (b"/XFA", b"/NeedAppearances")  # with them a viewer may draw a sealed form anew


def append(target: Path, work: Work) -> Assembled:
    """Append ``work`` to the file at ``target``, whose SHA-256 must be that of the work's source."""
    with target.open("r+b") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        digest = hashlib.sha256(mapped)
        if digest.hexdigest() != work.source_sha256:
            raise SealFailed("SOURCE_CHANGED", _("The stored document is not the one that was read and signed."))
        try:
            sealing = Sealing(Structure(mapped, len(mapped)), work)
            rendered, signature = sealing.rendered()
        except (Malformed, KeyError, ValueError, IndexError, RecursionError, ArithmeticError) as error:
            raise Declined(f"{type(error).__name__}: {error}") from error
        update = bytearray(rendered.data)
        start, end = _dig_gap(update, rendered.places[signature] - len(mapped), len(mapped), work.reserved)
        digest.update(memoryview(update)[:start])
        digest.update(memoryview(update)[end:])
        file.seek(len(mapped))
        file.write(update)
        file.flush()
        size = len(mapped)
    return Assembled(digest.digest(), size + start, size + end, sealing.pages, sealing.evidence_pages)


def _dig_gap(update: bytearray, signature: int, before: int, digits: int) -> tuple[int, int]:
    """Fill in the byte range of the signature object at ``signature``; where its gap is within ``update``."""
    start = update.index(b"/Contents <", signature) + len(b"/Contents ")
    end = start + digits + 2
    place = update.index(b"/ByteRange ", signature) + len(b"/ByteRange ")
    filled = RANGE % (before + start, before + end, len(update) - end)
    update[place : place + len(filled)] = filled
    return start, end


class Sealing:
    """One seal on its way into one revision."""

    def __init__(self, pdf: Structure, work: Work) -> None:
        self.pdf, self.work = pdf, work
        self.revision = Revision(pdf)
        self.root_number, self.root = pdf.root()
        self.tree = PageTree(pdf)
        self.old_pages = self.tree.count()
        self.evidence_pages = 0

    @property
    def pages(self) -> int:
        return self.old_pages + self.evidence_pages

    def rendered(self) -> tuple[Rendered, int]:
        """The update with a gap still to be filled, and the signature object's number."""
        typeset = imported(self.revision, self.work.typeset, self.work.stamps)
        self.evidence_pages = len(typeset.pages)
        for number, placements in by_page(self.work.placements).items():
            if not 0 < number <= self.old_pages:
                raise SealFailed("BOX_OUTSIDE", _("A signature box is on a page that does not exist."))
            self._draw(number, placements, typeset.forms)
        form = self.pdf.entries(self.root.get(b"/AcroForm")) or {}
        is_certifying = not is_signed(self.pdf, form)
        if is_certifying:  # a change of the metadata would count against earlier signatures
            keep_claim(self.pdf, self.revision, self.root.get(b"/Metadata"))
        manifest = self._attach()
        signature = self.revision.reserve()
        self._sign(signature, manifest, is_certifying, self._add_pages(typeset.pages))
        self.revision.put(self.root_number[0], written(self.root), self.root_number[1])
        return self.revision.rendered(), signature

    # ------------------------------------------------------------ pages

    def _draw(self, number: int, placements: Sequence[Placement], forms: Sequence[bytes]) -> None:
        """Draw stamps over a page, leaving what it showed before as it was.

        The old content is wrapped in q … Q because it may end with a changed matrix or clip; resources may be
        inherited or shared, so the page gets its own copy.
        """
        (object_number, generation), nodes = self.tree.page(number - 1)
        geometry = self._geometry(nodes)
        page = dict(nodes[0])
        resources = dict(self.pdf.entries(inherited(nodes, b"/Resources")) or {})
        drawn = dict(self.pdf.entries(resources.get(b"/XObject")) or {})
        operators = [b"\nQ"]
        for placement in placements:
            name = _unused(drawn)
            drawn[name] = forms[placement.stamp]
            operators.append(b"q %s cm %s Do Q" % (_operands(geometry.matrix(placement.box)), name))
        resources[b"/XObject"] = written(drawn)
        page[b"/Resources"] = written(resources)
        tail = self.revision.add_stream(b"\n".join(operators), pack=False)
        page[b"/Contents"] = listed([self._head(), *self._old_contents(page), tail])
        self.revision.put(object_number, written(page), generation)

    def _head(self) -> bytes:
        if not hasattr(self, "_head_stream"):
            self._head_stream = self.revision.add_stream(b"q\n", pack=False)
        return self._head_stream

    def _old_contents(self, page: Dictionary) -> list[bytes]:
        """References to the streams of the page's content; a page without any is blank (ISO 32000-2 table 31)."""
        raw = page.get(b"/Contents", b"null")
        parts = self.pdf.elements(raw)
        found = []
        for part in [raw] if parts is None else parts:
            number = reference(part)
            item = self.pdf.item(*number) if number else None
            if item is not None and item.stream_at is not None:
                found.append(part)
        return found

    def _geometry(self, nodes: list[Dictionary]) -> PageGeometry:
        turn = int(float(self.pdf.value(inherited(nodes, b"/Rotate")) or b"0"))
        return PageGeometry.of(
            self._rectangle(inherited(nodes, b"/MediaBox")) or LETTER,
            self._rectangle(inherited(nodes, b"/CropBox")),
            turn if turn % 90 == 0 else 0,
            float(self.pdf.value(nodes[0].get(b"/UserUnit")) or b"1"),
        )

    def _rectangle(self, raw: bytes | None) -> Rectangle | None:
        numbers = [float(self.pdf.value(part) or b"0") for part in self.pdf.elements(raw) or ()]
        return (numbers[0], numbers[1], numbers[2], numbers[3]) if len(numbers) == 4 else None

    def _add_pages(self, pages: Sequence[Dictionary]) -> tuple[int, Dictionary]:
        """Hang pages at the end of the tree's root; the last one is given back to be finished by ``_sign``."""
        if not pages:
            return self._last_page()
        tree_number, tree = reference(self.tree.root), dict(self.pdf.entries(self.tree.root) or {})
        if tree_number is None:
            raise Declined("the page tree is not an object of its own")
        parent = b"%d %d R" % tree_number
        numbers = [self.revision.reserve() for _page in pages]
        for number, page in zip(numbers, pages, strict=True):
            page[b"/Parent"] = parent
            self.revision.put(number, written(page))
        kids = self.pdf.elements(tree[b"/Kids"])
        if kids is None:
            raise Declined("a page tree without kids")
        tree[b"/Kids"] = listed([*kids, *(b"%d 0 R" % number for number in numbers)])
        tree[b"/Count"] = b"%d" % self.pages
        self.revision.put(tree_number[0], written(tree), tree_number[1])
        return numbers[-1], pages[-1]

    def _last_page(self) -> tuple[int, Dictionary]:
        """Where no page is appended, the field hangs on the last one that is there, which is one of ours."""
        (number, _generation), nodes = self.tree.page(self.old_pages - 1)
        return number, dict(nodes[0])

    # ------------------------------------------------------------ attachment and signature

    def _attach(self) -> bytes:
        """The manifest as an associated file; a reference to its file specification."""
        stamp = _date(self.work.sealed_at)
        entries = {
            b"/Type": b"/EmbeddedFile",
            b"/Subtype": b"/application#2Fjson",
            b"/Params": b"<</Size %d/CreationDate %s/ModDate %s>>" % (len(self.work.manifest), stamp, stamp),
        }
        embedded = self.revision.add_stream(self.work.manifest, entries)
        name = text(FILE_NAME)
        specification = self.revision.add(
            b"<</Type/Filespec/F %s/UF %s/AFRelationship/Data/EF<</F %s>>>>" % (name, name, embedded)
        )
        self.root[b"/AF"] = listed([*(self.pdf.elements(self.root.get(b"/AF")) or []), specification])
        names = dict(self.pdf.entries(self.root.get(b"/Names")) or {})
        tree = dict(self.pdf.entries(names.get(b"/EmbeddedFiles")) or {})
        if tree.keys() - {b"/Names"} or self.pdf.elements(tree.get(b"/Names")):
            raise Declined("there are attached files already")
        names[b"/EmbeddedFiles"] = b"<</Names[%s %s]>>" % (name, specification)
        self.root[b"/Names"] = written(names)
        return specification

    def _sign(self, signature: int, manifest: bytes, is_certifying: bool, last_page: tuple[int, Dictionary]) -> None:
        """An empty signature and its field on the last page: certification where ours is the first.

        ISO 32000-2 §12.8.4: only the first signature may certify. P=1 forbids every later change but those of
        long-term validation (§12.8.2.2.2).
        """
        number, page = last_page
        entries = {
            b"/Type": b"/Sig",
            b"/Filter": b"/Adobe.PPKLite",
            b"/SubFilter": b"/ETSI.CAdES.detached",
            b"/M": _date(self.work.sealed_at),
            b"/Reason": text(self.work.reason),
            SIGNATURE_KEY.encode(): manifest,
            b"/ByteRange": RANGE % (0, 0, 0),
            b"/Contents": b"<%s>" % (b"0" * self.work.reserved),
        }
        if is_certifying:
            entries[b"/Reference"] = DOCMDP
            self.root[b"/Perms"] = b"<</DocMDP %d 0 R>>" % signature
        self.revision.put(signature, written(entries))
        field = self.revision.add(
            b"<</Type/Annot/Subtype/Widget/FT/Sig/T %s/F 132/Rect[0 0 0 0]/P %d 0 R/V %d 0 R>>"
            % (text(f"Rubrica_{secrets.token_hex(4)}"), number, signature)
        )
        self.revision.put(
            number, written({**page, b"/Annots": listed([*(self.pdf.elements(page.get(b"/Annots")) or []), field])})
        )
        form = dict(self.pdf.entries(self.root.get(b"/AcroForm")) or {})
        form = {key: value for key, value in form.items() if key not in DYNAMIC}
        form[b"/Fields"] = listed([*(self.pdf.elements(form.get(b"/Fields")) or []), field])
        form[b"/SigFlags"] = b"3"
        self.root[b"/AcroForm"] = written(form)


def _unused(names: Dictionary) -> bytes:
    number = len(names)
    while (name := b"/Rubrica%d" % number) in names:
        number += 1
    return name


def _operands(matrix: Matrix) -> bytes:
    return " ".join(f"{number:.5f}".rstrip("0").rstrip(".") for number in matrix).encode()


def _date(time: datetime) -> bytes:
    return time.astimezone(UTC).strftime("(D:%Y%m%d%H%M%S+00'00')").encode()
