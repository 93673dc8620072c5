"""What happens to the recipient's page when the sender takes the process back (contract/auco.md §5.9)."""

import threading
from typing import Any

import pytest
from django.db import connection

from rubrica.completing import making
from rubrica.completing.models import Completion
from rubrica.completing.tests.conftest import SHOWN, Form, begin, filled, make_template
from rubrica.processes import reopening
from rubrica.processes.actor import RUBRICA
from rubrica.processes.errors import Refused
from rubrica.processes.models import Document, Participant, Process
from rubrica.processes.sending import Sending
from tests import sending
from tests.cast import Acme, make_acme
from tests.sending import person

pytestmark = pytest.mark.django_db


def ready(form: Form) -> Completion:
    """Everything answered and looked at."""
    form.post(shown=SHOWN, **filled())
    completion = form.completion
    assert completion.draft is not None
    return completion


def digest(completion: Completion) -> str:
    assert completion.draft is not None
    return str(completion.draft.sha256)


def anew() -> Sending:
    """As a call of the API with ``code`` sends it: with other people, and another name."""
    people = [person("Benito")]
    return Sending(
        name="Despido de Benito", subject="", message="Secreto", creator_email="olga@acme.example", people=people,
        kind=Process.Kind.DOCUMENT, papers=[sending.paper(people)],
    )  # fmt: skip


def test_a_link_stays_dead_when_the_sender_sends_the_process_anew(form: Form) -> None:
    completion = ready(form)
    reopening.take_back(completion.process, RUBRICA)
    reopening.send_anew(completion.process, anew(), RUBRICA)
    assert Process.objects.get().state == Process.State.OPEN
    answer = form.get()
    page = answer.content.decode()
    assert answer.status_code == 410 and "taken back" in page
    assert "Despido" not in page and "Secreto" not in page and "Arriendo calle 5" in page
    assert form.post("/answers", nombre="Later").status_code == 410
    assert form.completion.typed["nombre"] == "Ana Ruiz"
    assert form.client.post(f"{form.path}/send", {"digest": digest(completion)}).status_code == 410
    assert [one.name for one in Participant.objects.all()] == ["Benito"]


def test_who_was_asked_before_is_not_asked_by_mail_again(form: Form, mailoutbox: list[Any]) -> None:
    from rubrica.completing import notices

    reopening.take_back(form.completion.process, RUBRICA)
    reopening.send_anew(form.completion.process, anew(), RUBRICA)
    notices.ask_to_complete(form.pk, "complete:late")
    assert mailoutbox == []


def test_answers_that_were_read_before_the_edition_do_not_come_into_it(form: Form) -> None:
    """``send`` has found the page open; the sender takes the process back before it gets the lock."""
    completion = ready(form)
    reopening.take_back(completion.process, RUBRICA)
    with pytest.raises(Refused, match="not in edition"):
        making.finish(completion, digest(completion), RUBRICA)
    assert Process.objects.get().state == Process.State.EDITING
    assert Document.objects.get().original is None and not Participant.objects.exists()


def test_a_completion_that_is_void_or_done_is_not_done_again(form: Form) -> None:
    """Also where the process looks as if it waited for a document still."""
    completion = ready(form)
    Completion.void(completion.process)
    with pytest.raises(Refused, match="not in edition"):
        making.finish(completion, digest(completion), RUBRICA)
    assert Document.objects.get().original is None and form.completion.completed_at is None


def test_only_what_is_unfilled_is_filled(acme: Acme) -> None:
    """A process in edition is its sender's; one with people in it was sent already."""
    process = sending.start_signing(acme, person("Ana"), kind=Process.Kind.DOCUMENT)
    with pytest.raises(Refused, match="not in edition"):
        reopening.send_anew(process, anew(), RUBRICA, only_unfilled=True)
    reopening.take_back(process, RUBRICA)
    with pytest.raises(Refused, match="not in edition"):
        reopening.send_anew(process, anew(), RUBRICA, only_unfilled=True)
    assert [one.name for one in process.participants.all()] == ["Ana"]


def test_taking_back_races_with_the_answers(transactional_db: None) -> None:
    """Whoever is first, the process is either completed or in edition without a word of the recipient's in it."""
    acme = make_acme()
    fixed = {"canon": "1500000", "correo": "ana@example.com"}
    completion = ready(Form(begin(acme, make_template(acme), fixed)))
    both, outcomes = threading.Barrier(2, timeout=30), []

    def run(act: Any, name: str) -> None:
        both.wait()
        try:
            act()
            outcomes.append(name)
        except Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    acts = {
        "sent": lambda: making.finish(completion, digest(completion), RUBRICA),
        "taken back": lambda: reopening.take_back(completion.process, RUBRICA),
    }
    workers = [threading.Thread(target=run, args=(act, name)) for name, act in acts.items()]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    fresh = Completion.objects.select_related("process").get()
    assert len(outcomes) == 2 and (fresh.completed_at is None) == ("sent" not in outcomes)
    assert Participant.objects.exists() == ("sent" in outcomes)
    if "sent" not in outcomes:
        assert fresh.state == "editing" and fresh.process.state == Process.State.EDITING
