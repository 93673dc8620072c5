"""A link whose time ran out: the participant asks for more, and the sender is told once."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from rubrica import clock
from rubrica.processes import notices, reopening
from rubrica.processes.models import Event, Participant, ParticipantLink, Process
from rubrica.signer.tests.phones import Phone, phone
from tests import sending
from tests.cast import Acme, signed_in
from tests.contract.calls import jobs
from tests.sending import REVIEWER, person, somebody

ASK = 'data-act="reopening"'
BROWSER = {"headers": {"Accept": "text/html,*/*"}}


@pytest.fixture
def process(acme: Acme) -> Process:
    return sending.start_signing(acme, person("Ana Pérez"), person("Benito Díaz"))


@pytest.fixture
def late(process: Process) -> Phone:
    """Ana's page, a moment after the time was over."""
    opened = phone(process)
    run_out(process)
    return opened


def run_out(process: Process) -> None:
    Process.objects.update(expires_at=clock.now() - timedelta(minutes=1))
    Process.objects.get(pk=process.pk).expire()


def ask(late: Phone) -> None:
    answer = late.post("/reopening")
    assert (answer.status_code, answer.json()) == (202, {"message": "OK"})


def run_jobs() -> None:
    for job in jobs("announce_wish"):
        notices.wish_to_reopen(**job)


def test_the_sender_is_told_once(process: Process, late: Phone) -> None:
    for _ in range(3):
        ask(late)
    run_jobs()
    run_jobs()
    [message] = mail.outbox
    assert message.subject == f"Ana Pérez asks for more time: “{process.name}”"
    assert process.creator_email in message.to[0]
    assert f"/console/processes/{process.public_id}" in message.body
    event = process.events.get(kind=Event.Kind.REOPENING_ASKED)
    assert (event.actor_kind, event.data) == ("participant", {"participant": somebody(process).public_id})


def test_the_page_offers_it_and_says_afterwards_that_it_was_done(late: Phone) -> None:
    before = late.get("").content.decode()
    assert ASK in before and "Ask for more time</button>" in before
    ask(late)
    after = late.get("").content.decode()
    assert ASK in after and "Ask for more time</button>" not in after


def test_without_javascript_the_form_leads_back_to_the_page(late: Phone, process: Process) -> None:
    answer = Client().post(f"{late.base}/reopening?lang=pt", **BROWSER)  # type: ignore[arg-type]
    assert (answer.status_code, answer["Location"]) == (303, f"{late.base}?asked=1&lang=pt")
    assert process.events.filter(kind=Event.Kind.REOPENING_ASKED).count() == 1


def test_a_fresh_link_can_be_asked_for_without_javascript(process: Process) -> None:
    opened = phone(process)
    ParticipantLink.objects.update(replaced_at=clock.now())
    answer = Client().post(f"{opened.base}/link", **BROWSER)  # type: ignore[arg-type]
    assert answer.status_code == 303
    assert "Send me a new link</button>" not in Client().get(answer["Location"]).content.decode()


def test_each_person_asks_for_themselves(process: Process) -> None:
    ana, benito = phone(process), phone(process, "Benito")
    run_out(process)
    ask(ana)
    ask(benito)
    assert len(jobs("announce_wish")) == 2


def test_opening_it_again_answers_it_and_the_next_end_can_be_asked_about(process: Process, late: Phone) -> None:
    ask(late)
    reopening.reactivate(process, REVIEWER)
    process.refresh_from_db()
    assert process.reopening_asked_at is None
    run_jobs()
    assert mail.outbox == []
    run_out(process)
    ask(late)
    assert process.events.filter(kind=Event.Kind.REOPENING_ASKED).count() == 2


@pytest.mark.parametrize("change", [{"state": "cancelled"}, {"state": "rejected"}, {"state": "open"}], ids=str)
def test_where_something_else_ended_it_nothing_is_asked(process: Process, late: Phone, change: dict[str, Any]) -> None:
    Process.objects.update(**change)
    assert ASK not in late.get("").content.decode()
    ask(late)
    assert jobs("announce_wish") == []


def test_who_has_done_their_part_has_nothing_to_ask_for(late: Phone) -> None:
    Participant.objects.update(status="FINISH")
    assert ASK not in late.get("").content.decode()
    ask(late)
    assert jobs("announce_wish") == []


def test_a_link_that_was_replaced_asks_for_nothing(late: Phone) -> None:
    ParticipantLink.objects.update(replaced_at=clock.now())
    assert late.post("/reopening").status_code == 404
    assert jobs("announce_wish") == []


def test_the_team_sees_it_at_home_and_beside_the_button_that_answers_it(
    acme: Acme, process: Process, late: Phone
) -> None:
    ask(late)
    team = signed_in(acme.owner)
    assert "Asked to be opened again" in team.get(reverse("console:home")).content.decode()
    address = reverse("console:process", args=[process.public_id])
    wish = "<p>Ana Pérez asked for it to be opened again</p>"
    assert wish in team.get(address).content.decode()
    reopening.reactivate(process, REVIEWER)
    assert wish not in team.get(address).content.decode()
    assert "Asked to be opened again" not in team.get(reverse("console:home")).content.decode()
