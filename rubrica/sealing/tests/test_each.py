"""Signer by signer: after every step every validator finds every signature good, and nothing but them has changed."""

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography.x509 import Certificate
from PIL import ImageChops

from rubrica import clock
from rubrica.sealing.keyring import keys
from rubrica.sealing.pdf.gap import sha256_of
from rubrica.sealing.signers import each
from rubrica.sealing.signers.each import Place, Source
from rubrica.sealing.signers.persons import key_for
from rubrica.sealing.tests.material import drawing, order_for, participant, pdf_with, sign_as_stranger
from rubrica.sealing.tests.test_seal import picture
from rubrica.sealing.values import Appearance, Box, SealFailed, SigningKey
from rubrica.sealing.verification.verify import verify
from tests.cast import Acme, make_acme

BOX = Box(1, 0.55, 0.75, 150, 60)
PLACES = (Place("CODE1A1", BOX), Place("CODE1B2", Box(2, 0.9, 0.3, 180, 60)), Place("CODE1C3"))
KINDS: list[dict[str, Any]] = [
    {},
    {"object_stream_mode": pikepdf.ObjectStreamMode.generate},
    {"linearize": True},
    {"min_version": "2.0"},
]


class Signing:
    """A document on its way, with the real keys of an organization and its people."""

    def __init__(self, acme: Acme, folder: Path, source: Path, places: Sequence[Place] = PLACES) -> None:
        self.acme, self.folder, self.source, self.places = acme, folder, source, places
        self.key = keys.signing_key(acme.organization)
        self.file = folder / "current.pdf"
        self.steps = 0
        self.known = ""

    def begin(self) -> None:
        source = Source(self.source, sha256_of(self.source))
        self.known = each.begin(source, self.file, self.places, self.key, self.now(), "Lease")

    def add(self, number: int) -> None:
        person = participant(name=f"María Ñáñez {number}", appearance=Appearance(drawing()))
        key = key_for(self.acme.organization, person.name, person.email, is_timestamped=False)
        order = order_for(self.source)
        now = self.now()
        self.known = each.add(Source(self.file, self.known), self.file, self.places[number], order, person, key, now)

    def close(self) -> None:
        self.known = each.close(Source(self.file, self.known), self.file, self.key, self.now(), "Lease")

    def now(self) -> datetime:
        self.steps += 1
        return clock.now() + timedelta(seconds=self.steps)


@pytest.fixture
def acme(transactional_db: None, settings: Any, tmp_path: Path) -> Acme:
    settings.DATA_DIR = tmp_path / "data"
    return make_acme()


def source(folder: Path, pages: Sequence[dict[str, Any]] = ({}, {}), **save: Any) -> Path:
    return pdf_with(folder / "shown.pdf", pages, **save)


def described(path: Path, **save: Any) -> Path:
    """With a title and a producer, as real documents have them; nobody may touch those afterwards."""
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.docinfo["/Title"], pdf.docinfo["/Producer"] = "Lease", "Some writer"
        pdf.save(path, **save)
    return path


@pytest.fixture
def signing(acme: Acme, tmp_path: Path) -> Signing:
    return Signing(acme, tmp_path, source(tmp_path))


def judged(path: Path, key: SigningKey, *others: Certificate) -> list[tuple[str, str]]:
    """Field and what pyHanko says of each signature, oldest first, with the analysis of what came after it.

    The ``others`` are authorities of timestamps.
    """
    from asn1crypto import x509
    from cryptography.hazmat.primitives.serialization import Encoding
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    roots = [x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in (key.chain[-1], *others)]
    found = []
    with path.open("rb") as file:
        for signature in PdfFileReader(file).embedded_regular_signatures:
            status = validate_pdf_signature(signature, ValidationContext(trust_roots=roots))
            assert status.modification_level is not None
            said = "good" if status.bottom_line and status.docmdp_ok else "bad"
            found.append((signature.field_name, f"{said}, {status.modification_level.name}"))
    return found


