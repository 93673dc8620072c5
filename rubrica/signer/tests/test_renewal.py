"""A fresh link for whoever holds an old one: it goes to the participant, and the asker learns nothing."""

from datetime import timedelta
from email.utils import parseaddr
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from rubrica import clock
from rubrica.processes import notices
from rubrica.processes.models import Event, Participant, ParticipantLink, Process
from rubrica.signer.tests.phones import Phone, phone, says
from tests import sending
from tests.cast import Acme
from tests.contract.calls import jobs
from tests.sending import person, somebody


@pytest.fixture
def process(acme: Acme) -> Process:
    return sending.start_signing(acme, person("Ana Pérez"), person("Benito Díaz", order=2))


@pytest.fixture
def old(process: Process) -> Phone:
    """Ana's page of a link that was replaced."""
    opened = phone(process)
    ParticipantLink.objects.update(replaced_at=clock.now())
    return opened


def ask(old: Phone) -> None:
    answer = old.post("/link")
    assert (answer.status_code, answer.json()) == (202, {"message": "OK"})


def run_jobs() -> None:
    for job in jobs("renew_link"):
        notices.new_link(**job)


def test_a_replaced_link_brings_a_fresh_one(process: Process, old: Phone) -> None:
    ask(old)
    run_jobs()
    [message] = mail.outbox
    assert [parseaddr(to)[1] for to in message.to] == ["ana@example.com"]
    fresh = str(message.body).split("/s/")[1].split()[0]
    assert Client().get(f"/s/{fresh}/state").json()["participant"]["name"] == "Ana Pérez"
    event = process.events.get(kind=Event.Kind.LINK_ASKED)
    assert (event.actor_kind, event.data) == ("participant", {"participant": somebody(process).public_id})


def test_the_links_that_are_good_stay_good(process: Process, old: Phone) -> None:
    open_page = phone(process)
    ask(old)
    run_jobs()
    assert open_page.get("/state").status_code == 200


def test_the_page_of_a_replaced_link_offers_it(old: Phone, process: Process) -> None:
    answer = old.get("")
    assert answer.status_code == 410
    assert f'data-to="{old.base}/link"' in answer.content.decode()
    Process.objects.update(state="expired")
    ParticipantLink.objects.update(replaced_at=None)
    assert f'data-to="{old.base}/link"' not in old.get("").content.decode()


def test_asking_again_at_once_sends_nothing_more(old: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        ask(old)
    assert len(jobs("renew_link")) == 1
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=6))
    ask(old)
    assert len(jobs("renew_link")) == 2


def test_five_a_day(old: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    for turn in range(8):
        monkeypatch.setattr(clock, "now", lambda turn=turn: begun + timedelta(minutes=10 * turn))
        ask(old)
    assert len(jobs("renew_link")) == 5
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(days=1, minutes=1))
    ask(old)
    assert len(jobs("renew_link")) == 6


def test_one_asks_for_oneself_alone(process: Process, old: Phone) -> None:
    Participant.objects.update(status="NOTIFICATION")
    ask(old)
    ask(phone(process, "Benito"))
    assert [job["participant_id"] for job in jobs("renew_link")] == [
        somebody(process, "Ana").pk,
        somebody(process, "Benito").pk,
    ]


@pytest.mark.parametrize(
    "change",
    [{"state": "rejected"}, {"state": "cancelled"}, {"state": "expired"}, {"state": "editing"}],
    ids=lambda change: change["state"],
)
def test_a_job_that_comes_after_the_end_makes_no_link(old: Phone, change: dict[str, Any]) -> None:
    """It may have waited for the mail server for days."""
    ask(old)
    Process.objects.update(**change)
    made = ParticipantLink.objects.count()
    assert len(jobs("renew_link")) == 1
    run_jobs()
    assert (ParticipantLink.objects.count(), len(mail.outbox)) == (made, 0)


def test_a_link_made_while_a_process_is_changed_opens_nothing(old: Phone, process: Process) -> None:
    """A job that had read its row before the process was taken back may make one after all others were replaced."""
    Process.objects.update(state="editing")
    made = phone(process)
    for path in ("/state", "/document", "/pages/1"):
        says(made.get(path), 410, "LINK_REPLACED")
    assert "This is being changed" in made.get("").content.decode()


@pytest.mark.parametrize(
    "change",
    [{"state": "rejected"}, {"state": "cancelled"}, {"state": "expired"}, {"state": "editing"}],
    ids=lambda change: change["state"],
)
def test_what_has_ended_answers_the_same_and_sends_nothing(old: Phone, change: dict[str, Any]) -> None:
    Process.objects.update(**change)
    ask(old)
    assert jobs("renew_link") == []


def test_before_their_turn_nobody_is_sent_a_link(process: Process) -> None:
    ask(phone(process, "Benito"))
    assert jobs("renew_link") == []


def test_a_finished_process_can_still_be_opened(old: Phone) -> None:
    Process.objects.update(state="finished")
    ask(old)
    assert len(jobs("renew_link")) == 1


def test_a_job_that_runs_twice_sends_once(old: Phone) -> None:
    ask(old)
    run_jobs()
    links = ParticipantLink.objects.count()
    run_jobs()
    assert (len(mail.outbox), ParticipantLink.objects.count()) == (1, links)


def test_an_unknown_link_asks_for_nothing(process: Process) -> None:
    says(Client().post("/s/unknown/link"), 404, "UNKNOWN_LINK")
    assert jobs("renew_link") == []


def test_looking_does_not_ask(old: Phone) -> None:
    assert old.get("/link").status_code == 405
    assert jobs("renew_link") == []
