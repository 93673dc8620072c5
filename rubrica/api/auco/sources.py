"""Where the PDF of a document comes from: the request, an upload that follows, or a template (contract/auco.md §8)."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from django.conf import settings

from rubrica.accounts.models import Organization
from rubrica.files import intake
from rubrica.files.access import local_path
from rubrica.processes.errors import Invalid, Problem
from rubrica.sealing.values import Box
from rubrica.templating.models import Template
from rubrica.web.text import from_base64

NAMES = ("file", "compress", "document")


class Source(Protocol):
    @property
    def file(self) -> str | None: ...
    @property
    def compress(self) -> bool: ...
    @property
    def document(self) -> str | None: ...


class Typed(Protocol):
    @property
    def type(self) -> str | None: ...


def problems(body: Source, template: Template | None) -> Iterator[Problem]:
    chosen = [name for name in NAMES if getattr(body, name)]
    if len(chosen) > 1:
        yield Problem((chosen[1],), "exclusive", "Send at most one of file, compress and document.")
    if body.document and template is None:
        yield Problem(("document",), "unknown", "There is no template with this id.")


def template_of(organization: Organization, public_id: str | None) -> Template | None:
    """A template of positions, which brings its own PDF; None where there is none."""
    template = None if not public_id or "\0" in public_id else Template.find(organization, public_id)
    if template is None or template.kind != Template.Kind.POSITIONS or template.pdf is None:
        return None
    return template


def boxes_of(template: Template | None) -> dict[str, list[Box]]:
    """The places of each type of signer."""
    return {} if template is None else {name: template.boxes_for(name) for name in template.types}


def type_problems(template: Template | None, profiles: Sequence[Typed]) -> Iterator[Problem]:
    """With a template, a type must be one of its own; without, it may be any word."""
    if template is None:
        return
    known = set(template.types)
    for index, profile in enumerate(profiles):
        if profile.type and profile.type not in known:
            yield Problem(("signProfile", index, "type"), "unknown", "The template has no signer of this type.")


@contextmanager
def pdf_of(encoded: str | None, template: Template | None = None) -> Iterator[intake.Arrived | None]:
    """The PDF on disk while the request runs, None when it has yet to come.

    Raises Invalid with FILE_NOT_BASE64, or IntakeRefused.
    """
    if template is not None and template.pdf is not None:
        with local_path(template.pdf) as path:
            yield intake.made(path, "application/pdf")
    elif encoded is None:
        yield None
    else:
        with intake.arriving(io.BytesIO(_decoded(encoded)), limit=settings.MAX_DOCUMENT_BYTES) as arrived:
            yield arrived


def _decoded(encoded: str) -> bytes:
    try:
        return from_base64(encoded)
    except ValueError:
        raise Invalid(Problem(("file",), "FILE_NOT_BASE64", "The file is not valid Base64.")) from None
