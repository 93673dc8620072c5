"""The bodies of the identity services, field by field as in contract/auco.md §12."""

from typing import Annotated, Literal

from pydantic import AliasChoices, Field, StringConstraints

from rubrica.api.auco.schemas import Creation, Custom, Email, Name, Phone, Type, Wire

MAX_PICTURE = 14_000_000  # characters: 10 MB in base64
Picture = Annotated[str, StringConstraints(min_length=1, max_length=MAX_PICTURE)]
CheckName = Literal["photo", "identification", "identificationBack"]


class Claimed(Wire):
    """Whose card it is said to be. ``type`` is the kind of card."""

    country: Type
    type: Type
    identification: Type


class IdentityIn(Creation):
    platform: Literal["whatsapp", "web"]
    name: Name
    phone: Phone | None = None
    country: Type
    type: Type
    identification: Type
    userEmail: Email | None = None
    custom: Custom | None = None
    tags: Annotated[list[Type], Field(max_length=100)] = []
    targetWebhooks: Annotated[
        list[Type], Field(max_length=20, validation_alias=AliasChoices("targetWebhooks", "webhooks"))
    ] = []
    validationTypes: Annotated[list[CheckName], Field(min_length=1, max_length=3)] | None = None


class VerifaceQuery(Wire):
    code: Annotated[str, StringConstraints(min_length=16, max_length=16)]


class CheckIn(Claimed):
    image: Picture


class ValidateIn(Claimed):
    documentImage: Picture
    photo: Picture
