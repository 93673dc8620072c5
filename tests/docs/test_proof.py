"""The table at the end of docs/api-auco.md: every row of the contract is there, and names a test that exists."""

import ast
import re
from functools import cache

import pytest

from rubrica.api.openapi.words import WORDS
from tests.docs.contract_rows import CONTRACT
from tests.docs.markdown import ROOT, page

HEADING = "## The whole contract, and what proves it"
ROW = re.compile(r"^\| ([\d.]+) \| (.+?) \| (.*?) \| `(\S+)::(\w+)` \|$")


@cache
def rows() -> list[re.Match[str]]:
    lines = page("docs/api-auco.md").partition(HEADING)[2].partition("\n## ")[0].splitlines()
    found = [line for line in lines if line.startswith("| ") and not line.startswith("| § ")]
    matches = [(line, ROW.match(line)) for line in found]
    assert [line for line, match in matches if match is None] == [], "a row has section, name, what we do and a test"
    return [match for _, match in matches if match]


@pytest.mark.parametrize("section", CONTRACT)
def test_every_row_of_the_contract_is_there(section: str) -> None:
    there = [match[2].replace("`", "") for match in rows() if match[1] == section]
    assert [name for name in CONTRACT[section] if name not in there] == []


def test_nothing_is_there_that_the_contract_does_not_have() -> None:
    assert [match[0] for match in rows() if match[2].replace("`", "") not in CONTRACT.get(match[1], ())] == []


def test_every_row_names_a_test_that_exists() -> None:
    lost = {f"{match[4]}::{match[5]}" for match in rows() if match[5] not in functions_in(match[4])}
    assert sorted(lost) == []


@cache
def functions_in(file: str) -> frozenset[str]:
    path = ROOT / (file if "/" in file else f"tests/contract/{file}.py")
    tree = ast.parse(path.read_text() if path.exists() else "")
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_error_word_of_the_contract_is_brought_about_by_its_test() -> None:
    """The words of §1.3, but for the one that we do not answer: the test that a row names speaks of the word."""
    words = [match for match in rows() if match[1] == "1.3" and re.fullmatch(r"`[A-Z_]+`", match[2])]
    assert len(words) == 15
    silent = [match[2] for match in words if match[2].strip("`") not in source(match[4])]
    assert silent == ["`USER_NOTFOUND`"]
    assert {match[2].strip("`") for match in words} - set(WORDS) == {"USER_NOTFOUND"}


def source(file: str) -> str:
    return (ROOT / (file if "/" in file else f"tests/contract/{file}.py")).read_text()
