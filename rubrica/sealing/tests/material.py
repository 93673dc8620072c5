"""PDFs, keys and orders for the tests of sealing, and the functions that the sandbox tests run in children."""

import asyncio
import hashlib
import io
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pikepdf
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from PIL import Image, ImageDraw

from rubrica.sealing.keyring.holders.file import in_memory
from rubrica.sealing.values import Appearance, Box, RefusedPdf, Seal, SealedFile, SealedParticipant, SigningKey

NOON = datetime(2026, 11, 12, 12, 0, 0, tzinfo=UTC)
A4 = (595.0, 842.0)
SHA = hashlib.sha256(b"a file").hexdigest()


def drawing(colour: str = "red") -> bytes:
    """A PNG filled with one colour, so that a stamp's image can be found again among pixels."""
    image = Image.new("RGBA", (300, 100), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((0, 0, 299, 99), fill=colour)
    output = io.BytesIO()
    image.save(output, "PNG")
    return output.getvalue()


def pdf_with(path: Path, pages: Sequence[dict[str, Any]] = ({},), **save: Any) -> Path:
    """A PDF of pages with a grey frame and a line of text; each dict adds keys to its page, None removes one."""
    with pikepdf.new() as pdf:
        font = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        )
        for number, extra in enumerate(pages, start=1):
            page = pdf.add_blank_page(page_size=A4).obj
            page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
            # The unbalanced cm must not move what is drawn after it.
            content = f"0.8 g 60 60 475 722 re f 0 g BT /F1 20 Tf 100 600 Td (Page {number} words) Tj ET 2 0 0 2 9 9 cm"
            page.Contents = pdf.make_stream(content.encode())
            for key, value in extra.items():
                if value is None:
                    del page[f"/{key}"]
                else:
                    page[f"/{key}"] = value
        pdf.save(path, **save)
    return path


def authority_and_key(name: str = "Inmobiliaria Los Andes") -> SigningKey:
    authority, private = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _builder("Test authority", "Test authority", authority.public_key())
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    leaf = _builder(name, "Test authority", private.public_key())
    leaf = leaf.add_extension(_signs_documents(), critical=True)
    return in_memory(private, leaf.sign(authority, hashes.SHA256()), (root.sign(authority, hashes.SHA256()),))


def rsa_key() -> SigningKey:
    """The same with RSA-2048, authority and all: some other libraries know nothing else."""
    return rsa_key_and_private()[0]


def rsa_key_and_private() -> tuple[SigningKey, rsa.RSAPrivateKey]:
    authority, private = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _key in range(2))
    root = _builder("Test authority", "Test authority", authority.public_key())
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    leaf = _builder("RSA", "Test authority", private.public_key()).add_extension(_signs_documents(), critical=True)
    chain = (root.sign(authority, hashes.SHA256()),)
    return in_memory(private, leaf.sign(authority, hashes.SHA256()), chain), private


def participant(*boxes: Box, name: str = "María Ñáñez", **changes: Any) -> SealedParticipant:
    person = SealedParticipant(
        name=name,
        email="maria@example.com",
        acted_at=NOON,
        ip="190.24.10.1",
        user_agent="Mozilla/5.0",
        checks=("otp", "photo"),
        consent="Acepto firmar.",
        reference="REF-1",
        appearance=Appearance(drawing()),
        boxes=boxes,
    )
    return replace(person, **changes)


def order_for(source: Path, *people: SealedParticipant, **changes: Any) -> Seal:
    files = (SealedFile("María Ñáñez", "Cédula", "cedula.jpg", 123456, SHA, NOON, "Ana", NOON, "approved"),)
    order = Seal(
        document_name="Contrato",
        document_code="CODE1",
        document_sha256=hashlib.sha256(source.read_bytes()).hexdigest(),
        process_id="PACK1",
        process_name="Arriendo",
        finished_at=NOON,
        sealed_at=NOON + timedelta(seconds=3),
        organization="Inmobiliaria Los Andes",
        participants=people,
        files=files,
        verify_url="https://firma.example.com/verify",
    )
    return replace(order, **changes)


def sign_as_stranger(source: Path, target: Path, *, certify: bool = False, field: str = "Stranger") -> None:
    """An ordinary signature by somebody else's key, as a document may arrive with."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

    signer = PdfSigner(
        PdfSignatureMetadata(field_name=field, certify=certify, md_algorithm="sha256"),
        signer=_pyhanko_signer(authority_and_key("Stranger")),
    )
    with source.open("rb") as file, target.open("w+b") as output:
        asyncio.run(signer.async_sign_pdf(IncrementalPdfFileWriter(file, strict=False), output=output))


def _pyhanko_signer(key: SigningKey) -> Any:
    from asn1crypto import algos
    from asn1crypto import x509 as asn1_x509
    from pyhanko.sign.signers.pdf_cms import Signer
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    class KeySigner(Signer):
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            return key.sign(data)

    store = SimpleCertificateStore()
    store.register_multiple(asn1_x509.Certificate.load(item.public_bytes(Encoding.DER)) for item in key.chain)
    return KeySigner(
        signing_cert=asn1_x509.Certificate.load(key.certificate.public_bytes(Encoding.DER)),
        cert_registry=store,
        signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
    )


def bomb() -> bytes:
    """A PDF of about a kilobyte whose page content unpacks through three deflate layers to 10 GB."""
    import zlib

    packer = zlib.compressobj(9)
    first, again = (packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH) for _time in range(2))
    inner = first + again * (10 * 1024)
    data = zlib.compress(zlib.compress(inner, 9), 9)
    body = b"<</Length %d/Filter[/FlateDecode/FlateDecode/FlateDecode]>>stream\n" % len(data) + data + b"\nendstream"
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
                    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>", body])  # fmt: skip


def raw_pdf(objects: Sequence[bytes]) -> bytes:
    """A file of these objects, numbered from 1, the first being the catalog."""
    data = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(data)


def _builder(
    subject: str, issuer: str, public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey
) -> x509.CertificateBuilder:
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (subject, issuer)]
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
    )


def _signs_documents() -> x509.KeyUsage:
    return x509.KeyUsage(True, True, False, False, False, False, False, False, False)


# ------------------------------------------------------------ run in children


def add(first: int, second: int) -> int:
    return first + second


def has_loaded(name: str) -> bool:
    return name in sys.modules


def refuse() -> None:
    raise RefusedPdf("PDF_EMPTY", "The PDF has no pages.")


def stumble() -> None:
    raise KeyError("an engine's own mistake")


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def sleep_on() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)  # as taken-over code would
    time.sleep(60)


def spin() -> None:
    while True:
        pass


def hog() -> int:
    return len(bytearray(4 << 30))


def write_much(path: str) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    Path(path).write_bytes(bytes(4 << 20))


def environment() -> list[str]:
    return sorted(os.environ)


class Stranger:
    """Not a value of ours: an answer with it must not be believed."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch /tmp/taken-over",)


def answer_with_code() -> Stranger:
    return Stranger()
