"""``python -m tools.trial NAME``; see ``tools/trial/__init__.py``."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.trial", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True)
    kills = names.add_parser("kills", help="SIGKILL to each part under load")
    kills.add_argument("--kills", type=int, default=200)
    machines = names.add_parser("machines", help="five machines in network namespaces; needs root")
    power = names.add_parser("power", help="power cuts and failing disks; needs root and /dev/fuse")
    power.add_argument("--cuts", type=int, default=40)
    steady = names.add_parser("steady", help="a steady load with some trouble outside")
    for one in (kills, machines, power, steady):
        one.add_argument("--at-once", type=int, default=4, help="signings at a time")
        one.add_argument("--minutes", type=float, default=30, help="at most")
    options = vars(parser.parse_args(arguments))
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # what was started is ended, and wires taken down
    return _trial(options.pop("name"))(**options)


def _trial(name: str) -> Callable[..., int]:
    """Imported one by one, as each needs something else of the machine."""
    import importlib

    run: Callable[..., int] = importlib.import_module(f"tools.trial.{name}").run
    return run


if __name__ == "__main__":
    sys.exit(main())
