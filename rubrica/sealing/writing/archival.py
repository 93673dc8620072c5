"""PDF/A (ISO 19005): what a document claims to be in its metadata, and what it can still claim with a seal.

The manifest is an attached file, which only part 3 allows; a file that conforms to part 1 or 2 conforms to part 3
otherwise. Our pages carry no structure for screen readers, so level A becomes U, which asks for Unicode alone.
"""

from __future__ import annotations

import re

from rubrica.sealing.pdf.revision import Revision, stream
from rubrica.sealing.pdf.structure import Structure
from rubrica.sealing.pdf.syntax import Dictionary, reference

LARGEST = 1 << 20  # bytes of metadata that are looked at
# As an attribute, or as an element that may have attributes of its own.
_PART = re.compile(rb"""(pdfaid:part\s*+=\s*+["']|<pdfaid:part\b[^<>]*+>\s*+)([123])(?=["'<\s])""")
_LEVEL = re.compile(rb"""(pdfaid:conformance\s*+=\s*+["']|<pdfaid:conformance\b[^<>]*+>\s*+)([ABU])(?=["'<\s])""")


def keep_claim(pdf: Structure, revision: Revision, metadata: bytes | None) -> None:
    """Write the catalog's ``metadata`` anew where a claim in it would not be true any more."""
    number = reference(metadata or b"")
    item = pdf.item(*number) if number else None
    if number is None or item is None or item.stream_at is None:
        return
    entries = pdf.entries(metadata) or {}
    packed = pdf.stream_data(item, entries)
    said = pdf.source.decoded(packed, entries) if len(packed) <= LARGEST else b""
    claim = with_claim(said)
    if claim != said:
        kept: Dictionary = {key: entries[key] for key in (b"/Type", b"/Subtype") if key in entries}
        revision.put(number[0], stream(claim, kept, pack=False), number[1])


def with_claim(metadata: bytes) -> bytes:
    """The metadata with the claim that holds for the sealed file; unchanged where it claims nothing."""
    if _PART.search(metadata) is None:
        return metadata
    return _LEVEL.sub(lambda found: found[1] + found[2].replace(b"A", b"U"), _PART.sub(rb"\g<1>3", metadata))
