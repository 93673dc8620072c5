"""What becomes of letters when the worker that sends them is killed."""

import pytest

from rubrica import clock
from rubrica.notify import delivery
from rubrica.notify.models import Notification
from rubrica.processes import notices
from rubrica.processes.models import Participant
from tests import sending
from tests.cast import Acme

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(acme: Acme) -> Participant:
    return sending.somebody(sending.start_signing(acme, sending.person("Ana Pérez")))


def kill(key: str) -> None:
    """The worker, when the letter was out and its row did not say so yet."""
    Notification.objects.filter(key=key).update(state="queued", sent_at=None, claimed_at=clock.now())


def test_who_signs_before_the_invitation_is_noted_leaves_nothing_that_waits(ana: Participant) -> None:
    notices.invite(ana.pk)
    kill(f"invite:{ana.pk}")
    Participant.objects.filter(pk=ana.pk).update(status=Participant.Status.FINISH)
    notices.invite(ana.pk)
    assert Notification.objects.get(participant_id=ana.pk).state == "over"


def test_a_reminder_of_what_has_ended_waits_for_nothing(ana: Participant) -> None:
    notices.remind(ana.pk, "remind:1")
    kill("remind:1")
    type(ana.process).objects.filter(pk=ana.process.pk).update(state="cancelled")
    notices.remind(ana.pk, "remind:1")
    assert Notification.objects.get(key="remind:1").state == "over"
    assert delivery.is_out("remind:1", ["mail"])


def test_what_is_out_stays_on_its_row(ana: Participant) -> None:
    for _ in range(2):
        notices.invite(ana.pk)
    assert Notification.objects.get(participant_id=ana.pk).state == "sent"
