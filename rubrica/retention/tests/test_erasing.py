"""A person is erased: nothing of them is left where it need not be, and everything that holds still holds."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError
from django.test.utils import CaptureQueriesContext

from rubrica.bulk.models import Batch, BatchRow
from rubrica.drafting.models import Draft
from rubrica.files.models import Blob
from rubrica.files.storage import storage
from rubrica.notify.models import Notification
from rubrica.processes.actor import Actor
from rubrica.processes.ledger import checking
from rubrica.processes.models import (
    Erasure,
    Event,
    Hold,
    IdentityCapture,
    IdentityCheck,
    Participant,
    Process,
    Submission,
)
from rubrica.processes.models.event import first_broken
from rubrica.retention import blobs, erasing, people, proofs
from rubrica.retention.tests.people import EMAIL, delivered, kept_long_ago, signed
from rubrica.sealing.keyring.anchors import anchors, export_anchor
from rubrica.sealing.keyring.keys import signing_key
from rubrica.sealing.verification import detached
from rubrica.web.text import searchable
from rubrica.webhooks.models import Delivery, Webhook
from tests import sending
from tests.cast import Acme
from tests.sending import person, somebody
from tests.tampering import as_superuser, rewriting_history

OWNER = Actor("member", "olga@acme.example", "Olga Owner", "203.0.113.1", "Console")
TRACES = [EMAIL, "Ana Pérez", "198.51.100.77", "Firefox of Ana"]
# The team's own words about their deeds stay, as the statement says.
APART = {"accounts.AuditEntry"}


def fresh(process: Process) -> Process:
    return Process.objects.select_related("organization").get(pk=process.pk)


def traces(*texts: str) -> list[str]:
    """Every row of every table of ours that has one of these in it."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if not model.__module__.startswith("rubrica.") or model._meta.label in APART:
                continue
            cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" t')
            rows = [row[0] for row in cursor.fetchall()]
            found += [f"{model._meta.label}: {text}" for row in rows for text in texts if text.lower() in row.lower()]
    return found


def erase(acme: Acme, identifier: str = EMAIL, **options: Any) -> Erasure:
    return erasing.erase(acme.organization, identifier, OWNER, reason="Asked for by letter", **options)


def in_clear(process: Process) -> None:
    """Its events as an earlier version wrote them: with everything in clear beneath the hash."""
    with rewriting_history():
        before = b""
        for event in process.events.order_by("sequence"):
            event.salt, event.previous = None, before
            event.hash = before = event.digest(process.public_id)
            event.save()
        Process.objects.filter(pk=process.pk).update(chain_head=before)


def test_it_works(acme: Acme) -> None:
    process = delivered(acme)
    assert traces(*TRACES[:2])
    plan = erasing.plan(acme.organization, EMAIL)
    assert (plan.counts["participants"], plan.counts["files"]) == (1, 2)
    erasure = erase(acme)
    assert traces(*TRACES) == []
    assert first_broken(fresh(process)) is None
    assert erasure.told["counts"] == plan.as_json()["counts"]
    assert [one["package"] for one in erasure.told["processes"]] == [process.public_id]


def test_what_others_did_stays(acme: Acme) -> None:
    process = delivered(acme)
    erase(acme)
    benito = somebody(process, "Benito")
    assert (benito.email, benito.requested_files.get().current.file_name) == ("benito@example.com", "cédula.jpg")  # type: ignore[union-attr]
    uploaded = [event for event in process.events.all() if event.actor == benito.public_id]
    assert [event.actor_name for event in uploaded] == ["Benito Ruiz"]
    assert uploaded[0].erased is None


def test_bytes_are_gone_and_their_digests_stay(acme: Acme) -> None:
    process = delivered(acme)
    digests = [event.data["sha256"] for event in process.events.filter(kind="file.uploaded")]
    erasure = erase(acme)
    assert blobs.wipe() == 0, "somebody may be about to point at the same bytes"
    kept_long_ago()
    assert blobs.wipe() == 2
    assert {one["sha256"] for one in erasure.told["processes"][0]["files"]} == set(digests[:2])
    assert [event.data["sha256"] for event in process.events.filter(kind="file.uploaded")] == digests
    kept = Blob.objects.filter(organization=acme.organization, erased_at=None)
    assert [sending.content(blob) for blob in kept] == [sending.picture(color="#333333")]


