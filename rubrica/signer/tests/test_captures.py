"""Pictures of faces and cards: after consent, good enough, of one person; three others block (contract/auco.md §7)."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from rubrica import faces
from rubrica.files.models import Blob
from rubrica.processes import captures, consent, identity, upkeep
from rubrica.processes.actor import Actor
from rubrica.processes.models import Event, IdentityCapture, Participant, Process
from rubrica.retention import sweeping
from rubrica.signer.tests.checked import ana, capture, check, consented, fail_comparison, reads, start, with_code
from rubrica.signer.tests.phones import phone, says
from tests import portraits, sending
from tests.cast import Acme, make_acme
from tests.contract.calls import jobs
from tests.sending import REVIEWER

OWNER = Actor("member", "olga@acme.example", "Olga Owner")


@pytest.fixture
def process(acme: Acme) -> Process:
    return start(acme, "photo", "identification")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is not installed."""
    monkeypatch.setattr("rubrica.faces.pictures.can_compare", lambda: False)


def states(process: Process) -> dict[str, str]:
    return dict(ana(process).checks.values_list("kind", "state"))


def test_it_works(process: Process) -> None:
    mine = consented(process)
    answer = capture(mine, "photo", portraits.selfie())
    assert answer.status_code == 200, answer.content
    assert [step["state"] for step in answer.json()["steps"]] == ["done", "todo", "locked"]
    assert answer.json()["document"] is None
    answer = capture(mine, "identification", portraits.card())
    assert answer.status_code == 200, answer.content
    assert answer.json()["identity"]["passed"] is True
    assert answer.json()["document"]["name"] == "Lease"
    passed = process.events.filter(kind=Event.Kind.CHECK_PASSED)
    assert [event.data["check"] for event in passed] == ["photo", "identification"]
    assert all(event.data["similarity"] > 0.85 for event in passed)
    assert mine.sign().status_code == 200


def test_what_is_kept(acme: Acme, process: Process) -> None:
    """The original as evidence, a picture drawn anew to be shown; both apart from other files."""
    sent = portraits.selfie() + b"<script>alert(1)</script>"
    capture(consented(process), "photo", sent)
    kept = IdentityCapture.objects.get()
    assert sending.content(kept.original) == sent
    assert b"script" not in sending.content(kept.redrawn)
    assert kept.original and kept.original.biometric and "/biometric/" in kept.original.key
    assert kept.redrawn and kept.redrawn.biometric
    assert sending.keep(acme, sent) != kept.original
    event = process.events.get(kind=Event.Kind.CAPTURED)
    assert event.data["sha256"] == kept.sha256 == kept.original.sha256


def test_pictures_are_no_downloads_of_the_participant(process: Process) -> None:
    mine = consented(process)
    capture(mine, "photo", portraits.selfie())
    capture(mine, "identification", portraits.card())
    assert [one["kind"] for one in mine.state()["downloads"]] == ["document"]
    assert "similarity" not in str(mine.state())


def test_not_without_consent_of_its_own(process: Process) -> None:
    mine = phone(process)
    state = mine.state()["identity"]
    assert (state["consent"], state["consented"]) == (consent.to_pictures("en"), False)
    says(capture(mine, "photo", portraits.selfie()), 403, "BIOMETRIC_CONSENT_REQUIRED")
    assert not IdentityCapture.objects.exists()
    assert mine.post("/consent", {"consent": True}).json()["identity"]["consented"] is True
    assert mine.post("/consent", {"consent": True}).status_code == 200
    event = process.events.get(kind=Event.Kind.CONSENTED)
    import hashlib

    assert event.data["consent"] == hashlib.sha256(consent.to_pictures("en").encode()).hexdigest()


@pytest.mark.parametrize("body", [{}, {"consent": "true"}, {"consent": 1}, {"consent": None}])
def test_consent_is_said_clearly(process: Process, body: dict[str, object]) -> None:
    says(phone(process).post("/consent", body), 400, "BODY_INVALID")


