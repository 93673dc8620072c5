"""Reading and appending what raises the level of a sealed PDF, by pyHanko and so in the sandbox.

Every step only appends: the file as it was is the beginning of the new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.levels.trouble import NotRaised
from rubrica.sealing.pdf.objects import entry
from rubrica.sealing.values import Level

CHUNK = 1 << 20


@dataclass(frozen=True)
class Held:
    """What a sealed file has; everything is DER, timestamps are the document timestamps after the seal, oldest first.

    ``has_material``: a DSS after the seal has revocation data; ``is_archived``: the newest timestamp covers that.
    """

    signer: bytes
    certificates: tuple[bytes, ...]  # those in the seal and in the DSS
    signature_timestamp: bytes  # the token inside the seal, or nothing
    timestamps: tuple[bytes, ...]
    has_material: bool
    is_archived: bool

    @property
    def is_timestamped(self) -> bool:
        """A document timestamp proves the time of the seal as well as one inside it (EN 319 142-1 §6.3)."""
        return bool(self.signature_timestamp or self.timestamps)

    @property
    def level(self) -> Level:
        if not self.is_timestamped:
            return "B-B"
        if not self.has_material:
            return "B-T"
        return "B-LTA" if self.is_archived else "B-LT"


@dataclass(frozen=True)
class Material:
    """DER of certificates, revocation lists and OCSP responses."""

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.certificates or self.crls or self.ocsps)


@dataclass(frozen=True)
class Gap:
    """The digest that a document timestamp is to be over, and where in the file its angle brackets are."""

    digest: bytes
    start: int
    end: int


def read(path: str) -> Held:
    """Raises ``NotRaised`` where the file has no seal."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    with open(path, "rb") as file:
        return held_by(PdfFileReader(file, strict=False))


def held_by(reader: Any) -> Held:
    """``read`` for a file that is open already."""
    seal = seal_of(reader)
    after = timestamps_after(reader, seal)
    before = _revocations(reader.get_historical_root(seal.signed_revision))
    last = reader.get_historical_root(after[-1].signed_revision) if after else None
    carried = [item.chosen.dump() for item in seal.signed_data["certificates"]]
    return Held(
        signer=seal.signer_cert.dump(),
        certificates=(*carried, *_stored_certificates(reader)),
        signature_timestamp=_token_inside(seal.signer_info),
        timestamps=tuple(trimmed(stamp.pkcs7_content) for stamp in after),
        has_material=bool(_revocations(reader.root) - before),
        is_archived=last is not None and bool(_revocations(last) - before),
    )


def seal_of(reader: Any) -> Any:
    """The newest signature that is no timestamp; later ones would have broken it."""
    signatures = reader.embedded_regular_signatures
    if not signatures:
        raise NotRaised("LEVEL_CHECK", _("The file has no seal."))
    return signatures[-1]


def timestamps_after(reader: Any, seal: Any) -> list[Any]:
    return [stamp for stamp in reader.embedded_timestamp_signatures if stamp.signed_revision > seal.signed_revision]


def trimmed(contents: bytes) -> bytes:
    """Without the zeros that fill the gap."""
    from asn1crypto import parser

    return contents[: parser.peek(contents)]


def _revocations(root: Any) -> set[tuple[int, int]]:
    """Which objects in the DSS hold revocation data; a document that came signed may have some of its own."""
    store = entry(root, "/DSS")
    found: set[tuple[int, int]] = set()
    for kind in ("/CRLs", "/OCSPs"):
        rows: Any = (entry(store, kind) if store is not None else None) or ()
        found.update((rows.raw_get(place).idnum, rows.raw_get(place).generation) for place in range(len(rows)))
    return found


def _stored_certificates(reader: Any) -> list[bytes]:
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.errors import NoDSSFoundError

    try:
        return [certificate.dump() for certificate in DocumentSecurityStore.read_dss(reader).load_certs()]
    except NoDSSFoundError:
        return []


def _token_inside(signer: Any) -> bytes:
    from asn1crypto import core

    attributes = signer["unsigned_attrs"]
    for attribute in () if isinstance(attributes, core.Void) else attributes:
        if attribute["type"].native == "signature_time_stamp_token":
            token: bytes = attribute["values"][0].dump()
            return token
    return b""


def append_material(path: str, material: Material) -> None:
    """A revision with a DSS and nothing else."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    with open(path, "r+b") as file:
        writer = IncrementalPdfFileWriter(file, strict=False)
        _supply(writer, material)
        writer.write_in_place()


def append_timestamp(path: str, material: Material, name: str, digits: int) -> Gap:
    """A revision with a DSS, where there is something to put in it, and an empty document timestamp over all."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import SigFieldSpec
    from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
    from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp

    with open(path, "r+b") as file:
        writer = IncrementalPdfFileWriter(file, strict=False)
        if material:
            _supply(writer, material)
        steps = PdfCMSEmbedder(SigFieldSpec(name)).write_cms(name, writer)
        next(steps)
        steps.send(SigObjSetup(DocumentTimestamp(bytes_reserved=digits)))
        prepared, _output = steps.send(SigIOSetup("sha256", in_place=True, chunk_size=CHUNK))
        return Gap(prepared.document_digest, prepared.reserved_region_start, prepared.reserved_region_end)


def _supply(writer: Any, material: Material) -> None:
    """No VRI: EN 319 142-1 §5.4.2.3 leaves it out where nothing is special to one signature."""
    from asn1crypto import crl, ocsp, x509
    from pyhanko.sign.validation.dss import DocumentSecurityStore

    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,
        certs=[x509.Certificate.load(one) for one in material.certificates],
        crls=[crl.CertificateList.load(one) for one in material.crls],
        ocsps=[ocsp.OCSPResponse.load(one) for one in material.ocsps],
    )