def test_bytes_that_somebody_came_to_need_are_given_back(acme: Acme) -> None:
    """Who was told that their file is kept may point at it only after the same bytes of another were erased."""
    delivered(acme)
    same = sending.keep(acme, sending.picture(color="#222222"))
    erase(acme)
    going_on = sending.start(acme, person("Carla", "Passport"))
    Submission.objects.create(
        organization=acme.organization,
        requested_file=sending.slot(going_on, "Passport"),
        version=1,
        blob=same,
        file_name="mine.jpg",
    )
    kept_long_ago()
    assert blobs.wipe() == 1
    assert sending.content(Blob.objects.get(pk=same.pk)) == sending.picture(color="#222222")


def test_one_that_cannot_be_wiped_keeps_no_other(acme: Acme) -> None:
    delivered(acme)
    erase(acme)
    kept_long_ago()
    stuck = Path(storage().path(Blob.objects.filter(erased_at__isnull=False).order_by("pk")[0].key))
    stuck.unlink()
    (stuck / "in the way").mkdir(parents=True)
    assert blobs.wipe() == 1
    (stuck / "in the way").rmdir()
    assert blobs.wipe() == 1, "it is tried again"


def test_pictures_of_identity_checks_go_with_their_bytes(acme: Acme) -> None:
    process = delivered(acme)
    check = IdentityCheck.objects.create(
        organization=acme.organization, participant=somebody(process, "Ana"), kind="photo", position=1
    )
    pair = [sending.keep(acme, sending.picture(color=color)) for color in ("#444444", "#555555")]
    IdentityCapture.objects.create(
        organization=acme.organization, check_row=check, original=pair[0], redrawn=pair[1], sha256=pair[0].sha256
    )
    told = erase(acme).told["processes"][0]["files"]
    assert {one["sha256"] for one in told if one["what"] == "picture"} == {blob.sha256 for blob in pair}
    kept_long_ago()
    assert blobs.wipe() == 4
    assert not any(storage().exists(blob.key) for blob in pair)


def test_a_signature_goes_and_the_document_stays(acme: Acme) -> None:
    process = signed(acme)
    erasure = erase(acme)
    document = process.documents.select_related("shown").get()
    assert document.shown is not None and document.shown.erased_at is None
    assert traces("198.51.100.77", "Firefox of Ana") == []
    assert "documents" in {one["what"] for one in erasure.told["stays"]}
    gone = set(Blob.objects.filter(erased_at__isnull=False).values_list("sha256", flat=True))
    assert gone == {one["sha256"] for one in erasure.told["processes"][0]["files"]}
    assert len(gone) == 1


def test_documents_go_too_where_that_is_asked(acme: Acme) -> None:
    process = signed(acme)
    erase(acme, with_documents=True)
    document = process.documents.select_related("shown", "original").get()
    assert document.shown is not None and document.shown.erased_at is not None
    assert first_broken(fresh(process)) is None


def test_a_process_that_goes_on_stays_and_the_statement_says_why(acme: Acme) -> None:
    process = sending.start(acme, person("Ana Pérez", "ID card"))
    plan = erasing.plan(acme.organization, EMAIL)
    assert [(one["what"], one["package"]) for one in plan.staying if "package" in one] == [
        ("open", process.public_id)
    ]  # fmt: skip
    with pytest.raises(erasing.NobodyFound):
        erase(acme)
    assert somebody(process).email == EMAIL


@pytest.mark.parametrize("whole", [False, True], ids=["process", "organization"])
def test_what_is_held_stays(acme: Acme, whole: bool) -> None:
    process = delivered(acme)
    Hold.place(acme.organization, None if whole else process, "A claim", OWNER)
    with pytest.raises(erasing.NobodyFound):
        erase(acme)
    assert somebody(process, "Ana").email == EMAIL
    assert erasing.plan(acme.organization, EMAIL).staying[0]["what"] == "held"


def test_a_stranger_erases_nothing(acme: Acme, other: Acme) -> None:
    process = delivered(acme)
    with pytest.raises(erasing.NobodyFound):
        erase(other)
    assert somebody(process, "Ana").email == EMAIL


@pytest.mark.parametrize("text", ["", "ana", "a@b", "\0\0\0\0\0"])
def test_who_is_meant_must_be_clear(acme: Acme, text: str) -> None:
    with pytest.raises((people.Unclear, erasing.NobodyFound)):
        erase(acme, text)


