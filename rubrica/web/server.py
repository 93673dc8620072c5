"""The web server process: Granian reads HTTP, and ``rubrica.web.front`` does the rest."""

import resource
import sys

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from rubrica import environment
from rubrica.supervisor import die_with_parent, end_if_orphaned

CONNECTIONS = 8192  # of each worker process; one that waits costs some kilobytes
BUFFER = 128 * 1024  # bytes of a connection that is read from or written to; the longest head as well
FILES_BESIDES = 1024  # descriptors for all that is no connection


def main(host: str, port: int, workers: int) -> None:
    die_with_parent()
    end_if_orphaned()
    Granian(
        "rubrica.web.rsgi:application",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=workers,
        backlog=4096,
        backpressure=_connections(),
        http=HTTPModes.http1,  # proxies speak nothing else to us, and HTTP/2 has ways of its own to be slow
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=_head_seconds() * 1000, max_buffer_size=BUFFER),
        log_level=LogLevels.error,
        workers_kill_timeout=20,
        respawn_failed_workers=True,
    ).serve()


def _head_seconds() -> int:
    """For the head of a request, and between two requests of a connection. As in settings.py, which needs Django."""
    return environment.number("RUBRICA_SLOW_SECONDS", 20)


def _connections() -> int:
    """As many as this process may have open; the limit is raised as far as it may be."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + FILES_BESIDES
    allowed = wanted if most == resource.RLIM_INFINITY else min(most, wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    return max(allowed - FILES_BESIDES, allowed // 2)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
