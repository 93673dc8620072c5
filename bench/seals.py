"""A seal and what belongs to it against floors and peers, each in fresh processes, the rounds interleaved."""

import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pikepdf

from bench.figures import Figure
from bench.seal_inputs import document, page_of_text, scan
from rubrica.sealing.sandbox import ALLOCATOR

ROUNDS = 3
PEERS = Path(__file__).parent / "peers"
CONFINED = {"check", "intake", "save", "preview", "verify", "verify-ours"}  # in the sandbox; and a floor
FLOOR = "read, hash, RSA, write, fsync"


@dataclass(frozen=True)
class Row:
    """One figure: a pipeline and what it is compared with, on one input."""

    name: str
    pipeline: str
    source: str
    goal: str
    other: str = ""
    other_name: str = ""


ROWS = (
    Row("seal, 30 pages", "seal", "p30", "≤ 5 ms", "floor", FLOOR),
    Row("seal, 200 pages of 4.8 MB", "seal", "p200", "≤ 15 ms", "floor", FLOOR),
    Row("seal, scan of 20 MB", "seal", "scan20", "≤ 1.3 × floor", "floor", FLOOR),
    Row("seal, scan of 101 MB", "seal", "scan101", "≤ 1.3 × floor", "floor", FLOOR),
    Row("self-check, 30 pages", "check", "p30", "≤ 1 × the seal + 5 ms", "seal", "the seal"),
    Row("self-check, scan of 101 MB", "check", "scan101", "≤ 1 × the seal + 5 ms", "seal", "the seal"),
    Row("evidence pages and stamps, each time of another process", "evidence", "p30", "≤ 10 ms"),
    Row("evidence pages and stamps, next document of a process", "evidence-again", "p30", "≤ 10 ms"),
    Row("seal with evidence, 30 pages, in the caller", "whole", "p30", "–"),
    Row("intake, 200 pages of 4.8 MB", "intake", "p200", "≤ 3 × one save", "save", "one qpdf save"),
    Row("preview of a page of text", "preview", "text", "≤ 15 ms"),
    Row("preview of a scan", "preview", "scan", "≤ 40 ms"),
)


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        sources = inputs(Path(folder))
        wanted = dict.fromkeys(
            [(row.pipeline, row.source) for row in ROWS]
            + [(row.other, row.source) for row in ROWS if row.other]
            + [("memory", "scan101")]
            + [(peer, source) for peer in peers() for source in ("p30", "p200", "scan20", "scan101")]
        )
        taken: dict[tuple[str, str], list[dict[str, float]]] = {pair: [] for pair in wanted}
        for _round in range(ROUNDS):
            for pipeline, source in taken:
                taken[pipeline, source].append(run(pipeline, sources[source]))
    return list(figures(taken))


def figures(taken: dict[tuple[str, str], list[dict[str, float]]]) -> Iterator[Figure]:
    def median(pipeline: str, source: str, what: str = "ms") -> float:
        return statistics.median(found[what] for found in taken[pipeline, source])

    for row in ROWS:
        other = median(row.other, row.source) if row.other else None
        yield Figure(f"{row.name}, CPU", median(row.pipeline, row.source), "ms", row.goal, other, row.other_name)
        if row.pipeline == "seal":
            for peer in peers():
                name = f"{row.name.replace('seal', f'seal by {peer}')}, CPU"
                yield Figure(name, median(peer, row.source), "ms", "–", median("seal", row.source), "our seal")
    grown = median("memory", "scan101", "grown_mb")
    yield Figure("memory that a seal of 101 MB adds", grown, "MB", "≤ 32 MB")


def peers() -> list[str]:
    """Those installed in ``bench/peers``: ``npm ci --prefix bench/peers``."""
    if shutil.which("node", path=_path()) is None or not (PEERS / "node_modules").is_dir():
        return []
    return ["libpdf", "pdf-lib"]


def run(pipeline: str, source: Path) -> dict[str, float]:
    if pipeline in peers():
        command = ["node", str(PEERS / "seal.mjs"), pipeline, str(source)]
    else:
        command = [sys.executable, "-m", "bench.seal_runs", pipeline, str(source)]
    environment = {**os.environ, "PATH": _path()} | (ALLOCATOR if pipeline in CONFINED else {})
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    found: dict[str, float] = json.loads(said.strip().splitlines()[-1])
    return found


def _path() -> str:
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def inputs(folder: Path) -> dict[str, Path]:
    made = {
        "p30": document(30, 100_000),
        "p200": document(200, 4_800_000),
        "scan20": document(22, 20_000_000),
        "scan101": document(110, 101_000_000),
        "text": page_of_text(),
        "scan": scan(),
    }
    paths = {name: folder / f"{name}.pdf" for name in made}
    for name, content in made.items():
        paths[name].write_bytes(content)
    write_for_peers(folder)
    return paths


def write_for_peers(folder: Path) -> None:
    """What they are given beside the document: a key, a drawing, and the same evidence pages."""
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
    from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

    from bench.seal_order import order
    from rubrica.sealing.tests.material import rsa_key_and_private
    from rubrica.sealing.typeset.evidence import typeset
    from tools import sample

    key, private = rsa_key_and_private()
    secret = BestAvailableEncryption(b"bench")
    (folder / "peers.p12").write_bytes(
        serialize_key_and_certificates(b"bench", private, key.certificate, key.chain, secret)
    )
    (folder / "signature.png").write_bytes(sample.signature())
    made = typeset(order("0" * 64, datetime.now(UTC)), None)
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        del pdf.pages[: made.stamps]
        pdf.save(folder / "evidence.pdf")
