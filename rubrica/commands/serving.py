"""``setup``, ``serve``, ``work``, ``migrate`` and ``manage``."""

import argparse
import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

from rubrica import environment, versions
from rubrica.commands import base

if TYPE_CHECKING:
    from rubrica.commands.base import Commands


def add(commands: "Commands") -> None:
    setup = commands.add_parser("setup", help="create database, secrets, an organization, its owner, keys and token")
    setup.add_argument("--organization", required=True, metavar="NAME")
    setup.add_argument("--email", required=True, metavar="OWNER")
    setup.add_argument("--password-stdin", action="store_true", help="read the owner's password from standard input")
    setup.add_argument("--json", action="store_true", help="print one JSON object")
    setup.set_defaults(run=_setup)
    serve = commands.add_parser("serve", help="migrate, then run web server and job worker until SIGTERM")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--workers", type=int, default=1, help="web worker processes")
    serve.add_argument("--no-jobs", action="store_true", help="run the web server alone")
    serve.set_defaults(run=_serve)
    work = commands.add_parser("work", help="run a job worker alone")
    work.add_argument(
        "--queues", metavar="NAME,…", default="", help="work at these queues and leave the rest to others"
    )
    work.set_defaults(run=_work)
    commands.add_parser("migrate", help="bring the database to this version").set_defaults(run=_migrate)


def add_manage(commands: "Commands") -> None:
    manage = commands.add_parser("manage", help="Django's management commands")
    manage.add_argument("rest", nargs=argparse.REMAINDER)
    manage.set_defaults(run=_manage)


def _setup(options: argparse.Namespace) -> int:
    password = sys.stdin.readline().rstrip("\n") if options.password_stdin else None
    with base.database():
        base.django()
        base.migrated()
        return _print_setup(options, password)


def _print_setup(options: argparse.Namespace, password: str | None) -> int:
    from django.conf import settings

    from rubrica.accounts.setup import SetupRefused, set_up

    try:
        made = set_up(options.organization, options.email, password, settings.LANGUAGE_CODE)
    except SetupRefused as refused:
        print(refused, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(made.__dict__))
        return 0
    for name, value in made.__dict__.items():
        print(f"{name.replace('_', ' '):<13} {value or '(shown when it was made)'}")
    return 0


def _serve(options: argparse.Namespace) -> int:
    from rubrica import supervisor

    _check_port(options.host, options.port)
    _check_restored()
    with base.database(direct=False):
        if base.is_embedded() and not versions.is_current(base.data_dir()):
            # In a process of its own: the supervisor lives long and stays small without Django.
            subprocess.run([sys.executable, "-m", "rubrica", "migrate"], check=True)
            versions.mark_current(base.data_dir())
        commands = [supervisor.web_command(options.host, options.port, options.workers)]
        if not options.no_jobs:
            commands.append(supervisor.work_command())
        print(f"Rubrica serves {environment.text('RUBRICA_PUBLIC_URL', 'http://127.0.0.1:8000')}", flush=True)
        supervisor.supervise(commands)
    return 0


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SystemExit(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port.") from None


def _check_restored() -> None:
    """Half of a backup would look like loss to everybody who asks."""
    if (base.data_dir() / RESTORING).exists():
        raise SystemExit(
            "A restore was begun here and has not ended: run `rubrica restore` with the same backup again."
        )


RESTORING = "restoring.json"  # as rubrica.keeping.restore writes it


def _work(options: argparse.Namespace) -> int:
    from rubrica import supervisor

    supervisor.die_with_parent()
    supervisor.end_if_orphaned()
    _check_restored()
    with base.database(direct=False):
        base.django()
        _prepare()
        from rubrica import tenancy, worker

        tenancy.serve()

        worker.run([name.strip() for name in options.queues.split(",") if name.strip()])
    return 0


def _prepare() -> None:
    """What a worker needs. A database from outside is migrated on purpose only, by ``rubrica migrate``."""
    from django.db import ProgrammingError

    from rubrica.sealing.keyring import checking
    from rubrica.sealing.keyring.keys import ensure_authority

    if base.is_embedded() and not versions.is_current(base.data_dir()):
        base.migrated()
    try:
        ensure_authority()
    except ProgrammingError:
        raise SystemExit("The database is not of this version: run `rubrica migrate` first.") from None
    checking.log_unusable()


def _migrate(options: argparse.Namespace) -> int:
    with base.database():
        base.django()
        base.migrated()
    return 0


def _manage(options: argparse.Namespace) -> int:
    from django.core.management import execute_from_command_line

    from rubrica.tenancy.owner import as_owner

    with base.database(), as_owner():
        execute_from_command_line(["rubrica manage", *options.rest])
    return 0
