"""What awaits review is known by a mark on it that the database keeps, whoever writes and however a process goes."""

import json
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from rubrica.console.reviewing import inbox
from rubrica.processes import reopening
from rubrica.processes.models import Process, RequestedFile, Submission
from tests import sending
from tests.cast import Acme
from tests.sending import REVIEWER, deliver, person, slot, somebody
from tests.tampering import as_owner, rewriting_history

pytestmark = pytest.mark.django_db
KEEP = import_module("rubrica.processes.migrations.0011_awaits_review").KEEP
MANY = """
WITH slots AS (
  INSERT INTO processes_requestedfile (organization_id, process_id, participant_id, position, name, optional)
  SELECT organization_id, process_id, participant_id, n, 'Old', false
    FROM processes_requestedfile, generate_series(100, 6000) n WHERE id = %s RETURNING id, organization_id
), made AS (
  INSERT INTO processes_submission (organization_id, requested_file_id, blob_id, version, file_name, created_at,
                                    decision, reason, decided_by)
  SELECT s.organization_id, s.id, (SELECT min(id) FROM files_blob), 1, 'old.jpg', now(), '', '', '' FROM slots s
  RETURNING id, requested_file_id
)
SELECT count(*) FROM made
"""
POINT = """
UPDATE processes_requestedfile r SET current_id = s.id FROM processes_submission s
 WHERE s.requested_file_id = r.id AND r.current_id IS NULL AND r.name = 'Old'
"""


def awaiting() -> list[str]:
    """Names of files by the mark, which must be what a look at everything finds."""
    marked = Submission.objects.filter(awaits_review=True).order_by("pk")
    undecided = RequestedFile.objects.filter(current__decision="", process__state=Process.State.OPEN)
    looked = undecided.order_by("current_id")
    assert [one.pk for one in marked] == [one.current_id for one in looked]
    return [one.requested_file.name for one in marked]


def test_it_comes_and_goes_with_decisions(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "Front", "Back"))
    assert awaiting() == []
    deliver(acme, slot(process, "Front"))
    deliver(acme, slot(process, "Back"))
    deliver(acme, slot(process, "Front"), sending.picture(color="#102030"))
    assert awaiting() == ["Back", "Front"], "of two versions the later one, which came behind the other file"
    slot(process, "Back").withdraw(somebody(process).actor())
    assert awaiting() == ["Front"]
    slot(process, "Front").reject("Blurred.", REVIEWER)
    assert awaiting() == []
    deliver(acme, slot(process, "Front"), sending.picture(color="#405060"))
    slot(process, "Front").approve(REVIEWER)
    assert awaiting() == []
    slot(process, "Front").reset(REVIEWER)
    assert awaiting() == ["Front"]
    deliver(acme, slot(process, "Back"))
    for name in ("Front", "Back"):
        slot(process, name).approve(REVIEWER)
    assert awaiting() == [] and Process.objects.get().is_finished


def test_nothing_waits_in_a_process_that_has_ended_until_it_goes_on(acme: Acme) -> None:
    process, other = (sending.start(acme, person("Ana", "Front", "Back")) for _ in range(2))
    for one in (process, other):
        deliver(acme, slot(one, "Front"))
    process.cancel("Not now.", REVIEWER)
    assert awaiting() == ["Front"]
    process.refresh_from_db()
    reopening.reactivate(process, REVIEWER)
    assert awaiting() == ["Front", "Front"]


def test_a_row_that_is_written_whole_keeps_what_is_true(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "Front", "Back"))
    known = deliver(acme, slot(process, "Front"))  # as it was before the file pointed at it
    known.save()
    assert awaiting() == ["Front"]


def test_those_of_an_earlier_version_are_marked_by_the_migration(acme: Acme) -> None:
    process, ended = (sending.start(acme, person("Ana", "Front", "Back")) for _ in range(2))
    for one in (process, ended):
        deliver(acme, slot(one, "Front"))
    ended.cancel("Not now.", REVIEWER)
    with rewriting_history():  # without triggers
        Submission.objects.update(awaits_review=False)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(KEEP)
    assert awaiting() == ["Front"]


def rows_read(found: QuerySet[Any]) -> tuple[int, str]:
    """By all steps of the plan that was taken, and the plan."""
    plan = found.explain(analyze=True, format="json")

    def of(node: dict[str, Any]) -> float:
        lost = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Join Filter", 0)
        read: float = lost + node["Actual Rows"] * node["Actual Loops"]
        return read + sum(of(one) for one in node.get("Plans", ()))

    return int(of(json.loads(plan)[0]["Plan"])), plan


def test_the_inbox_reads_what_it_shows_and_not_what_is_left_of_ended_processes(acme: Acme) -> None:
    process, ended = (sending.start(acme, person("Ana", "Front", "Back")) for _ in range(2))
    deliver(acme, slot(process, "Front"))
    ended.cancel("Not now.", REVIEWER)
    with rewriting_history(), connection.cursor() as cursor:
        cursor.execute(MANY, [slot(ended, "Front").pk])
        cursor.execute(POINT)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE processes_submission, processes_requestedfile, processes_process")
    assert Submission.objects.filter(decision="").count() > 5000
    for found in (inbox.waiting(acme.organization)[:25], inbox.waiting(acme.organization).order_by()[:1000]):
        rows, plan = rows_read(found)
        assert "file_awaits_review" in plan and rows < 50, plan
