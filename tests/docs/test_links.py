"""A link in the documentation leads somewhere, and a test that it names exists."""

import ast
import re
from pathlib import Path

import pytest

from tests.docs.markdown import PAGES, ROOT, anchors, links, page

CLAIM = re.compile(r"`(test_\w+)::(test_\w+)`")  # a file of tests/contract and a test in it


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links(path: Path) -> None:
    broken = [link for link in links(path.read_text()) if not leads_somewhere(path, link)]
    assert broken == []


def leads_somewhere(path: Path, link: str) -> bool:
    if re.match(r"[a-z]+:", link):
        return True
    name, _, fragment = link.partition("#")
    target = (path.parent / name).resolve() if name else path
    if not target.exists():
        return False
    return not fragment or fragment in anchors(target.read_text())


def test_every_page_is_linked() -> None:
    linked = {(p.parent / link.partition("#")[0]).resolve() for p in PAGES for link in links(p.read_text())}
    assert [path.name for path in PAGES if path not in linked and path.name != "README.md"] == []


def test_named_tests_exist() -> None:
    claims = {(match[1], match[2]) for match in CLAIM.finditer(page("docs/api-auco.md"))}
    assert len(claims) > 20
    assert sorted(claim for claim in claims if claim[1] not in functions(ROOT / f"tests/contract/{claim[0]}.py")) == []


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text() if path.exists() else "")
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
