import shutil
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from rubrica.sealing.tests.material import SHA, authority_and_key, pdf_with, sign_as_stranger
from rubrica.sealing.values import SigningKey
from rubrica.sealing.verification.verify import NOTHING, verify

Writer = Callable[[bytes], Path]
KEYS = {"intact", "sealed_by_us", "level", "signatures", "changes_after_seal", "process", "files"}


def test_it_works(sealed: Path, key: SigningKey) -> None:
    found = verify(sealed, key.chain)
    assert set(found) == KEYS
    assert found["intact"] is True
    assert found["sealed_by_us"] is True
    assert found["level"] == "B-B"
    assert found["changes_after_seal"] is None
    signature = found["signatures"][0]
    assert signature["signer"] == "Inmobiliaria Los Andes"
    assert signature["signed_at"] == "2026-11-12T12:00:03Z"
    assert signature["covers_whole_file"] is True
    assert signature["chain"] == ["Inmobiliaria Los Andes", "Test authority"]
    assert (signature["level"], signature["digest"]) == ("B-B", "sha256")
    assert [signature[key] for key in ("timestamp", "changes", "problem", "trust_problem")] == [None, [], None, None]


def test_the_manifest_comes_back(sealed: Path, key: SigningKey) -> None:
    found = verify(sealed, key.chain)
    assert found["process"]["package"] == "PACK1"
    assert found["process"]["code"] == "CODE1"
    assert found["process"]["finished_at"] == "2026-11-12T12:00:00Z"
    assert found["files"] == [{"name": "cedula.jpg", "sha256": SHA, "size": 123456}]


def test_another_installations_seal_is_not_ours(sealed: Path) -> None:
    found = verify(sealed, authority_and_key().chain)
    assert found["intact"] is True
    assert (found["sealed_by_us"], found["process"], found["files"]) == (False, None, [])
    nobody = verify(sealed, [])
    assert nobody["sealed_by_us"] is False
    assert nobody["signatures"][0]["trust_problem"]["code"] == "unknown_issuer"
    assert nobody["signatures"][0]["trust_problem"]["sentence"]


def test_a_timestamp_authority_vouches_for_no_signer(sealed: Path, key: SigningKey) -> None:
    """Its root may stand above many strangers."""
    found = verify(sealed, [], stamp_anchors=key.chain)
    assert (found["intact"], found["sealed_by_us"]) == (True, False)


def test_a_published_file_gives_the_same_answer(sealed: Path, key: SigningKey) -> None:
    assert verify(sealed, key.chain, published=True) == verify(sealed, key.chain)


def test_a_signature_that_cannot_be_read_says_so(sealed: Path, key: SigningKey, copy_of: Writer) -> None:
    data = sealed.read_bytes()
    place = data.rindex(b"/Contents <") + len(b"/Contents <") + 2 * 120
    found = verify(copy_of(data[:place] + b"00" * 40 + data[place + 80 :]), key.chain)
    assert found["intact"] is False
    assert [(one["field"][:8], one["problem"]["code"]) for one in found["signatures"]] in (
        [("Rubrica_", "unreadable")], [("Rubrica_", "gap")],
    )  # fmt: skip


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"%PDF-1.7\n%%EOF", b"%PDF-1.7\nxref\n0 1\ntrailer<<>>startxref\n9\n%%EOF"]
)
def test_what_cannot_be_read_is_not_verified(copy_of: Writer, key: SigningKey, data: bytes) -> None:
    assert verify(copy_of(data), key.chain) == NOTHING


def test_a_missing_or_unsigned_file(tmp_path: Path, key: SigningKey) -> None:
    assert verify(tmp_path / "none.pdf", key.chain) == NOTHING
    assert verify(pdf_with(tmp_path / "a.pdf"), key.chain) == NOTHING


@pytest.mark.parametrize("junk", [b"\n", b"junk", b"\n%%EOF\n", b"%PDF-1.7\n1 0 obj<<>>endobj"])
def test_appended_junk_is_found(sealed: Path, key: SigningKey, copy_of: Writer, junk: bytes) -> None:
    assert verify(copy_of(sealed.read_bytes() + junk), key.chain)["intact"] is False


def test_a_truncated_file_is_found(sealed: Path, key: SigningKey, copy_of: Writer) -> None:
    data = sealed.read_bytes()
    for length in (len(data) - 1, len(data) // 2, 100):
        assert verify(copy_of(data[:length]), key.chain)["intact"] is False


def test_a_later_revision_is_found(sealed: Path, key: SigningKey, tmp_path: Path) -> None:
    """A page replaced by an incremental update: the seal's own bytes still verify, the file must not."""
    target = tmp_path / "later.pdf"
    shutil.copy(sealed, target)
    with target.open("r+b") as file:
        writer = IncrementalPdfFileWriter(file, strict=False)
        page, _resources = writer.find_page_for_modification(0)
        content = writer.add_object(generic.StreamObject(stream_data=b"0 g 0 0 600 900 re f"))
        page.get_object()[generic.pdf_name("/Contents")] = content
        writer.mark_update(page.reference)
        writer.write_in_place()
    found = verify(target, key.chain)
    assert found["intact"] is False
    assert found["changes_after_seal"]
    assert found["signatures"][0]["intact"] is True
    assert found["signatures"][0]["covers_whole_file"] is False
    assert found["process"] is None


def test_a_strangers_signature_over_ours_is_not_ours(sealed: Path, key: SigningKey, tmp_path: Path) -> None:
    """DocMDP P=1 forbids it; the writer's own refusal is gone round by hiding the certification from it."""
    hidden, target = tmp_path / "hidden.pdf", tmp_path / "signed.pdf"
    shutil.copy(sealed, hidden)
    with hidden.open("r+b") as file:
        writer = IncrementalPdfFileWriter(file, strict=False)
        del writer.root["/Perms"]
        writer.update_root()
        writer.write_in_place()
    sign_as_stranger(hidden, target)
    found = verify(target, key.chain)
    assert len(found["signatures"]) == 2
    assert found["sealed_by_us"] is False
    assert found["process"] is None


def test_a_rewritten_file_is_found(sealed: Path, key: SigningKey, tmp_path: Path) -> None:
    with pikepdf.open(sealed) as pdf:
        pdf.save(tmp_path / "a.pdf")
    assert verify(tmp_path / "a.pdf", key.chain)["intact"] is False
