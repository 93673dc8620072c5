"""``erase``, ``export-person`` and ``hold``: the data of people, from the shell of the server."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rubrica.commands import base
from rubrica.commands.people import noted, organization_of

if TYPE_CHECKING:
    from rubrica.commands.base import Commands, Rows
    from rubrica.processes.actor import Actor

PERSON = "an e-mail address, a telephone number, or the number of an identity document"
NAME = "rubrica (command line)"


def add(commands: "Commands") -> None:
    erase = commands.add_parser("erase", help="erase a person, with a signed statement of what went and what stays")
    erase.add_argument("person", nargs="?", help=PERSON)
    _organization(erase)
    erase.add_argument("--with-documents", action="store_true", help="also documents, sealed ones and evidence too")
    erase.add_argument("--reason", default="", help="kept in the statement; do not name the person")
    erase.add_argument("--to", type=Path, help="write the statement and its signature (.p7s) here")
    erase.add_argument(
        "--again", type=Path, nargs="+", metavar="STATEMENT", help="after a restore: apply these once more"
    )
    base.with_json(erase, _erase, dry_run=True)
    export = commands.add_parser("export-person", help="everything about a person as a ZIP")
    export.add_argument("person", help=PERSON)
    _organization(export)
    export.add_argument("--to", type=Path, required=True, help="the ZIP")
    export.add_argument("--language", choices=["es", "en", "pt"], help="of its README; else the organization's")
    base.with_json(export, _export, dry_run=True)
    hold = commands.add_parser("hold", help="list, place or lift legal holds, under which nothing is deleted")
    hold.add_argument("action", choices=["list", "place", "lift"])
    _organization(hold)
    hold.add_argument("--process", help="its id or the code of one of its documents; else the whole organization")
    hold.add_argument("--reason", default="", help="place: why")
    base.with_json(hold, _hold, dry_run=True)


def _organization(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--organization", metavar="SLUG", help="which one; needed where there are several")


def _operator() -> "Actor":
    from rubrica.processes.actor import SYSTEM, Actor

    return Actor(SYSTEM, "rubrica", NAME)


# Erasing


def _erase(options: argparse.Namespace) -> int:
    if not options.again:
        return base.answered(options, _erased)
    applied: Rows = []

    def apply(options: argparse.Namespace) -> "Rows":
        applied.extend(_applied_again(options))
        return applied

    return base.answered(options, apply) or int(not all(row["whole"] for row in applied))


def _erased(options: argparse.Namespace) -> "Rows":
    from rubrica.retention import blobs, erasing, people, proofs

    if not options.person:
        raise base.Unclear(f"Say whom: {PERSON}.")
    organization = organization_of(options)
    try:
        if options.dry_run:
            return [erasing.plan(organization, options.person, with_documents=options.with_documents).as_json()]
        made = erasing.erase(organization, options.person, _operator(), reason=options.reason,
                             with_documents=options.with_documents)  # fmt: skip
    except people.Unclear as unclear:
        raise base.Unclear(str(unclear)) from None
    except erasing.NobodyFound:
        raise base.Unclear("Nothing of this person can be erased here; --dry-run says what stays, and why.") from None
    noted(organization, "person_erased", "", erasure=made.public_id)
    proofs.sign(made.pk)
    blobs.wipe()
    made.refresh_from_db()
    if options.to:
        options.to.write_text(made.statement)
        options.to.with_suffix(".p7s").write_bytes(bytes(made.cms or b""))
    return [{"erasure": made.public_id, **{key: made.told[key] for key in ("organization", "counts", "stays")}}]


def _applied_again(options: argparse.Namespace) -> "Rows":
    from django.core.exceptions import ObjectDoesNotExist

    from rubrica.retention import blobs, erasing, proofs

    rows = []
    for statement in [_statement_in(path) for path in options.again]:
        try:
            found = erasing.again(statement, _operator(), dry_run=options.dry_run)
        except ObjectDoesNotExist:
            raise base.Unclear(f"There is no organization {statement['organization']}.") from None
        for one in found.made:
            proofs.sign(one.pk)
            noted(one.organization, "person_erased", "", erasure=one.public_id, again=statement["id"])
        rows.append({
            "statement": statement["id"],
            "matched": found.matched,
            "alreadyErased": found.was_done and not found.matched,
            "erasures": [one.public_id for one in found.made],
            "counts": {name: count for name, count in sorted(found.counts.items()) if count},
            "stays": found.stays,
            "whole": found.is_whole,
        })  # fmt: skip
    if not options.dry_run:
        blobs.wipe()
    return rows


def _statement_in(path: Path) -> dict[str, Any]:
    from rubrica.retention import statements

    try:
        statement: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise base.Unclear(f"{path} is no statement of an erasure: {error}") from None
    if not isinstance(statement, dict) or statement.get("format") != statements.FORMAT:
        raise base.Unclear(f"{path} is no statement of an erasure.")
    return statement


# Exporting


def _export(options: argparse.Namespace) -> int:
    return base.answered(options, _exported)


def _exported(options: argparse.Namespace) -> "Rows":
    from rubrica.retention import exporting, people

    organization = organization_of(options)
    if options.to.exists():
        raise base.Unclear(f"{options.to} is there already.")
    try:
        person = people.find(organization, options.person)
        row: dict[str, Any] = {"organization": organization.slug, "processes": len(person.participants)}
        if options.dry_run:
            return [row]
        with options.to.open("xb") as file:
            size = exporting.write(organization, options.person, options.language or organization.language, file)
    except people.Unclear as unclear:
        raise base.Unclear(str(unclear)) from None
    noted(organization, "person_exported", "")
    return [{**row, "to": str(options.to), "size": size}]


# Holds


def _hold(options: argparse.Namespace) -> int:
    return base.answered(options, _list_holds if options.action == "list" else _changed_hold)


def _list_holds(options: argparse.Namespace) -> "Rows":
    from rubrica.processes.models import Hold

    found = Hold.objects.in_force().select_related("organization", "process")
    if options.organization:
        found = found.filter(organization=organization_of(options))
    return [_held(hold) for hold in found]


def _changed_hold(options: argparse.Namespace) -> "Rows":
    from django.db import transaction

    from rubrica.commands.sendings import process_of
    from rubrica.processes.errors import Refused
    from rubrica.processes.models import Hold

    process = process_of(options.process) if options.process else None
    organization = process.organization if process else organization_of(options)
    try:
        with transaction.atomic():
            if options.action == "place":
                hold = Hold.place(organization, process, options.reason, _operator())
            else:
                hold = Hold.lift(organization, process, _operator())
            noted(organization, "held" if options.action == "place" else "released",
                  process.public_id if process else organization.slug)  # fmt: skip
            if options.dry_run:
                transaction.set_rollback(True)
    except Refused as refused:
        raise base.Unclear(f"{refused.code}: {refused.detail}") from None
    return [_held(hold)]


def _held(hold: Any) -> dict[str, Any]:
    return {
        "organization": hold.organization.slug,
        "process": hold.process.public_id if hold.process else None,
        "reason": hold.reason,
        "by": hold.by,
        "since": hold.since.isoformat(timespec="seconds"),
        "lifted": hold.lifted_at.isoformat(timespec="seconds") if hold.lifted_at else None,
    }
