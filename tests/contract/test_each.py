"""``"signatures": "each"``: who signs does so with a certificate of their own, in a revision of their own, over HTTP.

One process is sent, signed and sealed for real, and most tests look at what came of it.
"""

import base64
import hashlib
import io
import itertools
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction
from django.test import Client, override_settings

import rubrica_verify
from rubrica.processes import finale
from rubrica.processes.models import Document, Event, Participant, Process, SignedRevision
from rubrica.sealing.keyring.anchors import export_anchor
from rubrica.sealing.keyring.keys import signing_key
from rubrica.sealing.models import Authority
from rubrica.sealing.tests.material import pdf_with, sign_as_stranger
from rubrica.sealing.tests.test_each import everybody_agrees, judged
from tests import pdfs, queue, sending
from tests.cast import Acme, make_acme
from tests.contract import seeds
from tests.contract.calls import Auco
from tests.contract.test_document_upload import accepted, create, refused
from tests.sending import somebody

pytestmark = pytest.mark.django_db  # the story is made in the database, and leaves nothing there
Json = dict[str, Any]


@dataclass
class Told:
    """What was to be had by HTTP along the way."""

    package: str = ""
    code: str = ""
    key: Any = None  # a SigningKey
    shown: bytes = b""
    revisions: list[bytes] = field(default_factory=list)
    during: list[Json] = field(default_factory=list)  # GET /document after each signature
    sealed: bytes = b""
    evidence: bytes = b""
    refusals: list[tuple[int, str]] = field(default_factory=list)  # of evidence: too early, and as a container
    verified: Json = field(default_factory=dict)
    known: Json = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("each")
    settings = override_settings(STORAGE_URL=f"file://{folder}/blobs", DATA_DIR=folder / "data")
    with django_db_blocker.unblock(), settings, transaction.atomic():
        told = _story(make_acme())
        transaction.set_rollback(True)
    return told


def _story(acme: Acme) -> Told:
    auco, told = Auco(acme), Told()
    process = create(auco, {**seeds.upload(), "signatures": "each"})
    document = process.documents.get()
    told.package, told.code, told.key = process.public_id, document.code, signing_key(acme.organization)
    told.shown = sending.content(document.shown)
    for name in ("Ben", "Ana"):
        sign(somebody(process, name))
        queue.run("sign_in")
        told.during.append(auco.get("/document", code=told.code).json())
    queue.run("seal")
    told.refusals.append(refusal(evidence(auco, told.package)))
    queue.run("make_evidence")
    told.refusals.append(refusal(evidence(auco, told.package, form="container")))
    told.evidence = b"".join(evidence(auco, told.package).streaming_content)
    told.sealed = auco.download(auco.get("/document", code=told.code).json()["url"])
    export_anchor(Authority.objects.get().certificate_pem)  # as a commit does, and there is none here
    told.verified = Client().post("/verify", told.sealed, "application/pdf").json()
    asked = json.dumps({"sha256": hashlib.sha256(told.sealed).hexdigest()})
    told.known = Client().post("/verify/digest", asked, "application/json").json()
    told.revisions = [sending.content(one.blob) for one in SignedRevision.objects.filter(document=document)]
    history = Event.objects.filter(process=process).order_by("sequence")
    told.events = [{"kind": event.kind, "data": event.data} for event in history]
    told.kinds = [event["kind"] for event in told.events]
    return told


def sign(person: Participant) -> None:
    body = json.dumps({"kind": "type", "text": person.name, "consent": True})
    answer = Client().post(sending.link(person) + "/signature", body, "application/json")
    assert answer.status_code == 200, answer.content


