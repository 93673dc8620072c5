"""Nothing stands still that could go on: it is finished, or waits for a person, or has a job that will run."""

from collections.abc import Iterable

from tools.invariants.findings import Report
from tools.invariants.rows import Row, Rows

# A care job finds webhook messages whose job was lost; within a quarter of an hour they count as on their way.
FOUND_WITHIN = "20 minutes"
HEARTBEAT = "60 seconds"  # issue: stalled jobs are given back within 60 s of a worker's death

JOBS = """
SELECT j.*, j.args::text AS told, coalesce(w.last_heartbeat < now() - %s::interval, true) AS is_orphaned,
       j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now() AS is_due
  FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
 WHERE j.queue_name <> 'care' AND j.status IN ('todo', 'doing', 'failed')
"""
WORKING = "j.status IN ('todo', 'doing')"
UNSEALED = f"""
SELECT p.public_id AS about, 'document ' || d.code || ' is being sealed by nobody' AS sentence
  FROM processes_document d JOIN processes_process p ON p.id = d.process_id
 WHERE d.state = 'sealing' AND d.seal_error = '' AND NOT EXISTS (
   SELECT FROM procrastinate_jobs j WHERE j.lock = 'document:' || d.id AND {WORKING})
"""  # noqa: S608 - the parts are written here
UNMADE = f"""
SELECT p.public_id AS about, 'its evidence is being made by nobody' AS sentence
  FROM processes_evidence e JOIN processes_process p ON p.id = e.process_id
 WHERE e.state = 'making' AND e.error = '' AND NOT EXISTS (
   SELECT FROM procrastinate_jobs j WHERE j.lock = 'evidence:' || e.id AND {WORKING})
"""  # noqa: S608
UNINVITED = f"""
SELECT p.public_id AS about, t.email || ' was never invited, and no job will' AS sentence
  FROM processes_participant t JOIN processes_process p ON p.id = t.process_id
 WHERE p.state = 'open' AND p.notify AND t.notify AND t.status = 'NOTIFICATION'
   AND NOT EXISTS (SELECT FROM processes_event e WHERE e.process_id = p.id AND e.data->>'participant' = t.public_id
                      AND e.kind IN ('participant.invited', 'participant.invitation_failed'))
   AND NOT EXISTS (SELECT FROM procrastinate_jobs j WHERE j.args->>'participant_id' = t.id::text AND {WORKING})
"""  # noqa: S608
COMPLETE = """
SELECT p.public_id AS about, 'everybody is done, and it goes nowhere' AS sentence FROM processes_process p
 WHERE p.state = 'open' AND EXISTS (SELECT FROM processes_participant t WHERE t.process_id = p.id)
   AND NOT EXISTS (SELECT FROM processes_document d WHERE d.process_id = p.id AND d.state <> 'open')
   AND NOT EXISTS (SELECT FROM processes_participant t WHERE t.process_id = p.id AND t.role <> 'reader'
                      AND t.status <> 'FINISH')
   AND NOT EXISTS (
     SELECT FROM processes_requestedfile f LEFT JOIN processes_submission s ON s.id = f.current_id
      WHERE f.process_id = p.id AND coalesce(s.decision, '') <> 'approved' AND (NOT f.optional OR s.decision = ''))
"""
UNSENT = f"""
SELECT n.to AS about, 'the mail “' || n.kind || '” is sent by nobody' AS sentence FROM notify_notification n
 WHERE n.channel = 'mail' AND n.state NOT IN ('sent', 'over') AND NOT n.permanent AND n.process_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM procrastinate_jobs j WHERE {WORKING} AND (
     j.args->>'process_id' = n.process_id::text OR j.args->>'participant_id' = n.participant_id::text
     OR j.task_name LIKE '%%announce_file_rejection' OR j.task_name LIKE '%%send_code'))
"""  # noqa: S608
UNTOLD = f"""
SELECT p.public_id AS about, 'nobody tells ' || t.email || ' that it is finished' AS sentence
  FROM processes_process p JOIN processes_participant t ON t.process_id = p.id AND t.notify
 WHERE p.state = 'finished' AND p.notify
   AND NOT EXISTS (SELECT FROM notify_notification n WHERE n.process_id = p.id AND n.participant_id = t.id
                      AND n.kind = 'finished')
   AND NOT EXISTS (SELECT FROM procrastinate_jobs j WHERE j.args->>'process_id' = p.id::text AND {WORKING})
"""  # noqa: S608
UNCALLED = f"""
SELECT d.message_id AS about, 'the webhook message ' || d.kind || ' is sent by nobody' AS sentence
  FROM webhooks_delivery d WHERE d.state = 'open' AND d.created_at < now() - interval '{FOUND_WITHIN}'
   AND NOT EXISTS (SELECT FROM procrastinate_jobs j
                    WHERE j.lock = 'webhook:' || d.webhook_id || ':' || d.subject AND {WORKING})
"""  # noqa: S608
UNSEEN = """
SELECT p.public_id AS about, 'the inbox is wrong about version ' || s.version || ' of ' || f.name AS sentence
  FROM processes_submission s JOIN processes_requestedfile f ON f.id = s.requested_file_id
  JOIN processes_process p ON p.id = f.process_id
 WHERE s.awaits_review <> (s.decision = '' AND f.current_id IS NOT DISTINCT FROM s.id AND p.state = 'open')
"""
OPEN = "SELECT public_id, state FROM processes_process WHERE state <> 'finished'"


def check(rows: Rows, report: Report, *, settled: bool, over: Iterable[str] = ()) -> None:
    """``settled``: everything had its time, so nothing that is due waits. ``over``: packages in which people have done
    all that was asked of them, so that these are finished."""
    for statement in (UNSEALED, UNMADE, UNINVITED, COMPLETE, UNSENT, UNTOLD, UNCALLED, UNSEEN):
        for row in rows.each(statement.replace("%%", "%")):
            report.breach("stuck", row["about"], row["sentence"])
    for job in rows.each(JOBS, [HEARTBEAT]):
        report.seen["jobs"] += 1
        if why := _stuck(job, settled):
            report.breach("stuck", f"job {job['id']} {job['task_name'].rpartition('.')[2]} {job['told']}", why)
    if settled:
        unfinished = {row["public_id"]: row["state"] for row in rows.each(OPEN)}
        for package in over:
            if package in unfinished:
                report.breach("stuck", package, f"everybody has done their part, and it is {unfinished[package]}")


def _stuck(job: Row, settled: bool) -> str:
    if job["status"] == "failed":
        return "it has failed for good"
    if job["status"] == "doing" and job["is_orphaned"]:
        return "its worker is dead, and nobody has given it back"
    if settled and job["is_due"]:
        return "it is due, and nobody runs it"
    return ""
