"""A mail server and a receiver of webhooks, which note what came before they say yes, and sometimes say no."""

import email
import email.policy
import hashlib
import random
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tools.trial.journal import Journal

LINK = re.compile(r"https?://\S+/s/[A-Za-z0-9_-]+")
LATER, BUSY = "451 4.3.0 Please try again later", 500
HANGS = 12  # seconds, longer than a caller waits


class Sinks:
    """``trouble`` is the share of mails and calls that are turned away or left waiting."""

    def __init__(self, journal: Journal, trouble: float = 0.0) -> None:
        self.journal, self.trouble = journal, trouble
        self.refused = 0
        self._links: dict[str, str] = {}
        self._news = threading.Condition()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.is_troubled():
            return LATER
        message = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        to = str(message["To"]).rpartition("<")[2].strip(">")
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        body = message.get_body(("plain",))
        found = LINK.search(body.get_content() if body else "")
        self.journal.write("mail", id=name, to=to, subject=str(message["Subject"]))
        with self._news:
            if found:
                self._links.setdefault(to, found[0])
            self._news.notify_all()
        return "250 OK"

    def is_troubled(self) -> bool:
        refuses = random.random() < self.trouble  # noqa: S311 - nobody guesses it
        self.refused += refuses
        return refuses

    def link_for(self, address: str, until: float) -> str | None:
        """The link in the first mail to this address, once it is here; ``until`` is a moment of the monotonic clock."""
        with self._news:
            self._news.wait_for(lambda: address in self._links, max(0.0, until - time.monotonic()))
            return self._links.get(address)

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        if len(body) < length:  # its sender was killed in the middle of it: this is no call, and nobody gets an answer
            handler.close_connection = True
            return
        code = 200
        if self.is_troubled():
            code = BUSY
            if self.refused % 5 == 0:
                time.sleep(HANGS)
        else:
            digest = hashlib.sha256(body).hexdigest()
            self.journal.write("call", id=handler.headers["webhook-id"], sha256=digest)
        handler.send_response(code)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


@contextmanager
def listening(sinks: Sinks, host: str, smtp_port: int) -> Iterator[str]:
    """The address of the receiver of webhooks."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_POST(self) -> None:
            sinks.take(self)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    smtp = Controller(sinks, hostname=host, port=smtp_port)
    receiver = ThreadingHTTPServer((host, 0), Handler)
    receiver.daemon_threads = True
    smtp.start()
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    try:
        yield f"http://{host}:{receiver.server_address[1]}/hook"
    finally:
        smtp.stop()
        receiver.shutdown()
        receiver.server_close()
