"""The job worker: one process with two crews, so that receivers of webhooks which hang keep nothing else waiting."""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from procrastinate import App

from rubrica.webhooks.jobs import WEBHOOKS

HANDS = 4  # jobs at once of everything that computes or talks to servers of our own
CALLS = 64  # calls to receivers at once; each waits in the event loop and holds no thread meanwhile
THREADS = HANDS + 4  # the calls' own steps in the database are short

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
    loop.set_default_executor(ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="job"))
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    others = sorted({task.queue for task in app.tasks.values()} - {WEBHOOKS})
    async with app.open_async():
        crews = [
            asyncio.create_task(app.run_worker_async(queues=others, concurrency=HANDS, **OPTIONS)),
            asyncio.create_task(app.run_worker_async(queues=[WEBHOOKS], concurrency=CALLS, **OPTIONS)),
        ]
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _stop, crews)
        # Neither ends by itself but by trouble, and then the supervisor starts both anew.
        await asyncio.wait(crews, return_when=asyncio.FIRST_COMPLETED)
        _stop(crews)
        for ended in await asyncio.gather(*crews, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


def _stop(crews: list["asyncio.Task[None]"]) -> None:
    for crew in crews:
        if not crew.cancelling():  # a second time would break off the jobs that are let end
            crew.cancel()
