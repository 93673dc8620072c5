"""Call-backs of Twilio and Meta: signed as their public documentation says; forged and unknown ones change nothing."""

import base64
import hashlib
import hmac
import json
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client

from rubrica.accounts.models import Organization
from rubrica.notify import messages, providers, twilio
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.messages import Person, Sending
from rubrica.notify.models import Notification
from rubrica.notify.tests.provider_servers import ACCOUNT, TOKEN, TwilioServer, serving

pytestmark = pytest.mark.django_db

SID, WAMID, SECRET = "SM" + "1f" * 16, "wamid.HBgMNTczMDAxMTEyMjMz", "the app's secret"


class Answer(NamedTuple):
    status_code: int
    code: str


@pytest.fixture(autouse=True)
def _channels(settings: Any) -> None:
    settings.PUBLIC_URL = "https://sign.example.com"
    settings.SMS = providers.sms("twilio://AC1:sms-token@?from=+15550001111")
    settings.WHATSAPP = providers.whatsapp("whatsapp://10654:access@graph.facebook.com/v23.0")
    settings.WHATSAPP_APP_SECRET = SECRET
    settings.WHATSAPP_VERIFY_TOKEN = "a word of ours"


def notification(channel: str, **fields: Any) -> Notification:
    acme, _ = Organization.objects.get_or_create(name="Acme", slug="acme")
    known = {"sms": SID, "whatsapp": WAMID, "mail": ""}[channel]
    about = {"state": "sent", "sent_at": acme.created_at, "provider_id": known} | fields
    return Notification.objects.create(organization=acme, key=f"a:{channel}", kind="invite", channel=channel, **about)


def by_twilio(row: Notification, status: str, token: str = "sms-token", url: str = "", **fields: str) -> Answer:
    """Signed as https://www.twilio.com/docs/usage/security describes it."""
    path = f"/channels/twilio/{row.pk}"
    given = {"MessageSid": SID, "MessageStatus": status, "AccountSid": "AC1", "To": "+573001112233"} | fields
    text = (url or f"https://sign.example.com{path}") + "".join(name + given[name] for name in sorted(given))
    digest = hmac.digest(token.encode(), text.encode(), "sha1")
    answer = Client().post(
        path,
        urlencode(given),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": base64.b64encode(digest).decode(), "Host": "behind-a-proxy.internal"},
    )
    return Answer(answer.status_code, answer.json()["message"] if answer.status_code >= 400 else "")


def by_meta(body: dict[str, Any] | bytes, secret: str = SECRET) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = f"sha256={hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()}"
    answer = Client().post(
        "/channels/whatsapp", content, content_type="application/json", headers={"X-Hub-Signature-256": signature}
    )
    return Answer(answer.status_code, answer.json()["message"] if answer.status_code >= 400 else "")


