"""A Merkle tree as RFC 6962 §2.1 has it: which hashes a root or a proof is made of, and how they are put together.

A tree of n leaves is kept as its complete subtrees: the node (level, index) covers the 2^level leaves that begin at
index · 2^level. They never change once they are there, so a root or a proof needs about log n of them.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

Place = tuple[int, int]  # level and index of a complete subtree
Range = tuple[int, int]  # the leaves from the first number up to, and without, the second

EMPTY = hashlib.sha256(b"").digest()  # the root of no leaves


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def grown(size: int, edge: Mapping[Place, bytes], leaves: Sequence[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """Level, index and hash of every complete subtree that ``leaves``, hashes, add to a tree of ``size``.

    ``edge`` holds the complete subtrees of the old tree's right edge, ``places((0, size))``.
    """
    level, start, row = 0, size, list(leaves)
    while row:
        yield from ((level, start + number, found) for number, found in enumerate(row))
        if start % 2:
            start -= 1
            row.insert(0, edge[level, start])
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        level, start = level + 1, start // 2


def places(leaves: Range) -> list[Place]:
    """The complete subtrees that cover a range, from left to right; it begins where a subtree of its size may."""
    first, end = leaves
    found = []
    while first < end:
        level = (end - first).bit_length() - 1
        found.append((level, first >> level))
        first += 1 << level
    return found


def root(leaves: Range, nodes: Mapping[Place, bytes]) -> bytes:
    """The hash over a range of leaves, MTH in the RFC."""
    hashes = [nodes[place] for place in places(leaves)]
    if not hashes:
        return EMPTY
    found = hashes.pop()
    while hashes:
        found = node_hash(hashes.pop(), found)
    return found


def inclusion(index: int, size: int) -> list[Range]:
    """The ranges whose hashes lead from a leaf to the root, from the bottom up: PATH in RFC 6962 §2.1.1."""
    first, end, path = 0, size, []
    while end - first > 1:
        middle = first + _half(end - first)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((first, middle))
            first = middle
    return path[::-1]


def consistency(old: int, new: int) -> list[Range]:
    """The ranges whose hashes show that a tree begins with an older one: PROOF in RFC 6962 §2.1.2. 0 < old <= new."""
    first, end, path = 0, new, []
    while old != end:
        middle = first + _half(end - first)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((first, middle))
            first = middle
    if first:  # else the old tree is itself a complete subtree of the new one, and its root is known
        path.append((first, end))
    return path[::-1]


def _half(number: int) -> int:
    """The largest power of two below ``number``, which is at least 2."""
    return 1 << (number - 1).bit_length() - 1


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> bool:
    """Whether a leaf's hash is in the tree with that root (RFC 9162 §2.1.3.2)."""
    if index >= size:
        return False
    number, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if number % 2 or number == last:
            found = node_hash(step, found)
            while number % 2 == 0 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, step)
        number, last = number >> 1, last >> 1
    return last == 0 and found == expected


def continues(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the larger tree begins with the smaller one (RFC 9162 §2.1.4.2)."""
    if old == new:
        return not path and old_root == new_root
    if not 0 < old < new or not path:
        return False
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    number, last = old - 1, new - 1
    while number % 2:
        number, last = number >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if number % 2 or number == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while number % 2 == 0 and number:
                number, last = number >> 1, last >> 1
        else:
            after = node_hash(after, step)
        number, last = number >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
