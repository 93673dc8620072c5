import io
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image, ImageChops

from rubrica.sealing.intake.inspect import inspect
from rubrica.sealing.intake.prepare import MissingTags, Prepared, Signer, prepare
from rubrica.sealing.intake.render import render_page
from rubrica.sealing.pdf.geometry import box_fits
from rubrica.sealing.tests.engines import pictures, place, texts
from rubrica.sealing.tests.material import A4, bomb, pdf_with, raw_pdf, sign_as_stranger
from rubrica.sealing.values import Box, RefusedPdf

HELVETICA = {"Type": "/Font", "Subtype": "/Type1", "BaseFont": "/Helvetica"}
LINE = "BT /F1 12 Tf 90 300 Td (Firma: {{signature:0}} aqui.) Tj ET"


def by_tag(*indexes: int) -> list[Signer]:
    return [Signer(index, f"Person {index}", by_tag=True, needs_page=False) for index in indexes]


def on_page(*names: str) -> list[Signer]:
    return [Signer(index, name, by_tag=False, needs_page=True) for index, name in enumerate(names)]


def made_of(path: Path, contents: Sequence[str], forms: Sequence[str] = (), **keys: Any) -> Path:
    """A PDF of one page for each content, in Helvetica (F1) and Times (F2); forms are named X0, X1, …"""
    with pikepdf.new() as pdf:
        fonts = pikepdf.Dictionary(
            F1=pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica),
            F2=pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name("/Times-Roman")
            ),
        )
        resources = pikepdf.Dictionary(Font=fonts, XObject=pikepdf.Dictionary())
        for number, content in enumerate(forms):
            form = pdf.make_stream(
                content.encode(), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form,
                BBox=pikepdf.Array([0, 0, 600, 900]), Resources=pikepdf.Dictionary(Font=fonts),
            )  # fmt: skip
            resources.XObject[f"/X{number}"] = form
        for content in contents:
            page = pdf.add_blank_page(page_size=A4).obj
            page.Resources = resources
            page.Contents = pdf.make_stream(content.encode())
            for key, value in keys.items():
                page[f"/{key}"] = pikepdf.Array(value) if isinstance(value, list) else value
        pdf.save(path)
    return path


def done(source: Path, signers: Sequence[Signer], language: str = "es") -> tuple[Path, Prepared]:
    target = source.with_suffix(".shown.pdf")
    return target, prepare(source, target, signers, language, "Contrato")


def picture(path: Path, number: int = 1, width: int = 1400) -> Image.Image:
    return Image.open(io.BytesIO(render_page(path, number, width)), formats=["JPEG"]).convert("L")


def difference(first: Image.Image, second: Image.Image) -> tuple[int, int, int, int] | None:
    return ImageChops.difference(first, second).point(lambda value: 255 if value > 40 else 0).getbbox()


def words(path: Path, number: int = 1) -> str:
    return " ".join(texts(path, number)[0].split())


def test_it_works(tmp_path: Path) -> None:
    source = made_of(tmp_path / "a.pdf", [LINE])
    target, prepared = done(source, by_tag(0))
    assert prepared.changed
    (box,) = prepared.boxes[0]
    assert (box.page, box.w, box.h) == (1, 150, 50)
    assert box_fits(prepared.inspection.pages, box)
    assert words(target) == "Firma: aqui."
    assert prepared.inspection == inspect(target)


GEOMETRIES = list(
    itertools.product(
        (0, 90, 180, 270),
        ({}, {"CropBox": [40, 100, 560, 700]}, {"MediaBox": [-100, -60, 495, 782]}),
        (1, 2),
    )
)


@pytest.mark.parametrize(("rotation", "boxes", "unit"), GEOMETRIES)
def test_the_box_is_where_the_person_saw_the_tag(
    tmp_path: Path, rotation: int, boxes: dict[str, list[int]], unit: int
) -> None:
    keys: dict[str, Any] = {**boxes, "Rotate": rotation, "UserUnit": unit}
    frame = "0.9 g 60 120 400 500 re f 0 g BT /F1 12 Tf 300 400 Td (next to it) Tj ET "
    tag = "BT /F1 12 Tf 250 350 Td ({{signature:0}}) Tj ET"
    without = picture(made_of(tmp_path / "without.pdf", [frame], **keys))
    source = made_of(tmp_path / "with.pdf", [frame + tag], **keys)
    target, prepared = done(source, by_tag(0))
    seen = difference(without, picture(source))
    assert seen is not None
    (box,) = prepared.boxes[0]
    page = prepared.inspection.pages[0]
    x, y = without.width / page.width, without.height / page.height
    right, foot = box.x * without.width, box.y * without.height
    left, top = right - box.w * x, foot - box.h * y
    near = 5 * max(x, y)
    assert left == pytest.approx(seen[0], abs=near)
    assert foot == pytest.approx(seen[3], abs=near)
    assert top <= seen[1] + near and right >= seen[2] - near
    assert box_fits(prepared.inspection.pages, box)
    assert difference(without, picture(target)) is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pieces of one TJ", "BT /F1 12 Tf 90 300 Td [(Before {{sig) -5 (nature) 10 (:0}} after)] TJ ET"),
        ("several operators", "BT /F1 12 Tf 90 300 Td (Before {{signa) Tj (ture:0) Tj (}} after) Tj ET"),
        ("two fonts", "BT /F1 12 Tf 90 300 Td (Before {{signature) Tj /F2 12 Tf (:0}}) Tj /F1 12 Tf ( after) Tj ET"),
        ("next line", "BT /F1 12 Tf 14 TL 90 300 Td (Before) Tj ({{signature:0}} after) ' ET"),
        ("spacing", 'BT /F1 12 Tf 14 TL 90 300 Td (Before) Tj 2 1.5 ({{signature:0}} after) " ET'),
        ("wide letters", "BT /F1 12 Tf 3 Tc 120 Tz 90 300 Td (Before {{signature:0}} after) Tj ET"),
        ("white", "BT /F1 12 Tf 90 300 Td (Before ) Tj 1 g ({{signature:0}}) Tj 0 g ( after) Tj ET"),
    ],
)
def test_a_tag_goes_however_it_is_written(tmp_path: Path, name: str, content: str) -> None:
    target, prepared = done(made_of(tmp_path / "a.pdf", [content]), by_tag(0))
    assert len(prepared.boxes[0]) == 1
    assert "signature" not in words(target)
    with pikepdf.open(target) as pdf:
        assert b"sig" not in pdf.pages[0].Contents.read_bytes()


