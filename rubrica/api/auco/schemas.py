"""The bodies of the Auco dialect, field by field as in contract/auco.md §3.1 and §7."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.core.validators import validate_email
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
)

from rubrica.processes.fields import MAX_LETTERS
from rubrica.sealing.values import FieldKind
from rubrica.web.objects import storable
from rubrica.web.text import is_one_line, is_storable

MAX_PARTICIPANTS = 500
MAX_FILES = 100  # of one participant
MAX_POSITIONS = 500  # of one participant
MAX_READERS = 100
MAX_DOCUMENTS = 100  # of one package
MAX_VARIABLES = 1000  # answers to the questions of one template
MAX_VALUE = 12 * 1024 * 1024  # characters; a picture of 8 MB as a data URI
MAX_CODES = 1000  # in one call that cancels
MAX_PAGES = 5000  # what sealing takes


def _storable(value: str) -> str:
    if not is_storable(value):
        raise ValueError("The text has characters that cannot be stored.")
    return value


def _one_line(value: str) -> str:
    if not is_one_line(value):
        raise ValueError("This must be one line without control characters.")
    return value


def _email(value: str) -> str:
    try:
        validate_email(value)
    except Exception:
        raise ValueError("This is not an e-mail address.") from None
    return value


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _digits(value: object) -> object:
    """``order`` is a String in the contract, and numbers are sent as well."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 6 else value


def _one_of_list(value: object) -> object:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _none_of_empty(value: object) -> object:
    return None if value == "" else value


def _moment(value: object) -> object:
    """A JSON Date is a text; pydantic would take numbers as seconds since 1970 too."""
    try:
        return datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError("This must be a date such as 2030-01-31T12:00:00.000Z.") from None


