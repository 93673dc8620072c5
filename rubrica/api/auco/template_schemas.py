"""The bodies of the calls for templates and for documents that are made from them (contract/auco.md §§5.2, 5.3, 10)."""

from typing import Annotated, Any

from pydantic import Field, StrictBool, StringConstraints

from rubrica.api.auco.schemas import (
    MAX_DOCUMENTS,
    MAX_VARIABLES,
    Addressed,
    Custom,
    Email,
    Line,
    PackageDocument,
    Reference,
    Variable,
    Wire,
)
from rubrica.templating.questions import MAX_QUESTIONS

Description = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class TemplateParts(Wire):
    """What both calls take; the parts are checked together by ``templating.definition``."""

    preBuild: StrictBool | None = None
    preBuildData: Annotated[list[Any], Field(max_length=MAX_QUESTIONS)] | None = None
    help: dict[str, str] | None = None
    custom: Custom | None = None


class TemplateIn(TemplateParts):
    name: Line
    description: Description | None = None
    config: Annotated[list[Any], Field(max_length=MAX_QUESTIONS)]
    signatureProfile: list[Any]
    sign: list[Any]


class TemplateChangeIn(TemplateParts):
    """A description can be changed and not taken away: a null is refused like an empty text."""

    id: Reference
    name: Line | None = None
    description: Description = "-"  # what is not sent stays as it was
    config: Annotated[list[Any], Field(max_length=MAX_QUESTIONS)] | None = None
    signatureProfile: list[Any] | None = None
    sign: list[Any] | None = None


class SaveIn(Addressed):
    """``code`` sends anew what is in edition; with ``documents`` it is a package (§13 no. 14)."""

    code: Reference | None = None
    document: Reference | None = None
    sign: StrictBool = False
    data: Annotated[list[Variable], Field(max_length=MAX_VARIABLES)] = []
    documents: Annotated[list[PackageDocument], Field(max_length=MAX_DOCUMENTS)] | None = None
    package: Reference | None = None


class PrebuildIn(Addressed):
    document: Reference
    preBuild: Annotated[list[Variable], Field(max_length=MAX_VARIABLES)]
    sign: StrictBool
    notification: StrictBool
    emailTo: Email
