"""SMS and WhatsApp over real HTTP: what goes out, what is refused, and what a second run does."""

import logging
import socket
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

import pytest
from django.core import mail
from django.test import override_settings

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.notify import calls, delivery, messages, providers, short, smtp
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.messages import Asked, Person, Sending
from rubrica.notify.models import Notification, OutboxMessage
from rubrica.notify.tests.provider_servers import (
    ACCESS_TOKEN,
    ACCOUNT,
    NUMBER_ID,
    TOKEN,
    CloudServer,
    Provider,
    TwilioServer,
    serving,
)

pytestmark = pytest.mark.django_db

ANA = Person("Ana Pérez", "ana@example.com", "es", 7, "+57 300 111-2233")
LINK = "https://sign.example/s/token"
CONTENT = "HX" + "a1" * 16


@pytest.fixture(autouse=True)
def _public_address(settings: Any) -> None:
    settings.PUBLIC_URL = "https://sign.example.com"


@pytest.fixture
def sending() -> Sending:
    acme = Organization.objects.create(name="Acme", slug="acme")
    return Sending(acme.pk, "Acme", 41, "Contrato", "Olga", "olga@acme.example")


@pytest.fixture
def twilio(settings: Any) -> Iterator[TwilioServer]:
    with serving(TwilioServer()) as server:
        assert isinstance(server, TwilioServer)
        login = f"{ACCOUNT}:{quote(TOKEN, safe='')}"
        settings.SMS = providers.sms(f"twilio+http://{login}@{server.host}?from=+15550001111")
        settings.WHATSAPP = providers.whatsapp(f"twilio+http://{login}@{server.host}?from=+15550002222")
        settings.WHATSAPP_TEMPLATES = {kind: {"es": CONTENT} for kind in short.SENTENCES}
        yield server


@pytest.fixture
def cloud(settings: Any) -> Iterator[CloudServer]:
    with serving(CloudServer()) as server:
        assert isinstance(server, CloudServer)
        settings.WHATSAPP = providers.whatsapp(f"whatsapp+http://{NUMBER_ID}:{quote(ACCESS_TOKEN)}@{server.host}/v23.0")
        yield server


# One contract for both adapters: what is true of WhatsApp over Twilio is true of the Cloud API.
@pytest.fixture(params=["twilio", "cloud"])
def provider(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.getfixturevalue(request.param)
    return found


def invite(
    sending: Sending, *channels: str, key: str = "invite:1", to: Person = ANA, link: str = LINK
) -> list[Notification]:
    asked = Asked(signs=("Contrato",))
    return messages.invite(key=key, to=to, sending=sending, asked=asked, link=link, channels=channels)


def test_an_sms_by_twilio(twilio: TwilioServer, sending: Sending) -> None:
    (row,) = invite(sending, "sms")
    assert twilio.accepted == [
        {
            "To": "+573001112233",
            "From": "+15550001111",
            "Body": "Mensaje de Acme: “Contrato” te espera. Ábrelo aquí:\nhttps://sign.example/s/token\n"
            "El enlace es solo tuyo; no lo compartas.",
            "StatusCallback": f"https://sign.example.com/channels/twilio/{row.pk}",
        }
    ]
    row.refresh_from_db()
    assert (row.key, row.channel, row.to, row.state) == ("invite:1:sms", "sms", "+573001112233", "sent")
    assert (row.provider_id, row.process_id, row.participant_id) == (f"SM{1:032x}", 41, 7)


def test_a_messaging_service_sends_instead_of_a_number(twilio: TwilioServer, sending: Sending, settings: Any) -> None:
    login = f"{ACCOUNT}:{quote(TOKEN, safe='')}"
    settings.SMS = providers.sms(f"twilio+http://{login}@{twilio.host}?service=MG0123")
    invite(sending, "sms")
    (given,) = twilio.accepted
    assert given["MessagingServiceSid"] == "MG0123"
    assert "From" not in given


def test_whatsapp_by_twilio_uses_the_approved_template(twilio: TwilioServer, sending: Sending) -> None:
    (row,) = invite(sending, "whatsapp")
    assert twilio.accepted == [
        {
            "To": "whatsapp:+573001112233",
            "From": "whatsapp:+15550002222",
            "ContentSid": CONTENT,
            "ContentVariables": '{"1": "Acme", "2": "Contrato", "3": "https://sign.example/s/token"}',
            "StatusCallback": f"https://sign.example.com/channels/twilio/{row.pk}",
        }
    ]


def test_whatsapp_by_the_cloud_api_uses_the_approved_template(cloud: CloudServer, sending: Sending) -> None:
    (row,) = invite(sending, "whatsapp")
    values = ["Acme", "Contrato", "https://sign.example/s/token"]
    assert cloud.accepted == [
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "573001112233",
            "biz_opaque_callback_data": str(row.pk),
            "type": "template",
            "template": {
                "name": "rubrica_invite",
                "language": {"code": "es"},
                "components": [{"type": "body", "parameters": [{"type": "text", "text": value} for value in values]}],
            },
        }
    ]
    assert row.provider_id == f"wamid.{1:032d}"