def _phone(value: str) -> str:
    return value.translate({ord(letter): None for letter in " -()."})


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), AfterValidator(_one_line)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_one_line)]
Type = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_one_line)]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), AfterValidator(_storable)
]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(_storable), AfterValidator(_email)
]
Phone = Annotated[str, AfterValidator(_phone), StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
Reference = Annotated[str, StringConstraints(max_length=300), AfterValidator(_storable)]
Custom = Annotated[dict[str, Any], AfterValidator(storable)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Whole = Annotated[int, BeforeValidator(_whole), Field(strict=True)]
Order = Annotated[int, BeforeValidator(_digits), BeforeValidator(_whole), Field(strict=True, ge=0, le=10_000)]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Points = Annotated[float, Field(gt=0, le=14_400, allow_inf_nan=False)]
Language = Literal["es", "en", "pt"]  # of a participant's page and messages; our own


class Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Options(Wire):
    """Settings of the identity checks. ``video``, ``flow`` and the old spelling of the card's back are accepted."""

    camera: Literal["identification", "photo"] | None = None
    otpCode: Literal["phone", "email", "whatsapp"] | None = None
    whatsapp: StrictBool = False
    both: StrictBool = False
    identificationCardBack: StrictBool = False
    identificationCardback: StrictBool = False
    video: StrictBool = False
    flow: StrictBool = False


class Position(Wire):
    """Where to sign; ``kind``, ``name``, ``required`` and ``maxLength`` are ours, for fields to fill in."""

    page: Annotated[Whole, Field(ge=1, le=MAX_PAGES)]
    x: Fraction
    y: Fraction
    w: Points
    h: Points
    kind: FieldKind = "signature"
    name: Type | None = None
    required: StrictBool = True
    maxLength: Annotated[Whole, Field(ge=1, le=MAX_LETTERS)] | None = None


class AskedFile(Wire):
    name: Name
    optional: StrictBool = False


class Signer(Wire):
    """A participant as ``/document/upload`` takes them (§5.1); ``label`` as a text means what ``true`` means.

    ``files`` are for ``/attachments``; here they are refused, so that nobody waits for what was never asked.
    """

    name: Name
    email: Email
    phone: Phone | None = None
    language: Language | None = None
    role: Literal["SIGNER", "APPROVER"] = "SIGNER"
    order: Order | None = None
    label: StrictBool | Type | None = None
    position: Annotated[list[Position], Field(max_length=MAX_POSITIONS)] | None = None
    type: Annotated[Type, BeforeValidator(_one_of_list)] | None = None
    camera: StrictBool | None = None
    otpCode: StrictBool | None = None
    options: Options | None = None
    both: StrictBool | None = None
    notification: StrictBool | None = None
    identification: Type | None = None
    identificationType: Type | None = None
    country: Type | None = None
    files: Any = None


class SignProfile(Signer):
    """A participant as ``/attachments`` takes them (§3.1)."""

    phone: Phone
    label: StrictBool | None = None
    notification: Any = None
    files: Annotated[list[AskedFile], Field(max_length=MAX_FILES)]


class PackageSigner(Wire):
    """A participant of one document of a package (§6). What is set for the whole package is refused by its own word."""

    name: Name
    email: Annotated[Email | None, BeforeValidator(_none_of_empty)] = None
    phone: Phone | None = None
    language: Language | None = None
    label: StrictBool | Type | None = None
    position: Annotated[list[Position], Field(max_length=MAX_POSITIONS)] | None = None
    type: Annotated[Type, BeforeValidator(_one_of_list)] | None = None
    notification: StrictBool | None = None
    identification: Type | None = None
    identificationType: Type | None = None
    country: Type | None = None
    camera: Any = None
    otpCode: Any = None
    options: Any = None
    role: Any = None
    order: Any = None


class Reader(Wire):
    name: Name
    email: Email


class Variable(Wire):
    """The answer to a question of a template."""

    key: Type
    value: Annotated[str, StringConstraints(max_length=MAX_VALUE), AfterValidator(_storable)]


class Creation(Wire):
    """What every call that starts a process may say of it as a whole."""

    email: Email
    message: Text | None = None
    subject: Line | None = None
    folder: Line | None = None
    remember: Whole | None = None
    expiredDate: Moment | None = None
    camera: StrictBool = False
    otpCode: StrictBool = False
    options: Options | None = None
    notification: StrictBool = True


class Routed(Creation):
    """Who hears of it, and how it is filed (§5.1, §5.2, §6); ``webhooks`` is an older name.

    The contract does not know these of ``/attachments``, whose events are routed like all others (own.md §3).
    """

    readers: Annotated[list[Reader], Field(max_length=MAX_READERS)] = []
    tags: Annotated[list[Type], Field(max_length=100)] = []
    custom: Custom | None = None
    targetWebhooks: Annotated[
        list[Type], Field(max_length=20, validation_alias=AliasChoices("targetWebhooks", "webhooks"))
    ] = []
    signatures: Literal["one", "each"] = "one"  # our own addition, docs/api-auco.md "Signer by signer"


class Addressed(Routed):
    name: Line


class AttachmentsIn(Routed):
    packageName: Line
    name: Line | None = None
    message: Text
    subject: Line
    file: str | None = None
    compress: StrictBool = False
    document: Reference | None = None
    signProfile: Annotated[list[SignProfile], Field(min_length=1, max_length=MAX_PARTICIPANTS)]


class UploadIn(Addressed):
    """``code`` sends anew what is in edition (§5.9)."""

    code: Reference | None = None
    file: str | None = None
    compress: StrictBool = False
    document: Reference | None = None
    signProfile: Annotated[list[Signer], Field(min_length=1, max_length=MAX_PARTICIPANTS)]


class PackageDocument(Wire):
    name: Line | None = None
    signProfile: Annotated[list[PackageSigner], Field(max_length=MAX_PARTICIPANTS)] = []
    document: Reference | None = None
    data: Annotated[list[Variable], Field(max_length=MAX_VARIABLES)] = []


class ManyIn(Addressed):
    """``package`` sends anew what is in edition; ``document`` and ``data`` hold for the documents without their own."""

    package: Reference | None = None
    document: Reference | None = None
    data: Annotated[list[Variable], Field(max_length=MAX_VARIABLES)] = []
    documents: Annotated[list[PackageDocument], Field(max_length=MAX_DOCUMENTS)]


class ReminderIn(Wire):
    code: Reference


class PackageReminderIn(Wire):
    package: Reference


class CancelIn(Wire):
    codes: Annotated[list[Reference], Field(min_length=1, max_length=MAX_CODES)]
    message: Text
    email: Email


class ReactivateIn(Wire):
    code: Reference | None = None
    package: Reference | None = None
    email: Email


class HoldIn(Wire):
    reason: Text


class RoadmapQuery(Wire):
    """Nine characters are the code of a contract (§1.2)."""

    code: Annotated[str, StringConstraints(min_length=9, max_length=10)]


class EditIn(Wire):
    code: Reference | None = None
    package: Reference | None = None


class ReviewIn(Wire):
    """Our own addition, contract/own.md §3."""

    package: Reference
    userId: Reference
    file: Reference
    decision: Literal["approve", "reject", "reset"]
    reason: Annotated[str, StringConstraints(max_length=2000), AfterValidator(_storable)] = ""


class UploadUrlIn(Wire):
    """Our own addition, contract/own.md §3."""

    code: Reference
