"""The head of a day is signed, timestamped and told of, each once, also after a failure in between."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from rubrica.processes import ledger
from rubrica.processes.ledger import heads
from rubrica.processes.ledger.checking import check
from rubrica.processes.ledger.tests.days import Days, close_all, write
from rubrica.processes.models import LedgerHead, LedgerSignature, LedgerTimestamp, Process
from rubrica.sealing.keyring import keys
from rubrica.sealing.keyring.anchors import anchors
from rubrica.sealing.levels import server
from rubrica.sealing.levels.trouble import NotRaised
from rubrica.sealing.verification import detached
from rubrica.webhooks.models import Delivery, Webhook
from tests import queue, sending, tsa
from tests.cast import Acme
from tests.tampering import rewriting_history

JOBS = ("close_ledgers", "close_ledger", "sign_ledger_head", "stamp_ledger_head")


@pytest.fixture
def process(acme: Acme, days: Days, settings: Any, tmp_path: Path) -> Process:
    """Begun on Monday; it is ten past midnight."""
    settings.DATA_DIR = tmp_path / "data"
    found = sending.start(acme)
    days.pass_midnight()
    return found


def hook(acme: Acme, word: str) -> Webhook:
    made = Webhook(organization=acme.organization, word=word, url=f"https://{word}.example.com/hook")
    made.make_key()
    made.save()
    return made


def test_what_is_signed_is_as_the_page_says(acme: Acme, process: Process, days: Days) -> None:
    close_all()
    assert ledger.latest(acme.organization) is None
    assert queue.run(*JOBS) == 1
    head = ledger.latest(acme.organization)
    assert head is not None
    signed = f'["rubrica-ledger-head-v1","acme","2030-03-04",1,"{bytes(head.root).hex()}",' \
             '"2030-03-05T00:10:00.000000+00:00"]'  # fmt: skip
    assert heads.signed_bytes(head) == signed.encode()
    at = detached.check(bytes(head.signature.cms), hashlib.sha256(signed.encode()).digest(), anchors())
    assert at == days.now
    assert ledger.in_words(acme.organization) == f"2030-03-04 1 {bytes(head.root).hex()}"


def test_before_the_first_night_there_is_nothing(acme: Acme, process: Process) -> None:
    assert (ledger.in_words(acme.organization), ledger.proof(process)) == ("", None)


def test_a_signature_for_something_else_does_not_hold(acme: Acme, process: Process) -> None:
    close_all()
    queue.run(*JOBS)
    cms = bytes(LedgerSignature.objects.get().cms)
    with pytest.raises(detached.Unsound, match="over something else"):
        detached.check(cms, hashlib.sha256(b"").digest(), anchors())
    with pytest.raises(detached.Unsound, match="does not come from"):
        detached.check(cms, hashlib.sha256(heads.signed_bytes(LedgerHead.objects.get())).digest(), [])


def test_signing_twice_gives_one_signature_and_one_message(acme: Acme, process: Process) -> None:
    hook(acme, "ledger")
    close_all()
    head = LedgerHead.objects.get()
    for _ in range(2):
        heads.sign(head.pk)
    assert (LedgerSignature.objects.count(), Delivery.objects.count()) == (1, 1)


def test_of_two_signatures_made_at_once_one_stays(
    acme: Acme, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook(acme, "ledger")
    close_all()
    head = LedgerHead.objects.get()
    ordinary = keys.signing_key

    def slow(organization: Any) -> Any:
        monkeypatch.setattr(heads, "signing_key", ordinary)
        heads.sign(head.pk)  # another worker, while this one fetches its key
        return ordinary(organization)

    monkeypatch.setattr(heads, "signing_key", slow)
    heads.sign(head.pk)
    assert (LedgerSignature.objects.count(), Delivery.objects.count()) == (1, 1)


def test_the_webhook_called_ledger_is_told_and_no_other(acme: Acme, process: Process) -> None:
    for word in ("default", "ledger", "erp"):
        hook(acme, word)
    close_all()
    queue.run(*JOBS)
    (delivery,) = Delivery.objects.select_related("webhook")
    head = ledger.latest(acme.organization)
    assert head is not None
    assert (delivery.webhook.word, delivery.kind, delivery.event_id) == ("ledger", "HEAD", None)
    assert json.loads(delivery.body) == {
        "type": "ledger",
        "status": "HEAD",
        "ledger": "acme",
        "day": "2030-03-04",
        "size": 1,
        "root": bytes(head.root).hex(),
        "made": "2030-03-05T00:10:00.000000Z",
        "signature": base64.b64encode(bytes(head.signature.cms)).decode(),
    }


def test_without_such_a_webhook_nobody_is_told(acme: Acme, process: Process) -> None:
    hook(acme, "default")
    close_all()
    queue.run(*JOBS)
    assert Delivery.objects.count() == 0


def test_the_jobs_of_the_clock_do_all_of_it(process: Process) -> None:
    from rubrica.processes import jobs

    jobs.close_ledgers.func(timestamp=0)
    assert queue.run(*JOBS) == 2
    assert LedgerSignature.objects.count() == 1
    jobs.close_ledgers.func(timestamp=0)
    assert queue.run(*JOBS) == 0


def test_a_head_whose_job_was_lost_is_signed_later(process: Process) -> None:
    from rubrica.processes import jobs

    close_all()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    jobs.close_ledgers.func(timestamp=0)
    assert queue.run(*JOBS) == 1
    assert LedgerSignature.objects.count() == 1


def test_a_timestamp_is_over_the_signature(acme: Acme, process: Process, days: Days, settings: Any) -> None:
    with tsa.authority(clock=lambda: days.now) as authority:
        settings.TSA = server.read(authority.url, authority.pem)
        close_all()
        assert queue.run(*JOBS) == 2
        heads.stamp(LedgerHead.objects.get().pk)
        assert len(authority.calls) == 1
    stamp = LedgerTimestamp.objects.get()
    cms = bytes(LedgerSignature.objects.get().cms)
    assert detached.check_timestamp(bytes(stamp.token), hashlib.sha256(cms).digest()) == days.now
    with pytest.raises(detached.Unsound, match="over something else"):
        detached.check_timestamp(bytes(stamp.token), hashlib.sha256(b"").digest())
    head = ledger.latest(acme.organization)
    assert head is not None and bytes(head.timestamp.token) == bytes(stamp.token)
    found = ledger.proof(process)
    assert found is not None and base64.b64decode(found["head"]["timestamp"]) == bytes(stamp.token)
    assert check().faults == []
    with rewriting_history():
        LedgerTimestamp.objects.update(token=b"0")
    assert [fault.what for fault in check().faults] == ["timestamp"]


def test_a_server_that_is_away_holds_up_no_signature(process: Process, days: Days, settings: Any) -> None:
    with tsa.authority(clock=lambda: days.now, fault="500") as authority:
        settings.TSA = server.read(authority.url, authority.pem)
        close_all()
        queue.run("sign_ledger_head")
        head = LedgerHead.objects.get()
        with pytest.raises(NotRaised):
            heads.stamp(head.pk)
        assert (LedgerSignature.objects.count(), LedgerTimestamp.objects.count()) == (1, 0)
        authority.fault = ""
        heads.stamp(head.pk)
    assert LedgerTimestamp.objects.count() == 1


def test_a_proof_goes_with_the_head_it_is_for(acme: Acme, process: Process, days: Days) -> None:
    """A day that is closed but not signed yet is not spoken of."""
    close_all()
    queue.run(*JOBS)
    write(process)
    days.pass_midnight()
    close_all()
    found = ledger.proof(process)
    assert found is not None
    assert (found["inclusion"]["length"], found["inclusion"]["size"], found["head"]["size"]) == (1, 1, 1)
    assert found["inclusion"]["root"] == found["head"]["root"]
    queue.run(*JOBS)
    found = ledger.proof(process)
    assert found is not None and (found["inclusion"]["length"], found["head"]["size"]) == (2, 2)
