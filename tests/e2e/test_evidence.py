"""Files only, through the real server and worker: what was delivered ends in evidence that stands alone."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509

from rubrica.sealing.verification.verify import verify
from tests import pdfs
from tests.server import OWNER, Server, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("server")]

EMAIL = "berta@example.com"


def test_it_works(server: Server, tmp_path: Path) -> None:
    content = pdfs.contract(text="Proof of address")
    package = delivered(server, content)
    path = f"/v1.5/ext/processes/{package}/evidence"

    def made(form: str) -> zipfile.ZipFile | None:
        answer = server.http.get(path, params={"form": form}, headers={"Authorization": server.secrets["private_key"]})
        assert answer.status_code in {200, 409}, answer.text
        return zipfile.ZipFile(io.BytesIO(answer.content)) if answer.status_code == 200 else None

    bundle = eventually(lambda: made("bundle"), "the evidence")
    assert bundle.testzip() is None
    assert bundle.read("files/001-proof.pdf") == content
    manifest = json.loads(bundle.read("evidence/manifest.json"))
    assert [file["sha256"] for file in manifest["files"]] == [hashlib.sha256(content).hexdigest()]
    sealed = tmp_path / "sealed.pdf"
    sealed.write_bytes(bundle.read("evidence/sealed.pdf"))
    found = verify(sealed, x509.load_pem_x509_certificates((server.data_dir / "pki" / "ca.pem").read_bytes()))
    assert found["intact"] and found["sealed_by_us"], found
    container = eventually(lambda: made("container"), "the container")
    assert container.read("evidence/sealed.pdf") == bundle.read("evidence/sealed.pdf")
    assert container.read("META-INF/signature.p7s") == bundle.read("META-INF/signature.p7s")


def delivered(server: Server, content: bytes) -> str:
    """Berta has delivered one file over her link, and it is approved."""
    asked = {"name": "Berta Ríos", "email": EMAIL, "phone": "+573000000000", "files": [{"name": "Proof"}]}
    body = {"email": OWNER, "packageName": "Papeles de Berta", "subject": "Tus papeles", "message": "Por favor.",
            "signProfile": [asked]}  # fmt: skip
    package = str(server.auco("POST", "/attachments", body)["package"])
    link = server.link_for(EMAIL)
    [slot] = state(link)["files"]
    named = {"Content-Disposition": "attachment; filename*=UTF-8''proof.pdf", "Content-Type": "application/pdf"}
    server.http.put(f"{link}/files/{slot['id']}", content=content, headers=named).raise_for_status()
    user = state(link)["participant"]["id"]
    decision = {"package": package, "userId": user, "file": "Proof", "decision": "approve"}
    assert server.auco("POST", "/attachments/review", decision)["finish"] is True
    return package


def state(link: str) -> dict[str, Any]:
    answer = httpx.get(f"{link}/state")
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
