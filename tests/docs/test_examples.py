"""The examples of the API pages are run as they stand, one page in one session, against a real server."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from rubrica.processes.actor import RUBRICA
from rubrica.processes.models import Folder, Participant, Tag
from rubrica.processes.sending import Place
from rubrica.sealing.values import Box
from tests import pdfs
from tests.cast import Acme, make_acme
from tests.docs.markdown import Block, blocks
from tests.sending import person, start_signing
from tools import sample

END = "-- end of the block, status "
PLACEHOLDER = re.compile(r'^(RUBRICA|PUBLIC_KEY|PRIVATE_KEY|LINK)( ?= ?"?)[^"\s]+', re.MULTILINE)
needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")


@pytest.fixture
def acme(transactional_db: None) -> Acme:
    """With the folder and the tag that the pages name."""
    made = make_acme()
    Folder.objects.create(organization=made.organization, path="Leases/2026")
    Tag.objects.create(organization=made.organization, name="urgent")
    return made


@pytest.fixture
def server(live_server: LiveServer, settings: Settings) -> str:
    """Its own address goes into every link, and an upload URL outlives a slow test machine."""
    settings.PUBLIC_URL = live_server.url
    settings.UPLOAD_URL_SECONDS = 60
    return str(live_server.url)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the pages say has to be there."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "contract.pdf").write_bytes(pdfs.contract())
    (work / "card.jpg").write_bytes(sample.card("Ana Ruiz"))
    return work


class Shell:
    """One bash that runs block after block, as somebody would paste them."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            ["bash"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, text: str) -> str:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{text}\nprintf '\\n{END}%s\\n' $?\n")
        self.process.stdin.flush()
        said = ""
        for line in self.process.stdout:
            if line.startswith(END):
                assert line == f"{END}0\n", f"{text}\n{said}"
                return said
            said += line
        raise AssertionError(f"bash ended in {text}\n{said}")

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@pytest.fixture
def shell(folder: Path) -> Iterator[Shell]:
    bash = Shell(folder)
    yield bash
    bash.close()


def filled(text: str, server: str, acme: Acme) -> str:
    """The example with the test's own address, keys and link in place of the invented ones."""
    values = {"RUBRICA": server, "PUBLIC_KEY": acme.public_key, "PRIVATE_KEY": acme.private_key}
    if "LINK=" in text:
        values["LINK"] = someone_with_a_document().new_link(RUBRICA, "example")
    return PLACEHOLDER.sub(lambda match: match[1] + match[2] + values[match[1]], text)


def someone_with_a_document() -> Participant:
    return Participant.objects.filter(email="ana@example.com", process__documents__isnull=False).latest("pk")


def run_page(path: str, shell: Shell, server: str, acme: Acme) -> int:
    """Runs every ``sh`` block; a ``json`` block behind one must have the shape of what was said. Gives their number."""
    said, checked = "", 0
    for block in blocks(path):
        if block.kind == "sh":
            said = shell.run(filled(block.text, server, acme))
        elif block.kind == "json":
            assert shapes(said) == shapes(block.text), f"{path}, line {block.line}: the server said\n{said}"
            checked += 1
    return checked


def shapes(text: str) -> list[Any]:
    """The names and types of the JSON values that stand in ``text`` one after the other."""
    found, decoder, rest = [], json.JSONDecoder(), text.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        found.append(shape(value))
        rest = rest[end:].strip()
    return found


def shape(value: Any) -> Any:
    """Texts that are code words count as they are: an example that shows an error must get that error."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    if isinstance(value, str) and re.fullmatch(r"OK|[A-Z]+(_[A-Z]+)+|[a-z]+|signProfile\S*", value):
        return value
    return type(value)


@needs_curl
@pytest.mark.django_db(transaction=True)
def test_curl_examples_of_the_dialect(shell: Shell, server: str, acme: Acme) -> None:
    assert run_page("docs/api-auco.md", shell, server, acme) >= 8


@needs_curl
@pytest.mark.django_db(transaction=True)
def test_curl_examples_of_the_participant(shell: Shell, server: str, acme: Acme) -> None:
    # Ana has one mandatory file to deliver and a contract to sign, as on the page.
    place = Place(Box(1, 0.58, 0.8, 150, 50), ("position",))
    start_signing(acme, person("Ana Ruiz", "ID card", places=[place]))
    assert run_page("docs/api-own.md", shell, server, acme) >= 2


@pytest.mark.django_db(transaction=True)
def test_python_example(folder: Path, server: str, acme: Acme) -> None:
    program = "\n".join(filled(block.text, server, acme) for block in python_blocks())
    (folder / "example.py").write_text(program)
    command = [sys.executable, "-I", "-W", "error", "example.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "{'message': 'OK'}" in done.stdout
    assert "400 FILE_MISSING" in done.stdout
    assert (folder / "copy.pdf").read_bytes() == (folder / "contract.pdf").read_bytes()


def python_blocks() -> list[Block]:
    found = [block for block in blocks("docs/api-auco.md") if block.kind == "python"]
    assert len(found) >= 4
    return found


@needs_curl
@pytest.mark.django_db(transaction=True)
def test_curl_examples_of_templates(shell: Shell, server: str, acme: Acme) -> None:
    assert run_page("docs/templates.md", shell, server, acme) == 4
