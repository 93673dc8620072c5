import io
import math
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image, ImageChops

from rubrica.sealing import sandbox
from rubrica.sealing.intake.render import render_page
from rubrica.sealing.tests.material import order_for, participant, pdf_with, raw_pdf, sign_as_stranger
from rubrica.sealing.values import Box, SealFailed, SigningKey
from rubrica.sealing.verification.verify import verify
from rubrica.sealing.writing import seal as seal_module
from rubrica.sealing.writing.cms import sign_digest
from rubrica.sealing.writing.seal import seal

BOX = Box(1, 0.55, 0.75, 150, 60)


def picture(path: Path, number: int = 1) -> Image.Image:
    return Image.open(io.BytesIO(render_page(path, number, 900)), formats=["JPEG"]).convert("RGB")


def sealed_from(source: Path, key: SigningKey, box: Box = BOX, **changes: Any) -> Path:
    target = source.with_suffix(".sealed.pdf")
    seal(source, target, order_for(source, participant(box), **changes), key)
    return target


def test_it_works(tmp_path: Path, key: SigningKey) -> None:
    source = pdf_with(tmp_path / "a.pdf", [{}, {}])
    target = tmp_path / "b.pdf"
    result = seal(source, target, order_for(source, participant(BOX)), key)
    assert target.read_bytes().startswith(source.read_bytes())
    assert (result.size, result.level, result.normalised) == (target.stat().st_size, "B-B", False)
    assert result.pages == 2 + result.evidence_pages
    found = verify(target, key.chain)
    assert (found["intact"], found["sealed_by_us"], found["level"]) == (True, True, "B-B")
    assert [signature["kind"] for signature in found["signatures"]] == ["certification"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "b.pdf"]


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"CropBox": [50, 40, 500, 780]},
        {"MediaBox": [-100, -50, 495, 792]},
        {"UserUnit": 2, "MediaBox": [0, 0, 400, 600]},
    ],
)
def test_a_stamp_lies_upright_in_its_box_and_nothing_else_changes(
    tmp_path: Path, key: SigningKey, page: dict[str, Any]
) -> None:
    keys = {name: pikepdf.Array(value) if isinstance(value, list) else value for name, value in page.items()}
    rotations = (0, 90, 180, 270)
    source = pdf_with(tmp_path / "a.pdf", [{**keys, "Rotate": rotation} for rotation in rotations])
    target = tmp_path / "b.pdf"
    boxes = [replace(BOX, page=number) for number in range(1, 5)]
    seal(source, target, order_for(source, participant(*boxes)), key)
    for number, rotation in enumerate(rotations, start=1):
        _assert_upright(picture(source, number), picture(target, number), _displayed(page, rotation))


def _assert_upright(before: Image.Image, after: Image.Image, size: tuple[float, float]) -> None:
    """The only pixels that differ are those of BOX, and the red drawing is in its upper half, three times as wide."""
    changed = ImageChops.difference(before, after).convert("L").point(lambda value: 255 if value > 40 else 0).getbbox()
    assert changed is not None
    left, top = BOX.x - BOX.w / size[0], BOX.y - BOX.h / size[1]
    assert changed[0] >= left * before.width - 9 and changed[1] >= top * before.height - 9
    assert changed[2] <= BOX.x * before.width + 9 and changed[3] <= BOX.y * before.height + 9
    red = Image.eval(after.getchannel("G"), lambda value: 255 if value < 60 else 0)
    red = ImageChops.darker(red, Image.eval(after.getchannel("R"), lambda value: 255 if value > 200 else 0))
    ink = red.getbbox()
    assert ink is not None
    assert top < (ink[1] + ink[3]) / 2 / before.height < (top + BOX.y) / 2
    assert (ink[2] - ink[0]) / (ink[3] - ink[1]) == pytest.approx(3, rel=0.1)


def _displayed(page: dict[str, Any], rotation: int) -> tuple[float, float]:
    a, b, c, d = page.get("CropBox") or page.get("MediaBox") or [0, 0, 595, 842]
    width, height = (c - a) * page.get("UserUnit", 1), (d - b) * page.get("UserUnit", 1)
    return (height, width) if rotation in {90, 270} else (width, height)


def test_pages_without_a_stamp_do_not_change(tmp_path: Path, key: SigningKey) -> None:
    source = pdf_with(tmp_path / "a.pdf", [{}, {"Rotate": 90}, {}])
    target = sealed_from(source, key, Box(3, 0.5, 0.5, 100, 40))
    for number in (1, 2):
        assert ImageChops.difference(picture(source, number), picture(target, number)).getbbox() is None


