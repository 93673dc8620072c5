"""The timestamp that a seal gets while it is made: asked for once, shortly, and never waited for."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.levels.asking import ask
from rubrica.sealing.levels.server import Server
from rubrica.sealing.levels.trouble import NotRaised
from rubrica.sealing.values import Level, SigningKey
from rubrica.sealing.writing.cms import LARGEST_TOKEN

logger = logging.getLogger(__name__)

SECONDS = 5.0
QUIET_SECONDS = 60.0  # after a failure: a thousand seals do not wait for a dead server one after the other

_quiet_until: dict[str, float] = {}
_lock = threading.Lock()


class Stamper:
    """For one seal. ``trouble`` says why its last signature has no timestamp; empty where it has one."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.trouble: NotRaised | None = None

    def __call__(self, digest: bytes) -> bytes | None:
        try:
            token = _asked(self.server, digest)
        except NotRaised as trouble:
            logger.warning("Sealed without a timestamp: %s", str(trouble).replace("\n", " "))
            self.trouble = trouble
            return None
        self.trouble = None
        return token

    @property
    def level(self) -> Level:
        return "B-B" if self.trouble else "B-T"


def forget_troubles() -> None:
    """The next seal asks again, however lately the server failed."""
    with _lock:
        _quiet_until.clear()


def _asked(server: Server, digest: bytes) -> bytes:
    with _lock:
        quiet = _quiet_until.get(server.url, 0) > time.monotonic()
    if quiet:
        raise NotRaised("TSA_AWAY", _("The timestamp server failed a moment ago and is not asked again at once."))
    try:
        token = ask(server, digest, SECONDS).der
    except NotRaised:
        with _lock:
            _quiet_until[server.url] = time.monotonic() + QUIET_SECONDS
        raise
    if len(token) > LARGEST_TOKEN:
        raise NotRaised("TSA_LARGE", _("The timestamp is larger than the space kept for it."), f"{len(token)} bytes")
    return token


def stamped(key: SigningKey, server: Server | None) -> tuple[SigningKey, Stamper | None]:
    """The key together with what gets timestamps for its signatures, where a server is set."""
    if server is None:
        return key, None
    stamper = Stamper(server)
    return replace(key, timestamper=stamper), stamper
