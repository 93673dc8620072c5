import io
import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pikepdf
import pytest
import segno

from rubrica.sealing.tests.engines import letters, pictures, texts
from rubrica.sealing.tests.material import NOON, SHA, order_for, participant, pdf_with
from rubrica.sealing.typeset.appearance import clean
from rubrica.sealing.typeset.evidence import evidence_document, typeset
from rubrica.sealing.typeset.typesetting import FONTS, PREFIX, workshop
from rubrica.sealing.typeset.wording import LANGUAGES, WORDS, words
from rubrica.sealing.values import Appearance, Box, Level, Seal, SealedCertificate, SealedCheck
from rubrica.sealing.writing.manifest import manifest


def text_of(order: Seal) -> str:
    made = typeset(order, 12345)
    text = "\n".join(texts(made.pdf, made.stamps + 1))
    return text.replace("\u200b", "").replace("\ufffe", "").replace("\r\n", " ")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return pdf_with(tmp_path / "a.pdf")


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_said_in_each_language(source: Path, language: str) -> None:
    order = order_for(source, participant(), language=language)
    text = text_of(order)
    said = words(language)
    for word in (
        "title",
        "participants",
        "files",
        "consent_text",
        "verify_title",
        "signer",
        "approved",
        "otp",
        "level",
    ):
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
        ("Ana 😀🎉❤", "NotoEmoji"),
    ],
)
def test_a_name_is_set_in_a_font_that_has_its_letters(source: Path, name: str, font: str) -> None:
    """The fonts come with the package, so that no machine draws boxes; without them, build the frontend."""
    assert FONTS.is_dir(), "python -m tools.frontend puts the fonts there"
    made = typeset(order_for(source, participant(Box(1, 0.5, 0.5, 150, 50), name=name)), None)
    of_name = [item for item in letters(made.pdf, 1) if item[0] in set(name) - {" "}]
    fonts = {found for _letter, found, _is_there in of_name}
    assert any(found.endswith((font, f"{font}-Regular", f"{font}-Bold")) for found in fonts), fonts
    assert all(is_there for _letter, _font, is_there in of_name)
    assert not any("NewComputerModern" in found for found in fonts)


def test_checks_have_their_time_and_result(source: Path) -> None:
    photo = SealedCheck("photo", NOON, "similarity 0.83", sha256=SHA, similarity=0.83)
    otp = SealedCheck("otp", NOON, "let through by Ana", decided_by="Ana")
    order = order_for(source, participant(checks=[photo, otp, "video"]), language="en", original_sha256="ab" * 32)
    text = " ".join(text_of(order).split())
    assert f"photograph · 2026-11-12 12:00:00 UTC · similarity 0.83 SHA-256 {SHA}" in text
    assert "one-time code · 2026-11-12 12:00:00 UTC · let through by Ana" in text
    assert "Check passed video" in text and "ab" * 32 in text
    content = json.loads(manifest(order))
    at = "2026-11-12T12:00:00Z"
    assert content["participants"][0]["checks"] == [
        {"kind": "photo", "at": at, "result": "similarity 0.83", "sha256": SHA, "similarity": 0.83},
        {"kind": "otp", "at": at, "result": "let through by Ana", "decided_by": "Ana"},
        "video",
    ]
    assert content["document"]["original_sha256"] == "ab" * 32


CERTIFICATE = SealedCertificate("Los Andes S.A.S.", "Authority 7", "5d1fa2c0", "cd" * 32, NOON, NOON + timedelta(365))


