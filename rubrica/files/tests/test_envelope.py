"""Whatever is done to an encrypted file is noticed, and no byte comes out of it that was not put in."""

import io
import os
from collections.abc import Callable

import pytest

from rubrica.files import envelope
from rubrica.files.envelope import CHUNK, HEAD, TAG, Changed, Head, Key, Opened, disclosed, sealed, shut
from rubrica.web.errors import StorageAway

KEY = Key(b"k" * 16, os.urandom(32))
NAME = "7/ab/abcdef"
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, envelope.BLOCK * CHUNK, envelope.BLOCK * CHUNK + 5]
PLAIN = os.urandom(3 * CHUNK + 1000)


def read(data: bytes, name: str = NAME, first: int = 0) -> bytes:
    """What comes out; of a file that was changed, what came out before that was noticed."""
    head = Head.read(data)
    assert head is not None
    source = io.BytesIO(data)
    source.seek(envelope.offset(first // CHUNK))
    return Opened(source, head, KEY.secret, name, first).readall()


@pytest.mark.parametrize("size", SIZES)
def test_what_goes_in_comes_out(size: int) -> None:
    plain = os.urandom(size)
    data = shut(plain, KEY, NAME)
    assert len(data) == HEAD.size + size + TAG * max(1, -(-size // CHUNK))
    assert read(data) == plain
    assert disclosed(data, lambda key_id: KEY.secret, NAME) == plain


def test_it_is_read_from_anywhere() -> None:
    data = shut(PLAIN, KEY, NAME)
    for first in (0, 1, CHUNK - 1, CHUNK, 2 * CHUNK + 7, len(PLAIN) - 1):
        assert read(data, first=first) == PLAIN[first:]


def test_nothing_is_the_same_twice() -> None:
    """A key of its own for each writing, so that a nonce is never used twice under one."""
    first, second = shut(PLAIN, KEY, NAME), shut(PLAIN, KEY, NAME)
    assert first[HEAD.size :] != second[HEAD.size :]
    assert PLAIN[:32] not in first


def chunks(data: bytes) -> list[bytes]:
    step = CHUNK + TAG
    return [data[at : at + step] for at in range(HEAD.size, len(data), step)]


def exchanged(data: bytes) -> bytes:
    one, two, *rest = chunks(data)
    return data[: HEAD.size] + two + one + b"".join(rest)


def without_the_last(data: bytes) -> bytes:
    return data[: HEAD.size] + b"".join(chunks(data)[:-1])


def shorter_by_its_head(data: bytes) -> bytes:
    """Cut at the border of a chunk, and its size made to fit."""
    head = Head.read(data)
    assert head is not None
    return HEAD.pack(envelope.MAGIC, 3 * CHUNK, head.key, head.wrapped) + without_the_last(data)[HEAD.size :]


def with_a_chunk_of_another(data: bytes) -> bytes:
    other, parts = chunks(shut(PLAIN, KEY, NAME)), chunks(data)
    return data[: HEAD.size] + parts[0] + other[1] + b"".join(parts[2:])


def with_the_head_of_another(data: bytes) -> bytes:
    return shut(PLAIN, KEY, NAME)[: HEAD.size] + data[HEAD.size :]


def with_the_first_chunk_twice(data: bytes) -> bytes:
    first, _, *rest = chunks(data)
    return data[: HEAD.size] + first + first + b"".join(rest)


@pytest.mark.parametrize(
    "change",
    [
        exchanged, without_the_last, shorter_by_its_head, with_a_chunk_of_another, with_the_head_of_another,
        with_the_first_chunk_twice, lambda data: data[:-1], lambda data: data[: HEAD.size],
        lambda data: data[: HEAD.size + 10],
    ],
)  # fmt: skip
def test_chunks_are_not_moved_cut_or_exchanged(change: Callable[[bytes], bytes]) -> None:
    nothing_wrong_comes_out(change(shut(PLAIN, KEY, NAME)))


def test_a_bit_anywhere_is_noticed() -> None:
    data = shut(PLAIN, KEY, NAME)
    places = [*range(len(envelope.MAGIC), HEAD.size), *range(HEAD.size, len(data), 9973), len(data) - 1]
    for place in places:
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        nothing_wrong_comes_out(bytes(changed))


def nothing_wrong_comes_out(data: bytes) -> None:
    out = b""
    with pytest.raises(Changed):
        head = Head.read(data)
        assert head is not None
        source = io.BytesIO(data)
        source.seek(HEAD.size)
        opened = Opened(source, head, KEY.secret, NAME)
        while piece := opened.read(CHUNK):
            out += piece
    assert PLAIN.startswith(out)


def test_a_file_does_not_open_under_the_name_of_another() -> None:
    with pytest.raises(Changed):
        read(shut(PLAIN, KEY, NAME), "8/ab/abcdef")


def test_nor_with_another_key() -> None:
    head = Head.read(data := shut(PLAIN, KEY, NAME))
    assert head is not None
    with pytest.raises(Changed):
        Opened(io.BytesIO(data), head, os.urandom(32), NAME)


def test_a_source_of_another_size_than_was_said_is_an_error() -> None:
    with pytest.raises(Changed):
        b"".join(sealed(io.BytesIO(b"short"), 10, KEY, NAME))


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 and more than that" * 10, envelope.MAGIC])
def test_plain_bytes_are_told_from_encrypted_ones(data: bytes) -> None:
    assert Head.read(data) is None


def test_it_is_an_error_of_the_storage() -> None:
    assert issubclass(Changed, StorageAway)
