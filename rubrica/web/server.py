"""The web server process: Granian with as many threads as slow uploads may hold at once."""

import sys

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from rubrica.supervisor import die_with_parent, end_if_orphaned

THREADS = 640  # each slow upload holds one; a waiting thread costs some kilobytes


def main(host: str, port: int, workers: int) -> None:
    die_with_parent()
    end_if_orphaned()
    Granian(
        "rubrica.web.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        backpressure=THREADS,
        http1_settings=HTTP1Settings(header_read_timeout=20_000),
        log_level=LogLevels.error,
        workers_kill_timeout=20,
        respawn_failed_workers=True,
    ).serve()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
