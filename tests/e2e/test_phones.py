"""Links and codes on telephones, from the API call to the provider and back: server, worker and providers are real
processes and ports."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from rubrica.notify.tests.provider_servers import (
    ACCESS_TOKEN,
    ACCOUNT,
    NUMBER_ID,
    TOKEN,
    CloudServer,
    TwilioServer,
    serving,
)
from tests.server import OWNER, PASSWORD, Server, eventually, running

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("phones")]

SECRET, NUMBER = "the app's secret", "+573001112233"


@pytest.fixture(scope="module")
def cloud() -> Iterator[CloudServer]:
    with serving(CloudServer()) as server:
        assert isinstance(server, CloudServer)
        yield server


@pytest.fixture(scope="module")
def twilio() -> Iterator[TwilioServer]:
    with serving(TwilioServer()) as server:
        assert isinstance(server, TwilioServer)
        yield server


@pytest.fixture(scope="module")
def server(cloud: CloudServer, twilio: TwilioServer) -> Iterator[Server]:
    login = f"{ACCOUNT}:{quote(TOKEN, safe='')}"
    with running(
        RUBRICA_SMS_URL=f"twilio+http://{login}@{twilio.host}?from=+15550001111",
        RUBRICA_WHATSAPP_URL=f"whatsapp+http://{NUMBER_ID}:{quote(ACCESS_TOKEN)}@{cloud.host}/v23.0",
        RUBRICA_WHATSAPP_APP_SECRET=SECRET,
    ) as server:
        yield server


def send(server: Server, email: str, **more: Any) -> str:
    """Asks Ana for a file, and gives the id of the process. Each test has an address that finds no other's mail."""
    ana = {"name": "Ana Ruiz", "email": email, "phone": NUMBER, "role": "SIGNER", "order": "1"}
    body = {
        "email": OWNER,
        "packageName": "Contrato",
        "subject": "Por firmar",
        "message": "Hola",
        "signProfile": [{**ana, "files": [{"name": "Cédula"}]}],
        **more,
    }
    return str(server.auco("POST", "/attachments", body)["package"])


def told_by_meta(server: Server, message: dict[str, Any], secret: str) -> int:
    status = {"id": message["id"], "biz_opaque_callback_data": message["reference"], "status": "failed"}
    status["errors"] = [{"code": 131026, "title": "Message undeliverable"}]
    body = json.dumps({"entry": [{"changes": [{"value": {"statuses": [status]}}]}]}).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={signature}"}
    return server.http.post("/channels/whatsapp", content=body, headers=headers).status_code


def console_page(server: Server, process: str) -> str:
    with httpx.Client(base_url=server.url, follow_redirects=True) as browser:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get("/accounts/login/").text)
        assert token is not None
        form = {"login": OWNER, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        assert browser.post("/accounts/login/", data=form, headers={"Referer": server.url}).status_code == 200
        return browser.get(f"/console/processes/{process}").text


def test_an_invitation_by_whatsapp_and_what_became_of_it(server: Server, cloud: CloudServer) -> None:
    cloud.instead = 503, {}
    process = send(server, "ana.whatsapp@example.com", options={"whatsapp": True})
    (given,) = eventually(lambda: cloud.accepted, "the message")
    assert len(cloud.calls) == 2, "it was tried again after the provider was away"
    assert server.mailbox.to("ana.whatsapp@example.com") == []
    link = given["template"]["components"][0]["parameters"][2]["text"]
    assert httpx.get(link).status_code == 200

    message = {"id": f"wamid.{1:032d}", "reference": given["biz_opaque_callback_data"]}
    assert told_by_meta(server, message, "a guess") == 403
    assert "131026" not in console_page(server, process)
    assert told_by_meta(server, message, SECRET) == 200
    assert "131026 Message undeliverable" in console_page(server, process)


def test_both_ways_at_once(server: Server, cloud: CloudServer) -> None:
    before = len(cloud.accepted)
    send(server, "ana.both@example.com", options={"whatsapp": True, "both": True})
    eventually(lambda: len(cloud.accepted) > before, "the message")
    eventually(lambda: server.mailbox.to("ana.both@example.com"), "the mail")


def test_a_code_by_sms_opens_the_page(server: Server, twilio: TwilioServer) -> None:
    send(server, "ana.code@example.com", otpCode=True, options={"otpCode": "phone"})
    link = server.link_for("ana.code@example.com")
    with httpx.Client() as browser:
        assert browser.post(f"{link}/otp").status_code == 200
        (given,) = eventually(lambda: twilio.accepted, "the code")
        assert given["To"] == NUMBER
        assert "StatusCallback" not in given, "this machine cannot be reached from outside"
        found = re.match(r"(\d{6}) es tu código", given["Body"])
        assert found is not None
        assert browser.post(f"{link}/otp/check", json={"code": found[1]}).status_code == 200
        assert browser.get(f"{link}/state").json()["identity"]["passed"]
    assert found[1] not in server.log.read_text()


def test_nobody_can_tell_twilio_stories(server: Server) -> None:
    forged = base64.b64encode(hmac.digest(b"a guess", b"x", "sha1")).decode()
    answer = server.http.post(
        "/channels/twilio/1", data={"MessageStatus": "failed"}, headers={"X-Twilio-Signature": forged}
    )
    assert answer.status_code == 403
