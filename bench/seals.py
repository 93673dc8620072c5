"""A whole seal against its floor: one read, SHA-256 of every byte, one signature, one write."""

import contextlib
import hashlib
import io
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import psutil
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from bench.figures import Figure

ROUNDS = 20


def measure() -> list[Figure]:
    figures = []
    for name, content, goal in (
        ("seal, 30 pages", document(30), "≤ 5 ms (issue 4)"),
        ("seal, 20 MB scan", document(22, 20_000_000), "≤ 1.3 × floor (issue 4)"),
    ):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "source.pdf"
            source.write_bytes(content)
            ours = mean(sealing(source))
            figures.append(Figure(f"{name}, CPU", ours, "ms", goal, mean(floor(source)), "read, hash, RSA, write"))
    return figures


def sealing(source: Path) -> Callable[[], None]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rubrica.settings")
    os.environ.setdefault("RUBRICA_DATA_DIR", tempfile.mkdtemp(prefix="rubrica-bench-"))
    django.setup()
    from bench.seal_order import order
    from rubrica.sealing.seal import seal
    from rubrica.sealing.tests.material import authority_and_key

    target, digest = source.with_name("sealed.pdf"), hashlib.sha256(source.read_bytes()).hexdigest()
    signer, what = authority_and_key(), order(digest, datetime.now(UTC))

    def run() -> None:
        seal(source, target, what, signer)

    return run


def floor(source: Path) -> Callable[[], None]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    target = source.with_name("floor.pdf")

    def run() -> None:
        content = source.read_bytes()
        digest = hashlib.sha256(content).digest()
        signature = key.sign(digest, padding.PKCS1v15(), hashes.SHA256())
        target.write_bytes(content + signature)

    return run


def mean(run: Callable[[], None]) -> float:
    """Milliseconds of CPU a run, of this process and everything it started; the system counts in steps of 10 ms."""
    run()
    before = _cpu()
    for _ in range(ROUNDS):
        run()
    time.sleep(0.2)  # the children's time counts once they have ended
    return (_cpu() - before) / ROUNDS * 1000


def _cpu() -> float:
    """Seconds, with those of the sandbox: its fork server runs beside, and its children have ended."""
    total = 0.0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def document(pages: int, size: int = 0) -> bytes:
    """A PDF of so many pages whose images fill it up to about ``size`` bytes."""
    pdf = pikepdf.new()
    for number in range(pages):
        page = pdf.add_blank_page(page_size=(595, 842))
        text = f"BT /F1 12 Tf 72 700 Td (Page {number}) Tj ET".encode()
        if size:
            image = pdf.make_stream(os.urandom(size // pages))
            image.Type, image.Subtype, image.Filter = pikepdf.Name.XObject, pikepdf.Name.Image, pikepdf.Name.DCTDecode
            image.Width, image.Height, image.ColorSpace, image.BitsPerComponent = 1, 1, pikepdf.Name.DeviceGray, 8
            page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
        page.Contents = pdf.make_stream(text)
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()
