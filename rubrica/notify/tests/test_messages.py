from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from rubrica.accounts.models import Organization
from rubrica.notify import letters, messages
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.messages import Asked, AskedFile, Attachment, Person, Sealed, Sending

pytestmark = pytest.mark.django_db

LINK = "https://sign.example/s/token"
SHA = "ab" * 32
ASKED = Asked(
    ("Lease",), ("Annex",), (AskedFile("ID card"), AskedFile("Tax <b>", True)), datetime(2026, 12, 24, tzinfo=UTC)
)
EVERY: dict[str, dict[str, Any]] = {
    "invite": {"asked": ASKED, "link": LINK},
    "remind": {"asked": ASKED, "link": LINK},
    "reactivated": {"asked": ASKED, "link": LINK},
    "edited": {"asked": ASKED, "link": LINK},
    "new_link": {"link": LINK},
    "reject_file": {"file": "ID card", "reason": "Too dark\nand <i>cut</i>", "link": LINK},
    "finished": {
        "documents": (Sealed("Lease", "ABCDEFGHIJ", SHA),),
        "link": LINK,
        "verify_url": "https://sign.example/verify",
    },
    "process_rejected": {"by": "Ana", "reason": "Wrong rent", "link": LINK},
    "code": {"code": "402718", "channel": "mail"},
    "blocked": {"who": "Ana <b>", "check": "otp", "link": LINK},
    "unblocked": {"link": LINK, "words": "We rang you <i>up</i>"},
    "identity_rejected": {"reason": "It is <i>not</i> you"},
    "expired": {"waiting": ("Ana", "Leo <b>"), "link": LINK},
    "reopening_asked": {"who": "Ana <b>", "link": LINK},
    "cancelled": {"by": "Olga", "reason": "Wrong <i>rent</i>"},
    "update": {"what": "signed", "who": "Ana <b>", "link": LINK},
    "complete": {"link": LINK, "until": datetime(2026, 12, 24, tzinfo=UTC)},
    "to_print": {"link": LINK, "pdf": Attachment("Lease.pdf", b"%PDF-1.7")},
    "webhook_off": {
        "url": "https://hooks.example/a",
        "since": datetime(2026, 12, 24, tzinfo=UTC),
        "error": "500 <b>",
        "link": LINK,
    },
    "certificate_ends": {"ends": datetime(2026, 12, 24, tzinfo=UTC), "has_ended": False, "link": LINK},
    "join": {"by": "Olga <b>", "until": datetime(2026, 12, 24, tzinfo=UTC), "link": LINK},
    "password_reset": {"link": LINK},
    "account_changed": {
        "what": "passkey_added",
        "at": datetime(2026, 12, 24, tzinfo=UTC),
        "address": "203.0.113.7",
        "link": LINK,
    },
    "test": {"channel": "mail"},
}
WITHOUT_LINK = {"code", "identity_rejected", "cancelled", "test"}


def sent(
    kind: str, language: str = "en", name: str = "Ana", more: dict[str, Any] | None = None, **sending: Any
) -> EmailMultiAlternatives:
    """Sends one message of this kind with all it can hold, and gives it back."""
    acme, _ = Organization.objects.get_or_create(name="Acme & Co", slug="acme")
    process = {"name": "Lease", "creator": "Olga", "creator_email": "olga@acme.example"} | sending
    getattr(messages, kind)(
        key=f"{kind}:{len(mail.outbox)}",
        to=Person(name, "ana@example.com", language),
        sending=Sending(acme.pk, acme.name, 1, **process),
        **EVERY[kind] | (more or {}),
    )
    message = mail.outbox[-1]
    assert isinstance(message, EmailMultiAlternatives)
    return message


def parts(message: EmailMultiAlternatives) -> list[str]:
    return [str(message.body), str(message.alternatives[0][0])]


