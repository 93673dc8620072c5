"""The round: every check once, each with a limit of time, so that a dead server holds up nobody else."""

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from rubrica.doctor import (
    addresses,
    base,
    connections,
    encryption,
    environs,
    history,
    holdings,
    outside,
    parts,
    queue,
    rows,
    signing_in,
    timestamps,
)
from rubrica.doctor import data as data_room
from rubrica.doctor.data import DataDirectory
from rubrica.doctor.findings import FAILURE, Check, Finding, Result, failure, warning
from rubrica.doctor.hiding import hidden

LOADING = 60  # seconds; every package is imported here
UNASKED = "Not looked at, because the database does not answer."

CHECKS = [
    Check("free space", data_room.room),
    Check("migrations", base.migrations, needs_database=True),
    Check("row security", rows.row_security, needs_database=True),
    Check("clock", base.clock, needs_database=True),
    Check("connections", connections.connections, needs_database=True),
    Check("months", connections.months, needs_database=True),
    Check("replica", connections.replica, seconds=30),
    Check("storage", holdings.storage),
    Check("encryption", encryption.encryption, needs_database=True, seconds=30),
    Check("queue", queue.queue, needs_database=True),
    Check("mail", outside.mail, seconds=20),
    Check("sms", outside.sms, seconds=20),
    Check("whatsapp", outside.whatsapp, seconds=20),
    Check("timestamps", timestamps.timestamps, seconds=30),
    Check("oidc", signing_in.oidc, seconds=30),
    Check("certificates", holdings.certificates, needs_database=True),
    # The sandbox may have to start first, and a small machine is busy with the other checks meanwhile.
    Check("templates", parts.templates, seconds=120),
    Check("faces", parts.faces, seconds=120),
    Check("fonts", parts.fonts),
    Check("public address", addresses.public_address),
    Check("proxies", addresses.proxies),
    Check("webhooks", holdings.webhooks, needs_database=True),
    Check("history", history.history, needs_database=True),
]


def examine() -> Iterator[Result]:
    """Every result as soon as it is there; fewer where the settings or the data directory leave nothing to look at."""
    readable = ask("settings", environs.files)
    if _is_bad(readable):
        yield readable
        return
    data = DataDirectory()
    yield ask("data directory", data.look)
    if not data.is_there():
        return
    yield ask("secret key", data.look_at_secret)
    if not data.has_secret():
        # The settings would write a new one, and the operator may have the old one in a copy.
        os.environ["RUBRICA_SECRET_KEY"] = secrets.token_urlsafe(48)
    with base.held_up(data) as trouble:
        settings = ask("settings", environs.load, LOADING)
        yield settings
        if not _is_bad(settings):
            yield from _with_settings(trouble)


def _with_settings(trouble: str) -> Iterator[Result]:
    look = partial(base.unstarted, trouble) if trouble else base.database
    database = ask("database", look)
    yield database
    is_down = _is_bad(database)
    yield from attend([_unasked(check) if is_down and check.needs_database else check for check in CHECKS])
    _close_pool()


def _unasked(check: Check) -> Check:
    return Check(check.name, lambda: warning(UNASKED, "Mend the database first."))


def _is_bad(result: Result) -> bool:
    return result.finding.status == FAILURE


def ask(name: str, look: Callable[[], Finding], seconds: float = 15) -> Result:
    (result,) = attend([Check(name, look, seconds=seconds)])
    return result


def attend(checks: Iterable[Check]) -> Iterator[Result]:
    """All at the same time, given in their order, each as soon as it and those before it are there."""
    visits = [Visit(check) for check in checks]
    for visit in visits:
        visit.start()
    for visit in visits:
        yield visit.result()


class Visit(threading.Thread):
    """One check. A daemon, so that one that hangs does not keep the command from ending."""

    def __init__(self, check: Check) -> None:
        super().__init__(name=f"doctor {check.name}", daemon=True)
        self.check = check
        self.until = time.monotonic() + check.seconds
        self.finding: Finding | None = None

    def run(self) -> None:
        try:
            self.finding = self.check.look()
        except (Exception, SystemExit) as error:  # A check that breaks is a finding too, and the others go on.
            words = " ".join(str(error).split())[:300]
            self.finding = failure(
                f"The check broke off: {type(error).__name__} {words}", "If the words do not say why, please report it."
            )
        finally:
            _let_go()

    def result(self) -> Result:
        self.join(max(0.0, self.until - time.monotonic()))
        late = failure(f"No answer within {self.check.seconds:.0f} seconds.", "See whether the other side hangs.")
        return Result(self.check.name, hidden(self.finding or late))


def _let_go() -> None:
    """This thread's connection goes back to the pool."""
    from django.conf import settings

    if settings.configured:
        from django.db import connections

        connections.close_all()


def _close_pool() -> None:
    from django.db import connection

    close = getattr(connection, "close_pool", None)
    if close is not None:
        close()
