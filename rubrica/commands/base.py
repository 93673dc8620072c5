"""What commands stand on: the data directory, the database held up, Django set up, the tables of this version."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rubrica import environment, postgres, versions
from rubrica.tenancy import every_organization, operate

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

Run = Callable[[argparse.Namespace], int]


class Unclear(Exception):
    """What was named is not there, or cannot be done; the message says so, and the command ends with 2."""


def data_dir() -> Path:
    return Path(environment.text("RUBRICA_DATA_DIR", "./var")).resolve()


@cache
def is_embedded() -> bool:
    """Asked once: later the address of the embedded server stands in the environment for the children."""
    return postgres.is_embedded()


@contextmanager
def database(*, direct: bool = True) -> Iterator[None]:
    """Holds the embedded server up where no other database is set, and lets child processes find it.

    ``direct``: by no pooler, and without the limits of time that keep a service alive. So are all commands but those
    that serve: they are few, and some read everything or change tables.
    """
    if direct:
        _directly()
    if not is_embedded():
        yield
        return
    with postgres.running(data_dir()) as url:
        os.environ["RUBRICA_DATABASE_OWNER_URL"] = url
        os.environ["RUBRICA_DATABASE_URL"] = postgres.application_url(url)
        yield


def _directly() -> None:
    if url := environment.text("RUBRICA_DATABASE_DIRECT_URL"):
        os.environ["RUBRICA_DATABASE_URL"] = url
        for name in ("RUBRICA_DATABASE_POOLER", "RUBRICA_DATABASE_POOLER_FILE"):
            os.environ.pop(name, None)
    for name in ("RUBRICA_STATEMENT_SECONDS", "RUBRICA_IDLE_TRANSACTION_SECONDS"):
        os.environ.setdefault(name, "0")


def django() -> None:
    import django

    django.setup()
    operate()


def migrated() -> None:
    """Tables and the installation's certificate authority."""
    from django.core.management import call_command

    from rubrica.sealing.keyring.keys import ensure_authority
    from rubrica.tenancy.owner import as_owner

    with as_owner():
        call_command("createcachetable", verbosity=0)  # first, as rights to it are given after the migrations
        call_command("migrate", verbosity=0)
    with every_organization("The authority is everybody's."):
        ensure_authority()
    if is_embedded():
        versions.mark_current(data_dir())


def database_url() -> str:
    """Of the database that ``database`` holds up, as its owner where there is one apart."""
    return environment.text("RUBRICA_DATABASE_OWNER_URL") or environment.text("RUBRICA_DATABASE_URL")


def with_json(parser: argparse.ArgumentParser, run: Run, *, dry_run: bool = False) -> None:
    if dry_run:
        parser.add_argument("--dry-run", action="store_true", help="check everything and change nothing")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


Rows = list[dict[str, Any]]


def answered(options: argparse.Namespace, do: Callable[[argparse.Namespace], Rows]) -> int:
    """Runs ``do`` with database and Django, and prints the rows that it gives. 2 for what was Unclear."""
    with database():
        django()
        try:
            rows = do(options)
        except Unclear as unclear:
            return refused(unclear, options.json)
    if options.json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for row in rows:
        print("  ".join(f"{name}: {shown(value)}" for name, value in row.items() if value not in (None, "")))
    if getattr(options, "dry_run", False):
        print("Nothing was changed.")
    return 0


def shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def refused(why: Exception, as_json: bool, code: int = 2) -> int:
    print(json.dumps({"error": str(why)}, ensure_ascii=False) if as_json else why, file=sys.stderr)
    return code


def told(fields: dict[str, Any], sentences: Iterable[str], as_json: bool) -> None:
    print(json.dumps(fields, ensure_ascii=False) if as_json else "\n".join(sentences))
