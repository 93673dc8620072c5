"""A real Rubrica for tests that need one: server, worker, PostgreSQL and mail, each a process or port of its own."""

import email
import email.policy
import fcntl
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tools.demo import free_port

RUBRICA = str(Path(sys.executable).parent / "rubrica")
OWNER, PASSWORD = "owner@auco.ai", "a password of the tests"
LINK = re.compile(r"/s/([A-Za-z0-9_-]{20,})")
T = TypeVar("T")

for chatty in ("httpx", "mail.log", "asyncio"):
    logging.getLogger(chatty).setLevel(logging.WARNING)


class Mailbox:
    """What a real SMTP conversation brought."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        message = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [message for message in self.messages if address in str(message["To"])]

    def link_for(self, address: str) -> str | None:
        """The newest participant link that was mailed to this address."""
        for message in reversed(self.to(address)):
            body = message.get_body(("plain",))
            found = re.search(r"http://\S+/s/[A-Za-z0-9_-]+", body.get_content() if body else "")
            if found:
                return found[0]
        return None


def set_up(environment: dict[str, str]) -> dict[str, str]:
    """What ``rubrica setup`` prints: the keys and the token of the organization that it makes."""
    command = [RUBRICA, "setup", "--organization", "Acme", "--email", OWNER, "--password-stdin", "--json"]
    done = subprocess.run(command, input=PASSWORD + "\n", env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@cache
def pristine() -> tuple[Path, dict[str, str]]:
    """A data directory that was set up, at rest, and what was printed for it. Each server begins with a copy: making
    one anew takes longer than most of what is asked of it, so that all workers of a run share one."""
    folder = Path(os.environ["RUBRICA_DATA_DIR"]).parent / "pristine"
    folder.mkdir(exist_ok=True)
    data_dir, printed = folder / "data", folder / "printed.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not printed.exists():
            shutil.rmtree(data_dir, ignore_errors=True)
            made = set_up({**plain_environment(), "RUBRICA_DATA_DIR": str(data_dir)})
            printed.write_text(json.dumps(made))
    return data_dir, json.loads(printed.read_text())


def plain_environment() -> dict[str, str]:
    """This process's, without settings of the product or of the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUBRICA_")}
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    return kept


class Server:
    """``rubrica serve`` on a free port. ``start`` after ``kill`` finds the same data."""

    def __init__(self, data_dir: Path, mailbox: Mailbox, smtp_port: int, settings: dict[str, str]) -> None:
        first_data, self.secrets = pristine()
        data_dir.parent.chmod(0o755)  # PostgreSQL runs as a user of its own, to whom the files go on belonging
        subprocess.run(["cp", "-a", first_data, data_dir], check=True)
        self.mailbox = mailbox
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **plain_environment(),
            "RUBRICA_DATA_DIR": str(data_dir),
            "RUBRICA_PUBLIC_URL": self.url,
            "RUBRICA_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
            **settings,
        }
        self.log = data_dir.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=self.url, timeout=60)

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [RUBRICA, "serve", "--port", str(self.port)]
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        eventually(self._is_ready, "the server", 180)

    def _is_ready(self) -> bool:
        assert self.process is not None and self.process.poll() is None, self.log.read_text()
        try:
            return self.http.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def processes(self, word: str) -> list[psutil.Process]:
        """The running children whose command line has ``word``."""
        assert self.process is not None
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if word in command_line(child)]

    def kill(self) -> None:
        """SIGKILL for the supervisor and everything it started; the database is not among them."""
        assert self.process is not None
        everything = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        for process in everything:
            process.send_signal(signal.SIGKILL)
        psutil.wait_procs(everything, timeout=10)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
        self.http.close()
        self.check_log()

    def check_log(self) -> None:
        """Whoever reads the log gets no key of a program, nor a link that somebody was sent."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        links = {found for message in self.mailbox.messages for found in LINK.findall(message.as_string())}
        secrets = {str(value) for name, value in self.secrets.items() if name.endswith(("_key", "_token"))} | links
        assert [secret[:12] for secret in secrets if secret in text] == [], f"secrets stand in {self.log}"

    def auco(self, method: str, path: str, body: dict[str, Any] | None = None, **query: str) -> dict[str, Any]:
        key = self.secrets["public_key" if method == "GET" else "private_key"]
        answer = self.http.request(method, f"/v1.5/ext{path}", params=query, json=body, headers={"Authorization": key})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def link_for(self, address: str) -> str:
        return eventually(lambda: self.mailbox.link_for(address), f"the mail to {address}", 60)


def command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def eventually(find: Callable[[], T | None], what: str, seconds: float = 90) -> T:
    """What ``find`` gives as soon as it gives something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = find()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{seconds} seconds were not enough for {what}")


@contextmanager
def running(**settings: str) -> Iterator[Server]:
    """A server with data and ``settings`` of its own.

    The folder is not pytest's, whose permissions keep PostgreSQL's user out.
    """
    mailbox, smtp_port = Mailbox(), free_port()
    smtp = Controller(mailbox, hostname="127.0.0.1", port=smtp_port)
    smtp.start()
    with tempfile.TemporaryDirectory(prefix="rubrica-server-") as folder:
        server = Server(Path(folder) / "data", mailbox, smtp_port, settings)
        try:
            server.start()
            yield server
        finally:
            server.stop()
            smtp.stop()
