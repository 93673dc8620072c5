"""Whatever a client was told is done is done, and done once."""

from collections import Counter, defaultdict
from typing import Any

from tools.invariants.findings import Report
from tools.invariants.outside import Line, Outside
from tools.invariants.rows import Row, Rows
from tools.invariants.storage import Storage

PROCESSES = """
SELECT p.id, p.public_id, p.name, p.state, array_agg(d.code) AS codes FROM processes_process p
  LEFT JOIN processes_document d ON d.process_id = p.id GROUP BY p.id
"""
DELIVERED = """
SELECT p.public_id, s.decision, b.sha256, b.size FROM processes_submission s
  JOIN processes_requestedfile f ON f.id = s.requested_file_id JOIN processes_process p ON p.id = f.process_id
  JOIN files_blob b ON b.id = s.blob_id
"""
ACTED = """
SELECT p.public_id, t.public_id AS person, t.email, t.status, s.id IS NOT NULL AS has_signed
  FROM processes_participant t JOIN processes_process p ON p.id = t.process_id
  LEFT JOIN processes_signature s ON s.participant_id = t.id
"""
SEALED = """
SELECT d.code, b.sha256, b.size FROM processes_document d JOIN files_blob b ON b.id = d.sealed_id
"""


def check(rows: Rows, storage: Storage, outside: Outside, report: Report) -> None:
    report.seen["answers"] += sum(len(found) for found in outside.answers.values())
    made = _check_made(rows, outside, report)
    _check_delivered(rows, outside, report)
    _check_signed(rows, outside, report)
    sealed = {row["code"]: row for row in rows.each(SEALED)}
    for answer in outside.of("sealed"):
        found = sealed.get(answer["code"])
        if found is None or found["sha256"] != answer["sha256"]:
            _lost(report, answer, "the sealed PDF that was downloaded is no longer the document's")
    for answer in outside.of("done"):
        if made.get(answer["package"], {}).get("state") != "finished":
            _lost(report, answer, "it was told to be finished, and is not")


def _check_made(rows: Rows, outside: Outside, report: Report) -> dict[str, Row]:
    """Processes that the driver asked for have names of their own, so two of one name are one too many."""
    made, names = {}, Counter[str]()
    asked = {line["name"] for what in ("asked", "created") for line in outside.of(what)}
    for row in rows.each(PROCESSES):
        made[row["public_id"]] = row
        names[row["name"]] += row["name"] in asked
    for name, times in names.items():
        if times > 1:
            report.breach("double", name, f"{times} processes were made of one call")
    for answer in outside.of("created"):
        found = made.get(answer["package"])
        if found is None or answer["code"] not in found["codes"]:
            _lost(report, answer, "the process is not there")
    return made


def _check_delivered(rows: Rows, outside: Outside, report: Report) -> None:
    here: dict[str, list[Row]] = defaultdict(list)
    for row in rows.each(DELIVERED):
        here[row["public_id"]].append(row)
    for answer in outside.of("uploaded"):
        same = [row for row in here[answer["package"]] if _is(row, answer)]
        if not same:
            _lost(report, answer, f"the upload of {answer['size']} bytes is not there")
        elif len(same) > 1:
            report.breach("double", answer["package"], "one upload is there twice")
    for answer in outside.of("approved"):
        if not any(_is(row, answer) and row["decision"] == "approved" for row in here[answer["package"]]):
            _lost(report, answer, "the approval of a file is not there")


def _is(row: Row, answer: Line) -> bool:
    return (row["sha256"], row["size"]) == (answer["sha256"], answer["size"])


def _check_signed(rows: Rows, outside: Outside, report: Report) -> None:
    people: dict[tuple[str, str], Row] = {}
    for row in rows.each(ACTED):
        people[row["public_id"], row["email"]] = row
    for answer in outside.of("signed"):
        found: dict[str, Any] = people.get((answer["package"], answer["email"]), {})
        if not found.get("has_signed") or found["status"] != "FINISH":
            _lost(report, answer, f"the signature of {answer['email']} is not there")


def _lost(report: Report, answer: Line, sentence: str) -> None:
    report.breach("lost", answer["package"], f"{sentence} (answered {answer['at']})")