def status(state: str, message_id: str = WAMID, **more: Any) -> dict[str, Any]:
    about = {"id": message_id, "status": state, "timestamp": "1709295133", "recipient_id": "573001112233"} | more
    metadata = {"display_phone_number": "15550002222", "phone_number_id": "10654"}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": [about]}
    entry = {"id": "1", "changes": [{"value": value, "field": "messages"}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def state_of(row: Notification) -> tuple[str, bool, bool, str]:
    row.refresh_from_db()
    return row.state, row.permanent, row.delivered_at is not None, row.error


ARRIVED = ("sent", False, True, "")
SENT = ("sent", False, False, "")


def test_the_signature_is_twilios_own_example() -> None:
    """The example that Twilio publishes with its libraries."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    signature, url = "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio.is_signed("12345", url, fields.items(), signature)
    assert not twilio.is_signed("12346", url, fields.items(), signature)
    assert not twilio.is_signed("12345", url, {**fields, "Digits": "1235"}.items(), signature)


@pytest.mark.parametrize("port", ["", ":443"])
def test_the_port_of_https_counts_with_and_without(port: str) -> None:
    row = notification("sms")
    assert (
        by_twilio(row, "delivered", url=f"https://sign.example.com{port}/channels/twilio/{row.pk}").status_code == 204
    )


def test_twilio_tells_of_delivery() -> None:
    row = notification("sms")
    assert by_twilio(row, "sent").status_code == 204
    assert state_of(row) == SENT
    assert by_twilio(row, "delivered").status_code == 204
    assert state_of(row) == ARRIVED


def test_twilio_tells_of_failure() -> None:
    row = notification("sms")
    assert by_twilio(row, "undelivered", ErrorCode="30003").status_code == 204
    assert state_of(row) == ("failed", True, False, "Twilio could not deliver the message: undelivered 30003")


def test_what_arrived_is_never_downgraded_and_telling_twice_changes_nothing() -> None:
    row = notification("sms")
    by_twilio(row, "delivered")
    row.refresh_from_db()
    first = row.delivered_at
    for later in ["delivered", "sent", "failed", "undelivered", "queued"]:
        assert by_twilio(row, later).status_code == 204
        assert state_of(row) == ARRIVED
    assert row.delivered_at == first


def test_a_failure_that_turns_out_well_is_well() -> None:
    row = notification("sms")
    by_twilio(row, "failed")
    by_twilio(row, "sent")
    assert state_of(row)[0] == "failed"
    by_twilio(row, "delivered")
    assert state_of(row) == ARRIVED


@pytest.mark.parametrize(
    "forgery", [{"token": "wrong"}, {"token": ""}, {"url": "https://sign.example.com/channels/twilio/0"}]
)
def test_forged_twilio_is_refused(forgery: dict[str, str]) -> None:
    row = notification("sms")
    answer = by_twilio(row, "delivered", **forgery)
    assert (answer.status_code, answer.code) == (403, "CALLBACK_SIGNATURE_INVALID")
    assert state_of(row) == SENT


def test_a_call_without_a_signature_is_refused() -> None:
    row = notification("sms")
    answer = Client().post(f"/channels/twilio/{row.pk}", {"MessageSid": SID, "MessageStatus": "failed"})
    assert answer.status_code == 403
    assert state_of(row) == SENT


def test_nobody_can_sign_where_twilio_is_not_set(settings: Any) -> None:
    settings.SMS = None
    row = notification("sms")
    assert by_twilio(row, "delivered", token="").status_code == 403


@pytest.mark.parametrize("sid", ["SM" + "0" * 32, "", "SM\0", "S" * 500])
def test_another_message_of_twilio_is_unknown(sid: str) -> None:
    row = notification("sms")
    answer = by_twilio(row, "delivered", MessageSid=sid)
    assert (answer.status_code, answer.code) == (404, "CALLBACK_UNKNOWN")
    assert state_of(row) == SENT


def test_a_mail_gets_no_call_back() -> None:
    row = notification("mail")
    assert by_twilio(row, "failed").status_code == 404
    assert state_of(row) == SENT


@pytest.mark.django_db(transaction=True)
def test_a_call_back_may_be_faster_than_our_own_answer(settings: Any) -> None:
    """Twilio may call back while its answer to us is still on its way."""

    class Fast(TwilioServer):
        def answer(self, call: Any) -> Any:
            answer = super().answer(call)
            row = Notification.objects.get(key="fast:sms")
            row.came_back(answer[1]["sid"], "30005 Unknown destination handset")
            connection.close()
            return answer

    acme = Organization.objects.create(name="Acme", slug="acme")
    with serving(Fast()) as server:
        settings.SMS = providers.Twilio(f"http://{server.host}", ACCOUNT, TOKEN, "+15550001111")
        to = Person("Ana", "", phone="+573001112233")
        messages.test(key="fast", to=to, sending=Sending(acme.pk, "Acme"), channel="sms")
        row = Notification.objects.get()
        assert state_of(row) == ("failed", True, False, "30005 Unknown destination handset")
        with pytest.raises(DeliveryFailed, match="30005"):
            messages.test(key="fast", to=to, sending=Sending(acme.pk, "Acme"), channel="sms")


def test_meta_proves_its_address_with_our_word() -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": "a word of ours", "hub.challenge": "1158201444"}
    answer = Client().get("/channels/whatsapp", asked)
    assert (answer.status_code, answer.content) == (200, b"1158201444")
    assert answer.headers["Content-Type"] == "text/plain"


@pytest.mark.parametrize("wrong", [{"hub.verify_token": "guess"}, {"hub.verify_token": ""}, {"hub.mode": "x"}])
def test_another_word_is_refused(wrong: dict[str, str]) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": "a word of ours", "hub.challenge": "1"} | wrong
    assert Client().get("/channels/whatsapp", asked).status_code == 403


def test_without_a_word_of_ours_nobody_has_it(settings: Any) -> None:
    settings.WHATSAPP_VERIFY_TOKEN = ""
    asked = {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}
    assert Client().get("/channels/whatsapp", asked).status_code == 403


@pytest.mark.parametrize("state", ["delivered", "read"])
def test_meta_tells_of_delivery(state: str) -> None:
    row = notification("whatsapp")
    assert by_meta(status("sent")).status_code == 200
    assert state_of(row) == SENT
    assert by_meta(status(state)).status_code == 200
    assert state_of(row) == ARRIVED
    errors = [{"code": 131026, "title": "Message undeliverable"}]
    assert by_meta(status("failed", errors=errors)).status_code == 200
    assert state_of(row) == ARRIVED


def test_meta_tells_of_failure() -> None:
    row = notification("whatsapp")
    errors = [{"code": 131026, "title": "Message undeliverable", "error_data": {"details": "No WhatsApp"}}]
    assert by_meta(status("failed", errors=errors)).status_code == 200
    words = "WhatsApp could not deliver the message: 131026 Message undeliverable No WhatsApp"
    assert state_of(row) == ("failed", True, False, words)


def test_meta_finds_the_row_by_our_own_reference_before_its_id_is_stored() -> None:
    row = notification("whatsapp", provider_id="", state="queued", sent_at=None)
    assert by_meta(status("delivered", biz_opaque_callback_data=str(row.pk))).status_code == 200
    assert state_of(row) == ARRIVED
    assert row.provider_id == WAMID


def test_a_reference_that_is_another_messages_is_unknown() -> None:
    row = notification("whatsapp")
    answer = by_meta(status("delivered", "wamid.other", biz_opaque_callback_data=str(row.pk)))
    assert answer.status_code == 404
    assert state_of(row) == SENT


def test_forged_meta_is_refused(settings: Any) -> None:
    row = notification("whatsapp")
    answer = by_meta(status("delivered"), secret="guess")
    assert (answer.status_code, answer.code) == (403, "CALLBACK_SIGNATURE_INVALID")
    settings.WHATSAPP_APP_SECRET = ""
    assert by_meta(status("delivered"), secret="").status_code == 403
    assert state_of(row) == SENT


def test_an_unknown_message_of_meta_is_refused() -> None:
    notification("whatsapp")
    answer = by_meta(status("delivered", "wamid.unknown"))
    assert (answer.status_code, answer.code) == (404, "CALLBACK_UNKNOWN")


def test_what_participants_answer_is_taken_without_a_word() -> None:
    body = status("delivered")
    value = body["entry"][0]["changes"][0]["value"]
    del value["statuses"]
    value["messages"] = [{"from": "573001112233", "id": "wamid.in", "type": "text", "text": {"body": "Gracias"}}]
    assert by_meta(body).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'{"entry": 5}',
        b'{"entry": [{"changes": [5, {"value": []}, {"value": {"statuses": "x"}}]}]}',
        b'{"entry": [{"changes": [{"value": {"statuses": [{"id": null, "status": {}}]}}]}]}',
        b"\xff\xfe",
        b'{"entry": [{"changes": [{"value": {"statuses": [{"id": "a\\u0000b", "status": "read"}]}}]}]}',
    ],
)
def test_a_signed_body_of_another_shape_does_no_harm(body: bytes) -> None:
    assert by_meta(body).status_code in {200, 404}


def test_a_body_that_is_too_long_is_refused() -> None:
    assert by_meta(b" " * (3 * 1024 * 1024 + 1)).status_code == 403
    row = notification("sms")
    assert by_twilio(row, "delivered", Filler="x" * 70_000).status_code == 403


def test_a_reason_that_cannot_be_kept_is_kept_all_the_same() -> None:
    row = notification("sms")
    assert by_twilio(row, "failed", ErrorCode="\0" + "9" * 2000).status_code == 204
    assert state_of(row)[3].startswith("Twilio could not deliver the message: failed ?999")


def test_other_methods_are_refused() -> None:
    row = notification("sms")
    assert Client().get(f"/channels/twilio/{row.pk}").status_code == 405
    assert Client().put("/channels/whatsapp").status_code == 405