@pytest.mark.parametrize("language", ["es", "en", "pt"])
@pytest.mark.parametrize("kind", EVERY)
def test_it_works(kind: str, language: str) -> None:
    message = sent(kind, language)
    text, html = parts(message)
    if kind not in WITHOUT_LINK:
        assert LINK in text
        assert f'href="{LINK}"' in html
    assert f'<html lang="{language}"' in html
    assert {"es": "Hola, Ana:", "en": "Hello Ana,", "pt": "Olá, Ana:"}[language] in text
    assert "Acme & Co" in text
    assert "Acme &amp; Co" in html
    assert "olga@acme.example" in text
    assert "\n\n\n" not in text
    assert "<b>" not in html.replace("Tax &lt;b&gt;", "")
    assert "<i>" not in html


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("invite", "Acme & Co needs you for “Lease”"),
        ("remind", "Reminder: Lease"),
        ("reactivated", "“Lease” goes on"),
        ("edited", "Changed: “Lease”"),
        ("new_link", "Your new link to “Lease”"),
        ("reject_file", "Please send “ID card” again"),
        ("finished", "Finished: “Lease”"),
        ("process_rejected", "Ana declined “Lease”"),
        ("code", "Your code for “Lease”"),
        ("blocked", "Ana <b> cannot go on with “Lease”"),
        ("unblocked", "You can go on with “Lease”"),
        ("identity_rejected", "Your identity was not confirmed for “Lease”"),
        ("expired", "Time is over: “Lease”"),
        ("cancelled", "Called off: “Lease”"),
        ("update", "Ana <b> has signed “Lease”"),
        ("complete", "Acme & Co asks you to fill in “Lease”"),
        ("to_print", "To print and sign: “Lease”"),
        ("webhook_off", "A webhook was switched off"),
        ("account_changed", "The way into your account has changed"),
        ("certificate_ends", "The certificate that seals ends soon"),
        ("test", "Test message from Rubrica"),
    ],
)
def test_the_subject_says_what_it_is(kind: str, subject: str) -> None:
    assert sent(kind).subject == subject


def test_every_message_is_in_the_table() -> None:
    public = {
        name for name, value in vars(messages).items() if callable(value) and value.__module__ == messages.__name__
    }
    assert {name for name in public if not name.startswith("_")} == EVERY.keys()


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


def test_who_is_to_confirm_their_identity_is_told_first() -> None:
    text, html = parts(sent("invite", more={"asked": Asked(("Lease",), confirms=True)}))
    asked = [line for line in text.splitlines() if line.startswith("- ")]
    assert asked == ["- Confirm your identity", "- Sign “Lease”"]
    assert html.index("Confirm your identity") < html.index("Sign “Lease”")


def test_who_only_approves_is_asked_to_approve() -> None:
    message = sent("invite", more={"asked": Asked(approves=("Lease",))})
    assert message.subject == "Acme & Co asks you to approve “Lease”"
    assert all("asks you to read and approve “Lease”" in part for part in parts(message))


def test_a_rejection_of_a_file_gives_the_reason() -> None:
    text, html = parts(sent("reject_file"))
    assert "Too dark\nand <i>cut</i>" in text
    assert "Too dark<br>and &lt;i&gt;cut&lt;/i&gt;" in html


def test_finished_says_how_to_check() -> None:
    for part in parts(sent("finished")):
        assert all(word in part for word in ["ABCDEFGHIJ", SHA, "https://sign.example/verify"])


def test_a_code_stands_in_the_text_alone_and_says_how_long_it_is_good() -> None:
    message = sent("code", more={"life": timedelta(minutes=5)})
    assert "402718" not in message.subject
    assert all("402718" in part and "5 minutes" in part for part in parts(message))
    html = parts(message)[1]
    assert "402718" not in html[html.index("display:none") : html.index("</div>")], (
        "a preview shows it on a locked phone"
    )


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("otp", "typed a wrong code three times"),
        ("compare", "did not match the picture"),
        ("consent", "does not agree"),
        ("waiting", "has to compare"),
        ("video", "could not be identified"),
    ],
)
def test_who_is_blocked_and_why(check: str, words: str) -> None:
    assert all(words in part for part in parts(sent("blocked", more={"check": check})))


