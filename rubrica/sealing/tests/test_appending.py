"""The own writer against every kind of file: what it takes must satisfy three validators, what it declines is named."""

import hashlib
import io
import shutil
import subprocess
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image, ImageChops

from rubrica.sealing.intake.render import render_page
from rubrica.sealing.pdf.pagetree import PageTree
from rubrica.sealing.pdf.source import Declined
from rubrica.sealing.pdf.structure import Structure
from rubrica.sealing.tests.material import NOON, order_for, participant, pdf_with, raw_pdf, sign_as_stranger
from rubrica.sealing.typeset.evidence import typeset
from rubrica.sealing.values import Box, Seal, SigningKey
from rubrica.sealing.verification.verify import verify
from rubrica.sealing.writing.appending import append
from rubrica.sealing.writing.assembly import assemble
from rubrica.sealing.writing.cms import reserved_digits
from rubrica.sealing.writing.manifest import manifest
from rubrica.sealing.writing.seal import _sign
from rubrica.sealing.writing.work import Assembled, Work

GENERATE = pikepdf.ObjectStreamMode.generate
BOXES = (Box(1, 0.55, 0.75, 150, 60), Box(2, 0.4, 0.3, 100, 40))


def work_for(source: Path, order: Seal, key: SigningKey) -> Work:
    made = typeset(order, None)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    return Work(
        digest, made.pdf, made.stamps, made.placements, manifest(order), NOON + timedelta(seconds=3), "Añil (x",
        reserved_digits(key),
    )  # fmt: skip


def appended(source: Path, key: SigningKey, *boxes: Box, by: Callable[[Path, Path, Work], Assembled]) -> Path:
    target = source.with_name("sealed.pdf")
    job = work_for(source, order_for(source, participant(*boxes)), key)
    _sign(target, by(source, target, job), key)
    return target


def ours(source: Path, target: Path, job: Work) -> Assembled:
    shutil.copyfile(source, target)
    return append(target, job)


def library(source: Path, target: Path, job: Work) -> Assembled:
    return assemble(str(source), str(target), job)


def two_pages(path: Path, **save: Any) -> Path:
    return pdf_with(path, [{}, {"Rotate": 90}], **save)


def resaved(path: Path, change: Callable[[pikepdf.Pdf], None], **save: Any) -> Path:
    with pikepdf.open(two_pages(path), allow_overwriting_input=True) as pdf:
        change(pdf)
        pdf.save(path, **save)
    return path


def nested(pdf: pikepdf.Pdf) -> None:
    """A tree of three levels with attributes to inherit, an empty node, and arrays that are objects of their own."""
    first, second = (page.obj for page in pdf.pages)
    resources = pdf.make_indirect(first.Resources)
    for page in (first, second):
        del page.Resources, page.MediaBox
    box = pdf.make_indirect(pikepdf.Array([0, 0, 595, 842]))
    empty = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Pages, Kids=pikepdf.Array(), Count=0))
    inner = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Pages, Kids=pikepdf.Array([second]), Count=1))
    outer = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Pages, Kids=pikepdf.Array([empty, first, inner]), Count=2)
    )
    tree = pdf.Root.Pages
    tree.Kids, tree.Count = pdf.make_indirect(pikepdf.Array([outer])), 2
    tree.MediaBox, tree.Resources = box, resources
    first.Parent = inner.Parent = empty.Parent = outer
    second.Parent, outer.Parent = inner, tree
    first.Contents = pdf.make_indirect(pikepdf.Array([first.Contents]))


def form(pdf: pikepdf.Pdf) -> None:
    names = [pikepdf.Dictionary(FT=pikepdf.Name.Tx, T=f"f{number}", V="(]>>") for number in range(3)]
    fields = pdf.make_indirect(pikepdf.Array([pdf.make_indirect(field) for field in names]))
    pdf.Root.AcroForm = pdf.make_indirect(pikepdf.Dictionary(Fields=fields, NeedAppearances=True))