def test_a_file_with_cross_reference_streams(tmp_path: Path, key: SigningKey) -> None:
    source = pdf_with(tmp_path / "a.pdf", [{}], object_stream_mode=pikepdf.ObjectStreamMode.generate)
    target = sealed_from(source, key)
    assert verify(target, key.chain)["intact"]
    assert target.read_bytes().startswith(source.read_bytes())
    with pikepdf.open(target, attempt_recovery=False) as pdf:
        assert pdf.check_pdf_syntax() == []


@pytest.mark.parametrize("missing", ["Contents", "Resources"])
def test_a_page_without_contents_or_resources(tmp_path: Path, key: SigningKey, missing: str) -> None:
    target = sealed_from(pdf_with(tmp_path / "a.pdf", [{missing: None}]), key)
    assert verify(target, key.chain)["intact"]


def test_attributes_inherited_from_the_page_tree(tmp_path: Path, key: SigningKey) -> None:
    """The evidence pages hang under the same node and must not inherit its rotation or size."""
    stream = b"<</Length 28>>stream\n0.8 g 10 10 100 100 re f 0 g \nendstream"
    source = tmp_path / "a.pdf"
    tree = b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 300 400]/CropBox[0 0 300 200]/Rotate 90/Resources<<>>>>"
    page = b"<</Type/Page/Parent 2 0 R/Contents[4 0 R null]>>"
    source.write_bytes(raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", tree, page, stream]))
    target = sealed_from(source, key, Box(1, 0.9, 0.9, 100, 40))
    assert picture(target, 1).size == picture(source, 1).size
    assert picture(target, 2).size == (900, 1273)
    assert ImageChops.difference(picture(source), picture(target)).getbbox() is not None


def test_earlier_signatures_stay_valid(tmp_path: Path, key: SigningKey) -> None:
    pdf_with(tmp_path / "a.pdf")
    sign_as_stranger(tmp_path / "a.pdf", tmp_path / "b.pdf")
    target = sealed_from(tmp_path / "b.pdf", key)
    found = verify(target, key.chain)
    assert [(item["kind"], item["intact"], item["trusted"]) for item in found["signatures"]] == [
        ("approval", True, False),
        ("approval", True, True),
    ]
    assert found["intact"] and found["sealed_by_us"]


def test_a_certified_input_is_sealed_by_approval(tmp_path: Path, key: SigningKey) -> None:
    pdf_with(tmp_path / "a.pdf")
    sign_as_stranger(tmp_path / "a.pdf", tmp_path / "b.pdf", certify=True)
    found = verify(sealed_from(tmp_path / "b.pdf", key), key.chain)
    assert [item["kind"] for item in found["signatures"]] == ["certification", "approval"]
    assert all(item["intact"] for item in found["signatures"])


def test_sealing_a_sealed_file_again(tmp_path: Path, key: SigningKey) -> None:
    first = sealed_from(pdf_with(tmp_path / "a.pdf"), key)
    found = verify(sealed_from(first, key, process_id="PACK2"), key.chain)
    assert found["intact"]
    assert found["process"]["package"] == "PACK2"


def test_dynamic_forms_are_dropped_and_others_kept(tmp_path: Path, key: SigningKey) -> None:
    with pikepdf.open(pdf_with(tmp_path / "a.pdf")) as pdf:
        field = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="name", V="Ana"))
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]), XFA="x", NeedAppearances=True)
        pdf.save(tmp_path / "b.pdf")
    with pikepdf.open(sealed_from(tmp_path / "b.pdf", key)) as pdf:
        form = pdf.Root.AcroForm
        assert "/XFA" not in form and "/NeedAppearances" not in form
        assert str(form.Fields[0].V) == "Ana"
        assert len(form.Fields) == 2


