"""The table of docs/sealing.md: each row names a test that exists, and each file that is tried has its row."""

import ast
import re
from functools import cache

from rubrica.sealing.tests import corpus
from rubrica.sealing.tests.test_corpus import FOR_LEVELS
from tests.docs.markdown import ROOT, page

HEADING = "## What is tried"
ROW = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \| `([\w./]+)::(\w+)(?:\[(.+)\])?` \|$")
TRIED = {
    "test_unsigned_input": set(corpus.UNSIGNED),
    "test_signed_input": set(corpus.SIGNED),
    "test_refused_input_says_why": set(corpus.REFUSED),
    "test_every_level": set(FOR_LEVELS),
}


@cache
def rows() -> list[re.Match[str]]:
    lines = page("docs/sealing.md").partition(HEADING)[2].partition("\n## ")[0].splitlines()
    found = [line for line in lines if line.startswith("| ") and not line.startswith("| Input |")]
    matches = [(line, ROW.match(line)) for line in found]
    assert [line for line, match in matches if match is None] == [], "input, signatures, level, mode and a test"
    return [match for _, match in matches if match]


def test_every_row_names_a_test_that_exists() -> None:
    assert len(rows()) > 40
    assert sorted(f"{row[5]}::{row[6]}" for row in rows() if row[6] not in functions_in(row[5])) == []


def test_every_file_that_is_tried_has_its_row_and_no_other_has() -> None:
    for test, kinds in TRIED.items():
        assert {row[7] for row in rows() if row[6] == test} == kinds, test


def test_a_refusal_has_the_code_that_the_test_asks_for() -> None:
    said = {row[7]: row[4] for row in rows() if row[6] == "test_refused_input_says_why"}
    assert said == {kind: f"refused, `{code}`" for kind, (_make, code) in corpus.REFUSED.items()}


@cache
def functions_in(file: str) -> frozenset[str]:
    path = ROOT / (file if "/" in file else f"rubrica/sealing/tests/{file}.py")
    tree = ast.parse(path.read_text() if path.exists() else "")
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
