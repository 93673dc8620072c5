"""What becomes of a message: sent, tried again, dropped; in order, signed, and switched off when all fails for long."""

import asyncio
import ipaddress
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from standardwebhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from rubrica import clock
from rubrica.webhooks import jobs, sending, upkeep
from rubrica.webhooks.announcing import Message, announce, ping, targets
from rubrica.webhooks.http import Answer
from rubrica.webhooks.models import Attempt, Delivery, Webhook
from tests import receiver
from tests.cast import Acme, make_acme
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.ALLOWED_PRIVATE = [ipaddress.ip_network("127.0.0.1")]
    settings.WEBHOOK_RETRY_SECONDS = (0, 0, 0)


@pytest.fixture
def outside() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def hook(transactional_db: None, outside: Receiver) -> Webhook:
    return make_hook(make_acme(), outside.url)


def make_hook(acme: Acme, url: str, word: str = "default", **more: Any) -> Webhook:
    webhook = Webhook(organization=acme.organization, word=word, url=url, **more)
    webhook.make_key()
    webhook.save()
    return webhook


def tell(hook: Webhook, subject: str, *kinds: str) -> list[Delivery]:
    messages = [Message(kind, json.dumps({"status": kind, "about": subject})) for kind in kinds]
    with transaction.atomic():
        announce(hook.organization_id, targets(hook.organization_id, [hook.word]), subject, 7, messages)
    return list(Delivery.objects.filter(webhook=hook, subject=subject).order_by("id"))


def work() -> None:
    """A real worker, until nothing is due; jobs that keep a pause are left where they are."""
    worker = app.with_connector(DjangoConnector().get_worker_connector())

    async def run() -> None:
        async with worker.open_async():
            await worker.run_worker_async(
                queues=[jobs.WEBHOOKS], wait=False, concurrency=8, delete_jobs="successful", listen_notify=False,
                install_signal_handlers=False,
            )  # fmt: skip

    asyncio.run(run())


def work_until_quiet() -> None:
    for _ in range(20):
        work()
        if not Delivery.objects.filter(state="open").exists():
            return
    raise AssertionError("messages are still open")


def said(outside: Receiver) -> list[str]:
    return [json.loads(call.body)["status"] for call in outside.calls]


def waiting() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lock FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = 'webhooks' ORDER BY id"
        )
        return [row[0] for row in cursor.fetchall()]


def test_it_works(hook: Webhook, outside: Receiver) -> None:
    hook.header = ("X-Token", "s3cret")
    hook.save()
    (delivery,) = tell(hook, "p1", "CREATE")
    work()
    call = outside.calls[0]
    assert (call.method, call.body) == ("POST", delivery.body.encode())
    assert call.headers["content-type"] == "application/json"
    assert call.headers["x-token"] == "s3cret"
    assert Verifier(hook.secret).verify(call.body, call.headers) == {"status": "CREATE", "about": "p1"}
    delivery.refresh_from_db()
    assert (delivery.state, call.headers["webhook-id"]) == ("sent", delivery.message_id)
    attempt = delivery.attempts.get()
    assert (attempt.status, attempt.answer, attempt.failure) == (200, "ok", "")


def test_a_changed_body_or_another_secret_does_not_verify(hook: Webhook, outside: Receiver) -> None:
    tell(hook, "p1", "CREATE")
    work()
    call = outside.calls[0]
    with pytest.raises(WebhookVerificationError):
        Verifier(hook.secret).verify(call.body + b" ", call.headers)
    hook.make_key()
    with pytest.raises(WebhookVerificationError):
        Verifier(hook.secret).verify(call.body, call.headers)


