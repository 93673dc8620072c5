"""A whole Rubrica of separate parts, a load on it, and the judgement at the end."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tools.demo import free_port
from tools.frontend import BIN, ROOT
from tools.trial.database import APPLICATION, Database
from tools.trial.database import OWNER as OWNER_OF_TABLES
from tools.trial.journal import Journal
from tools.trial.load import Load, in_words
from tools.trial.programs import Keeper, Program, plain_environment
from tools.trial.signing import World
from tools.trial.sinks import Sinks, listening

OUT = ROOT / "out" / "trial"
OWNER = "owner@load.example"
PLENTY = "100000000"  # one client asks here for more than any should
SECRET = "shared by the machines of a trial, and of no use elsewhere"  # noqa: S105
# A call of a webhook is tried for as long as an outage of the trials lasts, and not given up.
PAUSES = "1,2,4,8,15,30,30,60,60,60,120,120"
WAITING = """
SELECT (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND queue_name <> 'care'
           AND task_name NOT LIKE '%remind%')
     + (SELECT count(*) FROM webhooks_delivery WHERE state = 'open')
     + (SELECT count(*) FROM notify_notification WHERE state NOT IN ('sent', 'over') AND NOT permanent)
"""


@dataclass
class Stage:
    """Parts are added by whoever builds it; ``url`` is where clients go."""

    folder: Path
    host: str = "127.0.0.1"
    trouble: float = 0.0
    settings: dict[str, str] = field(default_factory=dict)
    keeper: Keeper = field(default_factory=Keeper)
    url: str = ""
    storage_url: str = ""
    secrets: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        self.smtp_port = free_port()
        self.sinks = Sinks(Journal(self.folder / "sink.jsonl"), self.trouble)
        self.journal = Journal(self.folder / "journal.jsonl")
        self.database: Database | None = None

    def environment(self, machine: str) -> dict[str, str]:
        assert self.database is not None
        data = self.folder / machine
        data.mkdir(exist_ok=True)
        return plain_environment(
            RUBRICA_DATA_DIR=str(data),
            RUBRICA_DATABASE_URL=self.database.url_of(APPLICATION),
            RUBRICA_STORAGE_URL=self.storage_url,
            RUBRICA_SECRET_KEY=SECRET,
            RUBRICA_PUBLIC_URL=self.url,
            RUBRICA_SMTP_URL=f"smtp://{self.host}:{self.smtp_port}",
            RUBRICA_ALLOW_PRIVATE_ADDRESSES=self.host,
            RUBRICA_WEBHOOK_RETRY_SECONDS=PAUSES,
            RUBRICA_LOG_LEVEL="WARNING",
            RUBRICA_RATE_KEY=PLENTY,
            RUBRICA_RATE_LINK=PLENTY,
            RUBRICA_RATE_ADDRESS=PLENTY,
            RUBRICA_CONNECTIONS_PER_ADDRESS="1000",
            **self.settings,
        )

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def rubrica(self, name: str, *words: str, before: Sequence[str] = ()) -> Program:
        command = [str(BIN / "rubrica"), *words]
        return Program(name, command, self.environment(name), self.log(name), before)

    def set_up(self, before: Sequence[str] = ()) -> None:
        """Migrates, and makes the organization that the load acts for."""
        assert self.database is not None
        command = [*before, str(BIN / "rubrica"), "setup", "--organization", "Load", "--email", OWNER, "--json"]
        environment = self.environment("setup")
        environment["RUBRICA_DATABASE_OWNER_URL"] = self.database.url_of(OWNER_OF_TABLES)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr or done.stdout)
        self.secrets = json.loads(done.stdout.splitlines()[-1])

    @contextmanager
    def loaded(self, at_once: int, count: int = 1_000_000, pause: float = 0.0) -> Iterator[Load]:
        """The load runs meanwhile; afterwards it is let come to its end, and everything to rest."""
        world = World(self.url, self.secrets, OWNER, self.journal, self.sinks)
        with listening(self.sinks, self.host, self.smtp_port) as hook:
            self.tell_of(hook)
            load = Load(world, at_once, count, pause)
            load.start()
            try:
                yield load
            finally:
                load.stop()
            load.wait()
            print(in_words(load), flush=True)
            print(f"all at rest after {self.rest():.0f} s", flush=True)

    def tell_of(self, hook: str) -> None:
        head = {"Authorization": self.secrets["private_key"]}
        body = {"webhooks": [{"id": "default", "url": hook}]}
        answer = httpx.put(f"{self.url}/v1.5/ext/company", json=body, headers=head, timeout=60)
        answer.raise_for_status()

    def rest(self, seconds: float = 1200) -> float:
        """Seconds until no job, mail or call is left to be done."""
        begun = time.monotonic()
        while time.monotonic() - begun < seconds and self.waiting():
            time.sleep(1)
        return time.monotonic() - begun

    def waiting(self) -> int:
        assert self.database is not None
        try:
            with psycopg.connect(self.database.url, connect_timeout=5) as connection:
                row = connection.execute(WAITING).fetchone()
        except psycopg.Error:
            return 1
        return int(row[0]) if row else 1

    def judge(self) -> dict[str, Any]:
        """What the checker says, a program of its own."""
        assert self.database is not None
        command = [sys.executable, "-m", "tools.invariants", "--settled", "--json", "--database", self.database.url]
        command += ["--storage", self.storage_url, "--journal", str(self.journal.path)]
        command += ["--sink", str(self.sinks.journal.path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if not done.stdout.strip():
            raise SystemExit(done.stderr)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def on_one_machine(stage: Stage, place: Path) -> None:
    """One web server, one worker and PostgreSQL, each kept alive; ``place`` gets the database and the files."""
    stage.database = Database(place / "postgres", "127.0.0.1", free_port(), stage.log("database"))
    stage.database.make()
    stage.keeper.start()
    stage.keeper.add(stage.database.program)
    stage.database.wait()
    stage.database.create()
    port = free_port()
    stage.url, stage.storage_url = f"http://127.0.0.1:{port}", (place / "blobs").as_uri()
    stage.set_up()
    stage.keeper.add(stage.rubrica("web", "serve", "--no-jobs", "--port", str(port)))
    stage.keeper.add(stage.rubrica("worker", "work"))
    ready(stage.url)


def ready(url: str, seconds: float = 180) -> float:
    """Seconds until it says that it can work."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                return time.monotonic() - begun
        time.sleep(0.05)
    raise SystemExit(f"{url} was not ready within {seconds:.0f} s.")


def verdict(found: dict[str, Any]) -> int:
    """Prints what was found; 0 where all holds."""
    print("checked: " + ", ".join(f"{count:,} {what}" for what, count in sorted(found["seen"].items())))
    for what, count in sorted(found["notes"].items()):
        if count:
            print(f"note: {count:,} {what}")
    for one in found["breaches"][:40]:
        print(f"BREACH {one['invariant']} {one['about']}: {one['sentence']}")
    print("all invariants hold" if found["ok"] else f"{len(found['breaches'])} BREACHES", flush=True)
    return 0 if found["ok"] else 1


def fresh(name: str) -> Path:
    """A folder of this trial's own, empty."""
    import shutil

    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for above in [folder, *folder.parents]:
        with suppress(PermissionError):
            above.chmod(above.stat().st_mode | 0o055)  # PostgreSQL's own user goes in
        if above == ROOT:
            break
    return folder
