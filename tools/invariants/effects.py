"""Every effect happened, and happened once: mails, calls of webhooks, signatures, seals.

A mail or a call that comes twice under its own id is allowed and counted: whoever sends at least once can do no better,
and whoever receives can tell. Two ids for one thing are a double effect.
"""

import hashlib
from collections import Counter

from tools.invariants.findings import Report
from tools.invariants.outside import Outside
from tools.invariants.rows import Rows

ONCE = {"invite", "finished"}  # what a person hears once of a process that was never taken back or opened again
LETTERS = "SELECT * FROM notify_notification WHERE channel = 'mail' ORDER BY id"
MESSAGES = "SELECT * FROM webhooks_delivery ORDER BY id"
REOPENED = """
SELECT DISTINCT process_id FROM processes_event
 WHERE kind IN ('process.edited', 'process.editing', 'process.reactivated', 'participant.email_changed')
"""
TWICE = """
SELECT p.public_id, e.kind, coalesce(e.data->>'code', '') AS code, count(*) AS times FROM processes_event e
  JOIN processes_process p ON p.id = e.process_id
 WHERE e.kind IN ('document.sealed', 'evidence.sealed', 'process.finished', 'process.created')
 GROUP BY 1, 2, 3 HAVING count(*) > 1
UNION ALL
SELECT p.public_id, e.kind, e.actor, count(*) FROM processes_event e JOIN processes_process p ON p.id = e.process_id
 WHERE e.kind IN ('participant.signed', 'participant.approved', 'participant.invited') AND NOT p.id = ANY (%s)
 GROUP BY p.public_id, e.kind, e.actor, coalesce(e.data->>'participant', '') HAVING count(*) > 1
"""


def check(rows: Rows, outside: Outside, report: Report) -> None:
    reopened = {row["process_id"] for row in rows.each(REOPENED)}
    for row in rows.all(TWICE, [list(reopened)]):
        report.breach("double", row["public_id"], f"{row['kind']} {row['code']} happened {row['times']} times")
    _check_mails(rows, outside, report, reopened)
    _check_calls(rows, outside, report)


def _check_mails(rows: Rows, outside: Outside, report: Report, reopened: set[int]) -> None:
    vouched, purposes = set(), Counter[tuple[int, str, str]]()
    for row in rows.each(LETTERS):
        report.seen["notifications"] += 1
        digest = hashlib.sha256(row["key"].encode()).hexdigest()[:40]
        vouched.add(digest)
        if row["kind"] in ONCE and row["state"] == "sent" and row["process_id"] not in reopened:
            purposes[row["process_id"], row["kind"], row["key"].rpartition(":")[2] + row["to"]] += 1
        if outside.hears and row["state"] == "sent" and digest not in outside.mails:
            report.breach("lost", row["to"], f"the mail “{row['kind']}” was marked as sent and never arrived")
    for (process, kind, _), times in purposes.items():
        if times > 1:
            report.breach("double", process, f"{times} mails “{kind}” to one person")
    for digest, mails in outside.mails.items():
        report.seen["mails"] += len(mails)
        report.notes["mails that came again under the same Message-ID"] += len(mails) - 1
        if digest not in vouched and mails[0].get("process", True):
            report.breach("double", mails[0]["to"], f"nothing vouches for the mail “{mails[0]['subject']}”")


def _check_calls(rows: Rows, outside: Outside, report: Report) -> None:
    known = _check_messages(rows, outside, report)
    for message, calls in outside.calls.items():
        report.seen["webhook calls"] += len(calls)
        report.notes["webhook calls that came again under the same id"] += len(calls) - 1
        if {call["sha256"] for call in calls} != {known.get(message)}:
            report.breach("double", message, "nothing vouches for this call, or it came with another body")


def _check_messages(rows: Rows, outside: Outside, report: Report) -> dict[str, str]:
    """The digest of each body by its id."""
    things, known = Counter[tuple[int, int, str, str]](), {}
    for row in rows.each(MESSAGES):
        report.seen["webhook messages"] += 1
        known[row["message_id"]] = hashlib.sha256(row["body"].encode()).hexdigest()
        if row["event_id"] is not None:
            things[row["webhook_id"], row["event_id"], row["kind"], row["body"]] += 1
        report.notes["webhook messages that were given up after every try"] += row["state"] == "dropped"
        if outside.hears and row["state"] == "sent" and row["message_id"] not in outside.calls:
            report.breach("lost", row["message_id"], "the webhook message was marked as sent and never arrived")
    for event, kind in [(event, kind) for (_, event, kind, _), times in things.items() if times > 1]:
        report.breach("double", f"event {event}", f"there is more than one webhook message {kind} of it")
    return known
