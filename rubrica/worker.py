"""The job worker: one process with five crews.

Servers of others which hang keep nothing else waiting, nor does a thousand documents that are done at the same time.
"""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from procrastinate import App, JobContext

from rubrica import context, figures
from rubrica.webhooks.jobs import WEBHOOKS

HANDS = 4  # jobs at once of everything that computes or talks to servers of our own
SEALS = max(1, os.cpu_count() or 1)  # documents sealed at once; they compute, so that more would only be slower
RAISES = 2  # levels raised at once; each may wait for timestamp servers and authorities
CALLS = 64  # calls to receivers at once; each waits in the event loop and holds no thread meanwhile
BULK_HANDS = 1  # thousands of rows are sent one after the other, and nobody else waits for them
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


def run() -> None:
    """Works until SIGTERM or SIGINT, then lets what has begun come to its end."""
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    asyncio.run(_work(app.with_connector(DjangoConnector().get_worker_connector())))


async def _work(app: App) -> None:
    loop = asyncio.get_running_loop()
    async with app.open_async():
        crews = begin(app)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _stop, crews)
        # None ends by itself but by trouble, and then the supervisor starts both anew.
        await asyncio.wait(crews, return_when=asyncio.FIRST_COMPLETED)
        _stop(crews)
        for ended in await asyncio.gather(*crews, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


def begin(app: App) -> list["asyncio.Task[None]"]:
    """The crews, at work from now on. The mail has hands that no seal can take."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="job"))
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    alone = {SEALING: SEALS, LEVELS: RAISES, BULK: BULK_HANDS, WEBHOOKS: CALLS}
    others = sorted({task.queue for task in app.tasks.values()} - alone.keys())
    crews = [(others, HANDS), *(([queue], hands) for queue, hands in alone.items())]
    return [
        asyncio.create_task(
            app.run_worker_async(queues=queues, concurrency=hands, worker_middleware=[watched], **OPTIONS)
        )
        for queues, hands in crews
    ]


async def watched(run: Callable[[], Awaitable[Any]], job: JobContext, worker: object) -> Any:
    """Lines of the log name the job that they come from, and its time counts among the figures."""
    task = (job.job.task_name or "").rpartition(".")[2]
    context.begin(job=str(job.job.id), task=task)
    started, failed = time.perf_counter(), True
    try:
        result = await run()
        failed = False
        return result
    finally:
        figures.worked(task, time.perf_counter() - started, failed=failed)


def _stop(crews: list["asyncio.Task[None]"]) -> None:
    for crew in crews:
        if not crew.cancelling():  # a second time would break off the jobs that are let end
            crew.cancel()
