"""Another address for somebody: nothing that whoever read the old one has done or proven counts for the new one."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from rubrica.files.models import Blob
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.models import Notification
from rubrica.processes import binding, notices
from rubrica.processes.errors import Refused
from rubrica.processes.identity import sealed_checks
from rubrica.processes.models import Event, Participant, ParticipantLink, Process, Signature, Submission
from rubrica.processes.readdressing import change_email
from rubrica.signer import api, drawn
from rubrica.signer.api import own_slot
from rubrica.signer.tests.checked import ana, check, enter, start, with_code, wrong_code
from rubrica.signer.tests.phones import phone, says
from tests import sending
from tests.cast import Acme
from tests.contract.calls import jobs
from tests.sending import REVIEWER, person, picture, slot

NEW = "ana@new.example"


def readdress(process: Process, email: str = NEW) -> bool:
    return change_email(ana(process), email, REVIEWER)


def test_a_code_that_was_entered_from_the_old_address_proves_nothing(acme: Acme) -> None:
    process = start(acme, "otp")
    old = with_code(process)
    before = check(process)
    readdress(process)
    row = check(process)
    assert (before.state, row.state, row.settled_at, row.epoch) == ("passed", "todo", None, before.epoch + 1)
    assert list(sealed_checks(ana(process))) == []
    new = phone(process)
    new.client.cookies = old.client.cookies
    says(new.sign(), 403, "IDENTITY_REQUIRED")
    fresh = with_code(process)
    settled = check(process).settled_at
    assert settled and before.settled_at and settled > before.settled_at
    assert fresh.sign().status_code == 200


def test_consent_to_pictures_was_somebody_elses(acme: Acme) -> None:
    process = start(acme, "photo")
    phone(process).post("/consent", {"consent": True})
    assert check(process, "photo").consented_at
    readdress(process)
    assert check(process, "photo").consented_at is None


def test_who_was_blocked_is_asked_anew_at_the_new_address(acme: Acme) -> None:
    process = start(acme, "otp")
    old = phone(process)
    old.post("/otp")
    for _ in range(3):
        enter(old, wrong_code(process))
    assert ana(process).status == Participant.Status.BLOCK
    assert readdress(process) is True
    assert ana(process).status == Participant.Status.NOTIFICATION
    assert check(process).failures == 0
    assert process.events.get(kind=Event.Kind.UNBLOCKED).data["decision"] == "reset"
    assert with_code(process).sign().status_code == 200


def test_evidence_names_no_browser_of_whoever_was_asked_before(acme: Acme) -> None:
    process = start(acme, "otp")
    with_code(process)
    shown = [one for one in binding.order(process.documents.get()).participants if one.name.startswith("Ana")]
    assert shown[0].ip == "127.0.0.1"
    readdress(process)
    shown = [one for one in binding.order(process.documents.get()).participants if one.name.startswith("Ana")]
    assert not shown[0].ip


def test_an_upload_that_ends_after_it_is_not_taken(acme: Acme) -> None:
    process = sending.start(acme, person("Ana Pérez", "ID card"))
    came_in = own_slot(ana(process), slot(process, "ID card").pk)
    readdress(process)
    with pytest.raises(Refused) as refused:
        came_in.receive(sending.keep(acme, picture()), "card.jpg", ana(process).actor())
    assert refused.value.code == "LINK_REPLACED"
    assert not Submission.objects.exists()
    assert slot(process, "ID card").current is None


def test_a_signature_that_is_looked_at_meanwhile_is_not_taken(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    process = sending.start_signing(acme, person("Ana Pérez"))
    real: Callable[..., Blob] = drawn.keep_image

    def slow(*given: Any) -> Blob:
        kept = real(*given)
        readdress(process)
        return kept

    monkeypatch.setattr(api, "keep_image", slow)
    says(phone(process).sign(kind="draw", text="", image=sending.drawing()), 410, "LINK_REPLACED")
    assert not Signature.objects.exists()
    assert ana(process).status == Participant.Status.NOTIFICATION


@pytest.mark.parametrize(
    "act",
    [
        lambda old: old.approve(old.actor()),
        lambda old: old.reject("No", old.actor()),
        lambda old: old.opened(old.actor()),
    ],
)
def test_nothing_else_is_done_from_the_old_address(acme: Acme, act: Callable[[Participant], None]) -> None:
    process = sending.start_signing(acme, person("Ana Pérez", role=Participant.Role.APPROVER), person("Benito"))
    old = ana(process)
    assert old.process.is_open
    readdress(process)
    count = process.events.count()
    with pytest.raises(Refused) as refused:
        act(old)
    assert refused.value.code == "LINK_REPLACED"
    assert process.events.count() == count


def test_a_code_on_its_way_is_not_entered_from_the_old_address(acme: Acme) -> None:
    process = start(acme, "otp")
    old = phone(process)
    old.post("/otp")
    readdress(process)
    ParticipantLink.objects.update(replaced_at=None)  # as if the request had come through the door just before
    says(enter(old, "123456"), 400, "OTP_NOT_SENT")


def test_a_visit_of_the_new_person_is_a_first_one(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana Pérez"))
    phone(process).post("/opened")
    readdress(process)
    for _ in range(2):
        phone(process).post("/opened")
    assert process.events.filter(kind=Event.Kind.OPENED).count() == 2


def test_an_address_that_refuses_the_invitation_for_good_is_told_each_time(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = sending.start_signing(acme, person("Ana Pérez"))
    ana(process).not_reached("550 no such user")
    readdress(process)
    (job,) = jobs("invite_elsewhere")
    refused = DeliveryFailed("550 nobody here either", permanent=True)

    def send(*, key: str, **more: Any) -> None:
        raise refused

    monkeypatch.setattr(notices, "_invitation", lambda process: send)
    for _ in range(2):  # a job may run twice
        notices.invite_elsewhere(**job)
    failed = process.events.filter(kind=Event.Kind.INVITATION_FAILED).order_by("sequence")
    assert [one.data["reason"] for one in failed] == ["550 no such user", "550 nobody here either"]


def test_a_mail_that_was_about_to_go_to_the_old_address_does_not(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address changes while the mail server is being reached."""
    process = sending.start_signing(acme, person("Ana Pérez"))
    old = ana(process).email
    monkeypatch.setattr(EmailBackend, "open", lambda backend: readdress(process), raising=False)
    notices.invite(ana(process).pk)
    monkeypatch.undo()
    assert [to for message in mail.outbox for to in message.to if old in to] == []
    assert not Notification.objects.filter(participant_id=ana(process).pk).exists()
    assert not process.events.filter(kind__in=[Event.Kind.INVITED, Event.Kind.INVITATION_FAILED]).exists()
    [job] = jobs("invite_elsewhere")
    notices.invite_elsewhere(**job)
    [message] = mail.outbox
    assert NEW in message.to[0]
