"""Mail servers and providers that are real here: good ones, dead ones, and such as refuse us."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from django.test import override_settings

from rubrica.doctor import outside
from rubrica.doctor.findings import Finding
from rubrica.notify import providers, short, smtp
from rubrica.notify.tests.provider_servers import (
    ACCESS_TOKEN,
    ACCOUNT,
    NUMBER_ID,
    TOKEN,
    Answer,
    Call,
    CloudServer,
    Provider,
    TwilioServer,
    serving,
)
from rubrica.notify.tests.test_delivery import Mailbox, free_port, self_signed

USER, PASSWORD = "robot", "a mail password"


@pytest.fixture(autouse=True)
def _for_others(settings: Any) -> None:
    settings.PUBLIC_URL = "https://sign.example.com"
    settings.MAIL_FROM = "Example <sign@example.com>"
    settings.PHONE_COUNTRIES = ("+57",)


@contextmanager
def mail_server(**options: Any) -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port(), **options)
    server.start()
    try:
        yield box, server.port
    finally:
        server.stop()


def asked(url: str) -> Finding:
    with override_settings(EMAIL_URL=url, **smtp.django_settings(url)):
        return outside.mail()


def test_a_mail_server_takes_our_mail_and_gets_none() -> None:
    with mail_server() as (box, port):
        found = asked(f"smtp://127.0.0.1:{port}")
    assert (found.status, box.received) == ("ok", [])
    assert "plain text" in found.sentence


def check_login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=False)


def test_a_login_is_tried() -> None:
    with mail_server(authenticator=check_login, auth_require_tls=False) as (_, port):
        good = asked(f"smtp://{USER}:a%20mail%20password@127.0.0.1:{port}")
        bad = asked(f"smtp://{USER}:wrong-password@127.0.0.1:{port}")
    assert (good.status, "with login" in good.sentence) == ("ok", True)
    assert (bad.status, "refuses the login: 535" in bad.sentence) == ("failure", True)
    assert "wrong-password" not in bad.sentence + bad.do


def test_a_server_that_knows_no_login() -> None:
    with mail_server() as (_, port):
        found = asked(f"smtp://{USER}:pass-word@127.0.0.1:{port}")
    assert (found.status, "does not offer" in found.sentence) == ("failure", True)


def test_starttls_and_its_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with mail_server(tls_context=context, require_starttls=True) as (_, port):
        strange = asked(f"smtp+starttls://localhost:{port}")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trusted = asked(f"smtp+starttls://localhost:{port}")
        another_name = asked(f"smtp+starttls://127.0.0.1:{port}")
    assert (strange.status, "is not trusted" in strange.sentence) == ("failure", True)
    assert (trusted.status, "over STARTTLS" in trusted.sentence) == ("ok", True)
    assert another_name.status == "failure"


def test_the_wrong_mode_of_tls() -> None:
    with mail_server() as (_, port):
        without = asked(f"smtp+starttls://localhost:{port}")
        from_the_first_byte = asked(f"smtps://localhost:{port}")
    assert (without.status, "STARTTLS" in without.sentence) == ("failure", True)
    assert (from_the_first_byte.status, "TLS" in from_the_first_byte.sentence) == ("failure", True)


def test_a_dead_port_and_a_silent_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "MAIL_SECONDS", 0.5)
    dead = asked(f"smtp://127.0.0.1:{free_port()}")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        quiet = asked(f"smtp://127.0.0.1:{silent.getsockname()[1]}")
    assert (dead.status, "refused" in dead.sentence) == ("failure", True)
    assert (quiet.status, "timed out" in quiet.sentence) == ("failure", True)


def test_a_sender_that_mailboxes_refuse(settings: Any) -> None:
    settings.MAIL_FROM = "Rubrica <no-reply@localhost>"
    with mail_server() as (_, port):
        found = asked(f"smtp://127.0.0.1:{port}")
    assert (found.status, "RUBRICA_MAIL_FROM" in found.do) == ("warning", True)


def test_an_unset_mail_server_matters_where_others_wait(settings: Any) -> None:
    settings.EMAIL_URL = ""
    found = outside.mail()
    assert (found.status, "/outbox" in found.sentence) == ("warning", True)
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    assert outside.mail().status == "ok"


class Account(TwilioServer):
    said: dict[str, Any] = {"status": "active", "type": "Full"}

    def judge(self, call: Call) -> Answer:
        refused, words = super().judge(call)
        if refused == 401 or call.path != f"/2010-04-01/Accounts/{ACCOUNT}.json":
            return refused, words
        return 200, {"sid": ACCOUNT, **self.said}


class Number(CloudServer):
    said: dict[str, Any] = {"display_phone_number": "+57 300 111 2222", "verified_name": "Acme", "id": NUMBER_ID}

    def judge(self, call: Call) -> Answer:
        if call.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
            return self.refuse(401, 190, "Invalid OAuth access token")
        return (200, self.said) if call.path == f"/v23.0/{NUMBER_ID}" else self.refuse(400, 100, "Unsupported")


def twilio(server: Provider, token: str = TOKEN, **more: Any) -> providers.Twilio:
    return providers.Twilio(f"http://{server.host}", ACCOUNT, token, "+15550001111", **more)


def cloud(server: Provider, token: str = ACCESS_TOKEN, **more: Any) -> providers.CloudNumber:
    return providers.CloudNumber(f"http://{server.host}/v23.0", NUMBER_ID, token, **more)


@pytest.fixture
def account() -> Iterator[Provider]:
    with serving(Account()) as server:
        yield server


@pytest.fixture
def number() -> Iterator[Provider]:
    with serving(Number()) as server:
        yield server


EVERY_TEMPLATE = {kind: dict.fromkeys(providers.LANGUAGES, "HX" + "0" * 32) for kind in short.SENTENCES}


class TestPhones:
    def test_no_provider(self, settings: Any) -> None:
        settings.SMS = settings.WHATSAPP = None
        assert [outside.sms().status, outside.whatsapp().status] == ["ok", "ok"]
        assert "/outbox" in outside.sms().sentence

    def test_a_good_account_sends_nothing(self, settings: Any, account: Provider) -> None:
        settings.SMS = twilio(account)
        found = outside.sms()
        assert (found.status, "+15550001111" in found.sentence, account.accepted) == ("ok", True, [])

    def test_a_wrong_token(self, settings: Any, account: Provider, number: Provider) -> None:
        settings.SMS, settings.WHATSAPP = twilio(account, "wrong-token"), cloud(number, "wrong-token")
        settings.WHATSAPP_APP_SECRET = settings.WHATSAPP_VERIFY_TOKEN = "secret-word"
        by_sms, by_whatsapp = outside.sms(), outside.whatsapp()
        assert (by_sms.status, "401 20003 Authenticate" in by_sms.sentence) == ("failure", True)
        assert (by_whatsapp.status, "401 190 Invalid OAuth" in by_whatsapp.sentence) == ("failure", True)
        assert "wrong-token" not in by_sms.sentence + by_whatsapp.sentence

    @pytest.mark.parametrize(
        ("said", "status", "words"),
        [
            ({"status": "suspended"}, "failure", "suspended"),
            ({"status": "active", "type": "Trial"}, "warning", "trial"),
        ],
    )
    def test_an_account_that_cannot_send(self, settings: Any, said: dict[str, Any], status: str, words: str) -> None:
        server = Account()
        server.said = said
        with serving(server):
            settings.SMS = twilio(server)
            found = outside.sms()
        assert (found.status, words in found.sentence) == (status, True)

    def test_a_dead_provider_and_one_in_trouble(self, settings: Any, account: Provider) -> None:
        settings.SMS = providers.Twilio(f"http://127.0.0.1:{free_port()}", ACCOUNT, TOKEN, "+1")
        dead = outside.sms()
        assert (dead.status, "cannot be reached" in dead.sentence) == ("failure", True)
        settings.SMS = twilio(account)
        account.instead = (503, {"message": "Maintenance"})
        busy = outside.sms()
        assert (busy.status, "ask again later" in busy.do) == ("failure", True)

    def test_countries_that_nobody_named(self, settings: Any, account: Provider) -> None:
        settings.SMS, settings.PHONE_COUNTRIES = twilio(account), ()
        found = outside.sms()
        assert (found.status, "RUBRICA_PHONE_COUNTRIES" in found.do) == ("warning", True)

    def test_templates_that_twilio_needs(self, settings: Any, account: Provider) -> None:
        settings.WHATSAPP = twilio(account)
        settings.WHATSAPP_TEMPLATES = EVERY_TEMPLATE
        assert outside.whatsapp().status == "ok"
        settings.WHATSAPP_TEMPLATES = EVERY_TEMPLATE | {"code": {"es": "HX"}}
        found = outside.whatsapp()
        assert (found.status, found.sentence.endswith("for: code.")) == ("warning", True)

    def test_free_text_is_for_trying(self, settings: Any, account: Provider) -> None:
        settings.WHATSAPP = twilio(account, free_text=True)
        settings.WHATSAPP_TEMPLATES = {}
        found = outside.whatsapp()
        assert (found.status, "24 hours" in found.sentence) == ("warning", True)

    def test_a_number_of_the_cloud(self, settings: Any, number: Provider) -> None:
        settings.WHATSAPP = cloud(number)
        settings.WHATSAPP_APP_SECRET = settings.WHATSAPP_VERIFY_TOKEN = "secret-word"
        found = outside.whatsapp()
        assert (found.status, "+57 300 111 2222 (Acme)" in found.sentence) == ("ok", True)
        settings.WHATSAPP_APP_SECRET = ""
        assert "RUBRICA_WHATSAPP_APP_SECRET" in outside.whatsapp().do

    def test_a_number_with_a_bad_name(self, settings: Any) -> None:
        server = Number()
        server.said = {**Number.said, "quality_rating": "RED"}
        with serving(server):
            settings.WHATSAPP = cloud(server)
            settings.WHATSAPP_APP_SECRET = settings.WHATSAPP_VERIFY_TOKEN = "secret-word"
            assert outside.whatsapp().status == "warning"
