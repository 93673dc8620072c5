"""The job worker: one process with a crew for each kind of work, or for those that it is told to do.

Servers of others which hang keep nothing else waiting, nor does a thousand documents that are done at the same time.
"""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

from procrastinate import App, JobContext, RetryStrategy
from procrastinate.tasks import Task

from rubrica import context, database, figures, telemetry
from rubrica.webhooks.jobs import WEBHOOKS

HANDS = 4  # jobs at once of everything that computes or talks to servers of our own
SEALS = max(1, os.cpu_count() or 1)  # documents sealed at once; they compute, so that more would only be slower
RAISES = 2  # levels raised at once; each may wait for timestamp servers and authorities
CALLS = 64  # calls to receivers at once; each waits in the event loop and holds no thread meanwhile
BULK_HANDS = 1  # thousands of rows are sent one after the other, and nobody else waits for them
BUILTIN = "builtin"  # procrastinate's own, which nothing here asks for
STRANGER_SECONDS = 15  # until a job of another version is looked at again
SEALING, LEVELS, BULK = "sealing", "levels", "bulk"  # as in the rooms' jobs, which need Django to be set up first
THREADS = HANDS + SEALS + RAISES + BULK_HANDS + 4  # the calls' own steps in the database are short

# Done jobs leave no row; those of a dead worker go back after 20 seconds.
OPTIONS: dict[str, Any] = {
    "delete_jobs": "successful",
    "shutdown_graceful_timeout": 20,
    "update_heartbeat_interval": 5,
    "stalled_worker_timeout": 60,
    "install_signal_handlers": False,
}


def run(wanted: Collection[str] = ()) -> None:
    """Works until SIGTERM or SIGINT, then lets what has begun come to its end.

    ``wanted`` are the queues to work at, none for all of them. Raises SystemExit where one is not known.
    """
    from procrastinate.contrib.django import app

    from rubrica.connecting import queue

    app.perform_import_paths()  # type: ignore[no-untyped-call]
    unknown = sorted(set(wanted) - queues(app))
    if unknown:
        raise SystemExit(f"There is no queue {', '.join(unknown)}. Choose of {', '.join(sorted(queues(app)))}.")
    OPTIONS.update(queue.options())
    asyncio.run(_work(app.with_connector(queue.connector()), wanted))


def queues(app: App) -> set[str]:
    """The names of all queues that some job goes into."""
    return {task.queue for task in app.tasks.values()} - {BUILTIN}


class Tasks(dict[str, Task[Any, Any, Any]]):
    """What a worker can do. Beside the version after this one it meets jobs that it has never heard of: procrastinate
    would fail them for good, here they go back and wait for a worker that knows them."""

    def __init__(self, app: App) -> None:
        super().__init__(app.tasks)
        self.other: Task[Any, Any, Any] = Task(
            _not_ours, blueprint=app, name="unknown", queue=BUILTIN, retry=RetryStrategy(wait=STRANGER_SECONDS)
        )

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name) or self.other


def _not_ours(**given: Any) -> None:
    raise LookupError("No task of this version has that name: a worker of the version that has it will do it.")


async def _work(app: App, wanted: Collection[str]) -> None:
    loop = asyncio.get_running_loop()
    async with app.open_async():
        crews = begin(app, wanted)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _stop, crews)
        # None ends by itself but by trouble, and then the supervisor starts both anew.
        await asyncio.wait(crews, return_when=asyncio.FIRST_COMPLETED)
        _stop(crews)
        for ended in await asyncio.gather(*crews, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


def begin(app: App, wanted: Collection[str] = ()) -> list["asyncio.Task[None]"]:
    """The crews, at work from now on. The mail has hands that no seal can take."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="job"))
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    mine = set(wanted) or queues(app)
    app.tasks = Tasks(app)
    alone = {SEALING: SEALS, LEVELS: RAISES, BULK: BULK_HANDS, WEBHOOKS: CALLS}
    others = sorted(mine - alone.keys())
    crews = [(others, HANDS)] if others else []
    crews += [([queue], hands) for queue, hands in alone.items() if queue in mine]
    return [
        asyncio.create_task(
            app.run_worker_async(queues=names, concurrency=hands, worker_middleware=[watched], **OPTIONS)
        )
        for names, hands in crews
    ]


async def watched(run: Callable[[], Awaitable[Any]], job: JobContext, worker: object) -> Any:
    """Lines of the log name the job that they come from, and its time counts among the figures."""
    task = (job.job.task_name or "").rpartition(".")[2]
    context.begin(job=str(job.job.id), task=task)
    started, failed = time.perf_counter(), True
    try:
        with telemetry.job(task, job.job.task_kwargs, job.job.attempts), await asyncio.to_thread(_sight, job):
            result = await _retried(run)
        failed = False
        return result
    finally:
        figures.worked(task, time.perf_counter() - started, failed=failed)


def _sight(job: JobContext) -> AbstractContextManager[None]:
    """Whose rows the job may see."""
    from rubrica.tenancy import work

    try:
        return work.sight(job.job.task_kwargs)
    finally:
        database.let_go()


async def _retried(run: Callable[[], Awaitable[Any]]) -> Any:
    """At once where a transaction was undone for another's sake: the pauses of the queue are for troubles that last."""
    for pause in database.pauses():
        try:
            return await run()
        except Exception as error:  # Whatever the error was wrapped into: what it comes of decides.
            if not database.was_undone(error):
                raise
        await asyncio.sleep(pause)
    return await run()


def _stop(crews: list["asyncio.Task[None]"]) -> None:
    for crew in crews:
        if not crew.cancelling():  # a second time would break off the jobs that are let end
            crew.cancel()