def test_what_follows_a_tag_on_its_line_stays_where_it_was(tmp_path: Path) -> None:
    content = "BT /F1 12 Tf 90 300 Td (Before {{signature:0}} after) Tj ET"
    source = made_of(tmp_path / "a.pdf", [content])
    target, _prepared = done(source, by_tag(0))
    assert place(target, 1, "after") == pytest.approx(place(source, 1, "after"), abs=0.1)


def test_fonts_with_a_coding_of_their_own(tmp_path: Path) -> None:
    """As word processors write: two-byte glyph numbers with a ToUnicode map, and one-byte ones with names."""
    from rubrica.sealing.typeset.signature_page import signature_pages

    source = tmp_path / "a.pdf"
    source.write_bytes(signature_pages(["{{signature:0}}", "Another"], "es", "Carta {{signature:1}}").pdf)
    with pikepdf.open(source) as pdf:
        assert "/Type0" in {str(font.Subtype) for font in pdf.pages[0].Resources.Font.values()}
    target, prepared = done(source, by_tag(0, 1))
    assert set(prepared.boxes) == {0, 1}
    assert "signature" not in words(target)
    assert "Another" in words(target)


def test_glyph_names_of_a_simple_font(tmp_path: Path) -> None:
    codes = {letter: 128 + number for number, letter in enumerate(dict.fromkeys("{}:signature0"))}
    names = {"{": "braceleft", "}": "braceright", ":": "colon", "0": "zero"}
    source = made_of(tmp_path / "a.pdf", ["BT /F1 12 Tf 90 300 Td (Before ) Tj <TAG> Tj ( after) Tj ET".replace(
        "TAG", "".join(f"{codes[letter]:02x}" for letter in "{{signature:0}}"))])  # fmt: skip
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        differences = [128, *(pikepdf.Name("/" + names.get(letter, letter)) for letter in codes)]
        pdf.pages[0].Resources.Font.F1.Encoding = pikepdf.Dictionary(Differences=pikepdf.Array(differences))
        pdf.save(source)
    target, _prepared = done(source, by_tag(0))
    assert words(target) == "Before after"


def test_a_tag_inside_a_form_goes_too(tmp_path: Path) -> None:
    source = made_of(tmp_path / "a.pdf", ["q 1 0 0 1 50 -40 cm /X0 Do Q"], forms=[LINE])
    target, prepared = done(source, by_tag(0))
    (box,) = prepared.boxes[0]
    assert box.x * 595 - 150 == pytest.approx(90 + 50 + 38.6, abs=3)
    assert words(target) == "Firma: aqui."


def test_several_tags_a_signer_and_several_signers(tmp_path: Path) -> None:
    second = "BT /F1 9 Tf 90 500 Td ({{signature:1}}{{signature:0}}) Tj 0 -90 Td ({{signature:7}}) Tj ET"
    target, prepared = done(made_of(tmp_path / "a.pdf", [LINE, second]), by_tag(0, 1))
    assert [box.page for box in prepared.boxes[0]] == [1, 2]
    assert [box.page for box in prepared.boxes[1]] == [2]
    assert words(target, 2) == "{{signature:7}}"  # nobody's: the sender's own text


def test_missing_tags_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingTags) as caught:
        done(made_of(tmp_path / "a.pdf", [LINE]), by_tag(0, 1, 3))
    assert caught.value.indexes == (1, 3)
    assert caught.value.code == "TAG_MISSING"
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]


