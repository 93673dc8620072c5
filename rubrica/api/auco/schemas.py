"""The bodies of the Auco dialect, field by field as in contract/auco.md §3.1 and §7."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.core.validators import validate_email
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints

from rubrica.web.text import is_one_line, is_storable

MAX_PARTICIPANTS = 500
MAX_FILES = 100  # of one participant
MAX_POSITIONS = 500  # of one participant
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
Moment = Annotated[datetime, BeforeValidator(_moment)]
Whole = Annotated[int, BeforeValidator(_whole), Field(strict=True)]
Order = Annotated[int, BeforeValidator(_digits), BeforeValidator(_whole), Field(strict=True, ge=0, le=10_000)]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Points = Annotated[float, Field(gt=0, le=14_400, allow_inf_nan=False)]


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
    page: Annotated[Whole, Field(ge=1, le=MAX_PAGES)]
    x: Fraction
    y: Fraction
    w: Points
    h: Points


class AskedFile(Wire):
    name: Name
    optional: StrictBool = False


class SignProfile(Wire):
    name: Name
    email: Email
    phone: Phone
    role: Literal["SIGNER", "APPROVER"] = "SIGNER"
    order: Order | None = None
    label: StrictBool | None = None
    position: Annotated[list[Position], Field(max_length=MAX_POSITIONS)] | None = None
    type: Annotated[Type, BeforeValidator(_one_of_list)] | None = None
    camera: StrictBool | None = None
    otpCode: StrictBool | None = None
    options: Options | None = None
    both: StrictBool | None = None
    notification: Any = None
    files: Annotated[list[AskedFile], Field(max_length=MAX_FILES)]


class AttachmentsIn(Wire):
    email: Email
    packageName: Line
    name: Line | None = None
    message: Text
    subject: Line
    file: str | None = None
    compress: StrictBool = False
    document: str | None = None
    folder: str | None = None
    remember: Whole | None = None
    expiredDate: Moment | None = None
    camera: StrictBool = False
    otpCode: StrictBool = False
    options: Options | None = None
    notification: StrictBool = True
    signProfile: Annotated[list[SignProfile], Field(min_length=1, max_length=MAX_PARTICIPANTS)]


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
