"""Pages that we typeset ourselves, brought into a revision: the first ones as form XObjects, the others as pages."""

from __future__ import annotations

from dataclasses import dataclass, field

from rubrica.sealing.pagetree import PageTree, inherited
from rubrica.sealing.revision import Revision, stream
from rubrica.sealing.source import Declined
from rubrica.sealing.structure import Structure
from rubrica.sealing.syntax import Dictionary, dictionary, reference

TREE_KEYS = (b"/Parent", b"/StructParents", b"/Tabs")  # they point back into the file a page came from


@dataclass
class Imported:
    """References to a form for each stamp, and pages with no place in a tree yet."""

    forms: list[bytes] = field(default_factory=list)
    pages: list[Dictionary] = field(default_factory=list)


def imported(revision: Revision, typeset: bytes, stamps: int) -> Imported:
    """Everything of the PDF ``typeset``; nothing where that is empty."""
    found = Imported()
    if not typeset:
        return found
    source = Structure(typeset, len(typeset))
    tree = PageTree(source)
    copied: dict[tuple[int, int], int] = {}
    for index in range(tree.count()):
        _number, nodes = tree.page(index)
        if index < stamps:
            found.forms.append(_form(revision, source, nodes, copied))
        else:
            found.pages.append(_page(revision, source, nodes, copied))
    return found


def _form(revision: Revision, source: Structure, nodes: list[Dictionary], copied: dict[tuple[int, int], int]) -> bytes:
    content = reference(nodes[0][b"/Contents"])
    item = source.item(*content) if content else None
    if item is None:
        raise Declined("a stamp without content")
    content_entries = dictionary(item.raw)
    entries = {key: value for key, value in content_entries.items() if key in (b"/Filter", b"/DecodeParms")} | {
        b"/Type": b"/XObject",
        b"/Subtype": b"/Form",
        b"/BBox": inherited(nodes, b"/MediaBox") or b"",
        b"/Resources": revision.copy(source, inherited(nodes, b"/Resources") or b"<<>>", copied),
    }
    return revision.add(stream(source.stream_data(item, content_entries), entries, pack=False))


def _page(
    revision: Revision, source: Structure, nodes: list[Dictionary], copied: dict[tuple[int, int], int]
) -> Dictionary:
    box = inherited(nodes, b"/MediaBox") or b""
    own = {key: value for key, value in nodes[0].items() if key not in TREE_KEYS}
    # Stated on the page itself, because the tree it goes into may have others to inherit.
    own |= {b"/MediaBox": box, b"/CropBox": box, b"/Rotate": b"0"}
    own[b"/Resources"] = inherited(nodes, b"/Resources") or b"<<>>"
    return {key: revision.copy(source, value, copied) for key, value in own.items()}
