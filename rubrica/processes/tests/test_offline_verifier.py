"""``rubrica_verify.py`` as a stranger runs it: a process of its own, on real bundles and on tampered ones."""

import base64
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rubrica.processes.tests.conftest import Outcome

pytestmark = pytest.mark.django_db  # the bundles are made in the database
MODULE = Path(__file__).resolve().parents[3] / "rubrica_verify.py"
Files = dict[str, bytes]


def check(path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Isolated (-I): neither our settings nor our packages are within its reach."""
    return subprocess.run(
        [sys.executable, "-I", str(MODULE), str(path), *more], capture_output=True, text=True, check=False
    )


def unpacked(bundle: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Files, path: Path) -> Path:
    """With an index that fits, as whoever tampers would make it: it is signed by nobody."""
    index = json.loads(files["index.json"])
    index["entries"] = [entry for entry in index["entries"] if entry["path"] in files]
    for entry in index["entries"]:
        data = files[entry["path"]]
        entry |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    lines = files["events.jsonl"].splitlines()
    index["chain"] = {"length": len(lines), "head": json.loads(lines[-1])["hash"]}
    files = {**files, "index.json": json.dumps(index).encode()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def sealed_path(files: Files) -> str:
    return next(name for name in files if name.endswith("/sealed.pdf"))


def chained(events: list[dict[str, Any]]) -> bytes:
    """Events whose hashes are computed anew, as whoever rewrites history would."""
    lines, before = [], ""
    for number, event in enumerate(events, start=1):
        fields = json.loads(event["canonical"])
        fields[1], fields[-1] = number, before
        text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        event = {**event, "sequence": number, "previous": before, "canonical": text}
        before = event["hash"] = hashlib.sha256(text.encode()).hexdigest()
        lines.append(json.dumps(event))
    return ("\n".join(lines) + "\n").encode()


def events(files: Files) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files["events.jsonl"].splitlines()]


@pytest.fixture
def folder(signed: Outcome, tmp_path: Path) -> Path:
    (tmp_path / "ca.pem").write_bytes(signed.authority)
    (tmp_path / "bundle.zip").write_bytes(signed.bundle)
    return tmp_path


def test_it_works(folder: Path) -> None:
    done = check(folder / "bundle.zip", "--ca", str(folder / "ca.pem"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything holds." in done.stdout and "WRONG" not in done.stdout
    for what in ("the chain of events", "the seal of documents/", "the files that documents/"):
        assert f"ok     {what}" in done.stdout


def test_without_an_authority_its_fingerprint_is_shown(folder: Path, signed: Outcome) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    done = check(folder / "bundle.zip")
    fingerprint = x509.load_pem_x509_certificate(signed.authority).fingerprint(hashes.SHA256()).hex()
    assert done.returncode == 0 and fingerprint in done.stdout


def test_a_folder_is_as_good(folder: Path, signed: Outcome) -> None:
    with zipfile.ZipFile(io.BytesIO(signed.bundle)) as archive:
        archive.extractall(folder / "out")
    assert check(folder / "out", "--ca", str(folder / "ca.pem")).returncode == 0


def test_what_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK no")
    assert check(tmp_path / "a.zip").returncode == 2
    assert check(tmp_path / "none.zip").returncode == 2


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def a_byte_of_a_file(files: Files) -> None:
    files["files/001-cedula.jpg"] = flipped(files["files/001-cedula.jpg"], 100)


def a_byte_of_the_document(files: Files) -> None:
    files[sealed_path(files)] = flipped(files[sealed_path(files)], 500)


def something_behind_the_seal(files: Files) -> None:
    files[sealed_path(files)] += b"\n% more"


def a_changed_manifest(files: Files) -> None:
    path = sealed_path(files).replace("sealed.pdf", "manifest.json")
    files[path] = files[path].replace(b"approved", b"rejected")


def a_dropped_event(files: Files) -> None:
    rows = events(files)
    files["events.jsonl"] = "\n".join(json.dumps(row) for row in [rows[0], *rows[2:]]).encode()


def a_dropped_event_and_new_hashes(files: Files) -> None:
    rows = events(files)
    files["events.jsonl"] = chained([rows[0], *rows[2:]])


def another_time_and_new_hashes(files: Files) -> None:
    rows = events(files)
    fields = json.loads(rows[1]["canonical"])
    fields[3] = rows[1]["at"] = "2020-01-01T00:00:00.000000+00:00"
    rows[1]["canonical"] = json.dumps(fields)
    files["events.jsonl"] = chained(rows)


def an_event_shown_as_another(files: Files) -> None:
    rows = events(files)
    rows[1]["kind"] = "participant.approved"
    files["events.jsonl"] = "\n".join(json.dumps(row) for row in rows).encode()


def a_swapped_certificate(files: Files) -> None:
    """Another one of the same length and name in the place of the signer's: the signature names its own by digest."""
    pdf = files[sealed_path(files)]
    der = base64.b64decode(b"".join(files[next(n for n in files if n.startswith("certificates/"))].splitlines()[1:-1]))
    digits = der.hex().encode()
    place = pdf.find(digits) if digits in pdf else pdf.find(digits.upper())
    assert place > 0
    at = place + len(digits) - 20  # within the authority's signature over it
    new = b"1" if pdf[at : at + 1] != b"1" else b"2"
    files[sealed_path(files)] = pdf[:at] + new + pdf[at + 1 :]


def one_more_file(files: Files) -> None:
    index = json.loads(files["index.json"])
    index["entries"].append({"path": "files/002-more.jpg", "kind": "file"})
    files["index.json"] = json.dumps(index).encode()
    files["files/002-more.jpg"] = b"more"


def a_file_less(files: Files) -> None:
    del files["files/001-cedula.jpg"]


TAMPERED: dict[str, tuple[Callable[[Files], None], str]] = {
    "one byte of a file": (a_byte_of_a_file, "is not “cédula.jpg” as it was delivered"),
    "one byte of the document": (a_byte_of_the_document, "Bytes were changed after they were signed"),
    "something behind the seal": (something_behind_the_seal, "Something was added that no signature covers"),
    "a changed manifest": (a_changed_manifest, "The manifest beside it is not the one that was sealed"),
    "a dropped event": (a_dropped_event, "does not follow the one before"),
    "a dropped event and new hashes": (a_dropped_event_and_new_hashes, "the history was rewritten"),
    "another time and new hashes": (another_time_and_new_hashes, "the history was rewritten"),
    "an event shown as another": (an_event_shown_as_another, "is shown as another one"),
    "a swapped certificate": (a_swapped_certificate, "WRONG  the seal of"),
    "one more file": (one_more_file, "There are files that the seal does not list"),
    "a file less": (a_file_less, "“cédula.jpg” is missing"),
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_what_was_tampered_with_is_found(folder: Path, signed: Outcome, kind: str) -> None:
    change, sentence = TAMPERED[kind]
    files = unpacked(signed.bundle)
    change(files)
    done = check(packed(files, folder / "tampered.zip"), "--ca", str(folder / "ca.pem"))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stdout + done.stderr
    assert sentence in done.stdout, done.stdout
    assert "Do not rely on this bundle." in done.stdout


def test_an_index_that_does_not_fit(folder: Path, signed: Outcome) -> None:
    files = unpacked(signed.bundle)
    files["README.txt"] += b"!"
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    done = check(folder / "a.zip")
    assert done.returncode == 1 and "README.txt is not the file that was put in" in done.stdout


def test_another_authority_is_not_trusted(folder: Path) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    from rubrica.sealing.tests.material import authority_and_key

    (folder / "other.pem").write_bytes(authority_and_key().chain[0].public_bytes(Encoding.PEM))
    done = check(folder / "bundle.zip", "--ca", str(folder / "other.pem"))
    assert done.returncode == 1 and "is not the authority that you trust" in done.stdout


def test_a_process_without_documents(delivered: Outcome, tmp_path: Path) -> None:
    """Sealed evidence pages, and an ASiC-E container whose files lie in the bundle."""
    (tmp_path / "ca.pem").write_bytes(delivered.authority)
    (tmp_path / "a.zip").write_bytes(delivered.bundle)
    done = check(tmp_path / "a.zip", "--ca", str(tmp_path / "ca.pem"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok     the ASiC-E container: 3 files, signed by" in done.stdout
    files = unpacked(delivered.bundle)
    files["META-INF/ASiCManifest.xml"] = files["META-INF/ASiCManifest.xml"].replace(
        b"application/pdf", b"application/PDF"
    )
    done = check(packed(files, tmp_path / "b.zip"))
    assert done.returncode == 1 and "WRONG  the ASiC-E container" in done.stdout
