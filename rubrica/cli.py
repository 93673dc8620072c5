"""The ``rubrica`` command, exactly as contract/own.md §1 says."""

import argparse
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from rubrica import environment, postgres, versions


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rubrica.settings")
    run = options.run
    code: int = run(options)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rubrica", description="Get documents signed and papers collected.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
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
    commands.add_parser("work", help="run a job worker alone").set_defaults(run=_work)
    commands.add_parser("migrate", help="bring the database to this version").set_defaults(run=_migrate)
    verify = commands.add_parser(
        "verify", help="check sealed PDFs or evidence bundles; 0 only when all are intact and wholly covered"
    )
    verify.add_argument("file", type=Path, nargs="+")
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    verify.set_defaults(run=_verify)
    doctor = commands.add_parser("doctor", help="ask every outside thing once; 0 when nothing fails")
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    doctor.set_defaults(run=_doctor)
    ledger = commands.add_parser("ledger", help="check: recompute all chains of events and the ledger")
    ledger.add_argument("action", choices=["check"])
    ledger.add_argument("--head", action="append", default=[], help="one that an evidence page prints, to compare")
    ledger.add_argument("--json", action="store_true", help="print one JSON object")
    ledger.set_defaults(run=_ledger)
    certificate = commands.add_parser("certificate", help="list, test, rotate, import, revoke or renew what seals")
    certificate.add_argument("action", choices=["list", "test", "rotate", "import", "revoke", "renew-authority"])
    certificate.add_argument("--organization", metavar="SLUG", help="whose; needed where there are several")
    certificate.add_argument("--file", action="append", type=Path, default=[], help="import: PKCS #12 or PEM")
    certificate.add_argument("--password-stdin", action="store_true", help="import: read the file's password")
    certificate.add_argument("--serial", help="revoke: of the certificate, as list shows it; else the current one")
    certificate.add_argument("--reason", help="revoke: why, for instance key_compromise")
    certificate.add_argument("--dry-run", action="store_true", help="check everything and change nothing")
    certificate.add_argument("--json", action="store_true", help="print one JSON object")
    certificate.set_defaults(run=_certificate)
    token = commands.add_parser("token", help="issue, list, revoke or widen tokens of the aero API")
    token.add_argument("action", choices=["issue", "list", "revoke", "allow"])
    token.add_argument("--email", help="issue, list, allow: the member that the token acts as")
    token.add_argument("--days", type=int, help="issue: how long it lives; without it for good")
    token.add_argument("--id", type=int, help="revoke, allow: the token's number, as list shows it")
    token.add_argument("--json", action="store_true", help="print JSON")
    token.set_defaults(run=_token)
    manage = commands.add_parser("manage", help="Django's management commands")
    manage.add_argument("rest", nargs=argparse.REMAINDER)
    manage.set_defaults(run=_manage)
    return parser


def _data_dir() -> Path:
    return Path(environment.text("RUBRICA_DATA_DIR", "./var")).resolve()


@cache
def _is_embedded() -> bool:
    """Asked once: later the address of the embedded server stands in the environment for the children."""
    return postgres.is_embedded()


@contextmanager
def _database() -> Iterator[None]:
    """Holds the embedded server up where no other database is set, and lets child processes find it."""
    if not _is_embedded():
        yield
        return
    with postgres.running(_data_dir()) as url:
        os.environ["RUBRICA_DATABASE_URL"] = url
        yield


def _django() -> None:
    import django

    django.setup()


def _migrated() -> None:
    """Tables and the installation's certificate authority."""
    from django.core.management import call_command

    from rubrica.sealing.keyring.keys import ensure_authority

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    ensure_authority()
    if _is_embedded():
        versions.mark_current(_data_dir())


def _prepare() -> None:
    """What a worker needs. A database from outside is migrated on purpose only, by ``rubrica migrate``."""
    from django.db import ProgrammingError

    from rubrica.sealing.keyring import checking
    from rubrica.sealing.keyring.keys import ensure_authority

    if _is_embedded() and not versions.is_current(_data_dir()):
        _migrated()
    try:
        ensure_authority()
    except ProgrammingError:
        raise SystemExit("The database is not of this version: run `rubrica migrate` first.") from None
    checking.log_unusable()


def _setup(options: argparse.Namespace) -> int:
    password = sys.stdin.readline().rstrip("\n") if options.password_stdin else None
    with _database():
        _django()
        _migrated()
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
    with _database():
        if _is_embedded() and not versions.is_current(_data_dir()):
            # In a process of its own: the supervisor lives long and stays small without Django.
            subprocess.run([sys.executable, "-m", "rubrica", "migrate"], check=True)
            versions.mark_current(_data_dir())
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


def _work(options: argparse.Namespace) -> int:
    from rubrica import supervisor

    supervisor.die_with_parent()
    supervisor.end_if_orphaned()
    with _database():
        _django()
        _prepare()
        from rubrica import worker

        worker.run()
    return 0


def _migrate(options: argparse.Namespace) -> int:
    with _database():
        _django()
        _migrated()
    return 0


def _verify(options: argparse.Namespace) -> int:
    from rubrica import verifying

    _django()
    return verifying.run(options.file, as_json=options.json)


def _doctor(options: argparse.Namespace) -> int:
    from rubrica import doctor

    return doctor.run(as_json=options.json)


def _ledger(options: argparse.Namespace) -> int:
    with _database():
        _django()
        from rubrica.processes.ledger.checking import NotPrinted, check

        try:
            report = check(options.head)
        except NotPrinted as unread:
            print(unread, file=sys.stderr)
            return 2
    print(json.dumps(report.as_json(), ensure_ascii=False) if options.json else report.in_words())
    return 1 if report.faults else 0


def _certificate(options: argparse.Namespace) -> int:
    with _database():
        _django()
        from rubrica.sealing import command

        return command.run(options)


def _token(options: argparse.Namespace) -> int:
    with _database():
        _django()
        from rubrica.accounts import tokens

        return tokens.run(options)


def _manage(options: argparse.Namespace) -> int:
    from django.core.management import execute_from_command_line

    with _database():
        execute_from_command_line(["rubrica manage", *options.rest])
    return 0
