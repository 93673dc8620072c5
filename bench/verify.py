"""Verification of a sealed file, ours by its digest and any other in full, against one pass of SHA-256 over it."""

import tempfile
from pathlib import Path
from statistics import median

from bench import seals
from bench.figures import Figure
from bench.seal_inputs import document

ROUNDS = 3
PASS = "one hash pass"


def measure() -> list[Figure]:
    """A scan of 20 MB; fresh processes, the rounds interleaved."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "scan20.pdf"
        source.write_bytes(document(22, 20_000_000))
        taken: dict[str, list[float]] = {"hash": [], "verify-ours": [], "verify": []}
        for _round in range(ROUNDS):
            for pipeline, found in taken.items():
                found.append(seals.run(pipeline, source)["ms"])
    one = median(taken["hash"])
    ours, whole = median(taken["verify-ours"]), median(taken["verify"])
    return [
        Figure("verify a file of ours, 20 MB, by its digest, CPU", ours, "ms", "≤ 3 ×", one, PASS),
        Figure("verify any sealed file, 20 MB, CPU", whole, "ms", "≤ 5 × + 30 ms", one, PASS),
    ]