def test_a_telephone_number_is_found_however_it_is_written(acme: Acme) -> None:
    delivered(acme)
    assert len(people.find(acme.organization, "+57 300 000-0000").participants) == 2
    assert len(people.find(acme.organization, "573000000000").participants) == 2


def test_an_identity_document_is_found_by_its_number(acme: Acme) -> None:
    process = delivered(acme)
    Participant.objects.filter(pk=somebody(process, "Ana").pk).update(identity={"claimed": {"number": "CC1020304050"}})
    erase(acme, "cc1020304050")
    assert traces("1020304050", *TRACES) == []


def test_drafts_rows_messages_and_calls_are_freed_too(acme: Acme) -> None:
    process = delivered(acme)
    organization = acme.organization
    Draft.objects.create(organization=organization, creator=acme.owner,
                         content={"people": [{"name": "Ana Pérez", "email": EMAIL.upper()}]})  # fmt: skip
    batch = Batch.objects.create(organization=organization, creator=acme.owner, name="Many", file_name="x.csv",
                                 headings=["a"], content={}, chosen={})  # fmt: skip
    BatchRow.objects.create(batch=batch, number=1, cells=["Ana Pérez", EMAIL])
    BatchRow.objects.create(batch=batch, number=2, cells=["Carla", "carla@example.com"])
    webhook = Webhook.objects.create(organization=organization, word="default", url="https://x.example")
    for subject in (process.public_id, "another"):
        Delivery.objects.create(organization=organization, webhook=webhook, subject=subject, kind="X", body="Carla")
    Notification.objects.create(organization=organization, key="one", kind="invite", to=EMAIL)
    erase(acme)
    assert traces(*TRACES) == []
    assert BatchRow.objects.get(number=2).cells == ["Carla", "carla@example.com"]
    assert list(Delivery.objects.values_list("subject", flat=True)) == ["another"]


def test_somebody_with_a_longer_name_keeps_it(acme: Acme) -> None:
    delivered(acme)
    process = sending.start(acme, person("Mariana Pérez"), name="For mariana@example.com and Diana Pérezosa")
    erase(acme)
    assert fresh(process).name == "For mariana@example.com and Diana Pérezosa"


def test_the_search_finds_nobody_any_more(acme: Acme) -> None:
    process = delivered(acme)
    assert "perez" in process.words
    erase(acme)
    assert "perez" not in fresh(process).words
    assert "onboarding" in fresh(process).words


def test_events_written_in_clear_are_vouched_for_by_the_statement(acme: Acme) -> None:
    process = delivered(acme)
    in_clear(process)
    assert first_broken(fresh(process)) is None
    erasure = erase(acme)
    assert traces(*TRACES) == []
    assert first_broken(fresh(process)) is None
    with rewriting_history():
        Erasure.objects.filter(pk=erasure.pk).update(
            statement=erasure.statement.replace('"sequence": 2', '"sequence": 3')
        )
    assert first_broken(fresh(process)) is not None


