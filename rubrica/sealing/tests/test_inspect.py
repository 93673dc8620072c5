import time
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from rubrica.sealing.intake.inspect import WARNINGS, inspect
from rubrica.sealing.intake.rewrite import normalise
from rubrica.sealing.tests.material import bomb, pdf_with, raw_pdf, sign_as_stranger
from rubrica.sealing.values import PageSize, RefusedPdf

Writer = Callable[[bytes], Path]


def code_of(path: Path) -> str:
    with pytest.raises(RefusedPdf) as caught:
        inspect(path)
    return caught.value.code


def test_it_works(tmp_path: Path) -> None:
    found = inspect(pdf_with(tmp_path / "a.pdf", [{}, {"Rotate": 90}]))
    assert found.pages == (PageSize(595, 842), PageSize(842, 595))
    assert (found.signatures, found.warnings) == (0, ())


def test_crop_box_and_user_unit_count(tmp_path: Path) -> None:
    page = {"CropBox": pikepdf.Array([100, 100, 400, 700]), "UserUnit": 2, "Rotate": 270}
    assert inspect(pdf_with(tmp_path / "a.pdf", [page])).pages == (PageSize(1200, 600),)


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n\x1a\n" + bytes(2000), b"%PDF-1.7\ngarbage"])
def test_what_is_not_a_pdf(copy_of: Writer, data: bytes) -> None:
    assert code_of(copy_of(data)) == "PDF_INVALID"


def test_a_truncated_pdf(tmp_path: Path, copy_of: Writer) -> None:
    data = pdf_with(tmp_path / "a.pdf", [{}] * 20).read_bytes()
    assert code_of(copy_of(data[: len(data) * 2 // 3])) == "PDF_INVALID"


def test_no_pages(tmp_path: Path, copy_of: Writer) -> None:
    assert code_of(pdf_with(tmp_path / "a.pdf", [])) == "PDF_EMPTY"
    assert code_of(copy_of(raw_pdf([b"<</Type/Catalog>>"]))) in {"PDF_EMPTY", "PDF_INVALID"}


@pytest.mark.parametrize("user", ["secret", ""])
def test_encrypted(tmp_path: Path, user: str) -> None:
    path = pdf_with(tmp_path / "a.pdf", [{}], encryption=pikepdf.Encryption(owner="owner", user=user))
    assert code_of(path) == "PDF_ENCRYPTED"


def test_too_many_pages(copy_of: Writer) -> None:
    kids = b" ".join([b"3 0 R"] * 5001)
    data = raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[" + kids + b"]/Count 5001>>",
                    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"])  # fmt: skip
    assert code_of(copy_of(data)) == "PDF_TOO_LARGE"


@pytest.mark.parametrize("box", [[0, 0, 2000000, 100], [0, 0, 0, 100]])
def test_an_impossible_page_size(tmp_path: Path, box: list[int]) -> None:
    path = pdf_with(tmp_path / "a.pdf", [{"MediaBox": pikepdf.Array(box)}])
    assert code_of(path) in {"PDF_TOO_LARGE", "PDF_INVALID"}


def test_a_bomb_is_refused_within_seconds(copy_of: Writer) -> None:
    path = copy_of(bomb())
    assert path.stat().st_size < 2000
    started = time.monotonic()
    assert code_of(path) == "PDF_TOO_LARGE"
    assert time.monotonic() - started < 15  # one second on a machine with nothing else to do


def test_signatures_are_counted(tmp_path: Path) -> None:
    source = pdf_with(tmp_path / "a.pdf")
    sign_as_stranger(source, tmp_path / "b.pdf", certify=True)
    found = inspect(tmp_path / "b.pdf")
    assert found.signatures == 1
    assert set(found.warnings) == {"SIGNED", "CERTIFIED"}


def test_active_content_is_named(tmp_path: Path) -> None:
    path = pdf_with(tmp_path / "a.pdf")
    with pikepdf.open(path) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(), XFA=pikepdf.String("x"))
        pdf.pages[0].obj.Annots = pikepdf.Array(
            [pikepdf.Dictionary(Type=pikepdf.Name.Annot, A=pikepdf.Dictionary(S=pikepdf.Name.Launch))]
        )
        pdf.save(tmp_path / "b.pdf")
    found = inspect(tmp_path / "b.pdf").warnings
    assert {"SCRIPTS", "XFA"} <= set(found)
    assert set(found) <= set(WARNINGS)


def test_normalising_keeps_pages_and_refuses_signed_files(tmp_path: Path, copy_of: Writer) -> None:
    source = pdf_with(tmp_path / "a.pdf", [{}, {"Rotate": 90}])
    broken = copy_of(source.read_bytes().replace(b"startxref\n", b"startxref\n9"))
    assert normalise(broken, tmp_path / "b.pdf").pages == inspect(source).pages
    sign_as_stranger(source, tmp_path / "c.pdf")
    with pytest.raises(RefusedPdf) as caught:
        normalise(tmp_path / "c.pdf", tmp_path / "d.pdf")
    assert caught.value.code == "PDF_SIGNED"
