"""What participants filled in is drawn in its boxes and nowhere else, and told in evidence and manifest."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image, ImageChops

from rubrica.sealing.tests.material import drawing, order_for, participant, pdf_with
from rubrica.sealing.tests.test_evidence import text_of
from rubrica.sealing.tests.test_seal import picture
from rubrica.sealing.values import Appearance, Box, FilledField, SealedParticipant, SigningKey
from rubrica.sealing.verification.verify import verify
from rubrica.sealing.writing.seal import seal

SIGN = Box(1, 0.9, 0.95, 150, 50)
FAR = [(page, across, down) for page in (1, 2, 3, 4) for across in (0.45, 0.9) for down in (0.2, 0.4, 0.6, 0.8)]
TEXTS = {
    "plain": "Carrera 7 # 12-34, Bogotá",
    "long": "A sentence that says very much about very little, and does not end where it should. " * 6,
    "word": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3,
    "arabic": "شارع الحرية، القاهرة",
    "chinese": "北京市海淀区中关村大街二十七号",
    "emoji": "🎉 👩‍👩‍👧 ok",
    "lines": "First line\nSecond line\n\nFourth line",
    "missing": "\U000e0001 ᚠᛇᚻ ꙮ",
}


def filled(place: tuple[int, float, float], kind: Any, value: str | None, w: float = 160, h: float = 22) -> FilledField:
    page, x, y = place
    return FilledField(page, x, y, w, h, kind, f"A {kind}", value=value)


def ana(*fields: FilledField, **more: Any) -> SealedParticipant:
    return participant(SIGN, fields=fields, initials=Appearance(text="MÑ"), **more)


def outside(before: Image.Image, after: Image.Image, boxes: list[Box], size: tuple[float, float]) -> Image.Image:
    """What differs where no box is; a pixel of grace for the edges."""
    changed = ImageChops.difference(before, after).convert("L")
    for box in boxes:
        left, top = box.x - box.w / size[0], box.y - box.h / size[1]
        first = (round(left * before.width - 2), round(top * before.height - 2))
        last = (round(box.x * before.width + 2), round(box.y * before.height + 2))
        changed.paste(0, (*first, *last))
    return changed.point(lambda value: 255 if value > 40 else 0)


def ink(before: Image.Image, after: Image.Image, box: Box, size: tuple[float, float]) -> int:
    """How many pixels of a box were drawn on."""
    left, top = (box.x - box.w / size[0]) * before.width, (box.y - box.h / size[1]) * before.height
    part = (round(left), round(top), round(box.x * before.width), round(box.y * before.height))
    changed = ImageChops.difference(before.crop(part), after.crop(part)).convert("L")
    return sum(changed.point(lambda value: 255 if value > 60 else 0).histogram()[128:])


@pytest.mark.parametrize("page", [{}, {"CropBox": [50, 40, 500, 780]}, {"UserUnit": 2, "MediaBox": [0, 0, 300, 420]}])
def test_fields_are_drawn_in_their_boxes_and_nothing_else_changes(
    tmp_path: Path, key: SigningKey, page: dict[str, Any]
) -> None:
    """On a page that is turned in each of four ways: eight texts, two ticks, a date and initials on each."""
    source = tmp_path / "a.pdf"
    keys = {name: pikepdf.Array(value) if isinstance(value, list) else value for name, value in page.items()}
    pdf_with(source, [{**keys, "Rotate": turn} for turn in (0, 90, 180, 270)])
    texts = [filled(place, "text", text, w=120 if "UserUnit" in page else 160)
             for place, text in zip(FAR, [*TEXTS.values()] * 4, strict=True)]  # fmt: skip
    more = [filled((number, x, 0.9, ), kind, value, w, h)
            for number in (1, 2, 3, 4)
            for kind, value, x, w, h in (("checkbox", "true", 0.1, 16, 16), ("checkbox", None, 0.2, 16, 16),
                                         ("date", "22 de noviembre de 2026", 0.5, 110, 18),
                                         ("initials", "MÑ", 0.62, 40, 24))]  # fmt: skip
    sign = Box(1, 0.95, 0.97, 90, 30)
    person = participant(sign, fields=[*texts, *more], initials=Appearance(text="MÑ"))
    target = tmp_path / "b.pdf"
    seal(source, target, order_for(source, person), key)
    assert verify(target, key.chain)["intact"]
    a, b, c, d = page.get("CropBox") or page.get("MediaBox") or [0, 0, 595, 842]
    flat = ((c - a) * page.get("UserUnit", 1), (d - b) * page.get("UserUnit", 1))
    for number, turn in enumerate((0, 90, 180, 270), start=1):
        size = flat if turn % 180 == 0 else flat[::-1]
        before, after = picture(source, number), picture(target, number)
        here = [field for field in person.fields if field.page == number]
        boxes: list[Box] = [*here, *([sign] if number == 1 else [])]
        assert outside(before, after, boxes, size).getbbox() is None, turn
        drawn = [(field.value, ink(before, after, field, size)) for field in here]
        assert all(bool(count) == (value is not None) for value, count in drawn), (turn, drawn)


def test_a_text_is_as_large_as_fits(tmp_path: Path, key: SigningKey) -> None:
    """The same words fill a higher box with larger letters, up to the size of print."""
    source = pdf_with(tmp_path / "a.pdf", [{}])
    places = [(1, 0.5, 0.2), (1, 0.5, 0.4), (1, 0.5, 0.6)]
    fields = [filled(place, "text", "Bogotá", 200, height) for place, height in zip(places, (6, 12, 60), strict=True)]
    target = tmp_path / "b.pdf"
    seal(source, target, order_for(source, ana(*fields)), key)
    before, after = picture(source), picture(target)
    small, usual, high = (ink(before, after, field, (595, 842)) for field in fields)
    assert small < usual < high < 3 * usual


def test_initials_are_drawn_as_the_signature_is(tmp_path: Path, key: SigningKey) -> None:
    source = pdf_with(tmp_path / "a.pdf", [{}, {}])
    fields = [filled((number, 0.5, 0.5), "initials", "", 60, 40) for number in (1, 2)]
    person = participant(SIGN, fields=fields, initials=Appearance(drawing()))
    target = tmp_path / "b.pdf"
    seal(source, target, order_for(source, person), key)
    with pikepdf.open(target) as pdf:
        forms = [list(page.Resources.XObject.keys()) for page in pdf.pages[:2]]
        assert [len(names) for names in forms] == [2, 1]
        first, second = (pdf.pages[n].Resources.XObject for n in (0, 1))
        assert {first[name].objgen for name in forms[0]} >= {second[name].objgen for name in forms[1]}  # written once
    red = picture(target, 2).getpixel((int(900 * (0.5 - 30 / 595)), int(900 * 842 / 595 * (0.5 - 20 / 842))))
    assert isinstance(red, tuple) and red[0] > 200 and red[1] < 90


def test_evidence_and_manifest_tell_what_was_filled_in(tmp_path: Path, key: SigningKey) -> None:
    source = pdf_with(tmp_path / "a.pdf", [{}, {}])
    fields = [filled((1, 0.5, 0.3), "text", "Calle 5\nBogotá"), filled((1, 0.5, 0.4), "checkbox", None, 16, 16),
              filled((1, 0.6, 0.4), "checkbox", "true", 16, 16), filled((1, 0.5, 0.5), "initials", "MÑ"),
              filled((2, 0.5, 0.5), "initials", "MÑ"), filled((2, 0.5, 0.6), "text", None)]  # fmt: skip
    target = tmp_path / "b.pdf"
    order = order_for(source, ana(*fields), language="en")
    seal(source, target, order, key)
    found = " ".join(text_of(order).split())
    for said in ("A text: Calle 5 Bogotá · Page 1", "A checkbox: not ticked · Page 1", "A checkbox: ticked · Page 1",
                 "A initials: MÑ · Page 1, 2", "A text: left empty · Page 2"):  # fmt: skip
        assert said in found, found
    with pikepdf.open(target) as pdf:
        (person,) = json.loads(pdf.attachments["rubrica-manifest.json"].get_file().read_bytes())["participants"]
    assert person["fields"][0] == {"kind": "text", "name": "A text", "value": "Calle 5\nBogotá", "pages": [1]}
    assert {"kind": "initials", "name": "A initials", "value": "MÑ", "pages": [1, 2]} in person["fields"]


def test_the_document_as_read_is_the_beginning(tmp_path: Path, key: SigningKey) -> None:
    source = pdf_with(tmp_path / "a.pdf", [{}])
    target = tmp_path / "b.pdf"
    seal(source, target, order_for(source, ana(filled((1, 0.5, 0.5), "text", "x"))), key)
    read = target.read_bytes()[: source.stat().st_size]
    assert hashlib.sha256(io.BytesIO(read).getbuffer()).digest() == hashlib.sha256(source.read_bytes()).digest()