def test_names_and_languages_of_templates_are_a_setting(cloud: CloudServer, sending: Sending, settings: Any) -> None:
    settings.WHATSAPP_TEMPLATES = providers.templates('{"invite": {"es": "firma:es_CO", "pt": "convite"}}')
    for language in ["es", "pt", "en"]:
        invite(sending, "whatsapp", key=language, to=Person("Ana", "", language, phone="+573001112233"))
    sent = [(given["template"]["name"], given["template"]["language"]["code"]) for given in cloud.accepted]
    assert sent == [("firma", "es_CO"), ("convite", "pt_BR"), ("rubrica_invite", "en")]


def test_free_text_goes_where_the_setting_says_so(
    twilio: TwilioServer, cloud: CloudServer, sending: Sending, settings: Any
) -> None:
    address = f"{NUMBER_ID}:{quote(ACCESS_TOKEN)}@{cloud.host}/v23.0?free_text=yes"
    settings.WHATSAPP = providers.whatsapp(f"whatsapp+http://{address}")
    invite(sending, "whatsapp", key="a")
    login = f"{ACCOUNT}:{quote(TOKEN, safe='')}"
    settings.WHATSAPP = providers.whatsapp(f"twilio+http://{login}@{twilio.host}?from=+15550002222&free_text=yes")
    invite(sending, "whatsapp", key="b")
    assert cloud.accepted[0]["type"] == "text"
    assert cloud.accepted[0]["text"]["body"] == twilio.accepted[0]["Body"]


def test_twilio_without_a_template_is_refused_for_good(twilio: TwilioServer, sending: Sending, settings: Any) -> None:
    settings.WHATSAPP_TEMPLATES = {}
    with pytest.raises(DeliveryFailed, match="RUBRICA_WHATSAPP_TEMPLATES names no template for 'invite'") as failure:
        invite(sending, "whatsapp")
    assert failure.value.permanent
    assert twilio.calls == []


def test_a_code_over_whatsapp_is_an_authentication_template(cloud: CloudServer, sending: Sending) -> None:
    messages.code(key="code:1", to=ANA, sending=sending, code="402718", channel="whatsapp")
    parameters = [{"type": "text", "text": "402718"}]
    assert cloud.accepted[0]["template"]["components"] == [
        {"type": "body", "parameters": parameters},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": parameters},
    ]


