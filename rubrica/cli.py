"""The ``rubrica`` command, exactly as contract/own.md §1 says."""

import argparse
import os

from rubrica.commands import checking, encryption, erasing, keeping, months, people, secrets, sendings, serving


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rubrica.settings")
    run = options.run
    code: int = run(options)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rubrica", description="Get documents signed and papers collected.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for subject in (serving, checking, secrets, people, sendings, keeping, erasing, encryption, months):
        subject.add(commands)
    serving.add_manage(commands)
    return parser
