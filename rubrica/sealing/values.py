"""What goes into sealing and what comes out: plain values, no database and no PDF engine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

Role = Literal["signer", "approver", "reader", "deliverer", "subject"]
Decision = Literal["approved", "rejected", ""]
FieldKind = Literal["signature", "initials", "date", "text", "checkbox"]
Level = Literal["B-B", "B-T", "B-LT", "B-LTA"]


class Refusal(Exception):
    """A foreseen refusal: ``code`` is for programs, ``detail`` an English sentence that gettext can translate."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class RefusedPdf(Refusal):
    """The PDF cannot be taken in: PDF_INVALID, PDF_EMPTY, PDF_ENCRYPTED, PDF_TOO_LARGE, PDF_ACTIVE."""


class RefusedImage(Refusal):
    """The signature image cannot be used: IMAGE_INVALID, IMAGE_TOO_LARGE or IMAGE_EMPTY."""


class SealFailed(Refusal):
    """The document could not be sealed; nothing was left at the target."""


class KeyUnusable(Exception):
    """The organization's key cannot seal now, so nothing is promised that needs it (SIGNING_KEY_UNUSABLE).

    ``reason``: KEY_LOCKED, KEY_EXPIRED or KEY_UNREACHABLE. The sentence says what to do.
    """

    code = "SIGNING_KEY_UNUSABLE"

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason, self.sentence = reason, sentence


class SandboxError(Refusal):
    """The child process died or answered nonsense: SANDBOX_CRASHED."""


class SandboxTimeout(SandboxError):
    """The child process used up its time: SANDBOX_TIMEOUT."""


@dataclass(frozen=True)
class Box:
    """Where a signature goes (contract/auco.md §8): page from 1; x, y the far corner, 0..1; w, h in points."""

    page: int
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Field(Box):
    """A box with what goes into it; a box of no other kind is for a signature. ``max_length``: letters of a text."""

    kind: FieldKind = "signature"
    name: str = ""
    required: bool = True
    max_length: int | None = None


@dataclass(frozen=True)
class FilledField(Field):
    """As its participant left it: None is empty, and initials that were drawn have no letters.

    ``document`` is the code of its document where that is not the one that is sealed.
    """

    value: str | None = None
    document: str = ""


@dataclass(frozen=True)
class PageSize:
    """A page as displayed, in points: after CropBox, /Rotate and UserUnit."""

    width: float
    height: float


@dataclass(frozen=True)
class Inspection:
    """What intake needs to know of a PDF. ``warnings`` holds codes of ``inspect.WARNINGS``."""

    pages: tuple[PageSize, ...]
    signatures: int
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Word:
    """A word of a page; the box in fractions of the displayed page, origin top-left, x and y its near corner."""

    text: str
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Appearance:
    """How a signature looks: a PNG from ``clean_signature_image``, or a typed text."""

    image: bytes | None = None
    text: str = ""


@dataclass(frozen=True)
class SealedCheck:
    """One check of who somebody is: what was asked, when it was settled and how, in words of the process's language.

    ``kind`` is a word of the evidence's table (otp, consent, photo, identification, identificationBack, video) or a
    text. ``sha256`` is that of the picture, or of the sentence that was agreed to, ``similarity`` that of the faces
    compared, ``decided_by`` the member who let it pass.
    """

    kind: str
    at: datetime | None = None
    result: str = ""
    sha256: str = ""
    similarity: float | None = None
    decided_by: str = ""


@dataclass(frozen=True)
class SealedParticipant:
    """A person of the process as the evidence names them; times are aware datetimes.

    A ``deliverer`` was asked for files and nothing else, a ``subject`` only for a proof of who they are.
    """

    name: str
    email: str
    role: Role = "signer"
    order: int = 1
    acted_at: datetime | None = None
    ip: str = ""
    user_agent: str = ""
    checks: Sequence[str | SealedCheck] = ()
    consent: str = ""
    reference: str = ""
    appearance: Appearance | None = None
    boxes: Sequence[Box] = ()
    id: str = ""
    initials: Appearance | None = None
    fields: Sequence[FilledField] = ()


@dataclass(frozen=True)
class SealedFile:
    """A file that was asked for and came in; ``size`` in bytes, ``sha256`` in hexadecimal."""

    participant: str
    slot: str
    name: str
    size: int
    sha256: str
    submitted_at: datetime | None = None
    decided_by: str = ""
    decided_at: datetime | None = None
    decision: Decision = ""


@dataclass(frozen=True)
class SealedCertificate:
    """The certificate under which is sealed, as the evidence names it; ``serial`` and ``sha256`` in hexadecimal."""

    subject: str
    issuer: str
    serial: str
    sha256: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True)
class SealedDocument:
    """A document whose evidence is apart from it: as it was read and as it was sealed; SHA-256 in hexadecimal."""

    name: str
    code: str
    sha256: str
    size: int
    sealed_sha256: str
    sealed_size: int
    original_sha256: str = ""


@dataclass(frozen=True)
class Seal:
    """One order to seal one document.

    ``document_sha256`` is the digest of the file the participants read; ``original_sha256`` that of the file as it was
    sent, where making it ready changed it. With ``is_evidence`` the document is the evidence pages themselves, as
    there is no other or none that takes more pages, and no pages are appended; ``documents`` are those others.
    ``chain_length`` and ``chain_head`` (hexadecimal) are those of the process's events when sealing began, ``ledger``
    is the latest signed root over all chains. ``level`` is aimed at.
    ``is_prepared``: the document is unsigned and its structure was written, or walked whole, by ourselves at intake.
    """

    document_name: str
    document_code: str
    document_sha256: str
    process_id: str
    process_name: str
    finished_at: datetime
    sealed_at: datetime
    language: str = "es"
    organization: str = ""
    participants: Sequence[SealedParticipant] = ()
    files: Sequence[SealedFile] = ()
    documents: Sequence[SealedDocument] = ()
    verify_url: str = ""
    original_sha256: str = ""
    document_size: int = 0
    kind: str = ""
    is_evidence: bool = False
    level: Level = "B-B"
    certificate: SealedCertificate | None = None
    chain_length: int = 0
    chain_head: str = ""
    ledger: str = ""
    is_prepared: bool = False


@dataclass(frozen=True)
class SealResult:
    """What was made: SHA-256 (hexadecimal) and bytes of the sealed file, and its pages with the evidence pages."""

    sha256: str
    size: int
    pages: int
    evidence_pages: int
    level: Level = "B-B"
    normalised: bool = False


@dataclass(frozen=True)
class SigningKey:
    """A certificate, those above it (the leaf's issuer first, the root last), and whoever signs with its key.

    ``sign`` gives the RSA PKCS #1 v1.5 or the DER-encoded ECDSA signature of the data's SHA-256; where the key lies
    outside, it may take its time and raise ``holders.base.HolderFailed``.
    """

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    sign: Callable[[bytes], bytes] = field(compare=False, repr=False)
    # Asked for a timestamp over the SHA-256 of each signature; gives its DER, or None where it got none.
    timestamper: Callable[[bytes], bytes | None] | None = field(default=None, compare=False, repr=False)

    @property
    def kind(self) -> Literal["rsa", "ec"]:
        return "ec" if isinstance(self.certificate.public_key(), EllipticCurvePublicKey) else "rsa"

    @property
    def signature_bytes(self) -> int:
        """The longest that a signature by this key can be."""
        public = self.certificate.public_key()
        if isinstance(public, EllipticCurvePublicKey):
            return 2 * ((public.key_size + 7) // 8) + 16
        return (public.key_size + 7) // 8 if isinstance(public, RSAPublicKey) else 0