def evidence(auco: Auco, package: str, **query: str) -> Any:
    return auco.get(f"/processes/{package}/evidence", key=auco.acme.private_key, **query)


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def on_disk(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "file.pdf"
    path.write_bytes(content)
    return path


def names(told: Told, path: Path) -> list[str]:
    return [name for name, _verdict in judged(path, told.key)]


def test_it_works(told: Told, tmp_path: Path) -> None:
    """The beginning, a signature, another, the seal: every file begins with the one before."""
    files = [told.shown, *told.revisions, told.sealed]
    assert len(told.revisions) == 3
    for before, after in itertools.pairwise(files):
        assert after.startswith(before) and len(after) > len(before)
    fields = names(told, on_disk(tmp_path, told.sealed))
    assert [name[:10] for name in fields] == ["Rubrica_be", "Signature_", "Signature_", "Rubrica_se"]


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_every_validator_finds_every_signature_good_after_each_step(told: Told, tmp_path: Path, number: int) -> None:
    content = [*told.revisions, told.sealed][number]
    everybody_agrees(on_disk(tmp_path, content), told.key, number + 1)


def test_they_are_in_it_in_the_order_in_which_they_signed(told: Told, tmp_path: Path) -> None:
    said = [signature["signer"] for signature in told.verified["signatures"]]
    assert said == ["Acme", "Benito Ruiz", "Ana Pérez", "Acme"], said


def test_each_step_is_in_the_history_with_its_digest(told: Told) -> None:
    assert told.kinds.count(Event.Kind.SIGNING) == 1 and told.kinds.count(Event.Kind.SIGNED_IN) == 2
    made = [event["data"] for event in told.events if event["kind"] in {Event.Kind.SIGNING, Event.Kind.SIGNED_IN}]
    assert [one["sha256"] for one in made] == [hashlib.sha256(data).hexdigest() for data in told.revisions]
    assert [("participant" in one, one["code"]) for one in made] == [
        (False, told.code), (True, told.code), (True, told.code),
    ]  # fmt: skip


def test_until_the_end_everybody_reads_what_was_sent(told: Told) -> None:
    assert [answer["status"] for answer in told.during] == ["CREATED", "CREATED"]
    assert told.kinds.index("process.finished") > told.kinds.index("document.sealed")


def test_evidence_is_a_pdf_of_its_own_that_names_the_document(told: Told) -> None:
    assert told.refusals == [(409, "EVIDENCE_NOT_READY"), (409, "NO_CONTAINER")]
    with zipfile.ZipFile(io.BytesIO(told.evidence)) as archive:
        inside = archive.namelist()
        assert f"documents/01-{told.code}/manifest.json" not in inside
        assert not any(name.startswith("META-INF") for name in inside)
        assert archive.read(f"documents/01-{told.code}/sealed.pdf") == told.sealed
        manifest = json.loads(archive.read("evidence/manifest.json"))
        readme = archive.read("README.txt").decode()
    assert "everybody's own signature and the seal" in readme and "ASiC" not in readme
    (document,) = manifest["documents"]
    assert (document["code"], document["sealed_sha256"]) == (told.code, hashlib.sha256(told.sealed).hexdigest())
    assert (document["sha256"], document["size"]) == (hashlib.sha256(told.shown).hexdigest(), len(told.shown))
    assert [(one["role"], bool(one["consent"])) for one in manifest["participants"]] == [("signer", True)] * 2


def test_a_stranger_checks_the_bundle_offline(told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ca.pem").write_bytes(told.key.chain[-1].public_bytes(Encoding.PEM))
    (tmp_path / "bundle.zip").write_bytes(told.evidence)
    code = rubrica_verify.main([str(tmp_path / "bundle.zip"), "--ca", str(tmp_path / "ca.pem")])
    said = capsys.readouterr().out
    assert (code, "WRONG" in said) == (0, False), said
    assert f"ok     the signatures in documents/01-{told.code}/sealed.pdf: Acme, Benito Ruiz, Ana Pérez, Acme;" in said


@pytest.mark.parametrize("how", ["another revision", "a changed byte", "not there"])
def test_a_stranger_notices_another_document(
    told: Told, tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ca.pem").write_bytes(told.key.chain[-1].public_bytes(Encoding.PEM))
    folder = tmp_path / "bundle"
    with zipfile.ZipFile(io.BytesIO(told.evidence)) as archive:
        archive.extractall(folder)
    document = folder / f"documents/01-{told.code}/sealed.pdf"
    index = json.loads((folder / "index.json").read_text())
    if how == "not there":
        document.unlink()
        index["entries"] = [entry for entry in index["entries"] if "documents/" not in entry["path"]]
    else:
        changed = bytearray(told.sealed if how == "a changed byte" else told.revisions[-1])
        changed[len(told.shown) + 200] ^= how == "a changed byte"
        document.write_bytes(changed)
        for entry in index["entries"]:
            if entry["path"].startswith("documents/"):
                entry |= {"size": len(changed), "sha256": hashlib.sha256(changed).hexdigest()}
    (folder / "index.json").write_text(json.dumps(index))
    assert rubrica_verify.main([str(folder), "--ca", str(tmp_path / "ca.pem")]) == 1
    said = capsys.readouterr().out
    assert "WRONG  the list" not in said and ("WRONG  the signatures" in said or "WRONG  the files" in said), said


def test_verification_knows_the_process_though_no_manifest_is_inside(told: Told) -> None:
    assert (told.verified["intact"], told.verified["sealed_by_us"], told.verified["level"]) == (True, True, "B-B")
    process = told.verified["process"]
    assert (process["package"], process["code"], process["published"]) == (told.package, told.code, True)
    assert (told.known["known"], told.known["process"]["code"]) == (True, told.code)


def test_a_signature_that_was_given_is_void_when_the_document_is_taken_back(auco: Auco) -> None:
    process = create(auco, {**seeds.upload(), "signatures": "each"})
    code = process.documents.get().code
    sign(somebody(process, "Ana"))
    assert queue.run("sign_in") == 1
    assert SignedRevision.objects.filter(document__process=process).count() == 2
    sign_in_waits = Document.objects.get(code=code).pk
    assert auco.post("/document/edit", {"code": code}).status_code == 200
    assert not SignedRevision.objects.exists()
    accepted(auco, {**seeds.upload(), "code": code, "signatures": "one"})
    finale.sign_in(sign_in_waits)  # a job that comes late finds nothing to do
    assert not SignedRevision.objects.exists()
    assert Process.objects.get(pk=process.pk).signatures == "one"


def test_without_it_there_is_one_seal_as_ever(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    assert process.signatures == "one"
    sign(somebody(process, "Ana"))
    assert queue.run("sign_in") == 0


def test_what_it_can_be(auco: Auco) -> None:
    assert refused(auco, {**seeds.upload(), "signatures": "all"}) == {"signatures": "literal_error"}


def test_a_document_that_came_signed_is_refused_before_anybody_is_asked(auco: Auco, tmp_path: Path) -> None:
    signed = tmp_path / "signed.pdf"
    sign_as_stranger(pdf_with(tmp_path / "plain.pdf", ({}, {})), signed)
    body = {**seeds.upload(), "file": base64.b64encode(signed.read_bytes()).decode(), "signatures": "each"}
    answer = auco.post("/document/upload", body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "PDF_SIGNED"), answer.content
    assert not Process.objects.exists()


def test_one_place_for_each_signer_and_none_for_approvers(auco: Auco) -> None:
    body = {**seeds.upload(), "signatures": "each"}
    place = body["signProfile"][0]["position"][0]
    body["signProfile"][0]["position"] = [place, {**place, "y": 0.5}]
    body["signProfile"][1]["role"] = "APPROVER"
    assert refused(auco, body) == {"signProfile[0]": "one_place_each", "signProfile[1]": "one_place_each"}


def test_fifty_sign_by_themselves_at_the_most(auco: Auco) -> None:
    place = seeds.upload()["signProfile"][0]["position"]
    people = [{"name": f"Person {n}", "email": f"p{n}@example.com", "position": place} for n in range(51)]
    assert refused(auco, {**seeds.upload(), "signatures": "each", "signProfile": people}) == {"signatures": "too_many"}
    accepted(auco, {**seeds.upload(), "signatures": "each", "signProfile": people[:50]})


def test_without_a_document_there_is_nothing_to_sign(auco: Auco) -> None:
    body = {
        "email": "owner@auco.ai", "packageName": "Papers", "subject": "Papers", "message": "Papers",
        "signatures": "each",
        "signProfile": [{"name": "Ana", "email": "a@x.co", "phone": "+573000000000", "files": [{"name": "Card"}]}],
    }  # fmt: skip
    assert auco.refused(body) == {"signatures": "needs_document"}


def test_who_has_no_place_gets_one_on_a_page_of_signatures(auco: Auco) -> None:
    body = {**seeds.upload(), "signatures": "each"}
    for profile in body["signProfile"]:
        profile.pop("position", None)
    process = create(auco, body)
    for name in ("Ana", "Ben"):
        sign(somebody(process, name))
    queue.run("sign_in", "seal")
    document = process.documents.get()
    assert (document.state, len(document.pages)) == ("sealed", 3)
    assert sending.content(document.sealed).startswith(sending.content(document.shown))
    assert pdfs.contract() not in sending.content(document.shown)