def test_a_code_is_on_no_row_and_in_no_log(
    twilio: TwilioServer, sending: Sending, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        messages.code(key="code:1", to=ANA, sending=sending, code="402718", channel="sms")
        twilio.instead = 400, {"code": 21211, "message": "No"}
        with pytest.raises(DeliveryFailed):
            messages.code(key="code:2", to=ANA, sending=sending, code="402718", channel="sms")
    assert twilio.accepted[0]["Body"].startswith("402718 es tu código para Acme. Vale 10 minutos.")
    assert "402718" not in repr(list(Notification.objects.values()))
    assert "402718" not in caplog.text
    assert not OutboxMessage.objects.exists()


def test_values_are_fit_for_a_template(cloud: CloudServer, sending: Sending) -> None:
    messages.cancelled(
        key="c", to=ANA, sending=sending, by="Olga", reason="Rent\n\n\tis     wrong" + "x" * 400, channels=["whatsapp"]
    )
    (given,) = cloud.accepted
    reason = given["template"]["components"][0]["parameters"][2]["text"]
    assert reason.startswith("Rent is wrongx")
    assert (len(reason), reason[-1]) == (300, "…")


def test_a_link_is_never_cut(cloud: CloudServer, sending: Sending) -> None:
    link = "https://sign.example/s/" + "t" * 900
    invite(sending, "whatsapp", link=link)
    assert cloud.accepted[0]["template"]["components"][0]["parameters"][2]["text"] == link


def test_what_is_empty_is_a_dash_because_meta_takes_no_empty_variable(cloud: CloudServer, sending: Sending) -> None:
    messages.cancelled(key="c", to=ANA, sending=sending, by="Olga", reason=" ", channels=["whatsapp"])
    assert cloud.accepted[0]["template"]["components"][0]["parameters"][2]["text"] == "–"


def test_a_second_run_sends_nothing(provider: Provider, sending: Sending) -> None:
    (first,), (second,) = invite(sending, "whatsapp"), invite(sending, "whatsapp")
    assert (first.pk, len(provider.calls)) == (second.pk, 1)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_what_may_pass_is_recorded_and_tried_again(provider: Provider, sending: Sending, status: int) -> None:
    provider.instead = status, {"code": 20429, "message": "Too many\nrequests", "error": {"message": "x", "code": 5}}
    with pytest.raises(DeliveryFailed, match=str(status)) as failure:
        invite(sending, "whatsapp")
    assert not failure.value.permanent
    row = Notification.objects.get()
    assert (row.state, row.permanent, row.claimed_at, row.retry_at) == ("failed", False, None, None)

    assert invite(sending, "whatsapp")[0].state == "sent"
    row.refresh_from_db()
    assert (row.error, row.attempts, len(provider.accepted)) == ("", 2, 1)


def test_a_lasting_refusal_is_not_tried_again(provider: Provider, sending: Sending) -> None:
    said = {"code": 21211, "message": "Invalid number", "error": {"message": "Invalid number", "code": 131026}}
    provider.instead = 400, said
    with pytest.raises(DeliveryFailed, match="Invalid number") as failure:
        invite(sending, "whatsapp")
    assert failure.value.permanent
    with pytest.raises(DeliveryFailed, match="Invalid number") as again:
        invite(sending, "whatsapp")
    assert again.value.permanent
    assert len(provider.calls) == 1


def test_what_a_provider_says_can_be_kept(provider: Provider, sending: Sending) -> None:
    words = "No\0 such\ud800 number " + "x" * 5000
    provider.instead = 400, {"code": 21211, "message": words, "error": {"message": words, "code": 131026}}
    with pytest.raises(DeliveryFailed, match="No\\? such\\? number"):
        invite(sending, "whatsapp")
    assert len(Notification.objects.get().error) == 1000


@pytest.mark.parametrize("code", [130429, 131056, 80007, 190])
def test_metas_own_code_says_what_passes(cloud: CloudServer, sending: Sending, code: int) -> None:
    cloud.instead = 400, {"error": {"message": "Rate", "code": code, "error_data": {"details": "wait a little"}}}
    with pytest.raises(DeliveryFailed, match="wait a little") as failure:
        invite(sending, "whatsapp")
    assert not failure.value.permanent


def in_two_minutes() -> str:
    return format_datetime(clock.now() + timedelta(seconds=121), usegmt=True)


@pytest.mark.parametrize("wish", [lambda: "120", in_two_minutes])
def test_retry_after_is_kept_to(
    provider: Provider, sending: Sending, wish: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.instead, provider.headers = (429, {}), {"Retry-After": wish()}
    with pytest.raises(DeliveryFailed) as failure:
        invite(sending, "whatsapp")
    assert 115 < failure.value.retry_after <= 121
    with pytest.raises(DeliveryFailed) as early:
        invite(sending, "whatsapp")
    assert 100 < early.value.retry_after <= 121
    assert len(provider.calls) == 1

    later = clock.now() + timedelta(seconds=122)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert invite(sending, "whatsapp")[0].state == "sent"


@pytest.mark.parametrize("said", ["soon", "-5", "99999999999999", ""])
def test_a_retry_after_that_makes_no_sense_does_no_harm(provider: Provider, sending: Sending, said: str) -> None:
    provider.instead, provider.headers = (503, {}), {"Retry-After": said}
    with pytest.raises(DeliveryFailed) as failure:
        invite(sending, "whatsapp")
    assert failure.value.retry_after in {0, calls.LONGEST_WAIT}


def test_a_redirect_is_not_followed_with_the_credentials(provider: Provider, sending: Sending) -> None:
    provider.instead, provider.headers = (307, {}), {"Location": "http://127.0.0.1:1/"}
    with pytest.raises(DeliveryFailed, match="307") as failure:
        invite(sending, "whatsapp")
    assert not failure.value.permanent
    assert len(provider.calls) == 1


@pytest.mark.parametrize("said", [{}, {"sid": None, "messages": []}, {"messages": "no"}])
def test_an_answer_without_an_id_is_no_success(provider: Provider, sending: Sending, said: dict[str, Any]) -> None:
    provider.instead = 200, said
    with pytest.raises(DeliveryFailed, match="without the"):
        invite(sending, "whatsapp")


def test_a_server_that_is_away_is_named_and_its_secret_is_not(
    sending: Sending, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.SMS = providers.sms(f"twilio+http://{ACCOUNT}:very-secret@127.0.0.1:{port}?from=+15550001111")
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryFailed, match=f"127.0.0.1:{port}") as failure:
        invite(sending, "sms")
    assert not failure.value.permanent
    assert "very-secret" not in Notification.objects.get().error + caplog.text + repr(settings.SMS)


def test_a_server_that_is_silent_is_not_waited_for(
    sending: Sending, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.SMS = providers.sms(f"twilio+http://{ACCOUNT}:x@127.0.0.1:{silent.getsockname()[1]}?from=+15550001111")
        with pytest.raises(DeliveryFailed, match="did not answer in time") as failure:
            invite(sending, "sms")
    assert not failure.value.permanent


@pytest.mark.parametrize("number", ["", "3001112233", "+0573001112233", "+57", "+57300111223344556", "+57300111223x"])
def test_a_number_that_is_none_is_refused_for_good(twilio: TwilioServer, sending: Sending, number: str) -> None:
    with pytest.raises(DeliveryFailed, match="must begin with \\+") as failure:
        invite(sending, "sms", to=Person("Ana", "ana@example.com", "es", 7, number))
    assert failure.value.permanent
    assert twilio.calls == []


def test_each_channel_has_its_row_and_its_own_tries(cloud: CloudServer, sending: Sending) -> None:
    cloud.instead = 503, {}
    with pytest.raises(DeliveryFailed) as failure:
        invite(sending, "mail", "whatsapp")
    assert not failure.value.permanent
    assert len(mail.outbox) == 1
    assert delivery.is_sent("invite:1", ["mail", "whatsapp"])
    assert not delivery.is_out("invite:1", ["mail", "whatsapp"])

    invite(sending, "mail", "whatsapp")
    assert (len(mail.outbox), len(cloud.accepted)) == (1, 1)
    assert delivery.is_out("invite:1", ["mail", "whatsapp"])
    assert [row.key for row in Notification.objects.order_by("pk")] == ["invite:1", "invite:1:whatsapp"]


def test_a_channel_that_is_refused_for_good_keeps_no_other_from_being_tried(
    cloud: CloudServer, sending: Sending
) -> None:
    nobody = Person("Ana", "ana@example.com", "es", 7, "no number")
    with pytest.raises(DeliveryFailed) as failure:
        invite(sending, "whatsapp", "mail", to=nobody)
    assert failure.value.permanent
    assert len(mail.outbox) == 1
    assert delivery.is_out("invite:1", ["mail", "whatsapp"])


def test_a_channel_that_has_to_wait_does_not_hold_up_another(cloud: CloudServer, sending: Sending) -> None:
    """The job comes again for the mail at its own time; the provider is still not asked before its."""
    cloud.instead, cloud.headers = (429, {}), {"Retry-After": "3600"}
    away = override_settings(**smtp.django_settings("smtp://127.0.0.1:1"))
    with away, pytest.raises(DeliveryFailed, match="mail server") as failure:
        invite(sending, "whatsapp", "mail")
    assert failure.value.retry_after == 0
    with pytest.raises(DeliveryFailed) as waits:
        invite(sending, "whatsapp", "mail")
    assert waits.value.retry_after > 3500
    assert (len(cloud.calls), len(mail.outbox)) == (1, 1)


def test_mail_alone_calls_no_provider_and_asks_the_database_no_more_than_before(
    sending: Sending, django_assert_num_queries: Any
) -> None:
    # Look for the row, make it (with its savepoint), claim, read, settle, let go.
    with django_assert_num_queries(8):
        invite(sending, "mail")
    row = Notification.objects.get()
    assert (row.counted_at, row.provider_id, row.retry_at) == (None, "", None)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_without_a_provider_it_is_kept_in_the_outbox(
    sending: Sending, channel: str, caplog: pytest.LogCaptureFixture
) -> None:
    with override_settings(SMS=None, WHATSAPP=None), caplog.at_level(logging.INFO):
        (row,) = invite(sending, channel)
        invite(sending, channel)
    kept = OutboxMessage.objects.get()
    assert (kept.channel, kept.to, kept.subject, row.state) == (channel, "+573001112233", "Acme · Contrato", "sent")
    assert LINK in kept.text
    assert kept.expires_at is None
    assert "token" not in caplog.text


def test_a_message_without_a_short_form_goes_by_mail_alone(sending: Sending) -> None:
    with pytest.raises(ValueError, match="no short form of 'blocked'"):
        short.Words("blocked", "es", {})


def test_no_call_back_is_asked_for_while_nobody_can_reach_us(
    twilio: TwilioServer, sending: Sending, settings: Any
) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    invite(sending, "sms")
    assert "StatusCallback" not in twilio.accepted[0]
