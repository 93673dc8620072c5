"""What is asked of whoever appends a seal's revision to a file, and what comes back; there are two that can do it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rubrica.sealing.typeset.evidence import Placement
from rubrica.sealing.values import SealFailed


class CannotAppend(SealFailed):
    """The input's structure does not take an incremental update as it is; an unsigned one can be rewritten first."""


@dataclass(frozen=True)
class Work:
    """What is to be appended: a typeset PDF whose first ``stamps`` pages are stamps, the manifest, the signature."""

    source_sha256: str
    typeset: bytes
    stamps: int
    placements: tuple[Placement, ...]
    manifest: bytes
    sealed_at: datetime
    reason: str
    reserved: int  # hexadecimal digits kept free for the signature
    is_prepared: bool = False  # see ``values.Seal``


@dataclass(frozen=True)
class Assembled:
    """The digest to sign, the gap's place in the file (with its angle brackets), and the number of pages."""

    digest: bytes
    gap_start: int
    gap_end: int
    pages: int
    evidence_pages: int


def by_page(placements: Iterable[Placement]) -> dict[int, list[Placement]]:
    """Placements by page number, from 1."""
    pages: dict[int, list[Placement]] = {}
    for placement in placements:
        pages.setdefault(placement.box.page, []).append(placement)
    return pages
