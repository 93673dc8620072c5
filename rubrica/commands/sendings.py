"""``resend``, ``reseal`` and ``export``: processes, from the shell of the server."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rubrica.commands import base
from rubrica.commands.people import noted, organization_of

if TYPE_CHECKING:
    from rubrica.commands.base import Commands, Rows
    from rubrica.processes.models import Process


def add(commands: "Commands") -> None:
    resend = commands.add_parser("resend", help="mail fresh links to those of a process who have something to do")
    resend.add_argument("process", help="its id or the code of one of its documents")
    resend.add_argument("--email", help="only to this participant")
    base.with_json(resend, _resend, dry_run=True)
    reseal = commands.add_parser("reseal", help="try again what could not be sealed")
    reseal.add_argument(
        "process", nargs="?", help="its id or the code of one of its documents; else whatever has failed"
    )
    base.with_json(reseal, _reseal, dry_run=True)
    export = commands.add_parser("export", help="a process as an evidence bundle, or an organization as a folder")
    export.add_argument("--process", help="its id or the code of one of its documents")
    export.add_argument("--organization", metavar="SLUG", help="every process of it; needed where there are several")
    export.add_argument(
        "--to", type=Path, required=True, help="a ZIP for a process, an empty folder for an organization"
    )
    base.with_json(export, _export, dry_run=True)


def process_of(name: str) -> "Process":
    """Raises Unclear."""
    from django.db.models import Q

    from rubrica.processes.models import Process

    found = Process.objects.filter(Q(public_id=name) | Q(documents__code=name)).select_related("organization").first()
    if found is None:
        raise base.Unclear(f"There is no process {name!r}, and no document with this code.")
    return found


def _resend(options: argparse.Namespace) -> int:
    return base.answered(options, _resent)


def _resent(options: argparse.Namespace) -> "Rows":
    process = process_of(options.process)
    people = list(process.participants.order_by("pk"))
    if options.email:
        people = [person for person in people if person.email.lower() == options.email.strip().lower()]
        if not people:
            raise base.Unclear(f"Nobody with the address {options.email!r} takes part in this process.")
    return [{"participant": person.name, "email": person.email, **_sent(person, options.dry_run)} for person in people]


def _sent(person: Any, dry_run: bool) -> dict[str, Any]:
    from django.db import transaction

    from rubrica.processes.actor import RUBRICA
    from rubrica.processes.errors import Refused

    try:
        with transaction.atomic():
            person.resend(RUBRICA)
            if dry_run:
                transaction.set_rollback(True)
    except Refused as refused:
        return {"sent": False, "code": refused.code, "reason": refused.detail}
    return {"sent": True}


def _reseal(options: argparse.Namespace) -> int:
    return base.answered(options, _resealed)


def _resealed(options: argparse.Namespace) -> "Rows":
    """Documents and evidence; of a process that is named also those without a reason, whose job was lost."""
    from rubrica.processes.actor import RUBRICA
    from rubrica.processes.models import Document, Evidence

    papers = Document.objects.filter(state=Document.State.SEALING).order_by("pk")
    proofs = Evidence.objects.filter(state=Evidence.State.MAKING).order_by("pk")
    if options.process:
        process = process_of(options.process)
        papers, proofs = papers.filter(process=process), proofs.filter(process=process)
    else:
        papers, proofs = papers.exclude(seal_error=""), proofs.exclude(error="")
    found = [({"document": paper.code, "reason": paper.seal_error}, paper.seal_again) for paper in papers]
    found += [({"evidence": proof.process.public_id, "reason": proof.error}, proof.make_again)
              for proof in proofs.select_related("process")]  # fmt: skip
    for _, again in found:
        if not options.dry_run:
            again(RUBRICA)
    return [row for row, _ in found]


def _export(options: argparse.Namespace) -> int:
    return base.answered(options, _exported)


def _exported(options: argparse.Namespace) -> "Rows":
    from rubrica.keeping import exporting
    from rubrica.keeping.places import Refused as NotThere
    from rubrica.processes.errors import Refused

    try:
        if options.process:
            process = process_of(options.process)
            organization, what = process.organization, process.public_id
            said = exporting.bundle_to(process, options.to, dry_run=options.dry_run)
        else:
            organization, what = organization_of(options), "everything"
            said = exporting.everything_to(organization, options.to, dry_run=options.dry_run)
    except Refused as refused:
        raise base.Unclear(f"{refused.code}: {refused.detail}") from None
    except NotThere as refused:
        raise base.Unclear(str(refused)) from None
    except FileNotFoundError as error:
        raise base.Unclear(f"The storage has lost a file of it: {error}") from None
    if not options.dry_run:
        noted(organization, "exported", what)
    return [said]
