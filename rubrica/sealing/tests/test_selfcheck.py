"""The last look before a sealed file is given away."""

import hashlib
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from asn1crypto.parser import peek
from cryptography.hazmat.primitives.serialization import Encoding

from rubrica.sealing.pdf.source import Declined
from rubrica.sealing.tests.material import authority_and_key, order_for, participant, pdf_with
from rubrica.sealing.values import Box, SealFailed, SigningKey
from rubrica.sealing.verification.verify import verify
from rubrica.sealing.writing import seal as seal_module
from rubrica.sealing.writing.appending import append
from rubrica.sealing.writing.seal import seal
from rubrica.sealing.writing.selfcheck import Expected, check
from rubrica.sealing.writing.work import Assembled, Work

Writer = Callable[[bytes], Path]


def expected(path: Path, key: SigningKey, stamped: tuple[int, ...] = (1,)) -> Expected:
    with pikepdf.open(path) as pdf:
        contents = bytes(pdf.Root.AcroForm.Fields[-1].V.Contents)
        signature = contents[: peek(contents)]
        return Expected(signature, key.chain[-1].public_bytes(Encoding.DER), len(pdf.pages), stamped)


def refused(path: Path, wanted: Expected) -> bool:
    try:
        check(str(path), wanted)
    except SealFailed as failure:
        return failure.code == "SELF_CHECK"
    return False


def test_it_works(sealed: Path, key: SigningKey) -> None:
    assert check(str(sealed), expected(sealed, key)) == hashlib.sha256(sealed.read_bytes()).hexdigest()


def test_any_changed_byte_is_noticed(sealed: Path, key: SigningKey, copy_of: Writer) -> None:
    data, wanted, dice = sealed.read_bytes(), expected(sealed, key), random.Random(3)
    missed = []
    for place in dice.sample(range(len(data)), 1000):
        changed = bytearray(data)
        changed[place] ^= 1 << dice.randrange(8)
        # A digit of the gap in the other case is the same signature; nothing else may pass.
        if bytes(changed).upper() != data.upper() and not refused(copy_of(bytes(changed)), wanted):
            missed.append(place)
    assert missed == []


def test_what_does_not_add_up_is_refused(sealed: Path, key: SigningKey, copy_of: Writer) -> None:
    right = expected(sealed, key)
    other = authority_and_key().chain[-1].public_bytes(Encoding.DER)
    assert refused(sealed, replace(right, root=other)), "another authority"
    assert refused(sealed, replace(right, pages=right.pages + 1)), "a page is missing"
    assert refused(sealed, replace(right, stamped=(2,))), "the stamp is on another page"
    assert refused(sealed, replace(right, signature=right.signature[:-1] + b"x")), "another signature"
    assert refused(copy_of(sealed.read_bytes() + b"\n"), right), "something follows"


@pytest.mark.parametrize("fault", ["declined", "spoilt"])
def test_the_library_takes_over(tmp_path: Path, key: SigningKey, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    def fails(target: Path, work: Work) -> Assembled:
        if fault == "declined":
            raise Declined("for the test")
        made = append(target, work)
        with target.open("r+b") as file:
            file.seek(made.gap_end + 1)
            file.write(b"~")
        return made

    monkeypatch.setattr(seal_module, "_by_us", fails)
    source, target = pdf_with(tmp_path / "a.pdf", [{}, {}]), tmp_path / "b.pdf"
    seal(source, target, order_for(source, participant(Box(2, 0.5, 0.5, 100, 40))), key)
    assert verify(target, key.chain)["intact"]
    shutil.rmtree(tmp_path)
