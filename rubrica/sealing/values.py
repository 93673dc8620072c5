"""What goes into sealing and what comes out: plain values, no database and no PDF engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

Role = Literal["signer", "approver", "reader"]
Decision = Literal["approved", "rejected", ""]
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
    """The PDF cannot be taken in: PDF_INVALID, PDF_EMPTY, PDF_ENCRYPTED or PDF_TOO_LARGE."""


class RefusedImage(Refusal):
    """The signature image cannot be used: IMAGE_INVALID, IMAGE_TOO_LARGE or IMAGE_EMPTY."""


class SealFailed(Refusal):
    """The document could not be sealed; nothing was left at the target."""


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

    ``kind`` is a word of the evidence's table (otp, photo, identification, identificationBack, video) or a text.
    """

    kind: str
    at: datetime | None = None
    result: str = ""


@dataclass(frozen=True)
class SealedParticipant:
    """A person of the process as the evidence names them; times are aware datetimes."""

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
class Seal:
    """One order to seal one document.

    ``document_sha256`` is the digest of the file the participants read; ``original_sha256`` that of the file as it was
    sent, where making it ready changed it.
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
    verify_url: str = ""
    original_sha256: str = ""


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
    """A loaded key with its certificate and the certificates above it, the leaf's issuer first."""

    private_key: EllipticCurvePrivateKey | RSAPrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
