"""The main job with every file in a bucket; then a backup through a pipe to an empty machine, and a move to a disk."""

import base64
import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rubrica.sealing.verification.verify import verify
from tests import pdfs, s3
from tests.server import RUBRICA, Server, eventually, running

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("bucket")]
BUCKET, PREFIX = "papers", "of/ours"
PASSPHRASE = "correct horse battery staple"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3.serving() as endpoint:
        s3.make_bucket(endpoint, BUCKET)
        yield endpoint


@pytest.fixture(scope="module")
def server(endpoint: str) -> Iterator[Server]:
    with running(RUBRICA_STORAGE_URL=s3.url(endpoint, BUCKET, PREFIX)) as server:
        yield server


@pytest.fixture(scope="module")
def finished(server: Server) -> dict[str, Any]:
    """A contract that was signed and sealed, with a file that was asked for."""
    email = "bucket@example.com"
    body = {
        "email": "owner@auco.ai",
        "name": "Contract",
        "packageName": "Contract in a bucket",
        "subject": "Please sign",
        "message": "Please sign",
        "file": base64.b64encode(pdfs.contract()).decode(),
        "signProfile": [{"name": "Ana Ruiz", "email": email, "phone": "+573000000000", "files": [{"name": "ID card"}]}],
    }
    made = server.auco("POST", "/attachments", body)
    link = server.link_for(email)
    slot = server.http.get(f"{link}/state").json()["files"][0]
    name = {"Content-Disposition": "attachment; filename=id.pdf"}
    assert server.http.put(f"{link}/files/{slot['id']}", content=pdfs.contract(), headers=name).status_code == 200
    signed = server.http.post(f"{link}/signature", json={"kind": "type", "text": "Ana Ruiz", "consent": True})
    assert signed.status_code == 200, signed.text
    person = server.auco("GET", "/attachments", package=made["package"])["signers"][0]["userId"]
    review = {"package": made["package"], "userId": person, "file": "ID card", "decision": "approve"}
    server.auco("POST", "/attachments/review", review)
    eventually(lambda: document(server, made)["status"] == "FINISH", "the seal", 180)
    return made


def document(server: Server, made: dict[str, Any]) -> dict[str, Any]:
    return server.auco("GET", "/document", code=made["code"])


def in_bucket(endpoint: str) -> set[str]:
    found = s3.client(endpoint).list_objects_v2(Bucket=BUCKET, Prefix=f"{PREFIX}/")["Contents"]
    return {entry["Key"].removeprefix(f"{PREFIX}/") for entry in found} - {"readiness-probe"}


def rubrica(server: Server, *words: str, given: bytes = b"", **settings: str) -> bytes:
    environment = {**server.environment, **settings}
    done = subprocess.run([RUBRICA, *words], env=environment, input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_the_main_job(server: Server, endpoint: str, finished: dict[str, Any], tmp_path: Path) -> None:
    sealed = server.http.get(document(server, finished)["url"])
    (tmp_path / "sealed.pdf").write_bytes(sealed.content)
    assert verify(tmp_path / "sealed.pdf", [])["intact"]
    path = f"/v1.5/ext/processes/{finished['package']}/evidence"
    answer = server.http.get(path, headers={"Authorization": server.secrets["private_key"]})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
        assert bundle.testzip() is None and "index.json" in bundle.namelist()
    assert len(in_bucket(endpoint)) >= 2
    local = [path for path in server.data_dir.rglob("*") if path.is_file() and "postgres" not in path.parts]
    assert [path for path in local if path.read_bytes().startswith(b"%PDF")] == []


def test_a_backup_goes_through_a_pipe_to_an_empty_machine(
    server: Server, endpoint: str, finished: dict[str, Any]
) -> None:
    secret: dict[str, Any] = {"RUBRICA_BACKUP_PASSPHRASE": PASSPHRASE}
    saved = rubrica(server, "backup", "-", **secret)
    assert b"%PDF" not in saved
    new = server.data_dir.parent / "new"  # PostgreSQL's user may go there
    there = {"RUBRICA_DATA_DIR": str(new), "RUBRICA_STORAGE_URL": ""}
    told = json.loads(rubrica(server, "restore", "-", "--json", given=saved, **secret, **there).splitlines()[-1])
    assert (told["ok"], told["seals"], told["files"]) == (True, 1, len(in_bucket(endpoint)))
    stored = {str(path.relative_to(new / "blobs")) for path in (new / "blobs").rglob("*") if path.is_file()}
    assert stored == in_bucket(endpoint)


def test_and_all_files_move_to_a_folder_while_it_runs(
    server: Server, endpoint: str, finished: dict[str, Any], tmp_path: Path
) -> None:
    target = tmp_path / "folder"
    told = json.loads(rubrica(server, "move-storage", "--to", target.as_uri(), "--json").splitlines()[-1])
    assert told["ok"] and told["copied"] == len(in_bucket(endpoint))
    assert {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()} == in_bucket(endpoint)
