"""Signer by signer, what somebody fills in is in the revision with their signature, and in nobody else's."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image, ImageChops

from rubrica.sealing.pdf.gap import sha256_of
from rubrica.sealing.signers import each
from rubrica.sealing.signers.each import Place, Source
from rubrica.sealing.signers.persons import key_for
from rubrica.sealing.tests.material import order_for, participant
from rubrica.sealing.tests.test_each import Signing, everybody_agrees, source
from rubrica.sealing.tests.test_fields import filled, ink, outside
from rubrica.sealing.tests.test_seal import picture
from rubrica.sealing.values import Appearance, Box, FilledField, SealFailed
from rubrica.sealing.verification.verify import verify
from tests.cast import Acme, make_acme

FIELDS = {
    0: [filled((1, 0.4, 0.3), "text", "شارع الحرية\nCarrera 7"), filled((1, 0.1, 0.4), "checkbox", "true", 16, 16),
        filled((1, 0.4, 0.5), "initials", "MÑ", 60, 30), filled((2, 0.4, 0.5), "initials", "MÑ", 60, 30)],
    1: [filled((2, 0.4, 0.3), "date", "22 de noviembre de 2026"), filled((2, 0.2, 0.7), "checkbox", None, 16, 16)],
}  # fmt: skip
PLACES = [
    Place("CODE1A1", Box(1, 0.9, 0.9, 150, 60), FIELDS[0]),
    Place("CODE1B2", Box(2, 0.9, 0.9, 150, 60), FIELDS[1]),
]
SIZES = {0: (595, 842), 90: (842, 595)}


@pytest.fixture
def acme(transactional_db: None, settings: Any, tmp_path: Path) -> Acme:
    settings.DATA_DIR = tmp_path / "data"
    return make_acme()


class Filling(Signing):
    def add(self, number: int, fields: list[FilledField] | None = None) -> None:
        given = FIELDS[number] if fields is None else fields
        person = participant(name=f"María {number}", fields=given, initials=Appearance(text="MÑ"))
        key = key_for(self.acme.organization, person.name, person.email, is_timestamped=False)
        before, place = Source(self.file, self.known), self.places[number]
        self.known = each.add(before, self.file, place, order_for(self.source), person, key, self.now())


def values(path: Path) -> dict[str, str]:
    """What is written in the form, signatures left out."""
    with pikepdf.open(path) as pdf:
        fields = [field for field in pdf.Root.AcroForm.Fields if field.FT == "/Tx"]
        return {str(field.T): str(field.get("/V", "")) for field in fields}


def test_each_fills_in_their_own(acme: Acme, tmp_path: Path) -> None:
    """Of two pages the second is turned. After every step all validators agree, and only boxes have changed."""
    signing = Filling(acme, tmp_path, source(tmp_path, [{}, {"Rotate": 90}]), PLACES)
    signing.begin()
    begun = {number: picture(signing.file, number) for number in (1, 2)}
    assert set(values(signing.file).values()) == {""}
    for number in (1, 2):
        assert ImageChops.difference(picture(signing.source, number), begun[number]).getbbox() is None
    everybody_agrees(signing.file, signing.key, 1)
    signing.add(0)
    written = {"Field_CODE1A1_0": "شارع الحرية\nCarrera 7", "Field_CODE1A1_1": "true", "Field_CODE1A1_2": "MÑ",
               "Field_CODE1A1_3": "MÑ"}  # fmt: skip
    assert {name: value for name, value in values(signing.file).items() if value} == written
    after_first = {number: picture(signing.file, number) for number in (1, 2)}
    assert_only_boxes(begun, after_first, {1: [PLACES[0].box, *FIELDS[0][:3]], 2: [FIELDS[0][3]]})
    signing.add(1)
    later = {number: picture(signing.file, number) for number in (1, 2)}
    assert_only_boxes(after_first, later, {1: [], 2: [PLACES[1].box, FIELDS[1][0]]})
    signing.close()
    everybody_agrees(signing.file, signing.key, 4)
    assert values(signing.file) == written | {"Field_CODE1B2_0": "22 de noviembre de 2026", "Field_CODE1B2_1": ""}
    found = verify(signing.file, signing.key.chain)
    assert (found["intact"], found["sealed_by_us"]) == (True, True)


def assert_only_boxes(before: dict[int, Image.Image], after: dict[int, Image.Image], boxes: dict[int, Any]) -> None:
    for number, size in ((1, SIZES[0]), (2, SIZES[90])):
        assert outside(before[number], after[number], boxes[number], size).getbbox() is None
        assert all(ink(before[number], after[number], box, size) for box in boxes[number])


def test_what_has_no_place_is_refused(acme: Acme, tmp_path: Path) -> None:
    signing = Filling(acme, tmp_path, source(tmp_path), [replace(PLACES[0], boxes=FIELDS[0][:1])])
    signing.begin()
    before = sha256_of(signing.file)
    with pytest.raises(SealFailed, match="FIELD_TAKEN"):
        signing.add(0)
    assert sha256_of(signing.file) == before


def test_a_value_that_is_changed_afterwards_is_named(acme: Acme, tmp_path: Path) -> None:
    signing = Filling(acme, tmp_path, source(tmp_path), [replace(PLACES[0], boxes=FIELDS[0])])
    signing.begin()
    signing.add(0)
    signing.close()
    with pikepdf.open(signing.file, allow_overwriting_input=False) as pdf:
        known = values(signing.file)["Field_CODE1A1_0"]
        assert known.startswith("شارع") and len(pdf.pages) == 2
    change(signing.file)
    found = verify(signing.file, signing.key.chain)
    assert not found["intact"], found


def change(path: Path) -> None:
    """Another value for the first field, as an update behind everything."""
    from pyhanko.pdf_utils.generic import pdf_name, pdf_string
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    with path.open("r+b") as file:
        writer = IncrementalPdfFileWriter(file, strict=False)
        fields = (one.get_object() for one in list.__iter__(writer.root["/AcroForm"]["/Fields"]))
        field = next(one for one in fields if one.get("/FT") == "/Tx")
        field[pdf_name("/V")] = pdf_string("Somewhere else")
        writer.update_container(field)
        writer.write_in_place()