def odd_names(pdf: pikepdf.Pdf) -> None:
    font = pdf.pages[0].Resources.Font
    font["/A B#(x)/é"] = font.F1
    pdf.pages[0].obj["/Odd ) key"] = pikepdf.String("1 0 R ) ( \\ endobj stream")
    pdf.Root["/PieceInfo"] = pikepdf.Dictionary(X=pikepdf.Dictionary(Private=pikepdf.Array([b">>", 3, True, None])))


def hybrid(path: Path) -> Path:
    """ISO 32000-2 §7.5.8.4: the resources are in an object stream that only the table's other half knows."""
    content = b"0.8 g 60 60 475 722 re f"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources 8 0 R/Contents 5 0 R>>"
    hidden = b"8 0 <</ProcSet[/PDF]>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>", page, page,
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content),
        b"<</Type/ObjStm/N 1/First 4/Length %d>>\nstream\n%s\nendstream" % (len(hidden), hidden),
    ]  # fmt: skip
    data, places = bytearray(b"%PDF-1.5\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows = b"\1" + places[5].to_bytes(4, "big") + b"\0" + b"\1" + len(data).to_bytes(4, "big") + b"\0"
    rows += b"\2" + (6).to_bytes(4, "big") + b"\0"
    beside = len(data)
    data += b"7 0 obj\n<</Type/XRef/Size 9/W[1 4 1]/Index[6 3]/Length %d>>\nstream\n%s\nendstream\nendobj\n" % (
        len(rows), rows)  # fmt: skip
    start = len(data)
    data += b"xref\n0 9\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places[:5])
    data += b"0000000000 00000 f \n" * 3
    data += b"trailer\n<</Size 9/Root 1 0 R/XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n" % (beside, start)
    path.write_bytes(data)
    return path


def signed(path: Path, **save: Any) -> Path:
    sign_as_stranger(two_pages(path.with_name("unsigned.pdf"), **save), path)
    return path


KINDS: dict[str, Callable[[Path], Path]] = {
    "a cross-reference table": two_pages,
    "cross-reference streams": lambda path: two_pages(path, object_stream_mode=GENERATE),
    "linearised": lambda path: two_pages(path, linearize=True),
    "linearised with streams": lambda path: two_pages(path, linearize=True, object_stream_mode=GENERATE),
    "hybrid": hybrid,
    "PDF 2.0": lambda path: two_pages(path, min_version="2.0"),
    "a nested page tree": lambda path: resaved(path, nested),
    "a nested page tree in streams": lambda path: resaved(path, nested, object_stream_mode=GENERATE),
    "a form": lambda path: resaved(path, form),
    "odd names and strings": lambda path: resaved(path, odd_names),
    "signed before": signed,
    "signed before, with streams": lambda path: signed(path, object_stream_mode=GENERATE),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_file(tmp_path: Path, key: SigningKey, kind: str) -> None:
    source = KINDS[kind](tmp_path / "source.pdf")
    target = appended(source, key, *BOXES, by=ours)
    assert target.read_bytes().startswith(source.read_bytes())
    assert_sound(target, key, signatures=2 if "signed" in kind else 1)
    assert_same_outside(source, target)


@pytest.mark.parametrize("kind", KINDS)
def test_the_library_agrees_with_our_writer(tmp_path: Path, key: SigningKey, kind: str) -> None:
    source = KINDS[kind](tmp_path / "source.pdf")
    one, other = (pictures(appended(source, key, *BOXES, by=writer)) for writer in (ours, library))
    assert len(one) == len(other)
    assert all(differs(first, second) is None for first, second in zip(one, other, strict=True))


def assert_sound(path: Path, key: SigningKey, signatures: int) -> None:
    """pyHanko, poppler and qpdf find nothing wrong."""
    found = verify(path, key.chain)
    assert (found["intact"], found["sealed_by_us"], found["level"]) == (True, True, "B-B")
    assert found["process"]["package"] == "PACK1"
    assert [item["intact"] for item in found["signatures"]] == [True] * signatures
    assert found["signatures"][-1]["kind"] == ("certification" if signatures == 1 else "approval")
    with pikepdf.open(path, attempt_recovery=False) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert pdf.get_warnings() == []
    if shutil.which("pdfsig"):
        said = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False)
        assert said.stdout.count("Signature is Valid") == signatures
        assert "Total document signed" in said.stdout
        assert said.stderr == ""


def pictures(path: Path) -> list[Image.Image]:
    with pikepdf.open(path) as pdf:
        count = len(pdf.pages)
    return [
        Image.open(io.BytesIO(render_page(path, number, 800)), formats=["JPEG"]).convert("L")
        for number in range(1, count + 1)
    ]


def differs(first: Image.Image, second: Image.Image) -> tuple[int, int, int, int] | None:
    assert first.size == second.size
    return ImageChops.difference(first, second).point(lambda value: 255 if value > 40 else 0).getbbox()


def assert_same_outside(source: Path, target: Path) -> None:
    before, after = pictures(source), pictures(target)
    for number, (one, other) in enumerate(zip(before, after, strict=False), start=1):
        found = differs(one, other)
        box = next(box for box in BOXES if box.page == number)
        assert found is not None, "the stamp is missing"
        wide, high = (842, 595) if one.width > one.height else (595, 842)
        edges = (box.x - box.w / wide, box.y - box.h / high, box.x, box.y)
        around = [edge * side for edge, side in zip(edges, (*one.size, *one.size), strict=True)]
        assert found[0] >= around[0] - 9 and found[1] >= around[1] - 9
        assert found[2] <= around[2] + 9 and found[3] <= around[3] + 9


def test_a_file_of_many_pages_costs_what_is_changed(tmp_path: Path, key: SigningKey) -> None:
    source = pdf_with(tmp_path / "source.pdf", [{}] * 1500)
    with source.open("rb") as file:
        data = file.read()
    structure = Structure(data, len(data))
    read: list[int] = []
    locate = structure.crossrefs.locate
    structure.crossrefs.locate = lambda number: read.append(number) or locate(number)  # type: ignore[method-assign,func-returns-value]
    PageTree(structure).page(1400)
    assert len(read) < 10


def encrypted(path: Path) -> Path:
    return two_pages(path, encryption=pikepdf.Encryption(owner="x", user=""))


def attached(path: Path) -> Path:
    return resaved(path, lambda pdf: pdf.attachments.__setitem__("a.txt", b"text"))


def changed(path: Path, old: bytes, new: bytes) -> Path:
    data = two_pages(path).read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    return path


def double_key(path: Path) -> Path:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Rotate 0/Rotate 90>>"
    path.write_bytes(raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page]))
    return path