def test_what_seals_and_the_history_are_named(source: Path) -> None:
    more: dict[str, Any] = {"certificate": CERTIFICATE, "chain_length": 17, "chain_head": "ef" * 32}
    order = order_for(source, participant(), language="en", ledger="2026-11-11 12 " + "ba" * 32, **more)
    text = " ".join(text_of(order).split())
    for said in (
        "Certificate Los Andes S.A.S.", "Issued by Authority 7", "Serial number 5d1fa2c0", "cd" * 32, "ef" * 32,
        "2026-11-12 – 2027-11-12", "17 events at sealing", "2026-11-11 12", "ba" * 32,
    ):  # fmt: skip
        assert said in text
    content = json.loads(manifest(order))
    assert content["seal"]["certificate"]["serial"] == "5d1fa2c0"
    assert (content["chain"], content["ledger"]) == ({"length": 17, "head": "ef" * 32}, order.ledger)


@pytest.mark.parametrize("level", get_args(Level))
def test_the_level_that_is_aimed_at_is_said(source: Path, level: Level) -> None:
    order = order_for(source, participant(), level=level)
    assert f"PAdES {level}:" in text_of(order)
    assert json.loads(manifest(order))["seal"]["aims_at"] == level


def test_evidence_may_be_the_document_itself(source: Path) -> None:
    person = participant(role="deliverer", appearance=None, consent="")
    order = order_for(source, person, is_evidence=True, document_name="Evidencia de entrega", document_code="")
    assert (typeset(order, 100).pdf, typeset(order, 100).stamps) == (b"", 0)
    text = texts(evidence_document(order))[0]
    assert "Evidencia de entrega" in text and "Entregado" in text
    assert order.document_sha256 not in text  # it is that of these very pages


def test_the_qr_code_leads_to_the_page_that_checks(source: Path) -> None:
    """Module for module: what stands on the page is the code of the address."""
    order = order_for(source, participant())
    (page,) = pictures(typeset(order, None).pdf, [1], 6)
    millimetre = page.width / 210
    right = page.crop((round(169 * millimetre), 0, round(193 * millimetre), round(68 * millimetre)))
    # The rule above is blue; the code is nearly black.
    dark = right.getchannel("B").point(lambda value: 255 if value < 100 else 0)
    box = dark.getbbox()
    assert box is not None
    matrix = segno.make(order.verify_url, error="m", micro=False).matrix
    side = (box[2] - box[0]) / len(matrix)
    for row, modules in enumerate(matrix):
        for column, module in enumerate(modules):
            at = (round(box[0] + (column + 0.5) * side), round(box[1] + (row + 0.5) * side))
            assert bool(dark.getpixel(at)) is bool(module), (row, column)


def test_a_sentence_longer_than_a_page_is_all_there(source: Path) -> None:
    consent = " ".join(f"word{number}" for number in range(500))
    assert all(word in text_of(order_for(source, participant(consent=consent))) for word in ("word0 ", "word499"))


def test_one_document_after_another_keeps_nothing(source: Path) -> None:
    """Compilers are kept, people's data is not."""
    assert "Contrato" in text_of(order_for(source, participant()))
    assert "Contrato" not in text_of(order_for(source, participant(), document_name="Anexo"))
    with workshop() as shop:
        assert {path.suffix for path in shop.folder.iterdir()} <= {".typ"}


def test_what_a_killed_process_left_is_removed(source: Path, settings: Any, tmp_path: Path) -> None:
    """Its data is of people. A folder that was swept in between is made anew for the next document."""
    settings.SCRATCH_DIR = str(tmp_path / "scratch")
    left, used, other = (tmp_path / "scratch" / name for name in (f"{PREFIX}left", f"{PREFIX}used", "other"))
    for folder in (left, used, other):
        folder.mkdir(parents=True)
        (folder / "data.json").write_text("{}")
    hours_ago = time.time() - 2 * 3600
    for folder in (left, other):
        os.utime(folder, (hours_ago, hours_ago))
    with ExitStack() as all_taken:
        while (shop := all_taken.enter_context(workshop())).folder.parent != tmp_path / "scratch":
            pass
    assert [folder.exists() for folder in (left, used, other)] == [False, True, True]
    shutil.rmtree(shop.folder)
    assert "Contrato" in text_of(order_for(source, participant()))


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
