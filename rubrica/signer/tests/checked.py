"""Processes whose people have to prove who they are, and what they do for it."""

from typing import Any

from rubrica.processes.models import IdentityCheck, Participant, Process
from rubrica.signer.tests.phones import Phone, phone
from tests import portraits, sending
from tests.cast import Acme
from tests.sending import person

COMPARED = ("photo", "identification")


def asked(*checks: str, channel: str = "mail", **claimed: str) -> dict[str, Any]:
    """In the domain's words; a card is asked for in order to be compared."""
    return {"checks": list(checks), "otp_channel": channel, "compare": "identification" in checks, "claimed": claimed}


def start(acme: Acme, *checks: str, files: tuple[str, ...] = (), channel: str = "mail", **more: Any) -> Process:
    """Ana is checked and signs; Benito signs without any check."""
    ana = person("Ana Pérez", *files, identity=asked(*checks, channel=channel))
    return sending.start_signing(acme, ana, person("Benito"), **more)


def check(process: Process, kind: str = "otp") -> IdentityCheck:
    return IdentityCheck.objects.get(participant__process=process, kind=kind)


def ana(process: Process) -> Participant:
    return sending.somebody(process, "Ana")


def code(process: Process) -> str:
    return check(process).code()


def wrong_code(process: Process) -> str:
    return f"{(int(code(process)) + 1) % 10**6:06d}"


def reads(phone: Phone) -> bool:
    """Whether the document itself is given out."""
    answer = phone.get("/document")
    return answer.status_code == 200 and b"".join(answer.streaming_content).startswith(b"%PDF-")


def enter(phone: Phone, code: str) -> Any:
    return phone.post("/otp/check", {"code": code})


def with_code(process: Process) -> Phone:
    """Ana's browser after it has entered the right code."""
    mine = phone(process)
    assert mine.post("/otp").status_code == 200
    answer = enter(mine, code(process))
    assert answer.status_code == 200, answer.content
    return mine


def capture(phone: Phone, kind: str, content: bytes, media_type: str = "image/jpeg") -> Any:
    return phone.client.put(f"{phone.base}/captures/{kind}", content, media_type)


def consented(process: Process) -> Phone:
    mine = phone(process)
    assert mine.post("/consent", {"consent": True}).status_code == 200
    return mine


def fail_comparison(phone: Phone) -> Any:
    """The card of somebody else."""
    return capture(phone, "identification", portraits.card(portraits.HOPPER))
