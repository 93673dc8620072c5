"""Over a real SMTP conversation on this machine: what goes out, what is refused, and what a second run does."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import override_settings

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.notify import delivery, messages, smtp
from rubrica.notify import mail as mail_server
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.messages import Asked, AskedFile, Person, Sending
from rubrica.notify.models import Notification

pytestmark = pytest.mark.django_db

ANA = Person("Ana Pérez", "ana@example.com", "es", participant_id=7)


class Mailbox:
    """What an SMTP server took in; ``answer`` and ``data_answer`` let a test refuse."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.answer = self.data_answer = "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.data_answer.startswith("250"):
            parsed = message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[arg-type]
            assert isinstance(parsed, EmailMessage)
            self.received.append(parsed)
        return self.data_answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    with override_settings(**smtp.django_settings(f"smtp://127.0.0.1:{server.port}")):
        yield box
    server.stop()


@pytest.fixture
def sending() -> Sending:
    acme = Organization.objects.create(name="Acme", slug="acme")
    return Sending(acme.pk, "Acme", 41, "Contrato", "Olga", "olga@acme.example", "Por firmar", "Hola <b>Ana</b>")


def invite(sending: Sending, key: str = "invite:1", to: Person = ANA) -> Notification:
    asked = Asked(signs=("Contrato",), files=(AskedFile("Cédula"), AskedFile("RUT", optional=True)))
    link = "https://sign.example/s/token"
    (row,) = messages.invite(key=key, to=to, sending=sending, asked=asked, link=link)
    return row


def test_it_works(mailbox: Mailbox, sending: Sending) -> None:
    row = invite(sending)

    (mail,) = mailbox.received
    assert (mail["To"], mail["Subject"], mail["Reply-To"]) == (
        "Ana Pérez <ana@example.com>",
        "Por firmar",
        "olga@acme.example",
    )
    assert mail["Message-ID"] == mail_server.message_id("invite:1")
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = [part.get_content() for part in mail.iter_parts()]
    assert "https://sign.example/s/token" in text
    assert "- Entregar “RUT” (opcional)" in text
    assert 'href="https://sign.example/s/token"' in html
    assert (row.state, row.attempts, row.process_id, row.participant_id) == ("sent", 1, 41, 7)


def test_no_other_headers_go_out(mailbox: Mailbox, sending: Sending) -> None:
    invite(sending)
    expected = {"content-type", "mime-version", "subject", "from", "to", "reply-to", "date", "message-id"}
    extra = {name.lower() for name in mailbox.received[0]} - expected
    assert extra <= {"auto-submitted", "x-peer", "x-mailfrom", "x-rcptto"}  # The last three are the test server's.


def test_a_second_run_sends_nothing(mailbox: Mailbox, sending: Sending) -> None:
    first, second = invite(sending), invite(sending)
    assert first.pk == second.pk
    assert len(mailbox.received) == 1
    assert Notification.objects.get().attempts == 1


def test_another_key_sends_again_under_another_message_id(mailbox: Mailbox, sending: Sending) -> None:
    invite(sending, "invite:1")
    invite(sending, "remind:2")
    assert len({mail["Message-ID"] for mail in mailbox.received}) == 2


def test_a_passing_refusal_is_recorded_and_tried_again(mailbox: Mailbox, sending: Sending) -> None:
    mailbox.answer = "451 Try later"
    with pytest.raises(DeliveryFailed, match="451 Try later") as failure:
        invite(sending)
    assert not failure.value.permanent
    row = Notification.objects.get()
    assert (row.state, row.permanent, row.claimed_at) == ("failed", False, None)

    mailbox.answer = "250 OK"
    assert invite(sending).state == "sent"
    row.refresh_from_db()
    assert (row.error, row.attempts, len(mailbox.received)) == ("", 2, 1)


