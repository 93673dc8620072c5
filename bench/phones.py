"""Many phones that send a picture of 5 MB over a poor line, all at once, and what others notice of them."""

import asyncio
import os
import re
import threading
import time

import psycopg

from bench import examples
from bench.figures import Figure
from bench.probing import Probe, during
from bench.server import Target, rubrica

PHONES = int(os.environ.get("BENCH_PHONES", "500"))
SIZE, RATE = 5_000_000, 50_000  # bytes, bytes a second
FROM = [f"127.0.1.{number}" for number in range(1, 11)]
SLOTS_OF_ONE = 9


def measure() -> list[Figure]:
    with rubrica() as target:
        slots = _slots(target, PHONES)
        state = slots[0].rsplit("/files/", 1)[0] + "/state"
        asked: dict[str, dict[str, str]] = {"/healthz": {}, state: {}, "/accounts/login/": {}}
        during(target.port, asked, 3)
        idle = during(target.port, asked, 20)
        before, peak = target.process.memory_info().rss, [0]
        with Probe(target.port, asked) as probe, _Memory(target, peak):
            started = time.monotonic()
            answers = asyncio.run(_all(target.port, slots))
            seconds = time.monotonic() - started
    print("refused or lost:", probe.failures[:5], len(probe.failures))
    figures = [
        Figure(f"p99 of {'a state' if path is state else path} beside {PHONES} phones", probe.p99(path), "ms",
               "< 5 × idle", idle.p99(path), "idle")
        for path in asked
    ]  # fmt: skip
    return [
        Figure(f"phones of {PHONES} whose file arrived", sum(answer == 200 for answer in answers), "", "all"),
        Figure("the last was done after", seconds, "s", f"{SIZE // RATE} s at the least"),
        *figures,
        Figure("others' calls that failed meanwhile", len(probe.failures), "", "0"),
        Figure("most memory that the web process gained", (peak[0] - before) / 1e6, "MB", "flat"),
    ]


def _slots(target: Target, count: int) -> list[str]:
    """Addresses to send to, of enough processes."""
    for _ in range(-(-count // SLOTS_OF_ONE)):
        examples.call(target, "POST", "/v1.5/ext/attachments", examples.body())
    wanted, found = -(-count // 3), list[str]()
    with psycopg.connect(target.database_url, autocommit=True) as connection:
        deadline = time.monotonic() + 120
        while len(found) < wanted and time.monotonic() < deadline:
            rows = connection.execute("SELECT html FROM notify_outboxmessage").fetchall()
            found = sorted({match[1] for (html,) in rows if (match := re.search(r"/s/([\w-]+)", html))})
            time.sleep(0.2)
    return [slot for token in found for slot in _of_link(target, token)][:count]


def _of_link(target: Target, token: str) -> list[str]:
    state = examples.call(target, "GET", f"/s/{token}/state")
    return [f"/s/{token}/files/{file['id']}" for file in state["files"]]


async def _all(port: int, slots: list[str]) -> list[int]:
    return await asyncio.gather(*(_phone(port, slot, number) for number, slot in enumerate(slots)))


async def _phone(port: int, slot: str, number: int) -> int:
    await asyncio.sleep(number / PHONES)
    source = (FROM[number % len(FROM)], 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=source)
    head = f"PUT {slot} HTTP/1.1\r\nHost: x\r\nContent-Length: {SIZE}\r\nConnection: close\r\n"
    writer.write(f"{head}Content-Disposition: attachment; filename=large.pdf\r\n\r\n".encode())
    content = f"%PDF-1.7\n{number}\n".encode().ljust(RATE, b"\0")
    started = time.monotonic()
    for piece in range(SIZE // RATE):
        writer.write(content)
        await writer.drain()
        await asyncio.sleep(max(0, started + piece + 1 - time.monotonic()))
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1]) if answer else 0


class _Memory:
    """The most that the server has had."""

    def __init__(self, target: Target, peak: list[int]) -> None:
        self._target, self._peak, self._stop = target, peak, threading.Event()

    def __enter__(self) -> None:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.5):
            self._peak[0] = max(self._peak[0], self._target.process.memory_info().rss)
