"""The tree against the definitions of RFC 6962 §2.1, written down here as the RFC has them."""

import hashlib
from collections.abc import Iterator, Sequence

import pytest

from rubrica.processes.ledger import merkle

MOST = 33
LEAVES = [merkle.leaf_hash(b"leaf %d" % number) for number in range(MOST)]

# The leaves of the Certificate Transparency project's own tests, and the roots of the first one, two, three, ….
KNOWN = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def half(number: int) -> int:
    return max(power for power in (1, 2, 4, 8, 16, 32) if power < number)


def mth(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = half(len(leaves))
    return hashlib.sha256(b"\1" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = half(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], is_known: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if is_known else [mth(leaves)]
    k = half(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], is_known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def grown(*sizes: int) -> dict[merkle.Place, bytes]:
    """The nodes of a tree that came to the last of these sizes by way of the others; none is written twice."""
    nodes: dict[merkle.Place, bytes] = {}
    before = 0
    for size in sizes:
        edge = {place: nodes[place] for place in merkle.places((0, before))}
        for level, index, found in merkle.grown(before, edge, LEAVES[before:size]):
            assert (level, index) not in nodes
            nodes[level, index] = found
        before = size
    return nodes


@pytest.fixture(scope="module")
def nodes() -> dict[merkle.Place, bytes]:
    return grown(MOST)


def test_the_known_roots() -> None:
    leaves = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in KNOWN]
    nodes = {(level, index): found for level, index, found in merkle.grown(0, {}, leaves)}
    assert [merkle.root((0, size), nodes).hex() for size in range(1, 9)] == ROOTS


def test_it_is_the_same_tree_however_it_grew(nodes: dict[merkle.Place, bytes]) -> None:
    for steps in ((1, MOST), (7, 8, 9, MOST), (16, 17, MOST), tuple(range(1, MOST + 1))):
        assert grown(*steps) == nodes


def test_a_tree_of_no_leaves_has_a_root() -> None:
    assert merkle.root((0, 0), {}) == hashlib.sha256().digest()


def test_roots_and_proofs_are_those_of_the_rfc(nodes: dict[merkle.Place, bytes]) -> None:
    for size in range(1, MOST + 1):
        leaves = LEAVES[:size]
        assert merkle.root((0, size), nodes) == mth(leaves)
        for index in range(size):
            assert [merkle.root(one, nodes) for one in merkle.inclusion(index, size)] == path(index, leaves)
        for old in range(1, size + 1):
            found = [merkle.root(one, nodes) for one in merkle.consistency(old, size)]
            assert found == subproof(old, leaves, True)


def test_right_proofs_are_accepted() -> None:
    for size in range(1, MOST + 1):
        for index in range(size):
            assert merkle.includes(LEAVES[index], index, size, path(index, LEAVES[:size]), mth(LEAVES[:size]))
        for old in range(1, size + 1):
            steps = subproof(old, LEAVES[:size], True)
            assert merkle.continues(old, mth(LEAVES[:old]), size, mth(LEAVES[:size]), steps)


def spoilt(steps: list[bytes]) -> Iterator[list[bytes]]:
    """Every way of changing one thing about a list of hashes."""
    wrong = b"\xff" * 32
    for at in range(len(steps)):
        yield [*steps[:at], wrong, *steps[at + 1 :]]
        yield [*steps[:at], *steps[at + 1 :]]
    for at in range(len(steps) + 1):
        yield [*steps[:at], wrong, *steps[at:]]
    if len(set(steps)) > 1:
        yield steps[::-1]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13, 32, 33])
def test_wrong_proofs_are_refused(size: int) -> None:
    root, wrong = mth(LEAVES[:size]), b"\xff" * 32
    for index in range(size):
        steps, leaf = path(index, LEAVES[:size]), LEAVES[index]
        assert not merkle.includes(wrong, index, size, steps, root)
        assert not merkle.includes(leaf, index, size, steps, wrong)
        assert not merkle.includes(leaf, size, size, steps, root)
        assert not any(merkle.includes(leaf, other, size, steps, root) for other in range(size) if other != index)
        assert not any(merkle.includes(leaf, index, size, other, root) for other in spoilt(steps))
    for old in range(1, size + 1):
        steps, before = subproof(old, LEAVES[:size], True), mth(LEAVES[:old])
        assert not merkle.continues(old, wrong, size, root, steps)
        assert not merkle.continues(old, before, size, wrong, steps)
        assert not merkle.continues(size + 1, before, size, root, steps)
        assert not any(merkle.continues(old, before, size, root, other) for other in spoilt(steps))


def test_a_root_or_a_proof_of_a_million_leaves_takes_a_few_nodes() -> None:
    size = 1_000_003
    for ranges in ([(0, size)], merkle.inclusion(123_456, size), merkle.consistency(999_999, size)):
        assert len([place for one in ranges for place in merkle.places(one)]) <= 40
