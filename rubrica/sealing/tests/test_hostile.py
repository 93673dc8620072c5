"""What a small file may make our own reader do: each of these once asked for hours, or for all memory."""

import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from rubrica.sealing.intake.sameness import is_plain
from rubrica.sealing.pdf import source as source_module
from rubrica.sealing.pdf.pagetree import PageTree
from rubrica.sealing.pdf.source import Declined
from rubrica.sealing.pdf.structure import Structure
from rubrica.sealing.pdf.syntax import Malformed, dictionary, renumbered, value_end
from rubrica.sealing.tests.material import order_for, participant, pdf_with, raw_pdf
from rubrica.sealing.tests.test_appending import work_for
from rubrica.sealing.values import Box, SandboxTimeout, SigningKey
from rubrica.sealing.verification.verify import verify
from rubrica.sealing.writing import seal as seal_module
from rubrica.sealing.writing.appending import append
from rubrica.sealing.writing.seal import seal

PERCENT = b"%" * 200
TREE = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>"


@contextmanager
def soon(seconds: float = 1.0) -> Iterator[None]:
    """Processor time, as the machine may be busy."""
    started = time.process_time()
    yield
    assert time.process_time() - started < seconds


def structure(data: bytes) -> Structure:
    return Structure(data, len(data))


def form_file(path: Path, field: bytes, fields: bytes = b"[4 0 R]") -> Path:
    catalog = b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields%s>>>>" % fields
    path.write_bytes(raw_pdf([catalog, TREE, PAGE, field]))
    return path


def appended(source: Path, key: SigningKey) -> None:
    append(source, work_for(source, order_for(source, participant(Box(1, 0.5, 0.5, 50, 20))), key))


# ------------------------------------------------------------ patterns


def test_percent_signs_in_the_catalog_are_one_comment(tmp_path: Path, key: SigningKey) -> None:
    catalog = b"<</Type/Catalog " + PERCENT + b"\n/Pages 2 0 R " + PERCENT + b"\n>>"
    source = tmp_path / "a.pdf"
    source.write_bytes(raw_pdf([catalog, TREE, PAGE]))
    with soon():
        assert structure(source.read_bytes()).root()[1] == {b"/Type": b"/Catalog", b"/Pages": b"2 0 R"}
        assert is_plain(source)
    made = seal(source, tmp_path / "b.pdf", order_for(source, participant(Box(1, 0.5, 0.5, 50, 20))), key)
    assert made.pages == 1 + made.evidence_pages
    assert verify(tmp_path / "b.pdf", key.chain)["intact"]


def test_percent_signs_in_the_trailer_are_one_comment() -> None:
    data = raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", TREE, PAGE])
    for place in (b"/Root 1 0 R", b">>\nstartxref"):
        commented = data.replace(place, PERCENT + b"\n" + place)
        assert commented != data
        with soon():
            assert structure(commented).root()[0] == (1, 0)


HOSTILE_TEXTS: dict[str, bytes] = {
    "percent signs without a name": b"<<" + PERCENT + b"\n(",
    "percent signs to the end": b"<<" + PERCENT,
    "percent signs behind a name": b"<</A" + PERCENT,
    "lines of percent signs": b"<<" + b"%%%%\n" * 20_000 + b"(",
    "nearly a reference": b"<</A 1" + b" " * 100_000 + b"2" + b" " * 100_000 + b"S>>",
    "a number without end": b"<</A " + b"1" * 200_000,
    "a name without end": b"<</" + b"A" * 200_000,
    "digits without a bracket": b"<</A <" + b"0 " * 100_000 + b"x",
    "brackets that open": b"<</A " + b"[" * 100_000,
    "angles that open": b"<</A " + b"<" * 100_000,
    "parentheses that open": b"<</A " + b"(" * 100_000,
}


@pytest.mark.parametrize("kind", HOSTILE_TEXTS)
def test_no_text_is_read_in_more_than_one_way(kind: str) -> None:
    data = HOSTILE_TEXTS[kind]
    with soon():
        for read in (dictionary, lambda text: value_end(text, 0), lambda text: renumbered(text, lambda _number: 1)):
            with suppress(Malformed):
                read(data)


def test_references_between_many_strings_cost_what_they_are() -> None:
    asked: list[tuple[int, int]] = []

    def nine(target: tuple[int, int]) -> int:
        asked.append(target)
        return 9

    with soon():
        found = renumbered(b"[" + b"(1 0 R(4 0 R))2 0 R %3 0 R\n" * 20_000 + b"]", nine)
    assert asked == [(2, 0)] * 20_000
    assert found == b"[" + b"(1 0 R(4 0 R))9 0 R %3 0 R\n" * 20_000 + b"]"


# ------------------------------------------------------------ fields


def test_a_field_that_is_its_own_kid_is_looked_at_once(tmp_path: Path, key: SigningKey) -> None:
    source = form_file(tmp_path / "a.pdf", b"<</T(x)/Kids[" + b"4 0 R " * 50_000 + b"]>>")
    with soon(3):
        appended(source, key)
    assert b"/TransformMethod/DocMDP" in source.read_bytes(), "it was found to be unsigned"


def test_more_fields_than_any_form_has_are_declined(tmp_path: Path, key: SigningKey) -> None:
    source = form_file(tmp_path / "a.pdf", b"<</T(x)/Kids[" + b"4 0 R " * 100_000 + b"]>>")
    with soon(3), pytest.raises(Declined, match="too many fields"):
        appended(source, key)


