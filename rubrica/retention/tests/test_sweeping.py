"""What goes when its time is over, and what stays."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rubrica import clock
from rubrica.files.models import Blob, FileErased
from rubrica.files.storage import storage
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Refused
from rubrica.processes.models import Hold, IdentityCapture, IdentityCheck, Submission
from rubrica.records.models import Attachment, Definition, Record, RecordEvent
from rubrica.retention import blobs, sweeping
from rubrica.retention.classes import DELIVERIES, DOCUMENTS, EVIDENCE, FILES, OutOfBounds, checked
from rubrica.retention.tests.people import delivered, kept_long_ago, long_ago, signed
from rubrica.signer import pages
from rubrica.webhooks.models import Delivery, Webhook
from tests import sending
from tests.cast import Acme, signed_in
from tests.sending import deliver, person, slot

OWNER = Actor("member", "olga@acme.example", "Olga Owner")


def keeps(acme: Acme, **days: int) -> None:
    acme.organization.retention = days
    acme.organization.save(update_fields=["retention"])


def erased(process: Any) -> int:
    return Submission.objects.filter(requested_file__process=process, blob__erased_at__isnull=False).count()


def test_it_works(acme: Acme) -> None:
    """Files go when their time is over, and their digests, sizes and history stay."""
    process, young = delivered(acme), delivered_again(acme)
    keeps(acme, files=30)
    long_ago(process, 31)
    assert sweeping.sweep() == 3
    assert (erased(process), erased(young)) == (3, 0)
    blob = Submission.objects.filter(requested_file__process=process)[0].blob
    with pytest.raises(FileErased):
        blob.open()
    assert blobs.wipe() == 3
    assert not storage().exists(blob.key)
    assert blob.sha256 and blob.size
    assert sweeping.sweep() == blobs.wipe() == 0, "once is enough"


def delivered_again(acme: Acme) -> Any:
    process = sending.start(acme, person("Carla", "Passport"))
    deliver(acme, slot(process, "Passport"), sending.picture(color="#abcdef"))
    slot(process, "Passport").approve(OWNER)
    return process


def test_nothing_goes_where_nobody_said_so(acme: Acme) -> None:
    process = delivered(acme)
    long_ago(process, 10_000)
    assert sweeping.sweep() == 0


def test_what_goes_on_keeps_its_files(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "ID card"))
    deliver(acme, slot(process, "ID card"))
    keeps(acme, files=30)
    long_ago(process, 100)
    type(process).objects.update(ended_at=None)
    assert sweeping.sweep() == 0


def test_bytes_that_something_else_needs_stay_until_that_goes_too(acme: Acme) -> None:
    one, two = delivered(acme), delivered(acme)  # the same three files
    keeps(acme, files=30)
    long_ago(one, 31)
    long_ago(two, 20)
    assert sweeping.sweep() == 0
    keeps(acme, files=15)
    assert sweeping.sweep() == 3
    assert (erased(one), erased(two)) == (3, 3)


def test_bytes_that_just_came_wait_until_something_may_point_at_them(acme: Acme) -> None:
    """The row of a blob is there before whatever it was kept for."""
    process = delivered(acme)
    keeps(acme, files=30)
    long_ago(process, 31)
    sending.keep(acme, sending.picture(color="#222222"))  # the same once more: somebody is about to point at it
    assert sweeping.sweep() == 2
    kept_long_ago()
    assert sweeping.sweep() == 0, "the mark has passed it"
    sweeping.rewind()
    assert sweeping.sweep() == 1


def test_bytes_that_came_again_between_the_look_and_the_mark_stay(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    process = delivered(acme)
    keeps(acme, files=30)
    long_ago(process, 31)
    look = blobs.erasable

    def erasable(*args: Any, **options: Any) -> Any:
        chosen = list(look(*args, **options).values_list("pk", flat=True))
        sending.keep(acme, sending.picture(color="#222222"))
        return Blob.objects.filter(pk__in=chosen)

    monkeypatch.setattr(blobs, "erasable", erasable)
    assert sweeping.sweep() == 2


def test_what_two_classes_share_goes_in_the_end(acme: Acme) -> None:
    process = delivered(acme)
    blob = Submission.objects.filter(requested_file__process=process)[0].blob
    definition = Definition.objects.create(
        organization=acme.organization, key="d1", name="clients", schema={"fields": []}
    )
    record = Record.objects.create(organization=acme.organization, definition=definition)
    place = {"path": "photo", "position": 0, "name": "a.jpg", "media_type": blob.media_type, "size": blob.size}
    Attachment.objects.create(organization=acme.organization, definition=definition, record=record, blob=blob, **place)
    keeps(acme, files=30)
    long_ago(process, 31)
    assert sweeping.sweep() == 2
    Attachment.objects.all().delete()
    assert sweeping.sweep() == 0, "the mark has passed it"
    sweeping.rewind()
    assert sweeping.sweep() == 1


@pytest.mark.parametrize("whole", [False, True], ids=["process", "organization"])
@pytest.mark.parametrize("kind", ["files", "identity", "deliveries"])
def test_a_hold_that_comes_while_a_sweep_waits_for_the_lock_is_seen(
    transactional_db: None, acme: Acme, kind: str, whole: bool
) -> None:
    process = delivered(acme)
    with_picture_and_call(acme, process)
    long_ago(process, 400)
    keeps(acme, **{kind: 365 if kind == "identity" else 30})
    done: list[int] = []

    def sweep() -> None:
        try:
            done.append(sweeping.sweep())
        finally:
            connection.close()

    turn = threading.Thread(target=sweep)
    with transaction.atomic():
        Hold.place(acme.organization, None if whole else process, "A claim", OWNER)
        turn.start()
        wait_for_a_lock()
    turn.join(60)
    assert done == [0]
    assert erased(process) == 0
    assert Delivery.objects.exists()
    assert IdentityCapture.objects.filter(erased_at=None).exists()


def with_picture_and_call(acme: Acme, process: Any) -> None:
    past = clock.now() - timedelta(days=400)
    check = IdentityCheck.objects.create(
        organization=acme.organization, participant=process.participants.all()[0], kind="photo", position=1
    )
    IdentityCapture.objects.create(organization=acme.organization, check_row=check, sha256="0" * 64, created_at=past)
    webhook = Webhook.objects.create(organization=acme.organization, word="default", url="https://x.example")
    Delivery.objects.create(organization=acme.organization, webhook=webhook, subject=process.public_id, kind="X",
                            body="{}", state="sent", settled_at=past)  # fmt: skip


def wait_for_a_lock() -> None:
    """Until somebody else in this database waits for one."""
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.1)
    raise AssertionError("the sweep does not wait for the hold")


def test_the_same_bytes_once_more_are_there_again(acme: Acme) -> None:
    process = delivered(acme)
    keeps(acme, files=30)
    long_ago(process, 31)
    sweeping.sweep()
    blobs.wipe()
    blob = sending.keep(acme, sending.picture(color="#222222"))
    assert sending.content(Blob.objects.get(pk=blob.pk)) == sending.picture(color="#222222")


def test_documents_and_evidence_have_a_time_of_their_own(acme: Acme) -> None:
    process = signed(acme)
    keeps(acme, documents=365, evidence=400)
    long_ago(process, 366)
    assert sweeping.sweep() > 0
    document = process.documents.select_related("original").get()
    assert document.original is not None and document.original.erased_at is not None
    answer = signed_in(acme.owner).get(f"/console/processes/{process.public_id}/documents/{document.code}/original")
    assert (answer.status_code, answer.json()["message"]) == (410, "FILE_ERASED")


def test_a_hold_keeps_everything_until_it_is_lifted(acme: Acme) -> None:
    process = delivered(acme)
    keeps(acme, files=30)
    long_ago(process, 31)
    Hold.place(acme.organization, process, "A claim", OWNER)
    assert sweeping.sweep() == 0
    Hold.lift(acme.organization, process, OWNER)
    assert sweeping.sweep() == 3


def test_a_hold_on_the_organization_keeps_all_of_it(acme: Acme) -> None:
    process = delivered(acme)
    keeps(acme, files=30)
    long_ago(process, 31)
    Hold.place(acme.organization, None, "A claim", OWNER)
    assert sweeping.sweep() == 0
    assert Hold.objects.of(process).count() == 1
    Hold.lift(acme.organization, None, OWNER)
    assert sweeping.sweep() == 3


def test_a_hold_is_in_the_history_once_and_has_a_reason(acme: Acme) -> None:
    process = delivered(acme)
    for reason, code in (("  ", "REASON_REQUIRED"), ("A claim", ""), ("Another", "ALREADY_HELD")):
        if code:
            with pytest.raises(Refused) as refused:
                Hold.place(acme.organization, process, reason, OWNER)
            assert refused.value.code == code
        else:
            Hold.place(acme.organization, process, reason, OWNER)
    Hold.lift(acme.organization, process, OWNER)
    with pytest.raises(Refused) as refused:
        Hold.lift(acme.organization, process, OWNER)
    assert refused.value.code == "NOT_HELD"
    kinds = list(process.events.order_by("-sequence").values_list("kind", flat=True)[:2])
    assert kinds == ["process.released", "process.held"]


def test_calls_to_webhooks_go_by_the_days_of_their_organization(acme: Acme, other: Acme) -> None:
    process = delivered(acme)
    for one in (acme, other):
        webhook = Webhook.objects.create(organization=one.organization, word="default", url="https://x.example")
        subject = process.public_id if one is acme else "another"
        Delivery.objects.create(organization=one.organization, webhook=webhook, subject=subject, kind="X",
                                body="{}", state="sent", settled_at=process.created_at)  # fmt: skip
    Delivery.objects.update(settled_at="2020-01-01T00:00:00Z")
    Hold.place(acme.organization, process, "A claim", OWNER)
    keeps(acme, deliveries=7)
    sweeping.sweep()
    assert list(Delivery.objects.values_list("organization", flat=True)) == [acme.organization.pk]


def test_what_would_go_is_counted_and_stays(acme: Acme) -> None:
    process = delivered(acme)
    long_ago(process, 100)
    task = sweeping.task_of(acme.organization, FILES, 99)
    assert task is not None
    count, size = sweeping.counted(task)
    assert (count, size > 0, erased(process)) == (3, True, 0)
    later = sweeping.task_of(acme.organization, FILES, 101)
    assert later is not None and sweeping.counted(later) == (0, 0)
    assert sweeping.next_to_go(later) is not None


@pytest.mark.parametrize("kind", [FILES, DOCUMENTS, EVIDENCE])
def test_the_database_counts_and_gives_no_list(acme: Acme, kind: str) -> None:
    for process in (delivered(acme), signed(acme)):
        long_ago(process, 400)
    task = sweeping.task_of(acme.organization, kind, 366)
    assert task is not None
    ended = list(task.processes().values_list("pk", flat=True))
    going = blobs.erasable(sweeping.bytes_of(kind, ended), task.spared)
    with CaptureQueriesContext(connection) as asked:
        found = sweeping.counted(task)
    assert found == (going.count(), sum(blob.size for blob in going))
    assert bool(found[0]) == (kind != EVIDENCE)
    assert len(asked) == 2, "whether it is held, and the count"
    assert asked[1]["sql"].startswith("SELECT COUNT(")


@pytest.mark.parametrize(
    "asked",
    [{FILES: 29}, {FILES: 36501}, {DOCUMENTS: 100}, {"identity": 0}, {DELIVERIES: 91}, {EVIDENCE: 365},
     {DOCUMENTS: 800, EVIDENCE: 700}],
)  # fmt: skip
def test_days_have_bounds(asked: dict[str, int | None]) -> None:
    with pytest.raises(OutOfBounds):
        checked(asked)


def test_none_takes_what_the_installation_says() -> None:
    assert checked({FILES: None, DOCUMENTS: 400, EVIDENCE: 400, DELIVERIES: 30}) == {
        DOCUMENTS: 400, EVIDENCE: 400, DELIVERIES: 30,
    }  # fmt: skip


def test_pictures_of_pages_go_with_their_document(acme: Acme) -> None:
    process = signed(acme)
    shown = process.documents.select_related("shown").get().shown
    assert shown is not None
    pages.page_image(shown, 1, 400)
    kept = pages.folder() / shown.sha256[:2] / shown.sha256
    assert kept.is_dir()
    keeps(acme, documents=365)
    long_ago(process, 366)
    sweeping.sweep()
    with pytest.raises(FileErased):
        pages.page_image(Blob.objects.get(pk=shown.pk), 1, 400)
    blobs.wipe()
    assert not kept.exists()


def test_files_of_records_go_and_a_tombstone_stays(acme: Acme) -> None:
    definition = Definition.objects.create(
        organization=acme.organization, key="d1", name="clients", schema={"fields": []}
    )
    record = Record.objects.create(organization=acme.organization, definition=definition)
    blob = sending.keep(acme, b"%PDF-1.4 of a record")
    place = {"path": "photo", "position": 0, "name": "a.pdf", "media_type": blob.media_type, "size": blob.size}
    Attachment.objects.create(organization=acme.organization, definition=definition, record=record, blob=blob, **place)
    keeps(acme, attachments=30)
    assert sweeping.sweep() == 0
    past = clock.now() - timedelta(days=31)
    Attachment.objects.update(created_at=past)
    Record.objects.update(modified_at=past)
    assert sweeping.sweep() == 1
    assert not Attachment.objects.exists()
    assert list(RecordEvent.objects.values_list("kind", flat=True)) == [RecordEvent.Kind.REMOVED]


def test_a_page_of_what_was_erased_is_gone_and_no_fault_of_ours(acme: Acme) -> None:
    process = signed(acme)
    link = sending.link(sending.somebody(process, "Ana"))
    Blob.objects.filter(media_type="application/pdf").update(erased_at=clock.now())
    client = Client(raise_request_exception=False)
    for path in ("/pages/1", "/document"):
        answer = client.get(link + path)
        assert (answer.status_code, answer.json()["message"]) == (410, "FILE_ERASED"), path