def test_both_secrets_sign_for_a_day_after_a_change(hook: Webhook, outside: Receiver) -> None:
    before = hook.secret
    hook.make_key()
    hook.save()
    tell(hook, "p1", "CREATE")
    work()
    Webhook.objects.update(key_changed_at=clock.now() - timedelta(days=1, minutes=1))
    tell(hook, "p1", "FINISH")
    work()
    first, second = outside.calls
    assert hook.secret != before
    for secret in (before, hook.secret):
        Verifier(secret).verify(first.body, first.headers)
    Verifier(hook.secret).verify(second.body, second.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(before).verify(second.body, second.headers)


def test_three_retries_with_the_same_body_and_id_then_it_is_dropped(hook: Webhook, outside: Receiver) -> None:
    outside.usual = receiver.status(500, b"no")
    (delivery,) = tell(hook, "p1", "CREATE")
    work_until_quiet()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("dropped", 4)
    assert [attempt.status for attempt in delivery.attempts.all()] == [500] * 4
    assert len({(call.body, call.headers["webhook-id"]) for call in outside.calls}) == 1
    assert len(outside.calls) == 4
    for call in outside.calls:
        Verifier(hook.secret).verify(call.body, call.headers)


def test_pauses_are_two_four_and_six_minutes() -> None:
    from django.conf import settings as unchanged

    from rubrica import settings as ours

    assert ours.WEBHOOK_RETRY_SECONDS == (120, 240, 360)
    assert unchanged.WEBHOOK_RETRY_SECONDS == (0, 0, 0)


def test_a_pause_is_kept_and_holds_only_its_own_process(hook: Webhook, outside: Receiver, settings: Any) -> None:
    settings.WEBHOOK_RETRY_SECONDS = (120, 240, 360)
    outside.script = [receiver.status(503)]
    tell(hook, "p1", "CREATE", "NOTIFICATION")
    work()
    tell(hook, "p2", "CREATE")
    work()
    assert [json.loads(call.body) for call in outside.calls] == [
        {"status": "CREATE", "about": "p1"},
        {"status": "CREATE", "about": "p2"},
    ]
    assert waiting() == [jobs.lock(hook.pk, "p1")] * 2
    first = Delivery.objects.get(subject="p1", kind="CREATE")
    assert 110 < (first.due_at - clock.now()).total_seconds() <= 120
    assert (first.state, first.tries) == ("open", 1)


@pytest.mark.parametrize("trouble", [receiver.status(500), receiver.status(302, Location="/"), receiver.status(404)])
def test_messages_of_a_process_arrive_in_order_whatever_fails(
    hook: Webhook, outside: Receiver, trouble: receiver.Answering
) -> None:
    outside.script = [trouble, trouble]
    kinds = [f"EVENT_{number}" for number in range(6)]
    tell(hook, "p1", *kinds)
    work_until_quiet()
    assert said(outside) == ["EVENT_0", "EVENT_0", *kinds]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_what_was_dropped_lets_the_next_one_go(hook: Webhook, outside: Receiver) -> None:
    outside.script = [receiver.status(500)] * 4
    tell(hook, "p1", "CREATE", "FINISH")
    work_until_quiet()
    assert said(outside) == ["CREATE"] * 4 + ["FINISH"]
    assert list(Delivery.objects.order_by("id").values_list("state", flat=True)) == ["dropped", "sent"]


def test_a_receiver_that_hangs_is_left_at_the_deadline(
    hook: Webhook, outside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rubrica.webhooks import http

    monkeypatch.setattr(http.send, "__kwdefaults__", {**(http.send.__kwdefaults__ or {}), "seconds": 0.5})
    outside.script = [receiver.hang(3)]
    (delivery,) = tell(hook, "p1", "CREATE")
    work_until_quiet()
    failures = [attempt.failure for attempt in delivery.attempts.all()]
    assert failures == ["TIMEOUT", ""]


def test_a_job_that_comes_twice_sends_once(hook: Webhook, outside: Receiver) -> None:
    tell(hook, "p1", "CREATE")
    jobs.enqueue(hook.pk, "p1")
    work()
    assert said(outside) == ["CREATE"]


def test_a_rollback_leaves_no_message(hook: Webhook, outside: Receiver) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell(hook, "p1", "CREATE")
        raise ZeroDivisionError
    assert (Delivery.objects.count(), waiting()) == (0, [])


def test_a_message_that_lost_its_job_is_found(hook: Webhook, outside: Receiver) -> None:
    tell(hook, "p1", "CREATE")
    tell(hook, "p2", "CREATE")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE lock LIKE '%%p1'")
    assert upkeep.find_lost() == 0  # it is not late yet
    Delivery.objects.update(due_at=clock.now() - timedelta(minutes=11))
    assert upkeep.find_lost() == 1
    assert upkeep.find_lost() == 0
    work()
    assert sorted(json.loads(call.body)["about"] for call in outside.calls) == ["p1", "p2"]


def test_nothing_is_sent_while_it_is_off_and_it_can_be_sent_later(hook: Webhook, outside: Receiver) -> None:
    (early,) = tell(hook, "p1", "CREATE")
    assert hook.switch_off(Webhook.Off.MEMBER)
    (_, late) = tell(hook, "p1", "FINISH")
    work()
    early.refresh_from_db()
    assert (early.state, late.state, outside.calls) == ("skipped", "skipped", [])
    hook.refresh_from_db()
    hook.switch_on()
    assert late.send_again()
    assert not late.send_again()
    work()
    assert said(outside) == ["FINISH"]


def test_sending_again_keeps_body_and_id(hook: Webhook, outside: Receiver) -> None:
    outside.usual = receiver.status(500)
    (delivery,) = tell(hook, "p1", "CREATE")
    work_until_quiet()
    outside.usual = receiver.status(204)
    assert delivery.send_again()
    work()
    delivery.refresh_from_db()
    assert delivery.state == "sent"
    assert len({(call.body, call.headers["webhook-id"]) for call in outside.calls}) == 1
    assert delivery.attempts.count() == 5


def test_a_day_of_failures_switches_it_off_and_says_so_once(hook: Webhook, outside: Receiver) -> None:
    heard: list[Webhook] = []

    def listen(sender: object, webhook: Webhook, **more: object) -> None:
        heard.append(webhook)

    sending.switched_off.connect(listen)
    try:
        outside.usual = receiver.status(500)
        tell(hook, "p1", "CREATE")
        work_until_quiet()
        assert Webhook.objects.get().is_on
        now = clock.now()
        Webhook.objects.update(failing_since=now - timedelta(days=1), failed_at=now - timedelta(hours=1))
        tell(hook, "p2", "CREATE")
        work_until_quiet()
        found = Webhook.objects.get()
        assert (found.is_on, found.off_because) == (False, "failing")
        assert [webhook.pk for webhook in heard] == [hook.pk]
    finally:
        sending.switched_off.disconnect(listen)


def test_failures_that_lie_far_apart_are_not_a_day_of_failures(hook: Webhook) -> None:
    long_ago = clock.now() - timedelta(days=4)
    Webhook.objects.update(failing_since=long_ago, failed_at=long_ago)
    assert not hook.failed()
    assert Webhook.objects.get().failing_since > clock.now() - timedelta(minutes=1)  # type: ignore[operator]


def test_one_success_ends_the_failing(hook: Webhook, outside: Receiver) -> None:
    now = clock.now()
    Webhook.objects.update(failing_since=now - timedelta(hours=23), failed_at=now)
    tell(hook, "p1", "CREATE")
    work()
    assert Webhook.objects.get().failing_since is None


def test_secrets_are_not_readable_in_the_database(hook: Webhook) -> None:
    hook.header = ("X-Token", "s3cret")
    hook.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(w)::text FROM webhooks_webhook w")
        row = cursor.fetchone()[0]
    assert "s3cret" not in row
    assert hook.secret not in row


def test_a_secret_of_another_installation_is_said_and_a_new_one_mends_it(
    hook: Webhook, outside: Receiver, settings: Any
) -> None:
    (delivery,) = tell(hook, "p1", "CREATE")
    settings.SECRET_KEY = "another one"
    work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts.get().failure, outside.calls) == ("dropped", "SECRET", [])
    hook.make_key()
    hook.save()
    assert delivery.send_again()
    work()
    Verifier(hook.secret).verify(outside.calls[0].body, outside.calls[0].headers)


def test_a_removed_webhook_hears_nothing_and_keeps_its_history(hook: Webhook, outside: Receiver) -> None:
    (delivery,) = tell(hook, "p1", "CREATE")
    hook.remove()
    assert tell(hook, "p1", "FINISH") == [delivery]
    work()
    delivery.refresh_from_db()
    assert (delivery.state, outside.calls) == ("skipped", [])


def test_a_test_call_is_a_message_like_any_other(hook: Webhook, outside: Receiver) -> None:
    ping(hook, '{"status": "PING"}')
    work()
    Verifier(hook.secret).verify(outside.calls[0].body, outside.calls[0].headers)


def test_one_webhook_takes_its_places_and_no_more() -> None:
    places = sending.Places(2)

    async def run() -> list[float]:
        async with places.of(1), places.of(1):
            pauses = []
            for _ in range(3):
                with pytest.raises(jobs.Later) as later:
                    async with places.of(1):
                        pass
                pauses.append(later.value.seconds)
            async with places.of(2):
                pass
            return pauses

    first, second, third = asyncio.run(run())
    assert first <= second < third  # they are spread, and do not all knock again at once
    assert not places.taken


def test_old_messages_are_forgotten_and_open_ones_are_not(hook: Webhook, settings: Any) -> None:
    tell(hook, "p1", "CREATE")
    (_, settled) = tell(hook, "p1", "FINISH")
    Attempt.note(settled, clock.now(), Answer(status=200))
    long_ago = clock.now() - timedelta(days=settings.WEBHOOK_DAYS, minutes=1)
    Delivery.objects.filter(pk=settled.pk).update(state="sent", settled_at=long_ago)
    Delivery.objects.update(created_at=long_ago)
    assert upkeep.forget_old() == 1
    assert Delivery.objects.get().kind == "CREATE"