@pytest.mark.parametrize("refuses", ["answer", "data_answer"])
def test_a_lasting_refusal_is_not_tried_again(mailbox: Mailbox, sending: Sending, refuses: str) -> None:
    setattr(mailbox, refuses, "550 No such user here")
    with pytest.raises(DeliveryFailed, match="550 No such user here") as failure:
        invite(sending)
    assert failure.value.permanent

    setattr(mailbox, refuses, "250 OK")
    with pytest.raises(DeliveryFailed, match="550") as again:
        invite(sending)
    assert again.value.permanent
    assert mailbox.received == []
    assert Notification.objects.get().attempts == 1


def test_a_server_that_is_away_is_named(sending: Sending) -> None:
    port = free_port()
    with (
        override_settings(**smtp.django_settings(f"smtp://someone:secret@127.0.0.1:{port}")),
        pytest.raises(DeliveryFailed, match=f"127.0.0.1:{port}") as failure,
    ):
        invite(sending)
    assert not failure.value.permanent
    assert "secret" not in Notification.objects.get().error


def test_a_refused_login_is_tried_again(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    error = smtplib.SMTPAuthenticationError(535, b"Bad credentials")
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda self: (_ for _ in ()).throw(error))
    with pytest.raises(DeliveryFailed, match="535 Bad credentials") as failure:
        invite(sending)
    assert not failure.value.permanent


def test_what_another_worker_is_sending_is_left_to_it(mailbox: Mailbox, sending: Sending) -> None:
    row = invite(sending)
    Notification.objects.filter(pk=row.pk).update(state="queued", sent_at=None, claimed_at=clock.now())
    with pytest.raises(DeliveryFailed, match="Another worker") as failure:
        invite(sending)
    assert not failure.value.permanent
    assert failure.value.retry_after >= delivery.CLAIM.total_seconds() - 60, "no sooner, and by the ladder not later"
    assert len(mailbox.received) == 1


def test_the_claim_of_a_killed_worker_runs_out(mailbox: Mailbox, sending: Sending) -> None:
    row = invite(sending)
    long_ago = clock.now() - delivery.CLAIM - timedelta(seconds=1)
    Notification.objects.filter(pk=row.pk).update(state="queued", sent_at=None, claimed_at=long_ago)
    assert invite(sending).state == "sent"
    assert mailbox.received[0]["Message-ID"] == mailbox.received[1]["Message-ID"]


def test_an_unexpected_error_leaves_no_claim(
    mailbox: Mailbox, sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken, pytest.raises(ZeroDivisionError):
        broken.setattr(mail_server, "send", lambda mail, still: 1 / 0)
        invite(sending)
    assert invite(sending).state == "sent"


@pytest.mark.parametrize("name", ['José "El Jefe" Núñez, S.A.', "Eve\r\nBcc: all@example.com", "<x@y.example>", "名前"])
def test_a_name_stays_a_name(mailbox: Mailbox, sending: Sending, name: str) -> None:
    invite(sending, to=Person(name, "ana@example.com"))
    (mail,) = mailbox.received
    assert [address.addr_spec for address in mail["To"].addresses] == ["ana@example.com"]
    assert mail["To"].addresses[0].display_name == messages.one_line(name)
    assert mail["Bcc"] is None


def test_an_address_with_a_line_break_is_refused_for_good(mailbox: Mailbox, sending: Sending) -> None:
    with pytest.raises(DeliveryFailed) as failure:
        invite(sending, to=Person("Ana", "ana@example.com\nBcc: all@example.com"))
    assert failure.value.permanent
    assert mailbox.received == []


def test_starttls_checks_the_certificate(sending: Sending, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=True)
    server.start()
    try:
        with override_settings(**smtp.django_settings(f"smtp+starttls://localhost:{server.port}")):
            with pytest.raises(DeliveryFailed, match="certificate verify failed"):
                invite(sending)
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            assert invite(sending).state == "sent"
    finally:
        server.stop()
    assert len(box.received) == 1


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "server.pem", folder / "server.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths
