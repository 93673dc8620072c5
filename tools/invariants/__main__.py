"""``python -m tools.invariants --database URL --storage URL [--journal FILE] [--sink FILE]``: 0 when all hold."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from tools.invariants import acknowledged, chains, effects, files, progress, rows, storage
from tools.invariants.findings import Report
from tools.invariants.outside import Outside


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.invariants", description=__doc__)
    parser.add_argument("--database", required=True, metavar="URL", help="postgresql://…")
    parser.add_argument("--storage", required=True, metavar="URL", help="file:///… or s3://…, as RUBRICA_STORAGE_URL")
    parser.add_argument("--journal", type=Path, help="what clients were answered")
    parser.add_argument("--sink", type=Path, help="what mailboxes and receivers of webhooks got")
    parser.add_argument("--ca", type=Path, help="PEM of whom to trust; without it each authority found is printed")
    parser.add_argument("--settled", action="store_true", help="all has had its time: nothing that is due may wait")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    roots = x509.load_pem_x509_certificates(options.ca.read_bytes()) if options.ca else []
    with rows.at_one_moment(options.database) as found:
        outside = Outside.read(options.journal, options.sink)
        report = everything(found, storage.at(options.storage), outside, roots, settled=options.settled)
    print(json.dumps(report.as_json(), ensure_ascii=False) if options.json else report.in_words())
    return 0 if report.holds else 1


def everything(
    found: rows.Rows,
    kept: storage.Storage,
    outside: Outside,
    roots: Sequence[x509.Certificate] = (),
    *,
    settled: bool = False,
) -> Report:
    report = Report()
    acknowledged.check(found, kept, outside, report)
    effects.check(found, outside, report)
    progress.check(found, report, settled=settled, over=[line["package"] for line in outside.of("over")])
    chains.check(found, report)
    files.check(found, kept, report, roots)
    return report


if __name__ == "__main__":
    sys.exit(main())