@pytest.mark.parametrize(
    ("what", "subject"),
    [
        ("signed", "Leo has signed “Lease”"),
        ("approved", "Leo has approved “Lease”"),
        ("rejected", "Leo has declined “Lease”"),
        ("finished", "“Lease” is finished"),
        ("cancelled", "“Lease” was called off"),
        ("expired", "The time for “Lease” is over"),
    ],
)
def test_a_reader_is_told_each_step(what: str, subject: str) -> None:
    message = sent("update", more={"what": what, "who": "Leo", "reason": "Too <b>dear"})
    assert message.subject == subject
    text, html = parts(message)
    assert subject in text
    assert "Too <b>dear" in text
    assert "Too &lt;b&gt;dear" in html


def test_no_step_is_made_up() -> None:
    assert {*messages.WHAT_HAPPENED} == {"signed", "approved", "rejected", "finished", "cancelled", "expired"}
    with pytest.raises(ValueError, match="sneezed"):
        sent("update", more={"what": "sneezed"})


def test_expiry_tells_the_creator_who_was_waited_for_and_a_participant_that_nothing_is_left() -> None:
    assert all("Leo" in part and "not everybody" in part for part in parts(sent("expired")))
    text, _ = parts(sent("expired", more={"waiting": (), "link": ""}))
    assert "Nothing more is asked of you" in text
    assert "waited for" not in text


def test_a_document_to_print_is_attached_unless_it_is_large() -> None:
    message = sent("to_print")
    assert [(name, content) for name, content, _ in message.attachments] == [("Lease.pdf", b"%PDF-1.7")]
    assert "is attached" in str(message.body)
    large = sent("to_print", more={"pdf": Attachment("Lease.pdf", bytes(messages.MAX_ATTACHED + 1))})
    assert large.attachments == []
    assert "Please download it" in str(large.body)


@pytest.mark.parametrize(
    ("color", "on"), [("#2345a0", "#ffffff"), ("#ffe000", "#000000"), ("#777777", "#000000"), ("#FE0", "#000000")]
)
def test_buttons_have_the_colour_of_the_organization_and_can_be_read(color: str, on: str) -> None:
    html = parts(sent("invite", color=color, logo="https://sign.example/logo.png"))[1]
    assert f"background:{letters.six_digits(color)};color:{on}" in html
    assert '<img class="logo" src="https://sign.example/logo.png" alt="Acme &amp; Co"' in html


@pytest.mark.parametrize("color", ["", "red", "#12", "#1234567", "#fff;x:url(//e)"])
def test_what_is_no_colour_is_ours(color: str) -> None:
    assert f"background:{letters.INK};color:#ffffff" in parts(sent("invite", color=color))[1]


def test_a_code_that_is_over_is_not_sent() -> None:
    with pytest.raises(DeliveryFailed, match="was over") as failure:
        sent("code", more={"life": timedelta(seconds=-1)})
    assert failure.value.permanent
    assert mail.outbox == []


def test_a_subject_cannot_bring_headers_or_turn_the_text_around() -> None:
    message = sent("invite", subject="Hi\r\nBcc: all@example.com\x00\u202e" + "x" * 400)
    assert message.subject.startswith("Hi Bcc: all@example.comx")
    assert len(message.subject) == letters.MAX_SUBJECT
    assert "\nBcc" not in message.message().as_string()


def test_without_a_creator_address_it_says_that_nobody_reads_answers() -> None:
    message = sent("invite", creator_email="")
    assert message.reply_to == []
    assert all("Nobody reads answers" in part for part in parts(message))


def test_a_person_without_a_name_is_greeted_all_the_same() -> None:
    message = sent("invite", name="")
    assert message.to == ["ana@example.com"]
    assert str(message.body).startswith("Hello,\n")