def test_the_statement_is_signed_and_the_check_of_the_ledger_looks_at_it(
    transactional_db: None, acme: Acme, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path / "data"
    delivered(acme)
    erasure = erase(acme)
    proofs.sign(erasure.pk)
    erasure.refresh_from_db()
    assert erasure.cms is not None
    export_anchor(signing_key(acme.organization).chain[-1].public_bytes(Encoding.PEM).decode())  # as at the commit
    detached.check(bytes(erasure.cms), erasure.digest, anchors())
    assert checking.check().faults == []
    with rewriting_history():
        Erasure.objects.update(statement=erasure.statement.replace("letter", "mail"))
    assert [fault.what for fault in checking.check().faults] == ["erasure"]


def test_nothing_but_erased_data_may_leave_an_event(acme: Acme) -> None:
    process = delivered(acme)
    event = process.events.filter(kind=Event.Kind.FILE_UPLOADED)[0]
    changes: list[dict[str, Any]] = [
        {"actor_name": ""},
        {"erased": {"erasure": "x"}, "actor_name": "Somebody"},
        {"erased": {"erasure": "x"}, "kind": "file.approved"},
        {"erased": {"erasure": "x"}, "data": {}},
        {"erased": {"erasure": "x"}, "data": {**event.data, "sha256": "0" * 64}},
        {"erased": {"erasure": "x"}, "hash": b"0" * 32},
        {"erased": {"erasure": "x"}, "salt": None},
    ]
    for change in changes:
        with pytest.raises(DatabaseError, match=r"history|permission denied"), transaction.atomic():
            Event.objects.filter(pk=event.pk).update(**change)
        with pytest.raises(IntegrityError, match="history"), as_superuser():
            Event.objects.filter(pk=event.pk).update(**change)
    with pytest.raises(IntegrityError, match="history"), as_superuser():
        Event.objects.filter(pk=event.pk).delete()


def test_what_an_erased_event_still_says_is_bound_by_its_hash(acme: Acme) -> None:
    process = delivered(acme)
    erase(acme)
    event = process.events.filter(kind=Event.Kind.FILE_UPLOADED)[0]
    with rewriting_history():
        Event.objects.filter(pk=event.pk).update(data={**event.data, "sha256": "0" * 64})
    assert first_broken(fresh(process)) == event.sequence


def test_a_commitment_cannot_be_tried_without_its_salt(acme: Acme) -> None:
    process = delivered(acme)
    erase(acme)
    event = process.events.filter(kind=Event.Kind.FILE_UPLOADED)[0]
    assert bytes(event.salt or b"") == bytes(32)
    assert event.erased is not None and len(event.erased["actor"]) == 64


def test_after_a_restore_an_erasure_is_applied_again(acme: Acme) -> None:
    process = delivered(acme)
    kept = {one.pk: one for one in process.participants.all()}
    statement = erase(acme).told
    for one in kept.values():  # the database as it was before
        one.save()
    statement = json.loads(json.dumps(statement))
    planned = erasing.again(statement, OWNER, dry_run=True)
    assert (planned.matched, planned.made, planned.counts["participants"]) == (True, [], 1)
    assert traces(EMAIL)
    found = erasing.again(statement, OWNER)
    assert (len(found.made), found.is_whole) == (1, True)
    assert traces(EMAIL) == []
    assert somebody(process, "Benito").email == "benito@example.com", "who has the same telephone is somebody else"
    once_more = erasing.again(statement, OWNER)
    assert (once_more.matched, once_more.is_whole) == (False, True)
    assert not erasing.again({**statement, "id": "another"}, OWNER).is_whole, "nobody is here, and nobody was erased"


def test_what_cannot_be_erased_again_is_said(acme: Acme) -> None:
    process = delivered(acme)
    kept = list(process.participants.all())
    statement = erase(acme).told
    for one in kept:
        one.save()
    Hold.place(acme.organization, process, "A claim", OWNER)
    found = erasing.again(statement, OWNER)
    assert (found.matched, found.made, found.is_whole) == (True, [], False)
    assert found.stays[0]["what"] == "held"


@pytest.mark.parametrize(
    ("name", "title", "left"),
    [
        ("Ana", "Ana and Mariana, Ana-María", "— and Mariana, —-María"),
        ("李娜", "与李娜的合同2024", "与—的合同2024"),
        ("Ana", "这是Ana的合同", "这是—的合同"),
        ("김민수", "김민수의 계약", "—의 계약"),
        ("A", "Plan A, Ana", "Plan —, Ana"),
    ],
)
def test_short_names_and_those_between_no_blanks_go_too(acme: Acme, name: str, title: str, left: str) -> None:
    guest = person(name, "ID card")
    process = sending.start(acme, guest, name=title)
    process.cancel("Not now.", OWNER)
    before = fresh(process).words
    erase(acme, guest.email)
    after = fresh(process)
    assert after.name == left
    found = searchable(name)
    assert found in before and found not in after.words.split()
    assert name == "A" or found not in after.words.replace("mariana", "")


def test_a_short_name_in_a_draft_goes_where_it_is_all_that_is_said(acme: Acme) -> None:
    guest = person("Ana", "ID card")
    process = sending.start(acme, guest)
    process.cancel("Not now.", OWNER)
    content = {"people": [{"name": "Ana", "email": guest.email}], "message": "Ana Belén signs"}
    draft = Draft.objects.create(organization=acme.organization, creator=acme.owner, content=content)
    erase(acme, guest.email)
    draft.refresh_from_db()
    assert draft.content == {"people": [{"name": "—", "email": "—"}], "message": "Ana Belén signs"}


def test_a_check_reads_each_statement_once(acme: Acme) -> None:
    process = delivered(acme)
    erase(acme)
    assert process.events.exclude(erased=None).count() > 1
    with CaptureQueriesContext(connection) as asked:
        assert first_broken(fresh(process)) is None
    assert sum(Erasure._meta.db_table in one["sql"] for one in asked.captured_queries) == 1
