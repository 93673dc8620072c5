"""Signer by signer inside: what the job does when it runs twice, fails, is late, and when timestamps are to be had."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from procrastinate.jobs import Job

import rubrica_verify
from rubrica import clock
from rubrica.files import intake
from rubrica.processes import bundle, finale, jobs, reopening, signing
from rubrica.processes.arrival import receive_document
from rubrica.processes.models import Document, Event, Evidence, Process, SignedRevision
from rubrica.processes.tests.test_levels import Hands, authority, hands, told, verify_level
from rubrica.sealing.keyring.authority import current as ours
from rubrica.sealing.keyring.bringing import from_files
from rubrica.sealing.keyring.keys import signing_key
from rubrica.sealing.signers import each
from rubrica.sealing.tests.holders.material import KEYS, LEAVES, MIDDLE, ROOT, key_pem, pems
from rubrica.sealing.tests.test_each import judged
from rubrica.sealing.values import SealFailed
from rubrica.sealing.verification.verify import verify
from tests import pdfs, queue, sending
from tests.cast import Acme
from tests.contract import calls
from tests.sending import REVIEWER, content, person, somebody
from tests.tsa import Authority

__all__ = ["authority", "hands"]
Kind = Event.Kind


def sent(acme: Acme, *names: str) -> Process:
    people = [person(name) for name in names or ("Ana", "Ben")]
    return sending.start_signing(acme, *people, signatures=Process.Signatures.EACH)


def signs(process: Process, name: str) -> None:
    somebody(process, name).sign(kind="type", text=name, image=None, by=somebody(process, name).actor())


def document_of(process: Process) -> Document:
    document: Document = process.documents.select_related("process__organization", "shown").get()
    return document


def people_in(document: Document) -> list[str]:
    """Whose revisions there are, in their order; the beginning is nobody's."""
    rows = SignedRevision.objects.filter(document=document).select_related("participant")
    return [row.participant.name if row.participant else "" for row in rows]


def newest(document: Document) -> bytes:
    return content(SignedRevision.objects.filter(document=document).order_by("-number")[0].blob)