def test_who_does_not_consent_is_decided_about_by_a_person(process: Process) -> None:
    mine = phone(process)
    state = mine.post("/consent", {"consent": False}).json()
    assert state["participant"]["status"] == "BLOCK"
    assert state["identity"]["blocked"]["code"] == "CONSENT_REFUSED"
    assert [job["participant_id"] for job in jobs("announce_block")] == [ana(process).pk]
    identity.approve(ana(process), "Shown in person.", OWNER)
    assert reads(mine)
    assert mine.sign().status_code == 200


def test_the_code_comes_first(acme: Acme) -> None:
    process = start(acme, "otp", "photo")
    mine = phone(process)
    says(capture(mine, "photo", portraits.selfie()), 403, "IDENTITY_REQUIRED")
    assert [one["state"] for one in mine.state()["identity"]["checks"]] == ["todo", "locked"]
    mine = with_code(process)
    assert mine.post("/consent", {"consent": True}).status_code == 200
    assert capture(mine, "photo", portraits.selfie()).json()["identity"]["passed"] is True


@pytest.mark.parametrize("agrees", [True, False])
def test_nobody_consents_or_refuses_without_the_code(acme: Acme, agrees: bool) -> None:
    """The consent must be the person's own, and a refusal blocks them."""
    process = start(acme, "otp", "photo")
    says(phone(process).post("/consent", {"consent": agrees}), 403, "IDENTITY_REQUIRED")
    assert ana(process).status == Participant.Status.NOTIFICATION
    assert not process.events.filter(kind__in=[Event.Kind.CONSENTED, Event.Kind.BLOCKED]).exists()
    assert not ana(process).checks.exclude(consented_at=None).exists()
    assert with_code(process).post("/consent", {"consent": agrees}).status_code == 200


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("photo", portraits.selfie(blur=12), "CAPTURE_BLURRED"),
        ("photo", portraits.nobody(), "FACE_MISSING"),
        ("identification", portraits.nobody(), "FACE_MISSING"),
        ("photo", portraits.two_people(), "FACES_SEVERAL"),
        ("photo", portraits.nobody((639, 480)), "CAPTURE_TOO_SMALL"),
        ("photo", portraits.nobody((1000, 479)), "CAPTURE_TOO_SMALL"),
        ("identificationBack", sending.picture(), "CAPTURE_TOO_SMALL"),
        ("photo", portraits.selfie()[:2000], "CAPTURE_INVALID"),
        ("video", portraits.mp4(61), "VIDEO_TOO_LONG"),
        ("video", portraits.mp4(3)[:40], "CAPTURE_INVALID"),
    ],
)
def test_what_is_not_good_enough_is_said_and_not_counted(acme: Acme, kind: str, content: bytes, code: str) -> None:
    process = start(acme, "photo", "identification", "identificationBack", "video")
    mine = consented(process)
    answer = capture(mine, kind, content)
    says(answer, 400, code)
    assert answer.json()["remaining"] == 3
    assert set(states(process).values()) == {"todo"}
    assert not Blob.objects.filter(biometric=True).exists()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("photo", b"<html><script>alert(1)</script></html>"),
        ("photo", b"%PDF-1.7 " + b"x" * 100),
        ("photo", b"GIF89a" + b"\0" * 100),
        ("photo", portraits.RECORDING),
        ("video", portraits.selfie()),
        ("video", b"<html></html>"),
    ],
)
def test_other_kinds_of_files(acme: Acme, kind: str, content: bytes) -> None:
    process = start(acme, "photo", "video")
    says(capture(consented(process), kind, content), 415, "CAPTURE_TYPE_REFUSED")


