"""Encryption of backups: what went in comes out; what was changed, cut or opened with another passphrase does not."""

import io

import pytest

from rubrica.keeping import cipher
from rubrica.keeping.cipher import CHUNK, HEAD, TAG, Decrypting, Encrypting, Unreadable

SALT = bytes(16)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost stands in the head, so a reader takes it from there; half a second a guess is for guessers."""
    monkeypatch.setattr(cipher, "COST", 10)


def sealed(content: bytes, passphrase: str = "open sesame") -> bytes:
    target = io.BytesIO()
    with Encrypting(target, passphrase, SALT) as out:
        out.write(content)
    return target.getvalue()


def opened(stored: bytes, passphrase: str = "open sesame") -> bytes:
    return io.BufferedReader(Decrypting(io.BytesIO(stored), passphrase)).read()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_went_in_comes_out(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    assert opened(sealed(content[:size])) == content[:size]


def test_the_size_is_known_before() -> None:
    """A folder looks at sizes alone to know what it has."""
    for size in (0, 1, CHUNK, CHUNK + 1):
        chunks = max(1, -(-size // CHUNK))
        assert len(sealed(b"x" * size)) == HEAD.size + size + chunks * TAG


def test_nothing_of_it_can_be_read() -> None:
    assert b"secret words" not in sealed(b"secret words" * 1000)


def test_twice_the_same_is_not_the_same() -> None:
    assert sealed(b"x" * 100) != sealed(b"x" * 100)


def test_another_passphrase() -> None:
    with pytest.raises(Unreadable, match="passphrase is wrong"):
        opened(sealed(b"x"), "open barley")


@pytest.mark.parametrize("at", [20, 30, HEAD.size - 1, HEAD.size, HEAD.size + CHUNK // 2, -1])
def test_one_changed_byte(at: int) -> None:
    stored = bytearray(sealed(b"x" * (CHUNK + 5)))
    stored[at] ^= 1
    with pytest.raises(Unreadable):
        opened(bytes(stored))


@pytest.mark.parametrize("left", [0, 10, HEAD.size, HEAD.size + 5, HEAD.size + CHUNK + TAG, -1, -TAG - 5])
def test_an_end_that_is_missing(left: int) -> None:
    """Also where the cut falls between two chunks, each of which is whole."""
    with pytest.raises(Unreadable):
        opened(sealed(b"x" * (CHUNK + 5))[:left])


def test_chunks_that_change_places() -> None:
    stored = sealed(b"a" * CHUNK + b"b" * CHUNK + b"c")
    first, second = HEAD.size, HEAD.size + CHUNK + TAG
    third = 2 * second - first
    swapped = stored[:first] + stored[second:third] + stored[first:second] + stored[third:]
    with pytest.raises(Unreadable):
        opened(swapped)


def test_a_file_opens_under_its_own_name_alone() -> None:
    target = io.BytesIO()
    with Encrypting(target, "open sesame", SALT, "blobs/a") as out:
        out.write(b"x")
    stored = target.getvalue()
    assert Decrypting(io.BytesIO(stored), "open sesame", "blobs/a").read() == b"x"
    for name in ("blobs/b", ""):
        with pytest.raises(Unreadable):
            Decrypting(io.BytesIO(stored), "open sesame", name).read()


def test_a_forged_head_takes_no_memory() -> None:
    stored = bytearray(sealed(b"x"))
    stored[17] = 40  # scrypt with 2^40
    with pytest.raises(Unreadable, match="another way"):
        opened(bytes(stored))


def test_bytes_come_through_in_pieces_as_a_pipe_gives_them() -> None:
    class Pipe(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 1000))

    stored = sealed(b"x" * 10_000)
    assert io.BufferedReader(Decrypting(Pipe(stored), "open sesame")).read() == b"x" * 10_000