def everybody_agrees(path: Path, key: SigningKey, number: int) -> None:
    """pyHanko, pdfsig and qpdf."""
    verdicts = judged(path, key)
    assert [verdict for _, verdict in verdicts] == ["good, FORM_FILLING"] * (number - 1) + ["good, NONE"], verdicts
    if shutil.which("pdfsig"):
        said = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False).stdout
        assert said.count("Signature is Valid.") == number, said
        assert said.count("  - Total document signed") == 1, said
        assert said.count("Not total document signed") == number - 1, said
    if shutil.which("qpdf"):
        assert subprocess.run(["qpdf", "--check", str(path)], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("save", KINDS)
def test_every_step_is_good_in_every_validator(acme: Acme, tmp_path: Path, save: dict[str, Any]) -> None:
    signing = Signing(acme, tmp_path, described(source(tmp_path, **save), **save))
    signing.begin()
    everybody_agrees(signing.file, signing.key, 1)
    before = signing.source.read_bytes()
    for step, number in enumerate((1, 0, 2)):  # in whatever order they sign
        signing.add(number)
        everybody_agrees(signing.file, signing.key, step + 2)
        now = signing.file.read_bytes()
        assert now.startswith(before)
        before = now
    signing.close()
    everybody_agrees(signing.file, signing.key, 5)
    found = verify(signing.file, signing.key.chain)
    assert (found["intact"], found["sealed_by_us"], len(found["signatures"])) == (True, True, 5)
    assert signing.file.read_bytes().startswith(before)
    assert [field for field, _ in judged(signing.file, signing.key)] == [
        "Rubrica_beginning",
        "Signature_CODE1B2",
        "Signature_CODE1A1",
        "Signature_CODE1C3",
        "Rubrica_seal",
    ]


def test_who_has_signed_is_in_their_certificate(signing: Signing) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader

    signing.begin()
    signing.add(0)
    with signing.file.open("rb") as file:
        signer = PdfFileReader(file).embedded_signatures[-1].signer_cert
    assert signer.subject.native == {"common_name": "María Ñáñez 0", "email_address": "maria@example.com"}


def test_a_certificate_lives_for_hours_where_timestamps_prove_the_time(acme: Acme) -> None:
    short = key_for(acme.organization, "Ana", "ana@example.com", is_timestamped=True).certificate
    long = key_for(acme.organization, "Ana", "ana@example.com", is_timestamped=False).certificate
    assert timedelta(hours=11) < short.not_valid_after_utc - clock.now() < timedelta(hours=13)
    assert long.not_valid_after_utc - clock.now() > timedelta(days=365 * 20)
    assert short.public_key() != long.public_key()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_signature_lies_upright_in_its_box_and_nothing_else_changes(
    acme: Acme, tmp_path: Path, rotation: int
) -> None:
    place = Place("CODE1A1", BOX)
    signing = Signing(acme, tmp_path, source(tmp_path, [{"Rotate": rotation}]), [place])
    signing.begin()
    blank = picture(signing.source)
    assert ImageChops.difference(blank, picture(signing.file)).getbbox() is None  # empty fields are not seen
    signing.add(0)
    seen = picture(signing.file)
    strong = ImageChops.difference(blank, seen).convert("L").point(lambda value: 255 * (value > 40))  # JPEG smears
    left, top, right, foot = strong.getbbox() or (0, 0, 0, 0)
    scale = seen.width / (842 if rotation in {90, 270} else 595)
    box = (BOX.x * seen.width - BOX.w * scale, BOX.y * seen.height - BOX.h * scale)
    assert left >= box[0] - 2 and top >= box[1] - 2
    assert right <= BOX.x * seen.width + 2 and foot <= BOX.y * seen.height + 2
    middle = (round(BOX.x * seen.width - BOX.w * scale / 2), round(box[1] + BOX.h * scale * 0.3))
    red, green, blue = seen.getpixel(middle)  # type: ignore[misc]
    assert red > 180 > 90 > max(green, blue)  # the drawing above, the lines of text beneath it


def test_nobody_signs_twice(signing: Signing) -> None:
    signing.begin()
    signing.add(0)
    before = signing.file.read_bytes()
    with pytest.raises(SealFailed, match="FIELD_TAKEN"):
        signing.add(0)
    assert signing.file.read_bytes() == before


def test_who_has_no_field_does_not_sign(signing: Signing) -> None:
    signing.begin()
    signing.places = (Place("CODE1Z9", BOX),)
    with pytest.raises(SealFailed, match="FIELD_TAKEN"):
        signing.add(0)


def test_after_the_seal_nobody_signs(signing: Signing) -> None:
    """The lock of the last field forbids it, and the check of every step sees that the seal would be broken."""
    signing.begin()
    signing.add(0)
    signing.close()
    before = signing.file.read_bytes()
    with pytest.raises(SealFailed, match=r"SELF_CHECK|CANNOT_APPEND"):
        signing.add(1)
    assert signing.file.read_bytes() == before


def test_a_document_that_is_signed_already_is_refused(acme: Acme, tmp_path: Path) -> None:
    signed = tmp_path / "signed.pdf"
    sign_as_stranger(source(tmp_path), signed)
    with pytest.raises(SealFailed, match="PDF_SIGNED"):
        Signing(acme, tmp_path, signed).begin()
    assert not (tmp_path / "current.pdf").exists()


def test_a_box_on_no_page_is_refused(acme: Acme, tmp_path: Path) -> None:
    with pytest.raises(SealFailed, match="BOX_OUTSIDE"):
        Signing(acme, tmp_path, source(tmp_path), [Place("A1", Box(3, 0.5, 0.5, 100, 50))]).begin()


def test_a_changed_byte_before_a_step_is_noticed(signing: Signing) -> None:
    signing.begin()
    signing.add(0)
    data = bytearray(signing.file.read_bytes())
    at = data.index(b"Page 1 words") if b"Page 1 words" in data else len(signing.source.read_bytes()) // 2
    data[at] ^= 1
    signing.file.write_bytes(data)
    with pytest.raises(SealFailed, match="SOURCE_CHANGED"):
        signing.add(1)


def test_what_is_given_back_is_the_digest_of_the_file(signing: Signing) -> None:
    signing.begin()
    assert signing.known == hashlib.sha256(signing.file.read_bytes()).hexdigest()
    assert sorted(path.name for path in signing.folder.iterdir() if path.suffix == ".part") == []
