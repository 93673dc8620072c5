"""Every kind of PDF that people send, made here: those that are taken, and those that are refused with their code."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, ObjectStreamMode
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from rubrica.sealing.tests import test_active as active
from rubrica.sealing.tests.material import bomb, pdf_with, raw_pdf, sign_as_stranger
from rubrica.sealing.tests.test_appending import hybrid, nested, odd_names

Make = Callable[[Path], Path]
GENERATE = ObjectStreamMode.generate
MANY = 20_000


def two_pages(path: Path, **save: Any) -> Path:
    return pdf_with(path, [{}, {}], **save)


def changed(change: Callable[[pikepdf.Pdf], None], **save: Any) -> Make:
    def make(path: Path) -> Path:
        with pikepdf.open(two_pages(path), allow_overwriting_input=True) as pdf:
            change(pdf)
            pdf.save(path, **save)
        return path

    return make


def turned(path: Path) -> Path:
    return pdf_with(path, [{"Rotate": degrees} for degrees in (0, 90, 180, 270, -90, 45)])


def cropped(path: Path) -> Path:
    return pdf_with(
        path,
        [
            {"CropBox": Array([50, 40, 500, 780])},
            {"CropBox": Array([500, 780, 50, 40]), "Rotate": 90},
            {"CropBox": Array([-10, -10, 900, 900])},
            {"MediaBox": Array([-100, -50, 495, 792])},
        ],
    )


def user_units(path: Path) -> Path:
    return pdf_with(path, [{"UserUnit": 2, "MediaBox": Array([0, 0, 400, 600])}, {"UserUnit": 2, "Rotate": 90}])


def several_revisions(path: Path) -> Path:
    two_pages(path)
    with io.BytesIO(path.read_bytes()) as before:
        writer = IncrementalPdfFileWriter(before, strict=False)
        writer.root["/PageMode"] = writer.root.raw_get("/Type")
        writer.update_root()
        with path.open("wb") as after:
            writer.write(after)
    return path


def form(*, drawn: bool, asks_viewer: bool) -> Callable[[pikepdf.Pdf], None]:
    """Two text fields; ``drawn`` with appearances, ``asks_viewer`` with NeedAppearances."""

    def change(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0].obj
        font = page.Resources.Font.F1
        fields = []
        for number, value in enumerate(("Ana", "Ñandú")):
            field = Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=f"name{number}", V=value, F=4, P=page,
                DA="/F1 12 Tf 0 g", Rect=Array([80, 200 + 60 * number, 280, 230 + 60 * number]),
            )  # fmt: skip
            if drawn:
                look = pdf.make_stream(b"/Tx BMC BT /F1 12 Tf 4 9 Td (drawn) Tj ET EMC")
                look.Type, look.Subtype, look.BBox = Name.XObject, Name.Form, Array([0, 0, 200, 30])
                look.Resources = Dictionary(Font=Dictionary(F1=font))
                field.AP = Dictionary(N=look)
            fields.append(pdf.make_indirect(field))
        page.Annots = Array(fields)
        pdf.Root.AcroForm = Dictionary(
            Fields=Array(fields), DA="/F1 12 Tf 0 g", DR=Dictionary(Font=Dictionary(F1=font))
        )
        if asks_viewer:
            pdf.Root.AcroForm.NeedAppearances = True

    return change


def archive(part: str, level: str) -> Callable[[pikepdf.Pdf], None]:
    """Says that it is PDF/A; whether it is one is another question."""

    def change(pdf: pikepdf.Pdf) -> None:
        with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["pdfaid:part"], metadata["pdfaid:conformance"] = part, level

    return change


def many_pages(path: Path, count: int = MANY) -> Path:
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>"
    tree = b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids)
    path.write_bytes(raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", tree, *[page] * count]))
    return path


def written(data: bytes) -> Make:
    def make(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return make


def broken(change: Callable[[bytes], bytes], make: Make = two_pages) -> Make:
    def change_it(path: Path) -> Path:
        path.write_bytes(change(make(path).read_bytes()))
        return path

    return change_it


def signed(times: int = 1, *, certify: bool = False, **save: Any) -> Make:
    def make(path: Path) -> Path:
        here = two_pages(path.with_name("unsigned.pdf"), **save)
        for number in range(times):
            last = number == times - 1
            target = path if last else path.with_name(f"signed{number}.pdf")
            sign_as_stranger(here, target, certify=certify, field=f"Stranger{number}")
            here = target
        return path

    return make


def with_active(code: str) -> Make:
    return lambda path: active.made(path, active.KINDS[code])


UNSIGNED: dict[str, Make] = {
    "a cross-reference table": two_pages,
    "object streams": lambda path: two_pages(path, object_stream_mode=GENERATE),
    "linearised": lambda path: two_pages(path, linearize=True),
    "linearised with object streams": lambda path: two_pages(path, linearize=True, object_stream_mode=GENERATE),
    "hybrid cross-references": hybrid,
    "several revisions": several_revisions,
    "PDF 2.0": lambda path: two_pages(path, min_version="2.0"),
    "PDF 1.3": lambda path: two_pages(path, force_version="1.3"),
    "rotations": turned,
    "crop boxes": cropped,
    "user units": user_units,
    "a nested page tree": changed(nested),
    "odd names and strings": changed(odd_names),
    "a page without content": lambda path: pdf_with(path, [{"Contents": None}, {"Resources": None}]),
    "a form with appearances": changed(form(drawn=True, asks_viewer=False)),
    "a form without appearances": changed(form(drawn=False, asks_viewer=False)),
    "a form that the viewer draws": changed(form(drawn=False, asks_viewer=True), object_stream_mode=GENERATE),
    **{f"PDF/A-{part}{level.lower()}": changed(archive(part, level)) for part, level in ("1B", "2A", "3U")},
    "2,000 pages": lambda path: many_pages(path, 2000),
    **{f"active content: {code.lower()}": with_active(code) for code in active.KINDS},
}
SIGNED: dict[str, Make] = {
    "one signature": signed(),
    "one signature, object streams": signed(object_stream_mode=GENERATE),
    "three signatures": signed(3),
    "certified": signed(certify=True),
    "certified, PDF 2.0": signed(certify=True, min_version="2.0"),
}
REFUSED: dict[str, tuple[Make, str]] = {
    "broken cross-references": (broken(lambda data: data.replace(b"startxref\n", b"startxref\n9")), "PDF_INVALID"),
    "signed, with broken cross-references": (
        broken(lambda data: data + b"\nstartxref\n99999999\n%%EOF\n", signed()), "PDF_INVALID",
    ),
    "cut off": (broken(lambda data: data[: len(data) // 2]), "PDF_INVALID"),
    "two readings": (active.masking, "PDF_INVALID"),
    "not a PDF": (written(b"<html>"), "PDF_INVALID"),
    "no pages": (written(raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"])), "PDF_EMPTY"),
    "encrypted for a reader": (
        lambda path: two_pages(path, encryption=pikepdf.Encryption(owner="x", user="y")), "PDF_ENCRYPTED",
    ),
    "protected against changes": (
        lambda path: two_pages(path, encryption=pikepdf.Encryption(owner="x", user="")), "PDF_ENCRYPTED",
    ),
    "20,000 pages": (many_pages, "PDF_TOO_LARGE"),
    "an impossible page": (
        lambda path: pdf_with(path, [{"MediaBox": Array([0, 0, 2_000_000, 200])}]), "PDF_TOO_LARGE",
    ),
    "1.3 KB that unpack to 10 GB": (written(bomb()), "PDF_TOO_LARGE"),
}  # fmt: skip
