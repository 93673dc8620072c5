"""``make bench``: the figures of docs/performance.md, each beside the floor that was measured in the same run."""

import argparse
import json
import os
import platform
from collections.abc import Callable
from pathlib import Path

from bench import footprint, growth, keeping, phones, reads, records, seals, slow, uploads, vault, verify, writes
from bench.figures import Figure, table

PARTS: dict[str, Callable[[], list[Figure]]] = {
    "reads": reads.measure,
    "writes": writes.measure,
    "uploads": uploads.measure,
    "records": records.measure,
    "seals": seals.measure,
    "verify": verify.measure,
    "footprint": footprint.measure,
    "growth": growth.measure,
    "keeping": keeping.measure,
    "vault": vault.measure,
    "slow": slow.measure,
    "phones": phones.measure,
}
ON_REQUEST = {"growth", "keeping", "slow", "phones"}  # 30 GB of room; some minutes each, and what they take is waiting
OUT = Path(__file__).resolve().parent.parent / "out" / "bench.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; or all that end soon")
    chosen = parser.parse_args().parts or [part for part in PARTS if part not in ON_REQUEST]
    os.environ["RUBRICA_LOG_LEVEL"] = "WARNING"
    figures: list[Figure] = []
    for part in chosen:
        print(f"measuring {part} …", flush=True)
        figures += PARTS[part]()
    print(f"\n{machine()}\n\n{table(figures)}")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"machine": machine(), "figures": [figure.__dict__ for figure in figures]}, indent=2))
    print(f"\nwritten to {OUT}")


def machine() -> str:
    """Cores, processor, memory, system and Python, in a line."""
    model = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if "model name" in line), "?")
    memory = next((int(line.split()[1]) // 2**20 for line in _lines("/proc/meminfo") if "MemTotal" in line), 0)
    return f"{os.cpu_count()} cores of {model}, {memory} GiB, Python {platform.python_version()}, {platform.system()}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


if __name__ == "__main__":
    main()
