"""Every message with sample words, for the page on which developers look at them."""

from datetime import UTC, datetime
from typing import Any

from rubrica.notify.letters import Asked, AskedFile, MailLetter, Message, Person, Sealed, Sending

SITE = "https://rubrica.example"
LINK = f"{SITE}/s/3q2-7wAAAAAAAAAAAAAAAAAA"
UNTIL = datetime(2026, 12, 24, 18, 30, tzinfo=UTC)
ASKED = Asked(
    signs=("Contrato de arrendamiento", "Anexo técnico"),
    files=(AskedFile("Cédula de ciudadanía"), AskedFile("Hoja de vida", optional=True)),
    until=UNTIL,
    confirms=True,
)
REASON = "The photograph is blurred.\nPlease take it again in daylight."
DOCUMENTS = (Sealed("Contrato de arrendamiento", "AB12CD34EF", "5f" * 32), Sealed("Anexo técnico", "GH56IJ78KL"))
ASKING: dict[str, Any] = {"asked": ASKED, "approves": False, "link": LINK}

SAMPLES: dict[str, dict[str, Any]] = {
    "invite": ASKING,
    "remind": ASKING,
    "edited": ASKING,
    "reactivated": ASKING,
    "new_link": {"link": LINK},
    "reject_file": {"file": "Cédula de ciudadanía", "reason": REASON, "link": LINK},
    "code": {"code": "402718", "minutes": 10},
    "unblocked": {"link": LINK, "words": "We rang you, and all is well."},
    "identity_rejected": {"reason": "The face on the card is another one."},
    "finished": {"documents": DOCUMENTS, "link": LINK, "verify_url": f"{SITE}/verify"},
    "update": {"what": "signed", "who": "María Fernanda", "reason": "", "link": LINK},
    "cancelled": {"by": "Ana Gómez", "reason": "The rent has changed."},
    "expired": {"waiting": ("María Fernanda", "王小明"), "link": f"{SITE}/console/processes/1"},
    "reopening_asked": {"who": "María Fernanda", "link": f"{SITE}/console/processes/1"},
    "process_rejected": {"by": "王小明", "reason": "The rent is wrong.", "link": f"{SITE}/console/processes/1"},
    "blocked": {"who": "María Fernanda", "check": "otp", "link": f"{SITE}/console/processes/1"},
    "complete": {"link": f"{SITE}/c/3q2-7wAAAAAAAAAAAAAAAAAA", "until": UNTIL},
    "to_print": {"link": f"{SITE}/files/1/lease.pdf", "attached": False},
    "webhook_off": {"url": "https://hooks.example/a", "since": UNTIL, "error": "500", "link": f"{SITE}/console"},
    "certificate_ends": {"ends": UNTIL, "has_ended": False, "link": f"{SITE}/console/settings/certificate"},
    "join": {"by": "Ana Gómez", "until": UNTIL, "link": f"{SITE}/join/3q2-7wAAAAAAAAAAAAAAAAAA"},
    "password_reset": {"link": f"{SITE}/accounts/password/reset/key/1-a/"},
    "account_changed": {
        "what": "passkey_added",
        "at": UNTIL,
        "address": "203.0.113.7",
        "link": f"{SITE}/console/account",
    },
    "test": {},
}


def sample(kind: str, language: str, *, name: str = "أمينة بن علي", color: str = "", logo: str = "") -> MailLetter:
    """As it would go out. Raises KeyError for a kind that is none."""
    sending = Sending(
        organization_id=0,
        organization="Inmobiliaria Río & Sol",
        name="Contrato de arrendamiento, Calle 85",
        creator="Ana Gómez",
        creator_email="ana@rubrica.example",
        message="Please look at it until Friday.\nIf anything is unclear, just write to me.",
        color=color,
        logo=logo,
    )
    return MailLetter(Message(kind, Person(name, "amina@example.com", language), sending, SAMPLES[kind]))