DECLINED: dict[str, Callable[[Path], Path]] = {
    "encrypted": encrypted,
    "files are attached": attached,
    "startxref that leads nowhere": lambda path: changed(path, b"startxref\n", b"startxref\n9"),
    "something after the end": lambda path: changed(path, b"%%EOF", b"%%EOF\nmore"),
    "an object somewhere else": lambda path: changed(path, b"1 0 obj\n<<", b"1 0 obj <<\n".replace(b"1", b"7", 1)),
    "a key twice": double_key,
    "no PDF": lambda path: Path(shutil.copyfile(__file__, path)),
}


@pytest.mark.parametrize("kind", DECLINED)
def test_what_is_unusual_is_left_to_the_library(tmp_path: Path, key: SigningKey, kind: str) -> None:
    source = DECLINED[kind](tmp_path / "source.pdf")
    with pytest.raises(Declined):
        appended(source, key, Box(1, 0.9, 0.9, 50, 20), by=ours)


def test_a_bomb_as_object_stream_is_declined(tmp_path: Path) -> None:
    packed = zlib.compress(bytes(200 << 20), 9)
    body = b"<</Type/XRef/Size 3/W[1 4 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>\nstream\n" % len(packed) + packed
    data = b"%PDF-1.5\n1 0 obj\n" + body + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"
    with pytest.raises(Declined):
        Structure(data, len(data))