def test_limits_of_size(process: Process, settings: Any) -> None:
    settings.MAX_CAPTURE_BYTES = 10_000
    mine = consented(process)
    assert mine.state()["identity"]["checks"][0]["maxBytes"] == 10_000
    says(capture(mine, "photo", portraits.selfie()), 413, "FILE_TOO_LARGE")


@pytest.mark.parametrize("content", [portraits.RECORDING, portraits.mp4(12)])
def test_a_video_is_kept(acme: Acme, content: bytes) -> None:
    process = start(acme, "video")
    answer = capture(consented(process), "video", content, "video/webm")
    assert answer.json()["identity"]["passed"] is True
    assert sending.content(IdentityCapture.objects.get().original) == content


@pytest.mark.parametrize("kind", ["otp", "face", "identificationBack", "PHOTO", "%00"])
def test_only_what_is_asked(process: Process, kind: str) -> None:
    says(capture(consented(process), kind, portraits.selfie()), 404, "CHECK_UNKNOWN")


def test_a_picture_may_be_taken_again_until_all_is_confirmed(process: Process) -> None:
    mine = consented(process)
    for _ in range(2):
        assert capture(mine, "photo", portraits.selfie()).status_code == 200
    capture(mine, "identification", portraits.card())
    says(capture(mine, "photo", portraits.selfie()), 409, "CHECK_PASSED")


def test_three_other_faces_block(process: Process) -> None:
    mine = consented(process)
    capture(mine, "photo", portraits.selfie())
    for remaining in (2, 1):
        answer = fail_comparison(mine)
        says(answer, 400, "FACES_DIFFER")
        assert answer.json()["remaining"] == remaining
    asked = mine.state()["identity"]["checks"][1]
    assert (asked["state"], asked["code"], asked["remaining"]) == ("todo", "FACES_DIFFER", 1)
    says(fail_comparison(mine), 423, "PARTICIPANT_BLOCKED")
    says(capture(mine, "identification", portraits.card()), 423, "PARTICIPANT_BLOCKED")
    blocked = process.events.get(kind=Event.Kind.BLOCKED).data
    assert blocked["reason"] == "FACES_DIFFER"
    assert 0 < blocked["similarity"] < 0.5
    refused = IdentityCapture.objects.filter(refused="FACES_DIFFER")
    assert [one.similarity for one in refused] == [blocked["similarity"]] * 3


def test_the_threshold_is_the_organizations(acme: Acme, process: Process) -> None:
    acme.organization.face_threshold = 0.1
    acme.organization.save()
    mine = consented(process)
    capture(mine, "photo", portraits.selfie())
    assert fail_comparison(mine).json()["identity"]["passed"] is True


def test_without_the_extra_a_person_decides(process: Process, alone: None) -> None:
    mine = consented(process)
    assert capture(mine, "photo", portraits.selfie()).status_code == 200
    state = fail_comparison(mine).json()
    assert (state["identity"]["waiting"], state["identity"]["passed"]) == (True, False)
    assert [check["state"] for check in state["identity"]["checks"]] == ["waiting", "waiting"]
    says(mine.sign(), 403, "IDENTITY_REQUIRED")
    assert len(jobs("announce_block")) == 1
    assert ana(process).status == Participant.Status.NOTIFICATION
    identity.approve(ana(process), "It is her.", OWNER)
    assert mine.state()["identity"]["passed"] is True
    assert {check.decided_by for check in ana(process).checks.all()} == {"Olga Owner"}


def test_a_reset_begins_anew(process: Process) -> None:
    mine = consented(process)
    capture(mine, "photo", portraits.selfie())
    for _ in range(3):
        fail_comparison(mine)
    identity.reset(ana(process), REVIEWER)
    assert ana(process).status == Participant.Status.NOTIFICATION
    assert mine.state()["identity"]["checks"][1]["remaining"] == 3
    capture(mine, "photo", portraits.selfie())
    assert capture(mine, "identification", portraits.card()).json()["identity"]["passed"] is True
    assert IdentityCapture.objects.count() == 6, "what was tried before stays as evidence"


