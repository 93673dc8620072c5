"""What claims to be PDF/A claims something true when it is sealed, and what is added would not be the reason if not."""

from pathlib import Path

import pikepdf
import pytest

from rubrica.sealing.tests.corpus import archive, changed
from rubrica.sealing.tests.material import order_for, participant
from rubrica.sealing.values import Appearance, Box, FieldKind, FilledField, SigningKey
from rubrica.sealing.writing.archival import with_claim
from rubrica.sealing.writing.seal import seal

ELEMENTS = b"<pdfaid:part>%s</pdfaid:part><pdfaid:conformance>%s</pdfaid:conformance>"
FIELDS: dict[FieldKind, str] = {
    "text": "Carrera 7, 北京, القاهرة",
    "date": "22 de noviembre",
    "checkbox": "true",
    "initials": "MÑ",
}
ATTRIBUTES = b"<rdf:Description pdfaid:part='%s' pdfaid:conformance = \"%s\"/>"


@pytest.mark.parametrize("form", [ELEMENTS, ELEMENTS.replace(b"t>%", b't xmlns:pdfaid="x">%'), ATTRIBUTES])
@pytest.mark.parametrize(
    ("before", "after"), [(b"1A", b"3U"), (b"1B", b"3B"), (b"2U", b"3U"), (b"3A", b"3U"), (b"3B", b"3B")]
)
def test_the_claim_is_what_a_file_with_attachments_can_be(form: bytes, before: bytes, after: bytes) -> None:
    said = [form % (claim[:1], claim[1:]) for claim in (before, after)]
    assert with_claim(said[0]) == said[1]


@pytest.mark.parametrize(
    "metadata", [b"", b"<x:xmpmeta/>", b"<pdfaid:part>4</pdfaid:part>", b"pdfaid:conformance='A'", b"\xff\xfe\x00"]
)
def test_what_claims_nothing_of_ours_is_left_alone(metadata: bytes) -> None:
    assert with_claim(metadata) == metadata


@pytest.fixture(scope="module")
def sealed(key: SigningKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    source = changed(archive("2", "A"))(folder / "source.pdf")
    fields = [FilledField(2, 0.9, 0.2 + 0.1 * number, 160, 22, kind, f"A {kind}", value=value)
              for number, (kind, value) in enumerate(FIELDS.items())]  # fmt: skip
    ana = participant(Box(1, 0.6, 0.8, 150, 50), fields=fields, initials=Appearance(text="MÑ"))
    seal(source, folder / "sealed.pdf", order_for(source, ana), key)
    return folder / "sealed.pdf"


def test_it_works(sealed: Path) -> None:
    with pikepdf.open(sealed) as pdf, pdf.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "U")


def test_every_font_of_ours_is_in_the_file_and_every_colour_says_what_it_is(sealed: Path) -> None:
    with pikepdf.open(sealed) as pdf:
        stamps = [form for page in list(pdf.pages)[:2] for name, form in page.Resources.XObject.items()
                  if name.startswith("/Rubrica")]  # fmt: skip
        assert len(stamps) == 1 + len(FIELDS)
        ours = [*(stamp.Resources for stamp in stamps), *(page.Resources for page in list(pdf.pages)[2:])]
        fonts = [font for resources in ours for font in resources.get("/Font", {}).values()]
        assert fonts
        for font in fonts:
            below = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(below.FontDescriptor.keys())
            assert "/ToUnicode" in font
        spaces = [space for resources in ours for space in resources.get("/ColorSpace", {}).values()]
        assert spaces and all(space[0] == pikepdf.Name.ICCBased for space in spaces)
        words = pikepdf.parse_content_stream(list(pdf.pages)[-1])
        assert not {str(word.operator) for word in words} & {"rg", "RG", "g", "G", "k", "K"}


def test_the_manifest_is_associated_as_part_3_wants_it(sealed: Path) -> None:
    with pikepdf.open(sealed) as pdf:
        (specification,) = pdf.Root.AF
        assert specification.AFRelationship == pikepdf.Name.Data
        assert {"/F", "/UF", "/EF"} <= set(specification.keys())
        assert (
            specification.EF.F.Subtype == pikepdf.Name("/application/json") and "/ModDate" in specification.EF.F.Params
        )
