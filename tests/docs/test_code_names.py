"""Functions, files, make targets and answers that the pages speak of are there."""

import ast
import json
import re

import pytest

from rubrica.processes.models import Event
from rubrica.sealing.verification.findings import CHANGES, PROBLEMS, Found
from rubrica.sealing.verification.verify import NOTHING
from tests.docs import sources
from tests.docs.markdown import FENCE, PAGES, ROOT, blocks, page

QUOTED = re.compile(r"`([^`\n]+)`")
DOTTED = re.compile(r"(?:[a-z_]+\.)+([A-Za-z_]+)(?:\(.*\))?")
FILE = re.compile(r"[\w./*{}-]+\.(?:py|html|txt|md|pem|key)|[\w-]+(?:/[\w*-]+)*/")
MADE_LATER = {
    "secret.key",
    "pki/ca.pem",
    "postgres/",
    "blobs/",
    "incoming/",
    "cache/",
    "blobs/incoming/",
    "static/build",
}


def quoted(path: str) -> list[str]:
    return [match[1] for match in QUOTED.finditer(FENCE.sub("", page(path)))]


def defined() -> set[str]:
    """Every name of a function, method, class or module of the product."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    names = {node.name for node in sources.nodes("rubrica") if isinstance(node, kinds)}
    return (
        names
        | {path.stem for path in sources.sources("rubrica")}
        | {path.name for path in (ROOT / "rubrica").iterdir()}
    )


@pytest.mark.parametrize("path", ["docs/architecture.md", "docs/sealing.md", "CONTRIBUTING.md"])
def test_functions(path: str) -> None:
    known = defined()
    named = {text: match[1] for text in quoted(path) if (match := DOTTED.fullmatch(text)) and not FILE.fullmatch(text)}
    unknown = {text for text, last in named.items() if last not in known and text not in Event.Kind.values}
    assert sorted(text for text in unknown if not re.fullmatch(r"[a-z]+\.(toml|lock|json)", text)) == []


def test_rooms() -> None:
    tree = blocks("docs/architecture.md")[0].text
    names = re.findall(r"^  (\S+)(?:  (\S+\.py))?", tree, re.MULTILINE)
    rooms = [name for pair in names for name in pair if name]
    assert {"processes/", "settings.py", "api/auco/"} <= set(rooms)
    assert [room for room in rooms if not (ROOT / "rubrica" / room).exists()] == []


@pytest.mark.parametrize("path", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_files(path: str) -> None:
    named = {text for text in quoted(path) if FILE.fullmatch(text)} - MADE_LATER
    example = re.compile(r"kind\.|\d{4}_")  # names that the recipes make up
    there = (ROOT, ROOT / "rubrica", ROOT / "rubrica/signer/templates/signer")
    lost = [name for name in named if not example.match(name) and not any(any(top.glob(name)) for top in there)]
    assert sorted(lost) == []


def test_make_targets() -> None:
    targets = set(re.findall(r"^([\w-]+):", page("Makefile"), re.MULTILINE))
    said = re.compile(r"(?:`|^)make (?:-C \S+ )?([a-z]+(?:-[a-z]+)*)", re.M)
    named = {name for path in PAGES for name in said.findall(path.read_text())}
    assert {"run", "test", "demo"} <= named
    assert sorted(named - targets) == []


def test_answer_of_verify() -> None:
    shown = next(json.loads(block.text) for block in blocks("docs/verify.md") if block.kind == "json")
    assert sorted(shown) == sorted(NOTHING)
    found = Found("", "")
    assert [sorted(signature) for signature in shown["signatures"]] == [sorted(found.answer())]


def test_words_of_verify() -> None:
    """Every kind of change and of problem stands there."""
    named = set(quoted("docs/verify.md"))
    assert sorted({*CHANGES, *PROBLEMS} - named) == []
