"""One pipeline on one file in a process of its own: the median CPU of some rounds, in milliseconds, as JSON."""

import gc
import hashlib
import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

Run = Callable[[], object]
WARM_UP = 3
ROUNDS = 9


def main(pipeline: str, source: Path) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rubrica.settings")
    with tempfile.TemporaryDirectory(prefix="rubrica-bench-") as folder:
        os.environ.setdefault("RUBRICA_DATA_DIR", f"{folder}/data")
        django.setup()
        run = PIPELINES[pipeline](source, Path(folder))
        for _round in range(WARM_UP):
            run()
        took = [_milliseconds(run) for _round in range(ROUNDS)]
        grown = _growth(run) if pipeline == "memory" else 0
    print(json.dumps({"ms": statistics.median(took), "grown_mb": grown}))


def _milliseconds(run: Run) -> float:
    gc.collect()
    started = _cpu()
    run()
    return (_cpu() - started) * 1000


def _cpu() -> float:
    """Seconds of this process and of the children it has waited for."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def floor(source: Path, folder: Path) -> Run:
    """One read, SHA-256, one RSA-2048 signature, one write."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def run() -> None:
        content = source.read_bytes()
        digest = hashlib.sha256(content).digest()
        signature = key.sign(digest, padding.PKCS1v15(), hashes.SHA256())
        with (folder / "floor.pdf").open("wb") as file:
            file.write(content)
            file.write(signature)
            file.flush()
            os.fsync(file.fileno())

    return run


def sealing(source: Path, folder: Path) -> Run:
    """Stamps, two evidence pages, manifest and an RSA-2048 seal; the pages are set beforehand, as for the peers."""
    from bench.seal_order import order
    from rubrica.sealing.tests.material import rsa_key
    from rubrica.sealing.typeset.evidence import typeset
    from rubrica.sealing.writing.cms import reserved_digits
    from rubrica.sealing.writing.manifest import manifest
    from rubrica.sealing.writing.seal import _by_us, _sign
    from rubrica.sealing.writing.work import Work

    now = datetime.now(UTC)
    what, key, target = order(_digest(source), now), rsa_key(), folder / "sealed.pdf"
    pages = typeset(what, None)

    def run() -> None:
        shutil.copyfile(source, target)
        work = Work(
            what.document_sha256, pages.pdf, pages.stamps, pages.placements, manifest(what), now, "bench",
            reserved_digits(key), is_prepared=True,
        )  # fmt: skip
        _sign(target, _by_us(target, work), key)

    return run


def whole(source: Path, folder: Path) -> Run:
    """All that ``seal`` does in the caller, the evidence pages too; the child that checks is another row."""
    from bench.seal_order import order
    from rubrica.sealing.tests.material import rsa_key
    from rubrica.sealing.writing.seal import seal

    key = rsa_key()
    what = replace(order(_digest(source), datetime.now(UTC)), is_prepared=True)
    return lambda: seal(source, folder / "sealed.pdf", what, key)


def checking(source: Path, folder: Path) -> Run:
    from bench.seal_order import order
    from rubrica.sealing.tests.material import rsa_key
    from rubrica.sealing.writing import seal as seal_module
    from rubrica.sealing.writing.selfcheck import Expected, check

    asked: list[Expected] = []
    target = folder / "sealed.pdf"

    def overheard(work: Path, expected: Expected) -> str:
        asked.append(expected)
        return check(str(work), expected)

    seal_module._checked = overheard
    seal_module.seal(source, target, order(_digest(source), datetime.now(UTC)), rsa_key())
    return lambda: check(str(target), asked[0])


def evidence(source: Path, folder: Path) -> Run:
    """The pages of a process after those of others: nothing is the same but the words of the form."""
    from bench.seal_order import order
    from rubrica.sealing.typeset.evidence import typeset

    now = datetime.now(UTC)
    waiting = cycle([order(os.urandom(32).hex(), now, number) for number in range(WARM_UP + ROUNDS)])
    return lambda: typeset(next(waiting), source.stat().st_size)


def evidence_again(source: Path, folder: Path) -> Run:
    """The pages of the next document of the same process: its people, names and drawings were just set."""
    from bench.seal_order import order
    from rubrica.sealing.typeset.evidence import typeset

    what = order("", datetime.now(UTC))
    return lambda: typeset(replace(what, document_sha256=os.urandom(32).hex()), source.stat().st_size)


def intake(source: Path, folder: Path) -> Run:
    """Look for what is active or ambiguous, write anew with a page of signatures, and draw the first page."""
    from rubrica.sealing.intake.prepare import Task, prepare_here
    from rubrica.sealing.intake.render import render_here
    from rubrica.sealing.typeset.signature_page import signature_pages

    target = str(folder / "shown.pdf")
    pages = signature_pages(["Ana", "Luis"], "es", "Contrato")

    def run() -> None:
        prepared = prepare_here(Task(str(source), target, (), (0, 1), pages))
        assert prepared.changed
        render_here(target, 1, 1000)

    return run


def saving(source: Path, folder: Path) -> Run:
    """One stream-preserving qpdf save."""
    import pikepdf

    from rubrica.sealing.intake.rewrite import save

    def run() -> None:
        with pikepdf.open(source) as pdf:
            save(pdf, str(folder / "saved.pdf"))

    return run


def preview(source: Path, folder: Path) -> Run:
    from rubrica.sealing.intake.render import render_here

    return lambda: render_here(str(source), 1, 1000)


def verifying(source: Path, folder: Path) -> Run:
    """Any sealed file: its bytes are hashed once, for its signature."""
    from rubrica.sealing.verification.verify import verify_here

    target, roots = _sealed(source, folder)
    return lambda: verify_here(str(target), roots)


def verifying_ours(source: Path, folder: Path) -> Run:
    """A file that was given out here: its bytes are hashed once, to look it up among those; its signature is read."""
    from rubrica.sealing.verification.verify import verify_here

    target, roots = _sealed(source, folder)

    def run() -> None:
        _digest(target)
        verify_here(str(target), roots, (), True)

    return run


def _sealed(source: Path, folder: Path) -> tuple[Path, list[bytes]]:
    """The file, and the authority above its seal."""
    from cryptography.hazmat.primitives.serialization import Encoding

    from bench.seal_order import order
    from rubrica.sealing.tests.material import rsa_key
    from rubrica.sealing.writing.seal import seal

    key, target = rsa_key(), folder / "sealed.pdf"
    seal(source, target, order(_digest(source), datetime.now(UTC)), key)
    return target, [item.public_bytes(Encoding.DER) for item in key.chain]


def hashing(source: Path, folder: Path) -> Run:
    return lambda: _digest(source)


PIPELINES: dict[str, Callable[[Path, Path], Run]] = {
    "floor": floor,
    "seal": sealing,
    "memory": sealing,
    "whole": whole,
    "check": checking,
    "evidence": evidence,
    "evidence-again": evidence_again,
    "intake": intake,
    "save": saving,
    "preview": preview,
    "verify": verifying,
    "verify-ours": verifying_ours,
    "hash": hashing,
}


def _digest(source: Path) -> str:
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _growth(run: Run) -> float:
    """By how many megabytes the memory that no file stands behind rises at most while ``run`` is at work."""
    before, highest, done = _anonymous(), 0.0, threading.Event()

    def watch() -> None:
        nonlocal highest
        while not done.wait(0.001):
            highest = max(highest, _anonymous())

    watcher = threading.Thread(target=watch)
    watcher.start()
    run()
    done.set()
    watcher.join()
    return max(0.0, highest - before)


def _anonymous() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1024


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
