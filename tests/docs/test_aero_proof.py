"""The table at the end of docs/api-aero.md: every row of contract/aero.md is there, and names a test that exists."""

import re
from functools import cache

import pytest

from tests.docs.aero_rows import CONTRACT
from tests.docs.markdown import page
from tests.docs.test_proof import HEADING, functions_in

ROW = re.compile(r"^\| ([\d.]+) \| (.+?) \| (.*?) \| `(\S+)::(\w+)` \|$")


@cache
def rows() -> list[re.Match[str]]:
    lines = page("docs/api-aero.md").partition(HEADING)[2].partition("\n## ")[0].splitlines()
    found = [line for line in lines if line.startswith("| ") and not line.startswith("| § ")]
    matches = [(line, ROW.match(line)) for line in found]
    assert [line for line, match in matches if match is None] == [], "a row has section, name, what we do and a test"
    return [match for _, match in matches if match]


@pytest.mark.parametrize("section", CONTRACT)
def test_every_row_of_the_contract_is_there(section: str) -> None:
    assert [match[2] for match in rows() if match[1] == section] == CONTRACT[section]


def test_every_row_names_a_test_that_exists() -> None:
    assert {match[1] for match in rows()} == set(CONTRACT)
    lost = {f"{match[4]}::{match[5]}" for match in rows() if match[5] not in functions_in(match[4])}
    assert sorted(lost) == []
