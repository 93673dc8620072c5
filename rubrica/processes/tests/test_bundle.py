"""The bundle as a stranger would check it: with hashes, and with nothing of ours."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography import x509

from rubrica.files.storage import storage
from rubrica.processes import bundle
from rubrica.processes.errors import Refused
from rubrica.processes.models import Process
from rubrica.processes.naming import file_paths, harmless
from rubrica.processes.tests.conftest import Outcome
from rubrica.sealing.verification.extracts import Unreadable
from tests import pdfs, sending
from tests.cast import Acme
from tests.sending import person

Json = dict[str, Any]


@pytest.fixture
def files(signed: Outcome) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(io.BytesIO(signed.bundle)) as archive:
        yield archive


def read(archive: zipfile.ZipFile, path: str) -> Json:
    content: Json = json.loads(archive.read(path))
    return content


def test_it_works(signed: Outcome, files: zipfile.ZipFile) -> None:
    folder = f"documents/01-{signed.code}"
    names = files.namelist()
    assert names[:3] == ["README.txt", f"{folder}/sealed.pdf", f"{folder}/manifest.json"]
    assert {f"{folder}/original.pdf", "files/001-cedula.jpg", "events.jsonl"} < set(names)
    assert f"{folder}/shown.pdf" not in names  # the sealed file begins with it
    assert names[-1] == "index.json"
    assert files.testzip() is None
    assert files.read("files/001-cedula.jpg") == sending.picture()


def test_the_index_names_everything_with_its_digest(signed: Outcome, files: zipfile.ZipFile) -> None:
    index = read(files, "index.json")
    assert (index["format"], index["version"], index["package"]) == ("rubrica-evidence", 1, signed.package)
    assert [entry["path"] for entry in index["entries"]] == files.namelist()[:-1]
    for entry in index["entries"]:
        data = files.read(entry["path"])
        assert (entry["size"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())


def test_the_manifest_binds_the_files_and_both_documents(signed: Outcome, files: zipfile.ZipFile) -> None:
    folder = f"documents/01-{signed.code}"
    manifest = read(files, f"{folder}/manifest.json")
    [file] = manifest["files"]
    assert file["sha256"] == hashlib.sha256(files.read("files/001-cedula.jpg")).hexdigest()
    assert (file["decision"], file["decided_by"], file["submitted_at"][-1]) == ("approved", "Tomás Reviewer", "Z")
    document, sealed = manifest["document"], files.read(f"{folder}/sealed.pdf")
    assert document["begins_file"]
    assert hashlib.sha256(sealed[: document["size"]]).hexdigest() == document["sha256"]
    assert hashlib.sha256(files.read(f"{folder}/original.pdf")).hexdigest() == document["original_sha256"]


def test_the_manifest_tells_what_was_filled_in_where(signed: Outcome, files: zipfile.ZipFile) -> None:
    (ana,) = read(files, f"documents/01-{signed.code}/manifest.json")["participants"]
    told = {field["kind"]: (field["name"], field["value"], field["pages"]) for field in ana["fields"]}
    assert told == {"text": ("City", "Bogotá", [1]), "initials": ("", "AP", [1])}


def test_the_manifest_names_the_certificate_that_is_here(signed: Outcome, files: zipfile.ZipFile) -> None:
    said = read(files, f"documents/01-{signed.code}/manifest.json")["seal"]
    pems = [files.read(name) for name in files.namelist() if name.startswith("certificates/")]
    serials = {f"{x509.load_pem_x509_certificate(pem).serial_number:x}" for pem in pems}
    assert said["aims_at"] == "B-B" and said["certificate"]["serial"] in serials
    assert signed.authority in pems


def test_the_chain_can_be_recomputed(signed: Outcome, files: zipfile.ZipFile) -> None:
    lines = [json.loads(line) for line in files.read("events.jsonl").splitlines()]
    previous = ""
    for number, line in enumerate(lines, start=1):
        assert hashlib.sha256(line["canonical"].encode()).hexdigest() == line["hash"]
        canonical = json.loads(line["canonical"])
        assert (canonical[0], canonical[1], canonical[-1]) == (signed.package, number, previous)
        assert (line["sequence"], line["kind"], line["previous"]) == (number, canonical[2], previous)
        previous = line["hash"]
    assert read(files, "index.json")["chain"] == {"length": signed.events, "head": previous}


def test_the_seal_holds_the_chain_as_it_was(signed: Outcome, files: zipfile.ZipFile) -> None:
    chain = read(files, f"documents/01-{signed.code}/manifest.json")["chain"]
    lines = [json.loads(line) for line in files.read("events.jsonl").splitlines()]
    assert lines[chain["length"] - 1]["hash"] == chain["head"]
    assert lines[chain["length"] - 1]["kind"] == "document.sealing"


def test_a_process_without_a_document(delivered: Outcome) -> None:
    with zipfile.ZipFile(io.BytesIO(delivered.bundle)) as archive:
        assert archive.namelist()[:6] == [
            "README.txt", "evidence/sealed.pdf", "evidence/manifest.json", "META-INF/ASiCManifest.xml",
            "META-INF/signature.p7s", "files/001-cedula.jpg",
        ]  # fmt: skip
        assert archive.read("evidence/sealed.pdf") == delivered.evidence
        manifest = read(archive, "evidence/manifest.json")
        assert [person["role"] for person in manifest["participants"]] == ["deliverer"]
        assert manifest["participants"][0]["ip"] == "203.0.113.9"
        document = manifest["document"]
        assert hashlib.sha256(delivered.evidence[: document["size"]]).hexdigest() == document["sha256"]


def test_strangers_are_told_how_in_the_processes_language(signed: Outcome, delivered: Outcome) -> None:
    for outcome, words in ((signed, "HOW TO CHECK IT"), (delivered, "CÓMO COMPROBARLO")):
        with zipfile.ZipFile(io.BytesIO(outcome.bundle)) as archive:
            text = archive.read("README.txt").decode()
        assert words in text and outcome.package in text and "{" not in text


def test_nothing_before_the_end(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "ID card"))
    with pytest.raises(Refused) as refusal:
        bundle.bundle(process)
    assert refusal.value.code == "PROCESS_NOT_FINISHED"


def test_lost_bytes_are_an_error_and_not_half_an_answer(acme: Acme) -> None:
    process = sending.start(acme, person("Ana"), pdf=pdfs.contract())
    document = process.documents.get()
    assert document.shown is not None
    process.documents.update(state="sealed", sealed=document.shown)
    Process.objects.filter(pk=process.pk).update(state=Process.State.FINISHED)
    storage().delete(document.shown.key)
    with pytest.raises(FileNotFoundError):
        bundle.bundle(Process.objects.get(pk=process.pk))


def test_a_bundle_never_lacks_something_silently(acme: Acme) -> None:
    process = sending.start(acme, person("Ana"), pdf=pdfs.contract())
    process.documents.update(state="sealed", sealed=sending.keep(acme, b"%PDF-1.7 and no more"))
    Process.objects.filter(pk=process.pk).update(state=Process.State.FINISHED)
    with pytest.raises(Unreadable):
        bundle.bundle(Process.objects.get(pk=process.pk))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("cédula de ciudadanía.JPG", "cedula_de_ciudadania.JPG"),
        ("..\\..\\windows\\evil.exe", "evil.exe"),
        ("/etc/passwd", "passwd"),
        ("بطاقة الهوية.pdf", "file.pdf"),
        ("护照", "file"),
        (".bashrc", "bashrc"),
        ("a" * 300 + ".pdf", "a" * 60 + ".pdf"),
        ("two\r\nlines.txt", "two_lines.txt"),
        ("con.tar.gz", "con.tar.gz"),
    ],
)
def test_names_are_made_harmless(sent: str, kept: str) -> None:
    assert harmless(sent) == kept
    assert file_paths(["x", sent])[1] == f"files/002-{kept}"
