"""The documentation as tests read it: pages, fenced blocks, links and headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: ``kind`` is the word behind the fence, ``line`` where its content begins."""

    kind: str
    text: str
    line: int


def page(path: str) -> str:
    return (ROOT / path).read_text()


def reference() -> str:
    """All that is under docs/, where every public name has to stand."""
    return "\n".join(path.read_text() for path in PAGES if path.parent != ROOT)


def blocks(path: str) -> list[Block]:
    text = page(path)
    return [Block(m[1], m[2], text.count("\n", 0, m.start()) + 2) for m in FENCE.finditer(text)]


def links(text: str) -> Iterator[str]:
    return (match[1] for match in LINK.finditer(FENCE.sub("", text)))


def anchors(text: str) -> set[str]:
    """The fragments that a heading can be reached by: lower case, spaces as hyphens, other signs gone."""
    titles = (match[1].lower() for match in HEADING.finditer(FENCE.sub("", text)))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}
