"""``make bench-growth``: each hot call with 1,000, 100,000 and 1,000,000 processes in the database, as a table and a
drawing. ``BENCH_GROWTH=1000,50000`` takes other numbers. Each has a server of its own; they are asked by turns.
"""

import base64
import hashlib
import http.client
import json
import os
import re
import secrets
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

import psycopg

from bench import examples
from bench.figures import Figure
from bench.filling import fill
from bench.load import Round, asked, least
from bench.server import BIN, OWNER, Target, rubrica
from tools import sample

SIZES = [int(size) for size in os.environ.get("BENCH_GROWTH", "1000,100000,1000000").split(",")]
OUT = Path(__file__).resolve().parent.parent / "out" / "growth.svg"
CALLS, VIEWS, WRITES = 150, 15, 10  # of each round: short ones, so that some find the machine quiet
ROUNDS = 30
READS = {
    "GET /attachments": "attachments?code={code}",
    "GET /document": "document?code={code}",
    "GET /processes": "processes",
    "GET /processes?status=": "processes?status=CREATED",
    "GET /processes?q=, one found": "processes?q={package}",
    "GET /events": "events",
}
PAGES = {
    "the console's first page": "/console/",
    "the console's list": "/console/processes",
    "the list of what awaits review": "/console/processes?status=review",
    "the console's search": "/console/search/found?q={code}",
    "the console's inbox": "/console/review",
}
PASSWORD = "a password of the bench"
LINK = """
INSERT INTO processes_participantlink (organization_id, participant_id, digest, purpose, made_by, created_at)
SELECT t.organization_id, t.id, %s, 'bench', '', now() FROM processes_participant t
  JOIN processes_process p ON p.id = t.process_id WHERE p.public_id = %s ORDER BY t.id LIMIT 1
"""
WAITING = """
SELECT count(*) FROM procrastinate_jobs
 WHERE queue_name <> 'care' AND (status = 'doing' OR (status = 'todo' AND coalesce(scheduled_at, now()) <= now()))
"""
Costs = dict[str, list[float]]  # of each call, microseconds beside the processes of each size


@dataclass(frozen=True)
class Side:
    """A server with its own database of one size, and what is asked of it."""

    target: Target
    cookie: str
    first: dict[str, str]

    @classmethod
    def filled(cls, target: Target, size: int) -> Self:
        cookie, begun = sign_in(target), time.monotonic()
        examples.call(target, "POST", "/v1.5/ext/attachments", a_document())
        fill(target, 1, size)
        first = examples.call(target, "POST", "/v1.5/ext/attachments", a_document())
        print(f"  {size:,} processes after {time.monotonic() - begun:.0f} s", flush=True)
        return cls(target, cookie, first)

    @property
    def public(self) -> dict[str, str]:
        return {"Authorization": self.target.secrets["public_key"]}

    @property
    def member(self) -> dict[str, str]:
        return {"Cookie": self.cookie}


def measure() -> list[Figure]:
    found: Costs = {}
    with ExitStack() as servers:
        sides = [Side.filled(servers.enter_context(rubrica()), size) for size in SIZES]
        for name, costs in measured(sides):
            print(f"  {name}: {', '.join(f'{cost:,.0f}' for cost in costs)} µs", flush=True)
            found[name] = costs
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(drawing(found))
    print(f"  drawn in {OUT}", flush=True)
    return [
        Figure(f"{name}, CPU with database, {size:,} processes", cost, "µs", "≤ 1.2 ×", costs[0],
               f"{SIZES[0]:,} processes")
        for name, costs in found.items() for size, cost in zip(SIZES[1:], costs[1:], strict=True)
    ]  # fmt: skip


def measured(sides: Sequence[Side]) -> Iterator[tuple[str, list[float]]]:
    """Microseconds of each call on each side, of the answering process and PostgreSQL together."""
    for side in sides:
        until_at_rest(side.target)
    for name, path in READS.items():
        yield name, least(*(get(side, f"/v1.5/ext/{path}", side.public, CALLS) for side in sides), times=ROUNDS)
    state = [get(side, f"{link(side.target, side.first['package'])}/state", {}, VIEWS) for side in sides]
    yield "the page's state", least(*state, times=ROUNDS)
    for name, path in PAGES.items():
        yield name, least(*(get(side, path, side.member, VIEWS) for side in sides), times=ROUNDS)
    yield "sign", least(*(partial(signing, side.target) for side in sides), times=ROUNDS)
    yield "create", least(*(partial(creating, side.target) for side in sides), times=ROUNDS)


def get(side: Side, path: str, headers: dict[str, str], times: int) -> Round:
    target = side.target
    return asked(target, "GET", path.format(**side.first), None, headers, times, target.cpu_with_database)


