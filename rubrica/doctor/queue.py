"""The queue: whether somebody works, how long the oldest job waits, and which have failed for good."""

from rubrica.doctor.findings import Finding, failure, ok, together, warning

ALIVE = 30  # seconds since the last sign of life; one is given every 5
SLOW, STUCK = 5 * 60, 3600  # seconds that a job waits although its time has come
CARE = "care"  # jobs of the clock, which mean nothing while nobody works
NAMED = 3  # tasks that are named among the failed

STATE = """
SELECT count(*) FILTER (WHERE status = 'todo' AND is_due),
       coalesce(extract(epoch FROM now() - min(due) FILTER (WHERE status = 'todo' AND is_due)), 0)
FROM (SELECT j.status, coalesce(j.scheduled_at, e.at) AS due, coalesce(j.scheduled_at <= now(), true) AS is_due
      FROM procrastinate_jobs j
      LEFT JOIN LATERAL (SELECT min(at) AS at FROM procrastinate_events WHERE job_id = j.id) e ON true
      WHERE j.status = 'todo' AND j.queue_name <> %s) AS waiting
"""
WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s)"
FAILED = """
SELECT task_name, count(*) FROM procrastinate_jobs WHERE status = 'failed' GROUP BY task_name
ORDER BY count(*) DESC, task_name
"""


def queue() -> Finding:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(WORKERS, [ALIVE])
        workers = int((cursor.fetchone() or [0])[0])
        cursor.execute(STATE, [CARE])
        waiting, age = cursor.fetchone() or (0, 0)
        cursor.execute(FAILED)
        failed = {str(name).rpartition(".")[2]: int(number) for name, number in cursor.fetchall()}
    return together([*_waiting(workers, int(waiting), float(age)), *_failed(failed)] or [_well(workers, int(waiting))])


def _well(workers: int, waiting: int) -> Finding:
    # A server has several crews, each with a sign of life of its own.
    return ok(f"A worker is alive ({workers} crews), {waiting} jobs wait for their turn, and none has failed.")


def _waiting(workers: int, waiting: int, age: float) -> list[Finding]:
    since = f"{waiting} jobs wait, the oldest since {_span(age)}"
    if not workers:
        start = "Start `rubrica serve` or `rubrica work`; if it runs, look at its log."
        if waiting:
            return [failure(f"No worker is alive, and {since}: nothing is sent or sealed.", start)]
        return [warning("No worker is alive, so nothing would be sent or sealed. No job waits.", start)]
    if age > STUCK:
        return [failure(f"A worker is alive, but {since}.", "Look at its log, and restart it.")]
    if age > SLOW:
        return [warning(f"The worker is behind: {since}.", "Wait, or start one more with `rubrica work`.")]
    return []


def _failed(failed: dict[str, int]) -> list[Finding]:
    if not failed:
        return []
    named = ", ".join(f"{name} ({number})" for name, number in list(failed.items())[:NAMED])
    more = f" and {len(failed) - NAMED} other kinds" if len(failed) > NAMED else ""
    return [
        warning(
            f"{sum(failed.values())} jobs have failed for good: {named}{more}.",
            "Look at them as docs/operate.md says under Jobs; the process's page in the console says what is missing.",
        )
    ]


def _span(seconds: float) -> str:
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