def test_a_tag_at_the_edge_gives_a_box_on_the_page(tmp_path: Path) -> None:
    corners = "BT /F1 12 Tf 520 830 Td ({{signature:0}}) Tj -518 -828 Td ({{signature:1}}) Tj ET"
    _target, prepared = done(made_of(tmp_path / "a.pdf", [corners]), by_tag(0, 1))
    assert all(box_fits(prepared.inspection.pages, box) for boxes in prepared.boxes.values() for box in boxes)
    small = made_of(tmp_path / "b.pdf", ["BT /F1 8 Tf 5 5 Td ({{signature:0}}) Tj ET"], MediaBox=[0, 0, 90, 40])
    _target, prepared = done(small, by_tag(0))
    assert prepared.boxes[0] == (Box(1, 1.0, 1.0, 90, 40),)


def test_a_large_tag_gives_a_large_box(tmp_path: Path) -> None:
    _target, prepared = done(made_of(tmp_path / "a.pdf", ["BT /F1 60 Tf 30 300 Td ({{signature:0}}) Tj ET"]), by_tag(0))
    (box,) = prepared.boxes[0]
    assert box.w > 350 and box.h > 50


def test_what_cannot_be_taken_out_is_covered_in_the_colour_around_it(tmp_path: Path) -> None:
    """Written out of order, so that no run of glyphs is the tag, though everybody reads it as one."""
    content = (
        "0.2 0.6 0.3 rg 50 250 400 120 re f 0 g "
        "BT /F1 12 Tf 1 0 0 1 131.34 300 Tm (ture:0}}) Tj 1 0 0 1 90 300 Tm ({{signa) Tj ET"
    )
    source = made_of(tmp_path / "a.pdf", [content])
    target, prepared = done(source, by_tag(0))
    assert len(prepared.boxes[0]) == 1
    (shown,) = pictures(target, [1], 1)
    assert shown.crop((88, 842 - 312, 175, 842 - 296)).getcolors(1) is not None


def test_lines_on_a_page_of_signatures(tmp_path: Path) -> None:
    source = pdf_with(tmp_path / "a.pdf", [{}, {"Rotate": 90}])
    target, prepared = done(source, on_page("María Ñáñez", "João Gonçalves"), "pt")
    assert len(prepared.inspection.pages) == 3
    assert [boxes[0].page for boxes in prepared.boxes.values()] == [3, 3]
    assert words(target, 3) == "Assinaturas Contrato María Ñáñez João Gonçalves"
    for number in (1, 2):
        assert difference(picture(source, number), picture(target, number)) is None


def test_many_signers_get_several_pages(tmp_path: Path) -> None:
    names = [f"Person {number}" for number in range(30)]
    target, prepared = done(pdf_with(tmp_path / "a.pdf"), on_page(*names))
    boxes = [prepared.boxes[index][0] for index in range(30)]
    assert [box.page for box in boxes] == [2] * 12 + [3] * 12 + [4] * 6
    assert len(set(boxes)) == 30
    assert all(box_fits(prepared.inspection.pages, box) for box in boxes)
    assert "Person 29" in words(target, 4)


def test_the_name_stands_beneath_its_box(tmp_path: Path) -> None:
    target, prepared = done(pdf_with(tmp_path / "a.pdf"), on_page("Anaaa", "Berta"))
    for index, name in enumerate(("Anaaa", "Berta")):
        left, _bottom, _right, top = place(target, 2, name)
        box = prepared.boxes[index][0]
        assert left == pytest.approx(box.x * 595.28 - box.w, abs=3)
        assert 0 < (841.89 - top) - box.y * 841.89 < 15


def test_a_signed_pdf_is_left_alone(tmp_path: Path) -> None:
    source = made_of(tmp_path / "a.pdf", [LINE])
    sign_as_stranger(source, tmp_path / "b.pdf")
    signers = [*by_tag(0), Signer(1, "Ana", by_tag=False, needs_page=True)]
    target, prepared = done(tmp_path / "b.pdf", signers)
    assert not prepared.changed
    assert not target.exists()
    assert prepared.inspection.signatures == 1
    assert set(prepared.boxes) == {0}


def test_a_bomb_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(bomb())
    with pytest.raises(RefusedPdf, match="PDF_TOO_LARGE"):
        done(tmp_path / "a.pdf", by_tag(0))
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]


def test_a_full_disk_is_no_damage_of_the_document(tmp_path: Path) -> None:
    source, target = made_of(tmp_path / "a.pdf", ["BT /F1 12 Tf ({{signature:0}}) Tj ET"]), tmp_path / "shown.pdf"
    target.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        prepare(source, target, by_tag(0), "es", "Contract")
    assert not target.is_symlink()


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\nnothing", raw_pdf([b"<</Type/Catalog>>"])])
def test_what_cannot_be_read_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(data)
    with pytest.raises(RefusedPdf, match=r"PDF_INVALID|PDF_EMPTY"):
        done(tmp_path / "a.pdf", by_tag(0))


def test_broken_content_around_a_tag_does_not_stop_it(tmp_path: Path) -> None:
    odd = "Q Q ] >> /F9 12 Tf (x) Tj BT /F1 12 Tf (not closed: {{signature:0}}) Tj"
    _target, prepared = done(made_of(tmp_path / "a.pdf", [odd]), by_tag(0))
    assert len(prepared.boxes[0]) == 1