def test_refusing_ends_the_process(process: Process) -> None:
    mine = phone(process)
    mine.post("/consent", {"consent": False})
    identity.reject(ana(process), REVIEWER)
    process.refresh_from_db()
    assert (process.state, ana(process).status) == (Process.State.REJECTED, Participant.Status.REJECT)
    declined = process.events.get(kind=Event.Kind.DECLINED)
    assert (declined.actor_name, declined.data["participant"]) == ("Tomás Reviewer", ana(process).public_id)


def test_nobody_blocked_nothing_to_decide(process: Process) -> None:
    for decide in (identity.reset, identity.reject):
        with pytest.raises(Exception, match="not blocked"):
            decide(ana(process), OWNER)


def test_pictures_go_when_their_time_is_over(process: Process, settings: Any) -> None:
    capture(consented(process), "photo", portraits.selfie())
    from datetime import timedelta

    from rubrica import clock

    past = clock.now() - timedelta(days=366)
    IdentityCapture.objects.update(created_at=past)
    assert sweeping.sweep() == 0, "the process goes on"
    Process.objects.update(state="finished", ended_at=past)
    settings.BIOMETRIC_DAYS = 0
    assert sweeping.sweep() == 0
    settings.BIOMETRIC_DAYS = 365
    assert sweeping.sweep() == 1
    kept = IdentityCapture.objects.get()
    assert (kept.original, kept.redrawn) == (None, None)
    assert kept.sha256 and kept.erased_at
    Blob.objects.update(created_at=past)
    upkeep.purge_blobs()
    assert not Blob.objects.filter(biometric=True).exists()


def test_many_pictures_in_an_hour(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captures, "MOST_TRIES", 2)
    mine = consented(process)
    for _ in range(2):
        says(capture(mine, "photo", b"x"), 415, "CAPTURE_TYPE_REFUSED")
    answer = capture(mine, "photo", portraits.selfie())
    says(answer, 429, "CAPTURE_TOO_OFTEN")
    assert 0 < int(answer.headers["Retry-After"]) <= 3600


@pytest.mark.django_db(transaction=True)
def test_other_faces_all_at_once_are_at_most_three(monkeypatch: pytest.MonkeyPatch) -> None:
    process = start(make_acme(), "photo", "identification")
    mine, begin = consented(process), threading.Barrier(8)
    capture(mine, "photo", portraits.selfie())
    monkeypatch.setattr(faces, "similarity", lambda one, other: 0.2)  # the engine is tested on its own, and slow
    content = portraits.card(portraits.HOPPER)

    phones = [phone(process) for _ in range(8)]

    def attempt(number: int) -> Any:
        begin.wait()
        try:
            return capture(phones[number], "identification", content).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(attempt, range(8)))
    assert sorted(answers) == [400, 400, *[423] * 6]
    assert check(process, "identification").failures == 3
    assert process.events.filter(kind=Event.Kind.BLOCKED).count() == 1


def test_the_consent_names_its_text_and_is_in_the_evidence(process: Process) -> None:
    phone_ = consented(process)
    event = process.events.get(kind=Event.Kind.CONSENTED)
    digest = hashlib.sha256(consent.to_pictures(ana(process).language).encode()).hexdigest()
    assert (event.data["text_version"], event.data["consent"]) == (consent.PICTURES_VERSION, digest)
    assert event.ip and event.actor == ana(process).public_id
    agreed = next(identity.sealed_checks(ana(process)))
    assert (agreed.kind, agreed.sha256, agreed.at) == ("consent", digest, event.at)
    assert consent.PICTURES_VERSION in agreed.result
    assert phone_


def test_who_does_not_consent_leaves_no_consent_in_the_evidence(process: Process) -> None:
    assert phone(process).post("/consent", {"consent": False}).status_code == 200
    assert list(identity.sealed_checks(ana(process))) == []
