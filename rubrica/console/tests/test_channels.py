"""Settings → Channels: what is set, what failed last, and the owner's test message."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from rubrica.notify import providers, short
from rubrica.notify.models import Notification, OutboxMessage
from rubrica.notify.tests.provider_servers import ACCOUNT, TOKEN, TwilioServer, serving
from tests.cast import Acme, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(acme: Acme) -> Client:
    return signed_in(acme.owner)


def page(client: Client) -> str:
    return client.get(reverse("console:channels")).content.decode()


def try_out(client: Client, channel: str, phone: str = "+573001112233") -> str:
    address = reverse("console:channel_test", args=[channel])
    return client.post(address, {"phone": phone}, follow=True).content.decode()


def test_it_works(client: Client, settings: Any) -> None:
    settings.EMAIL_URL, settings.EMAIL_HOST = "smtp://mail.example.com", "mail.example.com"
    settings.SMS = providers.sms("twilio://AC1:the-token@?from=+15550001111")
    settings.WHATSAPP = providers.whatsapp("whatsapp://10654:the-token@/v23.0")
    settings.WHATSAPP_APP_SECRET, settings.WHATSAPP_VERIFY_TOKEN = "the-secret", "the-word"
    shown = page(client)
    assert all(word in shown for word in ["mail.example.com", "Twilio", "+15550001111", "WhatsApp Cloud API", "10654"])
    assert "/channels/whatsapp" in shown
    assert "Kept in the outbox" not in shown
    assert not any(secret in shown for secret in ["the-token", "the-secret", "the-word"])


def test_without_providers_it_says_where_messages_stay(client: Client, settings: Any) -> None:
    settings.EMAIL_URL = ""
    shown = page(client)
    assert shown.count("Kept in the outbox") == 3
    assert "WhatsApp templates" not in shown


def test_the_words_of_the_templates_are_there_in_every_language(client: Client, settings: Any) -> None:
    settings.WHATSAPP = providers.whatsapp("whatsapp://10654:x@/v23.0")
    shown = page(client)
    for kind in short.SENTENCES:
        assert f"rubrica_{kind}:pt_BR" in shown
    assert "Mensaje de {{1}}: “{{2}}” te espera. Ábrelo aquí:<br>{{3}}<br>" in shown


def test_a_template_that_twilio_lacks_is_named(client: Client, settings: Any) -> None:
    settings.WHATSAPP = providers.whatsapp("twilio://AC1:x@?from=+15550002222")
    settings.WHATSAPP_TEMPLATES = {"invite": {"es": "HX5"}}
    shown = page(client)
    assert "HX5" in shown
    assert shown.count("no template is named") == 3 * len(short.SENTENCES) - 1


def test_the_last_failure_of_each_channel_is_shown(client: Client, acme: Acme, other: Acme) -> None:
    def failed(acme: Acme, key: str, channel: str, error: str) -> None:
        Notification.objects.create(
            organization=acme.organization, key=key, kind="invite", channel=channel, to="x", state="failed", error=error
        )

    failed(acme, "1", "sms", "An older one")
    failed(acme, "2", "sms", "30003 Unreachable <b>")
    failed(acme, "3", "mail", "550 No such user")
    failed(other, "4", "whatsapp", "Not ours")
    shown = page(client)
    assert "30003 Unreachable &lt;b&gt;" in shown
    assert "550 No such user" in shown
    assert "An older one" not in shown
    assert "Not ours" not in shown


def test_a_test_mail_goes_to_the_owner(client: Client, acme: Acme, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example.com"
    assert "The test message is on its way." in try_out(client, "mail")
    (sent,) = mail.outbox
    assert sent.to == [f"Olga Owner <{acme.owner.email}>"]


def test_a_test_sms_goes_to_the_number_given(client: Client, settings: Any) -> None:
    with serving(TwilioServer()) as server:
        settings.SMS = providers.Twilio(f"http://{server.host}", ACCOUNT, TOKEN, "+15550001111")
        assert "The test message is on its way." in try_out(client, "sms")
        server.instead = 400, {"code": 21211, "message": "Invalid 'To' Phone Number"}
        assert "Invalid &#x27;To&#x27; Phone Number" in try_out(client, "sms")
    assert server.accepted[0]["Body"] == "Test from Acme: messages reach this number."


def test_without_a_provider_the_test_lies_in_the_outbox(client: Client) -> None:
    assert "lies in the outbox" in try_out(client, "whatsapp")
    assert OutboxMessage.objects.get().channel == "whatsapp"


@pytest.mark.parametrize("phone", ["", "12", "\0", "+" + "1" * 500])
def test_a_number_that_is_none_is_refused_with_a_sentence(client: Client, phone: str) -> None:
    assert "must begin with +" in try_out(client, "sms", phone)


def test_a_channel_that_does_not_exist_is_not_found(client: Client) -> None:
    assert client.post(reverse("console:channel_test", args=["fax"])).status_code == 404


def test_others_than_the_owner_look_only(acme: Acme) -> None:
    reviewer = signed_in(acme.reviewer)
    shown = page(reviewer)
    assert "Channels" in shown
    assert not re.search(r'action="[^"]*/test"', shown)
    assert reviewer.post(reverse("console:channel_test", args=["mail"])).status_code == 403
    assert mail.outbox == []


def test_a_stranger_is_sent_to_sign_in() -> None:
    assert Client().get(reverse("console:channels")).status_code == 302
    assert Client().post(reverse("console:channel_test", args=["mail"])).status_code == 302
