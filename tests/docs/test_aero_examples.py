"""The examples of docs/api-aero.md are run as they stand, one page in one session, against a real server."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rubrica.accounts.models import BearerToken
from rubrica.records import definitions, saving
from tests.cast import Acme
from tests.docs.markdown import blocks
from tests.docs.test_examples import Shell, acme, folder, needs_curl, server, shapes, shell

__all__ = ["acme", "folder", "server", "shell"]
PLACEHOLDER = re.compile(r'^(RUBRICA|TOKEN)( ?= ?"?)[^"\s]+', re.MULTILINE)
PAGE = "docs/api-aero.md"


def filled(text: str, server: str, token: str) -> str:
    values = {"RUBRICA": server, "TOKEN": token}
    return PLACEHOLDER.sub(lambda match: match[1] + match[2] + values[match[1]], text)


@needs_curl
@pytest.mark.django_db(transaction=True)
def test_curl_examples(shell: Shell, server: str, acme: Acme) -> None:
    token = BearerToken.issue(acme.owner)[1]
    said, checked = "", 0
    for block in blocks(PAGE):
        if block.kind == "sh":
            said = shell.run(filled(block.text, server, token))
        elif block.kind == "json":
            assert shapes(said) == shapes(block.text), f"line {block.line}: the server said\n{said}"
            checked += 1
    assert checked >= 4


@pytest.mark.django_db(transaction=True)
def test_python_example(folder: Path, server: str, acme: Acme) -> None:
    token = BearerToken.issue(acme.owner)[1]
    program = "\n".join(filled(block.text, server, token) for block in blocks(PAGE) if block.kind == "python")
    (folder / "example.py").write_text(program)
    command = [sys.executable, "-I", "-W", "error", "example.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == ["1 contract.pdf", "{'status': 'ok'}"]
    assert (folder / "copy.pdf").read_bytes() == (folder / "contract.pdf").read_bytes()


@needs_curl
@pytest.mark.django_db(transaction=True)
def test_the_vendors_broken_samples(folder: Path, server: str, acme: Acme) -> None:
    """As they are printed: curl takes ``"environment-id":`` for no header at all, and ``environmentId`` for a second
    address. With a token of one environment the call itself works, also without the file that *save* forgets."""
    token, shape = BearerToken.issue(acme.owner)[1], {"fields": [{"name": "picture", "type": "attachment"}]}
    dd = definitions.create(acme.organization, {"name": "Photos", **shape}, acme.owner)
    doc = saving.create(dd, {}, acme.owner)
    core = f"{server}/api/v2/document-definitions/Photos/documents/{doc.key}/attachments?valuePath=picture"

    def said(method: str, more: str, *beside: str) -> dict[str, Any]:
        command = ["curl", "-s", "-X", method, core + more, "-H", "Accept: application/json"]
        command += ["-H", f"Authorization: Bearer {token}", "-H", "environment-id:", "environmentId", *beside]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    save = "&actionType=Upload&shouldUpdateDocument=true"
    assert said("POST", save)["description"] == "The call brings no file."
    made = said("POST", save, "-F", "anything=@card.jpg")
    assert made["status"] == "ok"
    assert said("DELETE", f"&attachmentId={made['attachments'][0]['_id']}") == {"status": "ok"}
