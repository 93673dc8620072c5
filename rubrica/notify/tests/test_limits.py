"""Each message to a phone costs money: a number, an organization and a country have their limits."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.notify import limits, messages, providers
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.messages import Person, Sending
from rubrica.notify.models import Notification
from rubrica.notify.tests.provider_servers import ACCOUNT, TOKEN, TwilioServer, serving

pytestmark = pytest.mark.django_db


@pytest.fixture
def twilio(settings: Any) -> Iterator[TwilioServer]:
    with serving(TwilioServer()) as server:
        assert isinstance(server, TwilioServer)
        settings.SMS = providers.Twilio(f"http://{server.host}", ACCOUNT, TOKEN, "+15550001111")
        yield server


def sending(name: str = "Acme") -> Sending:
    organization, _ = Organization.objects.get_or_create(name=name, slug=name.lower())
    return Sending(organization.pk, name, 1, "Lease")


def send(key: str, number: str = "+573001112233", by: str = "Acme") -> None:
    messages.test(key=key, to=Person("Ana", "", "en", phone=number), sending=sending(by), channel="sms")


def test_a_number_gets_so_many_an_hour(twilio: TwilioServer, settings: Any) -> None:
    settings.PHONE_HOURLY = 2
    send("1")
    send("2", by="Other")
    with pytest.raises(DeliveryFailed, match="this phone number has had 2 messages within an hour") as refused:
        send("3")
    assert not refused.value.permanent
    assert 3590 < refused.value.retry_after <= 3600
    assert len(twilio.accepted) == 2
    send("4", number="+573009999999")


def test_an_organization_sends_so_many_a_day(twilio: TwilioServer, settings: Any) -> None:
    settings.PHONE_DAILY = 2
    send("1", "+573000000001")
    send("2", "+573000000002")
    with pytest.raises(DeliveryFailed, match="your organization has sent 2 within a day"):
        send("3", "+573000000003")
    send("4", "+573000000003", by="Other")
    assert len(twilio.accepted) == 3


def test_after_its_time_it_goes_out_under_the_same_key(
    twilio: TwilioServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PHONE_HOURLY = 1
    send("1")
    with pytest.raises(DeliveryFailed):
        send("2")
    later = clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    send("2")
    assert Notification.objects.get(key="2:sms").state == "sent"


def test_trying_again_counts_once(twilio: TwilioServer, settings: Any) -> None:
    settings.PHONE_HOURLY = 1
    twilio.instead = 503, {}
    with pytest.raises(DeliveryFailed):
        send("1")
    send("1")
    assert len(twilio.accepted) == 1


def test_the_wait_can_be_asked_for_before(twilio: TwilioServer, settings: Any) -> None:
    settings.PHONE_HOURLY = 1
    asked = sending().organization_id
    assert limits.wait(asked, "+57 300 1112233") == 0
    send("1")
    assert 3590 < limits.wait(asked, "+57 300 1112233") <= 3600
    assert limits.wait(asked, "+573000000001") == 0


def test_a_limit_of_nothing_lets_nothing_through(twilio: TwilioServer, settings: Any) -> None:
    settings.PHONE_DAILY = 0
    with pytest.raises(DeliveryFailed, match="limit"):
        send("1")
    assert twilio.calls == []


def test_only_countries_that_are_named_get_messages(twilio: TwilioServer, settings: Any) -> None:
    settings.PHONE_COUNTRIES = providers.countries("+57, +52")
    send("1")
    with pytest.raises(DeliveryFailed, match="RUBRICA_PHONE_COUNTRIES") as refused:
        send("2", "+882123456789")
    assert refused.value.permanent
    assert limits.refusal("+882 123 456 789")
    assert limits.refusal("+52 55 1234 5678") == ""


def test_mail_is_not_counted(settings: Any) -> None:
    settings.PHONE_DAILY = 0
    messages.test(key="1", to=Person("Ana", "ana@example.com"), sending=sending(), channel="mail")
    assert Notification.objects.get().counted_at is None


def test_without_a_provider_nothing_is_counted() -> None:
    send("1")
    assert limits.wait(sending().organization_id, "+573001112233") == 0


@pytest.mark.django_db(transaction=True)
def test_many_workers_keep_to_a_limit_together(twilio: TwilioServer, settings: Any) -> None:
    settings.PHONE_HOURLY = 3
    sending()
    refused = []

    def work(number: int) -> None:
        try:
            send(str(number))
        except DeliveryFailed as failure:
            refused.append(failure)
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=[number]) for number in range(10)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(twilio.accepted) == 3
    assert len(refused) == 7


def test_the_count_reads_what_it_needs_and_no_more(twilio: TwilioServer) -> None:
    """Ten thousand older messages make no difference: both counts are ranges of an index."""
    about = sending().organization_id
    Notification.objects.bulk_create(
        Notification(
            organization_id=about, key=f"old:{n}", kind="test", channel="sms", to=f"+5730{n:08}", counted_at=clock.now()
        )
        for n in range(5000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notify_notification")
    counted = Notification.objects.filter(to="+573000000001", counted_at__gt=clock.now() - limits.HOUR)
    assert "notification_to_number" in counted.order_by("-counted_at").explain()
    by_day = Notification.objects.filter(organization_id=about, counted_at__gt=clock.now() - limits.DAY)
    assert "notification_counted" in by_day.order_by("-counted_at")[999:1000].explain()
