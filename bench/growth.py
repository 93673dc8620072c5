"""``make bench-growth``: each hot call with 1,000, 100,000 and 1,000,000 processes in the database, as a table and a
drawing. ``BENCH_GROWTH=1000,50000`` takes other numbers.
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
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from bench import examples
from bench.figures import Figure
from bench.filling import fill
from bench.load import cpu_a_request
from bench.server import BIN, OWNER, Target, rubrica
from tools import sample

SIZES = [int(size) for size in os.environ.get("BENCH_GROWTH", "1000,100000,1000000").split(",")]
OUT = Path(__file__).resolve().parent.parent / "out" / "growth.svg"
PAGES, READS, WRITES = 150, 1500, 60  # the clock of the kernel ticks each 10 ms, so what is soon done is done often
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
Costs = dict[str, float]


def measure() -> list[Figure]:
    found: list[Costs] = []
    with rubrica() as ours:
        cookie, before = sign_in(ours), 0
        examples.call(ours, "POST", "/v1.5/ext/attachments", a_document())
        for size in SIZES:
            begun = time.monotonic()
            fill(ours, before + 1, size)
            print(f"  {size:,} processes after {time.monotonic() - begun:.0f} s", flush=True)
            before = size
            found.append({})
            for name, cost in costs(ours, cookie):
                print(f"  {name}: {cost:,.0f} µs", flush=True)
                found[-1][name] = cost
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(drawing(found))
    print(f"  drawn in {OUT}", flush=True)
    return [
        Figure(f"{name}, CPU with database, {SIZES[number]:,} processes", found[number][name], "µs", "≤ 1.2 ×",
               found[0][name], f"{SIZES[0]:,} processes")
        for name in found[0] for number in range(1, len(SIZES))
    ]  # fmt: skip


def costs(target: Target, cookie: str) -> Iterator[tuple[str, float]]:
    """Microseconds of each call, of the answering process and PostgreSQL together."""
    cpu, document = target.cpu_with_database, a_document()
    first = examples.call(target, "POST", "/v1.5/ext/attachments", document)
    public, member = {"Authorization": target.secrets["public_key"]}, {"Cookie": cookie}
    reads = {
        "GET /attachments": f"attachments?code={first['code']}",
        "GET /document": f"document?code={first['code']}",
        "GET /processes": "processes",
        "GET /processes?status=": "processes?status=CREATED",
        "GET /processes?q=, one found": f"processes?q={first['package']}",
        "GET /events": "events",
    }
    for name, path in reads.items():
        yield name, cpu_a_request(target, "GET", f"/v1.5/ext/{path}", None, public, READS, cpu)
    pages = {
        "the page's state": (f"{link(target, first['package'])}/state", {}),
        "the console's first page": ("/console/", member),
        "the console's list": ("/console/processes", member),
        "the list of what awaits review": ("/console/processes?status=review", member),
        "the console's search": (f"/console/search/found?q={first['code']}", member),
        "the console's inbox": ("/console/review", member),
    }
    for name, (path, headers) in pages.items():
        yield name, cpu_a_request(target, "GET", path, None, headers, PAGES, cpu)
    yield "sign", cost_of_signing(target, cpu)
    body = json.dumps(examples.body()).encode()
    headers = examples.headers(target.secrets["private_key"])
    yield "create", cpu_a_request(target, "POST", "/v1.5/ext/attachments", body, headers, WRITES, cpu)
    until_at_rest(target)


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


def cost_of_signing(target: Target, cpu: Callable[[], float]) -> float:
    """The least of three rounds, as nobody signs twice. What the calls before have left to the worker is waited for."""
    body = json.dumps({"kind": "type", "text": "Person 0", "consent": True}).encode()
    rounds = []
    for _ in range(3):
        made = [examples.call(target, "POST", "/v1.5/ext/attachments", a_document(with_files=False)) for _ in range(20)]
        links = [link(target, one["package"]) for one in made]
        until_at_rest(target)
        connection, before = target.connect(), cpu()
        for path in links:
            post(connection, f"{path}/signature", body)
        rounds.append((cpu() - before) / len(links) * 1e6)
        connection.close()
    return min(rounds)


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


def drawing(found: list[Costs]) -> str:
    """A line for each call: its cost over that of the smallest database, so that all of them begin at 1."""
    width, height, left, top = 900, 420, 60, 30
    most = max(2.0, *(costs[name] / found[0][name] for costs in found for name in costs))
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
    for index, name in enumerate(found[0]):
        color = f"hsl({index * 360 // len(found[0])} 60% 40%)"
        points = " ".join("{:.0f},{:.0f}".format(*place(n, one[name] / found[0][name])) for n, one in enumerate(found))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
        told = f"{name}: {found[0][name]:,.0f} → {found[-1][name]:,.0f} µs"
        y = top + index * 22
        parts.append(f'<text x="{width - 250}" y="{y}" font-size="12" fill="{color}">{told}</text>')
    return "\n".join([*parts, "</svg>"])