def creating(target: Target) -> float:
    until_at_rest(target)
    body, headers = json.dumps(examples.body()).encode(), examples.headers(target.secrets["private_key"])
    return asked(target, "POST", "/v1.5/ext/attachments", body, headers, WRITES, target.cpu_with_database)()


def a_document(*, with_files: bool = True) -> dict[str, object]:
    """Who owes files delivers them before they sign."""
    whole = examples.body()
    people = [{**one, "files": one["files"] if with_files else []} for one in whole["signProfile"]]
    return {**whole, "signProfile": people, "name": "Bench", "file": base64.b64encode(sample.contract()).decode()}


def link(target: Target, package: str) -> str:
    """Of the first participant, who is called to act."""
    token = secrets.token_urlsafe(32)
    with psycopg.connect(target.database_url) as connection:
        connection.execute(LINK, [hashlib.sha256(token.encode()).digest(), package])
    return f"/s/{token}"


def signing(target: Target) -> float:
    """A round of signatures, all of them by others. What the calls before have left to the worker is waited for."""
    body = json.dumps({"kind": "type", "text": "Person 0", "consent": True}).encode()
    made = [examples.call(target, "POST", "/v1.5/ext/attachments", a_document(with_files=False)) for _ in range(WRITES)]
    links = [link(target, one["package"]) for one in made]
    until_at_rest(target)
    connection, before = target.connect(), target.cpu_with_database()
    for path in links:
        post(connection, f"{path}/signature", body)
    connection.close()
    return (target.cpu_with_database() - before) / len(links) * 1e6


def post(connection: http.client.HTTPConnection, path: str, body: bytes) -> None:
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise SystemExit(f"POST {path} answered {answer.status}: {content[:300]!r}")


def until_at_rest(target: Target) -> None:
    """The worker's share of the database's CPU must not count for the next call."""
    deadline = time.monotonic() + 900
    with psycopg.connect(target.database_url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            row = connection.execute(WAITING).fetchone()
            if row and not row[0]:
                return
            time.sleep(0.5)


def sign_in(target: Target) -> str:
    """The cookies of the owner, who gets a password first."""
    command = [str(BIN / "rubrica"), "users", "password", "--email", OWNER, "--password-stdin"]
    environment = {**os.environ, "RUBRICA_DATA_DIR": str(target.data_dir)}
    subprocess.run(command, input=PASSWORD + "\n", text=True, env=environment, check=True, stdout=subprocess.DEVNULL)
    connection = target.connect()
    connection.request("GET", "/accounts/login/")
    answer = connection.getresponse()
    token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read())
    assert token, "the login page has a form"
    cookies = cookies_of(answer)
    fields = {"login": OWNER, "password": PASSWORD, "csrfmiddlewaretoken": token[1].decode()}
    address = f"http://127.0.0.1:{target.port}"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies, "Origin": address}
    connection.request("POST", "/accounts/login/", urlencode(fields), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return "; ".join([cookies, cookies_of(answer)])


def cookies_of(answer: http.client.HTTPResponse) -> str:
    return "; ".join(value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie")


def drawing(found: Costs) -> str:
    """A line for each call: its cost over that of the smallest database, so that all of them begin at 1."""
    width, height, left, top = 900, 420, 60, 30
    ratios = {name: [cost / costs[0] for cost in costs] for name, costs in found.items()}
    most = max(2.0, *(max(of_one) for of_one in ratios.values()))
    step = (width - left - 260) / max(1, len(SIZES) - 1)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">']

    def place(number: int, ratio: float) -> tuple[float, float]:
        return left + number * step, height - top - (ratio / most) * (height - 2 * top)

    for ratio, color in ((1.0, "#999"), (1.2, "#c33")):
        y = place(0, ratio)[1]
        parts.append(f'<path d="M{left} {y:.0f}H{width - 260}" stroke="{color}" stroke-dasharray="4"/>')
        parts.append(f'<text x="{left - 36}" y="{y + 4:.0f}" font-size="12" fill="{color}">{ratio} ×</text>')
    for number, size in enumerate(SIZES):
        parts.append(f'<text x="{place(number, 0)[0] - 20:.0f}" y="{height - 8}" font-size="12">{size:,}</text>')
    for index, (name, costs) in enumerate(found.items()):
        color = f"hsl({index * 360 // len(found)} 60% 40%)"
        points = " ".join("{:.0f},{:.0f}".format(*place(n, ratio)) for n, ratio in enumerate(ratios[name]))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
        told = f"{name}: {costs[0]:,.0f} → {costs[-1]:,.0f} µs"
        y = top + index * 22
        parts.append(f'<text x="{width - 250}" y="{y}" font-size="12" fill="{color}">{told}</text>')
    return "\n".join([*parts, "</svg>"])
