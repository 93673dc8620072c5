"""``verify``, ``doctor`` and ``ledger``: what only looks."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rubrica.commands import base

if TYPE_CHECKING:
    from rubrica.commands.base import Commands


def add(commands: "Commands") -> None:
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


def _verify(options: argparse.Namespace) -> int:
    from rubrica import verifying

    base.django()
    return verifying.run(options.file, as_json=options.json)


def _doctor(options: argparse.Namespace) -> int:
    from rubrica import doctor

    return doctor.run(as_json=options.json)


def _ledger(options: argparse.Namespace) -> int:
    with base.database():
        base.django()
        from rubrica.processes.ledger.checking import NotPrinted, check

        try:
            report = check(options.head)
        except NotPrinted as unread:
            print(unread, file=sys.stderr)
            return 2
    print(json.dumps(report.as_json(), ensure_ascii=False) if options.json else report.in_words())
    return 1 if report.faults else 0
