"""Jobs run here and now: what a worker would do with what waits in the queue."""

import json
from typing import Any

from django.db import connection
from procrastinate.contrib.django import app

from rubrica.notify.models import Notification
from rubrica.tenancy import work


def run(*names: str) -> int:
    """Runs the waiting jobs of these tasks, oldest first, and what they enqueue; gives how many there were."""
    done = 0
    while waiting := _waiting(names):
        for job_id, task, args in waiting:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job_id])
            run_one: Any = app.tasks[task].func
            with work.sight(args):
                run_one(**args)
            done += 1
    return done


def _waiting(names: tuple[str, ...]) -> list[tuple[int, str, dict[str, Any]]]:
    tasks = [f"rubrica.processes.jobs.{name}" for name in names]
    with connection.cursor() as cursor:
        waiting = "SELECT id, task_name, args FROM procrastinate_jobs WHERE task_name = ANY(%s) ORDER BY id"
        cursor.execute(waiting, [tasks])
        return [(pk, task, json.loads(args) if isinstance(args, str) else args) for pk, task, args in cursor.fetchall()]


def told(kind: str = "") -> list[str]:
    """To whom messages of a kind went, in the order they did; with the kind where none is named."""
    rows = Notification.objects.order_by("pk").values_list("kind", "to")
    return [to if kind else f"{each} {to}" for each, to in rows if kind in {"", each}]