def test_fields_within_fields_are_not_read_over_and_over(
    tmp_path: Path, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_module, "MAX_WORK", 8 << 20)
    deep = b"<</Kids[" * 60_000 + b"]>>" * 60_000
    source = form_file(tmp_path / "a.pdf", b"<<>>", b"[%s]" % deep)
    with soon(10), pytest.raises(Declined, match="takes too much"):
        appended(source, key)


# ------------------------------------------------------------ object streams and cross-references


def with_object_stream(head: bytes, count: int, body: bytes, index: bytes = b"\0") -> bytes:
    """A file whose catalog, object 1, is number ``index`` in an object stream with this head and body."""
    packed = zlib.compress(head + body, 1)
    data = bytearray(b"%PDF-1.5\n")
    stream_at = len(data)
    data += b"2 0 obj\n<</Type/ObjStm/N %d/First %d/Filter/FlateDecode/Length %d>>\nstream\n" % (
        count, len(head), len(packed))  # fmt: skip
    data += packed + b"\nendstream\nendobj\n"
    start = len(data)
    rows = b"\2" + (2).to_bytes(4, "big") + index + b"\1" + stream_at.to_bytes(4, "big") + b"\0"
    data += b"3 0 obj\n<</Type/XRef/Size 4/W[1 4 1]/Index[1 2]/Root 1 0 R/Length %d>>\nstream\n" % len(rows)
    data += rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(data)


def test_equal_offsets_in_an_object_stream_are_declined() -> None:
    data = with_object_stream(b"1 0 " * 100_000, 100_000, b"(" + b"x" * (8 << 20) + b")")
    with soon(), pytest.raises(Declined, match="do not rise"):
        structure(data).root()


WRONG_HEADS: dict[str, tuple[bytes, int]] = {
    "falling": (b"1 5 2 0 ", 2),
    "beyond the end": (b"1 0 2 999999 ", 2),
    "fewer than announced": (b"1 0 ", 2),
    "more than can be": (b"1 0 ", 10**12),
    "of another object": (b"7 0 ", 1),
    "before the beginning": (b"1 -9 2 0 ", 2),
}


@pytest.mark.parametrize("kind", WRONG_HEADS)
def test_an_object_stream_must_be_what_its_head_says(kind: str) -> None:
    head, count = WRONG_HEADS[kind]
    with pytest.raises(Declined):
        structure(with_object_stream(head, count, b"<</Type/Catalog>> 7")).root()
    assert structure(with_object_stream(b"1 0 2 18 ", 2, b"<</Type/Catalog>> 7")).root()[1] == {b"/Type": b"/Catalog"}


def test_a_member_does_not_reach_into_the_next_one() -> None:
    with pytest.raises(Declined):
        structure(with_object_stream(b"1 0 2 9 ", 2, b"<</Type  /Catalog>>")).root()


def test_one_large_object_for_every_kid_is_read_once() -> None:
    large = b"<</Kids[]/Count 0/X(" + b"x" * (4 << 20) + b")>>"
    tree = b"<</Type/Pages/Kids[" + b"3 0 R " * 100_000 + b"]/Count 1>>"
    with soon(2), pytest.raises(Declined, match="irregular page tree"):
        PageTree(structure(raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", tree, large]))).page(0)


def test_one_large_object_asked_for_without_end_is_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "MAX_WORK", 32 << 20)
    pdf = structure(raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", TREE, b"(" + b"x" * (4 << 20) + b")"]))
    with soon(10), pytest.raises(Declined, match="takes too much"):
        for _time in range(100_000):
            pdf.value(b"3 0 R")


def with_trailer(change: Callable[[bytes], bytes]) -> bytes:
    return change(raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", TREE, PAGE]))


IMPOSSIBLE: dict[str, Callable[[bytes], bytes]] = {
    "a place beyond every file": lambda data: data.replace(b"startxref\n", b"startxref\n" + b"9" * 30),
    "more entries than numbers have": lambda data: data.replace(b"xref\n0 4\n", b"xref\n0 " + b"9" * 30 + b"\n"),
    "sections without end": lambda data: data.replace(b"xref\n0 4\n", b"xref\n" + b"0 0\n" * 200_000 + b"0 4\n"),
}


@pytest.mark.parametrize("kind", IMPOSSIBLE)
def test_impossible_cross_references_are_declined(kind: str) -> None:
    with soon(2), pytest.raises(Declined):
        structure(with_trailer(IMPOSSIBLE[kind]))


def test_columns_without_width_are_declined() -> None:
    data = with_object_stream(b"1 0 ", 1, b"<<>>").replace(b"/W[1 4 1]/Index[1 2]", b"/W[0 0 0]/Index[1 999999999999]")
    with soon(), pytest.raises(Declined):
        list(structure(data).items())


# ------------------------------------------------------------ where it runs


def test_a_refusal_of_our_writer_comes_back_from_the_child(tmp_path: Path, key: SigningKey) -> None:
    source = form_file(tmp_path / "a.pdf", b"<</T(x)/Kids[" + b"4 0 R " * 100_000 + b"]>>")
    job = work_for(source, order_for(source, participant(Box(1, 0.5, 0.5, 50, 20))), key)
    with soon(), pytest.raises(Declined, match="too many fields"):
        seal_module._by_us(source, job)


def test_a_writer_that_does_not_come_back_is_given_up(
    tmp_path: Path, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hangs(*_arguments: object) -> None:
        raise SandboxTimeout("SANDBOX_TIMEOUT", "Examining the file took too long.")

    monkeypatch.setattr(seal_module, "_by_us", hangs)
    source, target = pdf_with(tmp_path / "a.pdf"), tmp_path / "b.pdf"
    seal(source, target, order_for(source, participant(Box(1, 0.5, 0.5, 100, 40))), key)
    assert verify(target, key.chain)["intact"]
