"""The bodies of the Auco dialect, field by field as in contract/auco.md §3.1 and §7."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.core.validators import validate_email
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints

MAX_PARTICIPANTS = 500
MAX_FILES = 100  # of one participant
MAX_POSITIONS = 500  # of one participant


def _storable(value: str) -> str:
    """PostgreSQL keeps no NUL, and a lone half of a surrogate pair is no character at all."""
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError("The text has characters that cannot be stored.")
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


def _phone(value: str) -> str:
    return value.translate({ord(letter): None for letter in " -()."})


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), AfterValidator(_storable)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_storable)]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), AfterValidator(_storable)
]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(_storable), AfterValidator(_email)
]
Phone = Annotated[str, AfterValidator(_phone), StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
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
    page: Whole
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
    type: Annotated[Name, BeforeValidator(_one_of_list)] | None = None
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
    expiredDate: datetime | None = None
    camera: StrictBool = False
    otpCode: StrictBool = False
    options: Options | None = None
    notification: StrictBool = True
    signProfile: Annotated[list[SignProfile], Field(min_length=1, max_length=MAX_PARTICIPANTS)]


class ReviewIn(Wire):
    """Our own addition, contract/own.md §3."""

    package: str
    userId: str
    file: str
    decision: Literal["approve", "reject", "reset"]
    reason: Annotated[str, StringConstraints(max_length=2000), AfterValidator(_storable)] = ""


class UploadUrlIn(Wire):
    """Our own addition, contract/own.md §3."""

    code: str
