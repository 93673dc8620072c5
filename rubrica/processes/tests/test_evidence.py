"""A process without a document leaves evidence too: sealed pages of our own, and a container that signs the files."""

import base64
import hashlib
import io
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cryptography.x509 import load_pem_x509_certificate

from rubrica.processes import bundle, evidence
from rubrica.processes.errors import Refused
from rubrica.processes.models import Event, Evidence, Process
from rubrica.processes.tests.conftest import Outcome
from rubrica.sealing.verification.verify import verify
from tests import sending
from tests.cast import Acme
from tests.contract import calls
from tests.sending import REVIEWER, deliver, person, slot

NAMES = {"asic": "http://uri.etsi.org/02918/v1.2.1#", "ds": "http://www.w3.org/2000/09/xmldsig#"}


@pytest.fixture
def process(acme: Acme) -> Process:
    """Just finished; the job that makes the evidence waits."""
    started = sending.start(acme, person("Ana Pérez", "ID card"))
    deliver(acme, slot(started, "ID card"))
    slot(started, "ID card").approve(REVIEWER)
    return Process.objects.get(pk=started.pk)


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


def test_it_works(delivered: Outcome, tmp_path: Path) -> None:
    path = tmp_path / "evidence.pdf"
    path.write_bytes(delivered.evidence)
    answer = verify(path, [load_pem_x509_certificate(delivered.authority)])
    assert (answer["intact"], answer["sealed_by_us"], answer["level"]) == (True, True, "B-B")
    assert answer["process"]["package"] == delivered.package
    card = hashlib.sha256(sending.picture()).hexdigest()
    assert [(file["name"], file["sha256"]) for file in answer["files"]] == [("cédula.jpg", card)]


def test_the_process_finishes_as_it_always_did(process: Process) -> None:
    """Nobody waits for evidence (contract/auco.md §13 no. 22); a job makes it."""
    assert process.is_finished
    assert calls.jobs("make_evidence") == [{"evidence_id": process.evidence.pk}]
    last = process.events.order_by("sequence").last()
    assert last is not None and last.kind == Event.Kind.FINISHED


def test_a_process_with_a_document_has_its_evidence_in_there(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana"))
    ana = sending.somebody(process)
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor())
    assert calls.jobs("make_evidence") == []
    assert not Evidence.objects.exists()


def test_a_failure_is_told_and_can_be_tried_again(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> bytes:
        raise OSError("No space left on device")

    row = process.evidence
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(evidence, "evidence_document", broken)
        evidence.make(row.pk)
    assert Evidence.objects.get(pk=row.pk).error == "No space left on device"
    row.make_again(REVIEWER)
    evidence.make(row.pk)
    evidence.make(row.pk)  # a job may run twice
    row = Evidence.objects.get(pk=row.pk)
    assert (row.is_made, row.error) == (True, "")
    kinds = list(process.events.filter(kind__startswith="evidence.").values_list("kind", flat=True))
    assert kinds == [Event.Kind.EVIDENCE_FAILED, Event.Kind.EVIDENCE_BEGUN, Event.Kind.EVIDENCE_SEALED]
    with pytest.raises(Refused, match="there already"):
        row.make_again(REVIEWER)


def test_the_container_names_every_file_with_its_digest(delivered: Outcome) -> None:
    with opened(delivered.container) as archive:
        contained = ["evidence/sealed.pdf", "evidence/manifest.json", "files/001-cedula.jpg"]
        assert archive.namelist() == [
            "mimetype", *contained, "META-INF/ASiCManifest.xml", "META-INF/signature.p7s",
        ]  # fmt: skip
        assert archive.read("mimetype") == b"application/vnd.etsi.asic-e+zip"
        root = ElementTree.fromstring(archive.read("META-INF/ASiCManifest.xml"))
        signature = root.find("asic:SigReference", NAMES)
        assert signature is not None and signature.get("URI") == "META-INF/signature.p7s"
        named = {
            str(reference.get("URI")): reference.findtext("ds:DigestValue", "", NAMES)
            for reference in root.findall("asic:DataObjectReference", NAMES)
        }
        assert list(named) == contained
        for path, digest in named.items():
            assert base64.b64encode(hashlib.sha256(archive.read(path)).digest()).decode() == digest


def test_a_container_tells_what_it_is_by_its_first_bytes(delivered: Outcome) -> None:
    """EN 319 162-1 annex A.1: stored, first, without an extra field."""
    assert delivered.container[30:69] == b"mimetypeapplication/vnd.etsi.asic-e+zip"
    assert delivered.container[6:10] == b"\0\0\0\0" and delivered.container[28:30] == b"\0\0"


def test_the_containers_manifest_is_the_pdfs(delivered: Outcome) -> None:
    """The one in the PDF is under its seal; the one beside it is the same, letter by letter."""
    with opened(delivered.container) as archive, opened(delivered.bundle) as other:
        assert archive.read("evidence/manifest.json") == other.read("evidence/manifest.json")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees_with_the_containers_signature(delivered: Outcome, tmp_path: Path) -> None:
    """As CAdES, so with the certificate bound in, and not once the manifest was changed."""
    with opened(delivered.container) as archive:
        manifest = archive.read("META-INF/ASiCManifest.xml")
        (tmp_path / "signature").write_bytes(archive.read("META-INF/signature.p7s"))
    (tmp_path / "authority").write_bytes(delivered.authority)
    command = ["openssl", "cms", "-verify", "-binary", "-cades", "-inform", "DER", "-purpose", "any", "-CAfile",
               "authority", "-in", "signature", "-content", "manifest", "-out", "/dev/null"]  # fmt: skip
    for content, code in ((manifest, 0), (manifest.replace(b"files/001", b"files/002"), 4)):
        (tmp_path / "manifest").write_bytes(content)
        said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert said.returncode == code, said.stderr


def test_processes_that_finished_before_there_was_evidence_get_theirs(process: Process) -> None:
    Evidence.objects.all().delete()
    with pytest.raises(Refused, match="being made"):
        bundle.check_ready(process)
    Evidence.objects.update(state=Evidence.State.MADE)
    bundle.check_ready(process)