@pytest.mark.parametrize("count", [2, 120])
def test_other_attachments_are_kept(tmp_path: Path, key: SigningKey, count: int) -> None:
    """From about forty on they stand in a name tree of several levels."""
    others = {f"{letter}{number:03}.txt" for letter in "az" for number in range(count // 2)}
    with pikepdf.open(pdf_with(tmp_path / "a.pdf")) as pdf:
        for name in sorted({*others, "rubrica-manifest.json"}):
            pdf.attachments[name] = b'{"process": {"package": "FORGED"}}'
        pdf.save(tmp_path / "b.pdf")
    target = sealed_from(tmp_path / "b.pdf", key)
    assert verify(target, key.chain)["process"]["package"] == "PACK1"
    with pikepdf.open(target) as pdf:
        assert others | {"rubrica-manifest.json"} == set(pdf.attachments)
        assert all(bytes(pdf.attachments[name].get_file().read_bytes()) for name in others)


def test_an_irregular_unsigned_file_is_rewritten_first(tmp_path: Path, key: SigningKey) -> None:
    broken = pdf_with(tmp_path / "a.pdf", [{}, {}]).read_bytes().replace(b"startxref\n", b"startxref\n9")
    source, target = tmp_path / "b.pdf", tmp_path / "c.pdf"
    source.write_bytes(broken)
    result = seal(source, target, order_for(source, participant(BOX)), key)
    assert result.normalised
    assert verify(target, key.chain)["intact"]


def test_an_irregular_signed_file_is_refused(tmp_path: Path, key: SigningKey) -> None:
    sign_as_stranger(pdf_with(tmp_path / "a.pdf"), tmp_path / "b.pdf")
    source = tmp_path / "c.pdf"
    source.write_bytes((tmp_path / "b.pdf").read_bytes() + b"\nstartxref\n99999999\n%%EOF\n")
    with pytest.raises(SealFailed, match="CANNOT_APPEND"):
        sealed_from(source, key)
    assert not source.with_suffix(".sealed.pdf").exists()


def test_another_file_than_the_one_read_is_refused(tmp_path: Path, key: SigningKey) -> None:
    source = pdf_with(tmp_path / "a.pdf")
    order = replace(order_for(source, participant(BOX)), document_sha256="0" * 64)
    with pytest.raises(SealFailed, match="SOURCE_CHANGED"):
        seal(source, tmp_path / "b.pdf", order, key)


@pytest.mark.parametrize("box", [Box(2, 0.5, 0.5, 100, 40), Box(1, 0.5, 0.5, 0, 40), Box(1, math.nan, 0.5, 9, 9)])
def test_a_box_on_no_page_is_refused(tmp_path: Path, key: SigningKey, box: Box) -> None:
    with pytest.raises(SealFailed, match="BOX_OUTSIDE"):
        sealed_from(pdf_with(tmp_path / "a.pdf"), key, box)


def test_usage_rights_of_the_input_end(tmp_path: Path, key: SigningKey) -> None:
    with pikepdf.open(pdf_with(tmp_path / "a.pdf")) as pdf:
        pdf.Root.Perms = pikepdf.Dictionary(UR3=pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Sig)))
        pdf.save(tmp_path / "b.pdf")
    target = sealed_from(tmp_path / "b.pdf", key)
    assert verify(target, key.chain)["intact"]
    with pikepdf.open(target) as pdf:
        assert set(pdf.Root.Perms.keys()) == {"/DocMDP"}


def test_only_what_intake_has_seen_whole_is_appended_to_outside_the_sandbox(
    tmp_path: Path, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    run = sandbox.run

    def heard(function: Any, *arguments: Any, **limits: Any) -> Any:
        asked.append(function.__name__)
        return run(function, *arguments, **limits)

    monkeypatch.setattr(sandbox, "run", heard)
    source = pdf_with(tmp_path / "a.pdf")
    for is_prepared, expected in ((True, ["check"]), (False, ["append", "check"])):
        asked.clear()
        sealed_from(source, key, is_prepared=is_prepared)
        assert asked == expected


def test_a_bad_signature_is_never_delivered(tmp_path: Path, key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> None:
    def sign_something_else(digest: bytes, key: SigningKey) -> bytes:
        return sign_digest(bytes(32), key)

    monkeypatch.setattr(seal_module, "sign_digest", sign_something_else)
    with pytest.raises(SealFailed, match="SELF_CHECK"):
        sealed_from(pdf_with(tmp_path / "a.pdf"), key)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf"]


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """As on a disk that is full from there on, but for the number of the error."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_leaves_nothing_behind_and_the_next_try_seals(tmp_path: Path, key: SigningKey) -> None:
    source = pdf_with(tmp_path / "a.pdf", [{}] * 40)
    whole = sealed_from(source, key, is_prepared=True)
    size = whole.stat().st_size
    whole.unlink()
    # While the document is copied, at the beginning of the update, and at its last byte.
    for room in (source.stat().st_size - 1, source.stat().st_size + 1, size - 300):
        with no_file_larger_than(room), pytest.raises(OSError, match="File too large"):
            sealed_from(source, key, is_prepared=True)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf"]
    assert verify(sealed_from(source, key, is_prepared=True), key.chain)["intact"]


def test_sealing_again_replaces_the_target(tmp_path: Path, key: SigningKey) -> None:
    source = pdf_with(tmp_path / "a.pdf")
    first = sealed_from(source, key).stat().st_size
    assert abs(sealed_from(source, key).stat().st_size - first) < 200


@pytest.mark.parametrize("name", ["Иван Петров", "Ελένη", "محمد", "山田太郎", "😀 Smile"])
def test_any_name_can_sign(tmp_path: Path, key: SigningKey, name: str) -> None:
    source = pdf_with(tmp_path / "a.pdf")
    target = tmp_path / "b.pdf"
    seal(source, target, order_for(source, participant(BOX, name=name)), key)
    assert verify(target, key.chain)["intact"]


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="pdfsig (poppler-utils) is not installed")
def test_pdfsig_agrees(sealed: Path) -> None:
    said = subprocess.run(["pdfsig", str(sealed)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
