"""A month of events is taken out and put back, and what happened meanwhile is in its chain."""

from typing import Any

import pytest
from django.db import connection

from rubrica import clock
from rubrica.commands.tests.test_sendings import _the_database_is_up, run  # noqa: F401  the fixture acts by itself
from rubrica.connecting import months
from rubrica.processes.models import Due, Event, Process
from rubrica.processes.models.event import first_broken
from tests import queue, sending
from tests.cast import Acme, signed_in
from tests.contract.calls import Auco
from tests.sending import REVIEWER, deliver, person, slot
from tests.tampering import as_owner, as_superuser

Capsys = pytest.CaptureFixture[str]
WHERE = "SELECT tableoid::regclass::text, count(*) FROM processes_event GROUP BY 1"
LATER = "CREATE OR REPLACE FUNCTION month_of(at timestamptz) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT {}::bigint'"
GUARDS = "SELECT count(*) FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal AND tgenabled = 'O'"


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def ended(acme: Acme) -> Process:
    """A process that has ended, in a month that is over."""
    process = sending.start(acme)
    process.cancel("Not now.", REVIEWER)
    return in_the_past(process)


def in_the_past(process: Process) -> Process:
    process.due.all().delete()
    with as_superuser() as cursor:
        cursor.execute(LATER.format(months.this_month() + 2))
    sql("SET CONSTRAINTS ALL IMMEDIATE")  # as at the end of a transaction
    return Process.objects.get(pk=process.pk)


def month_of(process: Process) -> tuple[str, str]:
    month = process.pk // months.IDS
    return f"{2000 + month // 12}-{month % 12 + 1:02}", months.name("processes_event", month)


def test_what_happens_to_a_process_whose_month_is_out_is_put_back_with_it(ended: Process, capsys: Capsys) -> None:
    month, part = month_of(ended)
    rest = f"processes_event_{months.REST}"
    before, guards = ended.events.count(), sql(GUARDS, rest)
    with as_owner():
        run(capsys, "months", "detach", "--month", month)
    assert ended.events.count() == 0
    ended.record(Event.Kind.LINK_MADE, REVIEWER)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    assert sql(WHERE) == [(rest, 1)]
    with as_owner():
        assert run(capsys, "months", "attach", "--month", month) == [{"attached": part, "back": 1}]
    assert sql(WHERE) == [(part, before + 1)]
    assert first_broken(ended) is None
    assert sql(GUARDS, rest) == guards != [(0,)]


def test_a_process_without_its_history_is_shown_and_says_why_it_has_no_evidence(acme: Acme, capsys: Capsys) -> None:
    started = sending.start(acme, person("Ana Pérez", "ID card"))
    deliver(acme, slot(started, "ID card"))
    slot(started, "ID card").approve(REVIEWER)
    queue.run("make_evidence")
    process, auco, member = in_the_past(started), Auco(acme), signed_in(acme.owner)
    page, evidence = f"/console/processes/{process.public_id}", f"/processes/{process.public_id}/evidence"
    with as_owner():
        run(capsys, "months", "detach", "--month", month_of(process)[0])
    for path in (page, f"{page}/live", "/console/processes", "/console/search/found?q=Ana", "/console/reports"):
        assert member.get(path).status_code == 200, path
    for path in ("/attachments", "/document", "/processes", "/events"):
        assert auco.get(path, package=process.public_id).status_code == 200, path
    for form in ("bundle", "container"):
        answer = auco.get(evidence, key=acme.private_key, form=form)
        assert (answer.status_code, answer.json()["message"]) == (409, "HISTORY_TAKEN_OUT")
    shown = member.get(f"{page}/evidence", follow=True, headers={"Accept-Language": "en"})
    assert "taken out of the database with their month" in shown.text
    with as_owner():
        run(capsys, "months", "attach", "--month", month_of(process)[0])
    assert auco.get(evidence, key=acme.private_key).status_code == 200


def test_a_month_for_which_something_is_planned_stays(ended: Process, capsys: Capsys) -> None:
    Due.plan(Due.Kind.RAISE, clock.now(), ended)
    assert "still to be done" in run(capsys, "months", "detach", "--month", month_of(ended)[0], code=2)["error"]
    assert ended.events.exists()
