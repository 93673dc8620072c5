from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from rubrica.accounts.models import Organization
from rubrica.notify import messages
from rubrica.notify.messages import Asked, AskedFile, Person, Sealed, Sending

pytestmark = pytest.mark.django_db

LINK = "https://sign.example/s/token"
SHA = "ab" * 32


def sent(kind: str, language: str = "en", name: str = "Ana", **sending: Any) -> EmailMultiAlternatives:
    """Sends one message of this kind with all it can hold, and gives it back."""
    acme, _ = Organization.objects.get_or_create(name="Acme & Co", slug="acme")
    process = {"name": "Lease", "creator": "Olga", "creator_email": "olga@acme.example"} | sending
    asked = Asked(
        ("Lease",), ("Annex",), (AskedFile("ID card"), AskedFile("Tax <b>", True)), datetime(2026, 12, 24, tzinfo=UTC)
    )
    every: dict[str, dict[str, Any]] = {
        "invite": {"asked": asked, "link": LINK},
        "remind": {"asked": asked, "link": LINK},
        "reject_file": {"file": "ID card", "reason": "Too dark\nand <i>cut</i>", "link": LINK},
        "finished": {
            "documents": (Sealed("Lease", "ABCDEFGHIJ", SHA),),
            "link": LINK,
            "verify_url": "https://sign.example/verify",
        },
        "process_rejected": {"by": "Ana", "reason": "Wrong rent", "link": LINK},
    }
    getattr(messages, kind)(
        key=f"{kind}:{len(mail.outbox)}",
        to=Person(name, "ana@example.com", language),
        sending=Sending(acme.pk, acme.name, 1, **process),
        **every[kind],
    )
    message = mail.outbox[-1]
    assert isinstance(message, EmailMultiAlternatives)
    return message


def parts(message: EmailMultiAlternatives) -> list[str]:
    return [str(message.body), str(message.alternatives[0][0])]


KINDS = ["invite", "remind", "reject_file", "finished", "process_rejected"]


@pytest.mark.parametrize("language", ["es", "en", "pt"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_works(kind: str, language: str) -> None:
    message = sent(kind, language)
    text, html = parts(message)
    assert LINK in text
    assert f'href="{LINK}"' in html
    assert f'<html lang="{language}">' in html
    assert {"es": "Hola, Ana:", "en": "Hello Ana,", "pt": "Olá, Ana:"}[language] in text
    assert "Acme & Co" in text
    assert "Acme &amp; Co" in html
    assert "olga@acme.example" in text
    assert "\n\n\n" not in text


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("invite", "Acme & Co needs you for “Lease”"),
        ("remind", "Reminder: Lease"),
        ("reject_file", "Please send “ID card” again"),
        ("finished", "Finished: “Lease”"),
        ("process_rejected", "Ana declined “Lease”"),
    ],
)
def test_the_subject_says_what_it_is(kind: str, subject: str) -> None:
    assert sent(kind).subject == subject


def test_the_words_of_the_process_come_first() -> None:
    message = sent("invite", subject="Sign by Friday", message="Dear Ana,\n<script>alert(1)</script>")
    text, html = parts(message)
    assert message.subject == "Sign by Friday"
    assert "Dear Ana,\n<script>alert(1)</script>" in text
    assert "Dear Ana,<br>&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_an_invitation_lists_what_is_asked() -> None:
    text, html = parts(sent("invite"))
    asked = ["Sign “Lease”", "Read and approve “Annex”", "Deliver “ID card”", "Deliver “Tax <b>” (optional)"]
    assert [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")] == asked
    assert "Deliver “Tax &lt;b&gt;” (optional)" in html
    assert "Dec. 24, 2026" in text


def test_a_rejection_of_a_file_gives_the_reason() -> None:
    text, html = parts(sent("reject_file"))
    assert "Too dark\nand <i>cut</i>" in text
    assert "Too dark<br>and &lt;i&gt;cut&lt;/i&gt;" in html


def test_finished_says_how_to_check() -> None:
    for part in parts(sent("finished")):
        assert all(word in part for word in ["ABCDEFGHIJ", SHA, "https://sign.example/verify"])


def test_a_subject_cannot_bring_headers_or_turn_the_text_around() -> None:
    message = sent("invite", subject="Hi\r\nBcc: all@example.com\x00\u202e" + "x" * 400)
    assert message.subject.startswith("Hi Bcc: all@example.comx")
    assert len(message.subject) == messages.MAX_SUBJECT
    assert "\nBcc" not in message.message().as_string()


def test_without_a_creator_address_it_says_that_nobody_reads_answers() -> None:
    message = sent("invite", creator_email="")
    assert message.reply_to == []
    assert all("Nobody reads answers" in part for part in parts(message))


def test_a_person_without_a_name_is_greeted_all_the_same() -> None:
    message = sent("invite", name="")
    assert message.to == ["ana@example.com"]
    assert str(message.body).startswith("Hello,\n")
