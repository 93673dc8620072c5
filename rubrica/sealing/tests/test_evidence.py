import ctypes
import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from pypdfium2 import raw

from rubrica.sealing.appearance import clean
from rubrica.sealing.evidence import typeset
from rubrica.sealing.manifest import manifest
from rubrica.sealing.tests.material import NOON, SHA, order_for, participant, pdf_with
from rubrica.sealing.typesetting import FONTS, workshop
from rubrica.sealing.values import Appearance, Box, Seal, SealedCheck
from rubrica.sealing.wording import LANGUAGES, WORDS, words


def text_of(order: Seal) -> str:
    made = typeset(order, 12345)
    pdf = pypdfium2.PdfDocument(made.pdf)
    text = "\n".join(pdf[number].get_textpage().get_text_range() for number in range(made.stamps, len(pdf)))
    pdf.close()
    return text.replace("\u200b", "").replace("\ufffe", "").replace("\r\n", " ")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return pdf_with(tmp_path / "a.pdf")


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_said_in_each_language(source: Path, language: str) -> None:
    order = order_for(source, participant(), language=language)
    text = text_of(order)
    said = words(language)
    for word in ("title", "participants", "files", "consent", "verify_title", "signer", "approved", "otp", "level"):
        assert said[word] in text
    for value in (
        "Contrato", "Arriendo", "PACK1", "CODE1", order.document_sha256, "María Ñáñez", "maria@example.com",
        "190.24.10.1", "Mozilla/5.0", "2026-11-12 12:00:00 UTC", "Acepto firmar.", "cedula.jpg", SHA, "Ana",
        "https://firma.example.com/verify", "PAdES B-B", "REF-1",
    ):  # fmt: skip
        assert value in text


def test_the_table_is_complete() -> None:
    assert all(all(translations) and len(translations) == len(LANGUAGES) for translations in WORDS.values())
    assert words("es-CO") == words("es")
    assert words("fr") == words("en")


def test_a_stamp_is_drawn_once_for_each_size(source: Path) -> None:
    boxes = [Box(1, 0.5, 0.5, 150, 50), Box(1, 0.9, 0.9, 150, 50), Box(1, 0.9, 0.5, 100, 40)]
    made = typeset(order_for(source, participant(*boxes), participant(boxes[0])), None)
    assert made.stamps == 3
    assert [placement.stamp for placement in made.placements] == [0, 0, 1, 2]
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        assert [float(value) for value in pdf.pages[1].mediabox] == [0, 0, 100, 40]


ODD_TEXTS = (
    "Иван Петров",
    "Ελένη Παπαδοπούλου",
    "محمد الأحمد",
    "山田太郎",
    "김민준",
    "नमस्ते ไทย",
    "\U0001f600 \U0001f469\u200d\U0001f467",
    "\ud800 half a pair",
    "\0\x07 nul",
    "\u202egnirts",
    "\u0301" * 60,
    "x" * 5000,
    "#panic() $x$ *bold* @ref `raw` \\ </text> <a>",
    "",
)


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_no_text_stops_a_seal(source: Path, text: str) -> None:
    person = participant(Box(1, 0.5, 0.5, 60, 20), name=text, consent=text, appearance=Appearance(text=text))
    order = order_for(source, person, document_name=text, process_name=text, organization=text, verify_url=text)
    assert typeset(order, None).stamps == 1


@pytest.mark.parametrize(
    ("name", "font"),
    [
        ("María Ñáñez", "LibertinusSerif"),
        ("Иван Петров", "LibertinusSerif"),
        ("Ελένη Παπαδοπούλου", "LibertinusSerif"),
        ("Nguyễn Thị Hương", "LibertinusSerif"),
        ("محمد بن عبد الله", "NotoSansArabic"),
        ("שרה כהן", "LibertinusSerif"),
        ("山田太郎 さくら", "NotoSansSC"),
        ("王小明 陳大文", "NotoSansSC"),
        ("김민준", "NotoSansKR"),
        ("สมชาย ใจดี", "NotoSansThai"),
        ("नरेन्द्र शर्मा", "NotoSans"),
    ],
)
def test_a_name_is_set_in_a_font_that_has_its_letters(source: Path, name: str, font: str) -> None:
    """The fonts come with the package, so that no machine draws boxes; without them, build the frontend."""
    assert FONTS.is_dir(), "python -m tools.frontend puts the fonts there"
    made = typeset(order_for(source, participant(Box(1, 0.5, 0.5, 150, 50), name=name)), None)
    pdf = pypdfium2.PdfDocument(made.pdf)
    text = pdf[0].get_textpage()
    fonts, missing = set(), 0
    for index in range(text.count_chars()):
        if chr(raw.FPDFText_GetUnicode(text, index)) in set(name) - {" "}:
            fonts.add(_font_of(text, index))
            missing += raw.FPDFText_HasUnicodeMapError(text, index) > 0
    pdf.close()
    assert any(found.endswith((font, f"{font}-Regular", f"{font}-Bold")) for found in fonts), fonts
    assert missing == 0
    assert not any("NewComputerModern" in found for found in fonts)


def _font_of(text: pypdfium2.PdfTextPage, index: int) -> str:
    buffer = ctypes.create_string_buffer(200)
    length = raw.FPDFText_GetFontInfo(text, index, buffer, 200, ctypes.c_int())
    return buffer.raw[: max(0, length - 1)].decode()


def test_checks_have_their_time_and_result(source: Path) -> None:
    checks = [SealedCheck("photo", NOON, "similarity 0.83"), SealedCheck("otp", NOON), "video"]
    order = order_for(source, participant(checks=checks), language="en", original_sha256="ab" * 32)
    text = " ".join(text_of(order).split())
    assert "photograph (2026-11-12 12:00:00 UTC, similarity 0.83)" in text
    assert "one-time code (2026-11-12 12:00:00 UTC)" in text
    assert "video" in text and "ab" * 32 in text
    content = json.loads(manifest(order))
    assert content["participants"][0]["checks"][0]["at"] == "2026-11-12T12:00:00Z"
    assert content["document"]["original_sha256"] == "ab" * 32


def test_one_document_after_another_keeps_nothing(source: Path) -> None:
    """Compilers are kept, people's data is not."""
    assert "Contrato" in text_of(order_for(source, participant()))
    assert "Contrato" not in text_of(order_for(source, participant(), document_name="Anexo"))
    with workshop() as shop:
        assert {path.suffix for path in shop.folder.iterdir()} <= {".typ"}


def test_documents_may_be_set_at_the_same_time(source: Path) -> None:
    orders = [order_for(source, participant(name=f"Person {number}")) for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(text_of, orders))
    assert all(f"Person {number}" in text for number, text in enumerate(texts))


def test_markup_is_printed_as_it_stands(source: Path) -> None:
    assert "#panic() *bold*" in text_of(order_for(source, participant(), document_name="#panic() *bold*"))


def test_a_box_may_be_tiny_or_flat(source: Path) -> None:
    for size in ((5.0, 5.0), (400.0, 8.0), (8.0, 300.0), (0.5, 0.5)):
        assert typeset(order_for(source, participant(Box(1, 0.9, 0.9, *size))), None).stamps == 1


def test_a_person_without_a_box_signs_on_the_evidence_page(source: Path) -> None:
    def has_image(order: Seal) -> bool:
        with pikepdf.open(io.BytesIO(typeset(order, None).pdf)) as pdf:
            return any(isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image" for item in pdf.objects)

    assert has_image(order_for(source, participant()))
    assert not has_image(order_for(source, participant(appearance=None)))


def test_lines_are_cleaned() -> None:
    assert clean("a\u202eb\nc\td") == "a b c d"
    assert clean("x" * 1000, 10) == "x" * 9 + "…"
    assert clean("क्\u200dष") == "क्\u200dष"