def certificates(path: Path) -> list[x509.Certificate]:
    """Of each signature, oldest first, without document timestamps."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    with path.open("rb") as file:
        found = PdfFileReader(file).embedded_regular_signatures
        return [x509.load_der_x509_certificate(one.signer_cert.dump()) for one in found]


def test_a_job_that_runs_twice_adds_nothing(acme: Acme) -> None:
    process = sent(acme)
    document = document_of(process)
    finale.sign_in(document.pk)
    assert people_in(document) == [""]  # asked before anybody has signed, it makes the beginning
    signs(process, "Ana")
    assert calls.jobs("sign_in") == [{"document_id": document.pk}]
    finale.sign_in(document.pk)
    before = newest(document)
    finale.sign_in(document.pk)
    assert people_in(document) == ["", "Ana"] and newest(document) == before
    assert len(told(document, Kind.SIGNED_IN)) == 1


def test_of_two_workers_that_began_with_the_same_file_one_counts(acme: Acme) -> None:
    process = sent(acme)
    document = document_of(process)
    finale.sign_in(document.pk)
    signs(process, "Ana")
    beginning = SignedRevision.objects.get(document=document)
    waiting = signing._missing(document)
    assert waiting is not None
    other = signing._signed(document, beginning, waiting)
    finale.sign_in(document.pk)
    counted = newest(document)
    assert signing._keep(document, waiting.participant, 1, other)
    assert newest(document) == counted != content(other)
    assert len(told(document, Kind.SIGNED_IN)) == 1


def test_a_failure_is_told_and_the_next_signature_makes_it_good(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    process = sent(acme, "Ana", "Ben", "Carla")
    document = document_of(process)
    signs(process, "Ana")

    def broken(*_: object) -> str:
        raise SealFailed("CANNOT_APPEND", "The disk is full.")

    with monkeypatch.context() as patch, pytest.raises(SealFailed):
        patch.setattr(each, "add", broken)
        finale.sign_in(document.pk)
    document.refresh_from_db()
    assert (document.state, document.seal_error) == ("open", "CANNOT_APPEND: The disk is full.")
    assert [one["reason"] for one in told(document, Kind.SEAL_FAILED)] == ["CANNOT_APPEND: The disk is full."]
    signs(process, "Ben")
    finale.sign_in(document.pk)
    document.refresh_from_db()
    assert (people_in(document), document.seal_error) == (["", "Ana", "Ben"], "")


def test_the_seal_makes_good_whatever_the_job_did_not_get_to(acme: Acme) -> None:
    process = sent(acme)
    document = document_of(process)
    signs(process, "Ben")
    signs(process, "Ana")
    finale.sign_in(document.pk)  # too late: the seal has begun
    assert people_in(document) == []
    finale.seal_document(document.pk)
    assert people_in(document) == ["", "Ben", "Ana"]
    document.refresh_from_db()
    assert document.state == "sealed" and Process.objects.get(pk=process.pk).is_finished


def test_a_document_that_changed_on_the_disk_is_not_signed(acme: Acme) -> None:
    process = sent(acme)
    document = document_of(process)
    finale.sign_in(document.pk)
    signs(process, "Ana")
    row = SignedRevision.objects.get(document=document)
    SignedRevision.objects.filter(pk=row.pk).update(blob=sending.keep(acme, content(row.blob)[:-1]))
    assert people_in(document) == [""]
    row.refresh_from_db()
    row.blob.sha256 = "0" * 64
    row.blob.save()
    with pytest.raises(FileNotFoundError):
        finale.sign_in(document.pk)


def test_what_is_rejected_keeps_its_signatures_and_goes_on_when_it_is_opened_again(acme: Acme) -> None:
    process = sent(acme)
    document = document_of(process)
    signs(process, "Ana")
    finale.sign_in(document.pk)
    ben = somebody(process, "Ben")
    ben.reject("The price is wrong.", ben.actor())
    finale.sign_in(document.pk)
    assert people_in(document) == ["", "Ana"]
    reopening.reactivate(Process.objects.get(pk=process.pk), REVIEWER)
    signs(process, "Ben")
    finale.seal_document(document.pk)
    assert people_in(document) == ["", "Ana", "Ben"]


def test_a_job_that_kills_its_workers_is_told_of(acme: Acme) -> None:
    process = sent(acme)
    document = document_of(process)
    signs(process, "Ana")
    jobs._give_up(Job(id=1, queue="sealing", lock=None, queueing_lock=None, task_name="x",
                      task_kwargs={"document_id": document.pk}))  # fmt: skip
    document.refresh_from_db()
    assert document.seal_error == "The worker ended each time it tried."


def test_a_package_is_signed_in_each_of_its_documents(acme: Acme) -> None:
    people = [person("Ana"), person("Ben")]
    with_both = sending.start(
        acme, *people, papers=[sending.paper(people), sending.paper(people, name="Annex")], kind="package",
        signatures="each",
    )  # fmt: skip
    assert with_both.documents.filter(state="awaiting_upload").count() == 2
    for document in with_both.documents.select_related("organization", "process"):
        with intake.arriving(io.BytesIO(pdfs.contract()), limit=50_000_000) as arrived:
            receive_document(document, arrived, REVIEWER)
    signs(with_both, "Ana")
    assert len(calls.jobs("sign_in")) == 2
    queue.run("sign_in")
    assert [people_in(one) for one in with_both.documents.all()] == [["", "Ana"]] * 2


def test_with_timestamps_everybodys_certificate_lives_for_hours(
    acme: Acme, authority: Authority, hands: Hands, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the document rises to B-LTA, with its evidence; who checks the bundle offline years later finds it good."""
    process = sent(acme)
    for name in ("Ana", "Ben"):
        signs(process, name)
        queue.run("sign_in")
    queue.run("seal", "make_evidence", "raise_level", "raise_evidence")
    document, evidence = document_of(process), Evidence.objects.get(process=process)
    assert (document.level, document.level_error) == ("B-LTA", ""), document.level_error
    assert (evidence.level, evidence.level_error) == ("B-LTA", ""), evidence.level_error
    assert verify_level(document) == "B-LTA"
    path = tmp_path / "sealed.pdf"
    path.write_bytes(content(document.sealed))
    _beginning, ana, ben, _seal = certificates(path)
    assert max(ana.not_valid_after_utc, ben.not_valid_after_utc) - clock.now() < timedelta(hours=13)
    key = signing_key(acme.organization)
    said = [verdict for _name, verdict in judged(path, key, authority.root)]
    assert [verdict.partition(",")[0] for verdict in said] == ["good"] * 4, said
    found = verify(path, key.chain, stamp_anchors=[authority.root])
    assert (found["intact"], found["sealed_by_us"]) == (True, True)
    levels = [(one["level"], one["trusted"]) for one in found["signatures"] if one["kind"] != "timestamp"]
    assert levels == [("B-LTA", True)] * 4  # one list of our authority accounts for everybody's certificate

    hands.turn(days=1000)
    (tmp_path / "bundle.zip").write_bytes(b"".join(bundle.bundle(Process.objects.get(pk=process.pk))))
    (tmp_path / "ca.pem").write_bytes(key.chain[-1].public_bytes(Encoding.PEM))
    code = rubrica_verify.main([str(tmp_path / "bundle.zip"), "--ca", str(tmp_path / "ca.pem")])
    printed = capsys.readouterr().out
    assert code == 0, printed
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        assert len([name for name in archive.namelist() if name.startswith("timestamps/")]) >= 6


def test_without_the_timestamp_that_was_hoped_for_the_certificate_lives_long(
    acme: Acme, authority: Authority, tmp_path: Path
) -> None:
    process = sent(acme)
    authority.fault = "500"
    signs(process, "Ana")
    queue.run("sign_in")
    path = tmp_path / "signed.pdf"
    path.write_bytes(newest(document_of(process)))
    assert certificates(path)[1].not_valid_after_utc - clock.now() > timedelta(days=365 * 20)


def test_with_a_certificate_that_the_organization_brought(
    acme: Acme, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two authorities then: theirs above the seal, ours above the signers. Who trusts both finds all of it good."""
    settings.DATA_DIR = tmp_path / "data"
    from_files([key_pem(KEYS["ec"]), pems(LEAVES["ec"], MIDDLE, ROOT)]).accept(acme.organization)
    process = sent(acme)
    for name in ("Ana", "Ben"):
        signs(process, name)
    queue.run("seal", "make_evidence")
    path = tmp_path / "sealed.pdf"
    path.write_bytes(content(document_of(process).sealed))
    assert judged(path, signing_key(acme.organization), ours().certificate)[-1][1] == "good, NONE"
    anchors = [ours().certificate, LEAVES["ec"]]
    found = verify(path, anchors)
    assert (found["intact"], found["sealed_by_us"], {one["trusted"] for one in found["signatures"]}) == (
        True, True, {True},
    )  # fmt: skip
    (tmp_path / "bundle.zip").write_bytes(b"".join(bundle.bundle(Process.objects.get(pk=process.pk))))
    assert rubrica_verify.main([str(tmp_path / "bundle.zip")], anchors) == 0
    assert rubrica_verify.main([str(tmp_path / "bundle.zip")]) == 0  # it prints both, to be compared
    assert capsys.readouterr().out.count("compare it") == 2
    assert rubrica_verify.main([str(tmp_path / "bundle.zip")], anchors[:1]) == 1
