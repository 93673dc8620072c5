"""``backup``, ``restore`` and ``move-storage``."""

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from rubrica import environment
from rubrica.commands import base

if TYPE_CHECKING:
    from rubrica.commands.base import Commands

PASSPHRASE = "RUBRICA_BACKUP_PASSPHRASE"  # noqa: S105  the name of a setting


def add(commands: "Commands") -> None:
    backup = commands.add_parser("backup", help="save database, files and secrets, while the service runs")
    backup.add_argument("target", help="a file, - for standard output, or a folder, to which only what is new is added")
    _passphrase(backup)
    base.with_json(backup, _backup, dry_run=True)
    restore = commands.add_parser("restore", help="bring a backup to an empty machine, and check everything that came")
    restore.add_argument("source", help="the file, - for standard input, or the folder")
    _passphrase(restore)
    restore.add_argument("--dry-run", action="store_true", help="read and hash everything, and write nothing")
    base.with_json(restore, _restore)
    move = commands.add_parser("move-storage", help="copy every file to another storage, while the service runs")
    move.add_argument("--to", required=True, metavar="URL", help="as RUBRICA_STORAGE_URL has it")
    move.add_argument("--from", dest="source", metavar="URL", help="the old one, once the new one is set")
    move.add_argument("--check", action="store_true", help="hash again also what is there already")
    base.with_json(move, _move, dry_run=True)


def _passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--passphrase-stdin", action="store_true", help=f"encrypted; else by {PASSPHRASE}")


def _asked(options: argparse.Namespace, end: str) -> str:
    if not options.passphrase_stdin:
        return environment.text(PASSPHRASE)
    if end == "-":
        raise base.Unclear(f"Standard input is the backup itself: give the passphrase as {PASSPHRASE}_FILE.")
    found = sys.stdin.readline().rstrip("\n")
    if not found:
        raise base.Unclear("The passphrase on standard input is empty.")
    return found


def _backup(options: argparse.Namespace) -> int:
    from rubrica.keeping.cipher import Unreadable
    from rubrica.keeping.places import Refused

    try:
        passphrase = _asked(options, "")
        with base.database():
            base.django()
            from rubrica.keeping.backup import back_up

            report = back_up(base.database_url(), options.target, passphrase, dry_run=options.dry_run)
    except (base.Unclear, Refused, Unreadable) as why:
        return base.refused(why, options.json)
    except OSError as error:
        return base.refused(error, options.json, 1)
    if options.target == "-":
        return 0 if report.ok else 1
    base.told(asdict(report), report.in_words(), options.json)
    return 0 if report.ok else 1


def _restore(options: argparse.Namespace) -> int:
    from rubrica.keeping.cipher import Unreadable
    from rubrica.keeping.places import Refused
    from rubrica.keeping.restore import Machine, read_through, restore

    try:
        passphrase = _asked(options, options.source)
        if options.dry_run:
            report = read_through(options.source, passphrase)
        else:
            machine = Machine(base.data_dir(), base.database, base.database_url, base.django, base.migrated)
            report = restore(options.source, passphrase, machine)
    except (base.Unclear, Refused) as why:
        return base.refused(why, options.json)
    except (Unreadable, OSError) as why:
        return base.refused(why, options.json, 1)
    base.told({"ok": report.ok, **asdict(report)}, report.in_words(), options.json)
    return 0 if report.ok else 1


def _move(options: argparse.Namespace) -> int:
    from rubrica.keeping.places import Refused

    with base.database():
        base.django()
        from django.conf import settings

        from rubrica.files import address, storage
        from rubrica.keeping.moving import move

        login = (settings.S3_ACCESS_KEY, settings.S3_SECRET_KEY)
        source = address.read(options.source, *login) if options.source else storage.where()
        target = address.read(options.to, *login)
        if str(source) == str(target):
            return base.refused(base.Unclear("Both addresses name the same storage."), options.json)
        try:
            report = move(base.database_url(), source, target, dry_run=options.dry_run, again=options.check)
        except Refused as why:
            return base.refused(why, options.json)
        except OSError as error:
            return base.refused(error, options.json, 1)
    base.told({"ok": report.ok, **asdict(report)}, report.in_words(), options.json)
    return 0 if report.ok else 1
