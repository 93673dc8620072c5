"""Signer by signer: every participant signs in a revision of their own, and the organization before and after them.

1. ``begin``: empty fields for everybody and for the seal, and a certification that allows filling them (DocMDP P=2).
2. ``add``: one participant fills their own fields, and signs in one of them with a certificate of their own.
3. ``close``: the organization's seal fills the last field, whose lock allows nothing afterwards (FieldMDP All, P=1).

ISO 32000-2 §12.8.2.2.2 lets nobody add pages or fields after a certification, and a signature that adds neither is
"filling a form" to every validator; so all fields are there from the beginning, in the place where they will be seen,
and the evidence is a PDF of its own. Each step appends to the file as it is and is checked by a validator before it
counts. The files come from people, so they are written and checked in the sandbox; keys stay outside.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from cryptography.hazmat.primitives.serialization import Encoding
from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing import sandbox
from rubrica.sealing.pdf.gap import fill, sha256_of
from rubrica.sealing.signers.eachwork import BEGINNING, SEAL, Entry, Field, Step, check, write
from rubrica.sealing.typeset.evidence import typeset
from rubrica.sealing.values import Box, SandboxError, Seal, SealedParticipant, SealFailed, SigningKey
from rubrica.sealing.writing.cms import reserved_digits, sign_digest

SECONDS = 60.0
MEGABYTES = 2048
GROWTH_MEGABYTES = 64
MOST_PLACES = 50  # verification looks at what came after each: 30 signatures take it 4 s, and 50 about 10


class Limits(TypedDict):
    """Of the sandbox."""

    seconds: float
    megabytes: int
    written_megabytes: int


@dataclass(frozen=True)
class Place:
    """Where a participant signs; without a box the signature is not seen on the pages. ``boxes`` are for what they
    fill in besides.
    """

    reference: str  # names the fields, so they are theirs alone within the document
    box: Box | None = None
    boxes: Sequence[Box] = ()

    @property
    def field(self) -> str:
        return f"Signature_{self.reference}"

    def entry(self, number: int) -> str:
        """The name of the field of a box."""
        return f"Field_{self.reference}_{number}"


@dataclass(frozen=True)
class Source:
    """The file that a step appends to, with the SHA-256 that it had when it was read, or when it was made here."""

    path: Path
    sha256: str


def begin(source: Source, target: Path, places: Sequence[Place], key: SigningKey, at: datetime, reason: str) -> str:
    """Makes the document ready for everybody's signature; gives the SHA-256 of ``target``, as the others do.

    The bytes of ``source``, which must carry no signature, are its beginning. Raises ``SealFailed``: SOURCE_CHANGED,
    PDF_SIGNED, CANNOT_APPEND, BOX_OUTSIDE, SELF_CHECK.
    """
    return _made(source, target, Step(BEGINNING, at, reason, reserved_digits(key), fields=_fields(places)), key)


def rehearse(source: Path, places: Sequence[Place], at: datetime) -> None:
    """Raises what ``begin`` would, without a key and without a result: asked before anybody is sent the document."""
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        work = Path(folder) / source.name
        shutil.copyfile(source, work)
        try:
            sandbox.run(write, str(work), Step(BEGINNING, at, "", 2, fields=_fields(places)), **_limits(work))
        except SandboxError as error:
            raise SealFailed("CANNOT_APPEND", error.detail) from error


def add(
    source: Source, target: Path, place: Place, order: Seal, person: SealedParticipant, key: SigningKey, at: datetime
) -> str:
    """The signature of one participant, by a ``key`` of theirs, with their filled-in fields: one for each of the
    place's boxes. Raises ``SealFailed``, also with FIELD_TAKEN.
    """
    alone = replace(person, boxes=(place.box,) if place.box else ())
    drawn = typeset(replace(order, participants=(alone,), files=()), None)
    stamps = {placement.box: placement.stamp for placement in drawn.placements}
    entries = tuple(
        Entry(place.entry(number), field.value, stamps[field])
        for number, field in enumerate(person.fields)
        if field.value is not None
    )
    step = Step(
        place.field,
        at,
        order.process_name[:200],
        reserved_digits(key),
        drawn=drawn.pdf,
        stamps=drawn.stamps,
        stamp=None if place.box is None else stamps[place.box],
        entries=entries,
    )
    return _made(source, target, step, key)


def close(source: Source, target: Path, key: SigningKey, at: datetime, reason: str) -> str:
    """The organization's seal over all of it, after which nothing may change. Raises as ``add``."""
    return _made(source, target, Step(SEAL, at, reason, reserved_digits(key)), key)


def _fields(places: Sequence[Place]) -> tuple[Field, ...]:
    signed = (Field(place.field, place.box) for place in places)
    filled = (
        Field(place.entry(number), box, is_signed=False) for place in places for number, box in enumerate(place.boxes)
    )
    return (*signed, *filled)


def _limits(work: Path) -> Limits:
    room = (work.stat().st_size >> 20) + GROWTH_MEGABYTES
    return {"seconds": SECONDS, "megabytes": MEGABYTES, "written_megabytes": room}


def _made(source: Source, target: Path, step: Step, key: SigningKey) -> str:
    work = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(source.path, work)
        if sha256_of(work) != source.sha256:
            raise SealFailed("SOURCE_CHANGED", _("The stored document is not the one that was read and signed."))
        size, limits = work.stat().st_size, _limits(work)
        gap = sandbox.run(write, str(work), step, **limits)
        if not fill(work, gap.start, gap.end, sign_digest(gap.digest, key)):
            raise SealFailed("CANNOT_APPEND", _("The signature is larger than the space kept for it."))
        root = (key.chain or (key.certificate,))[-1].public_bytes(Encoding.DER)
        sha256 = sandbox.run(check, str(work), size, source.sha256, step.field, root, **limits)
        os.replace(work, target)
    except SandboxError as error:
        raise SealFailed("CANNOT_APPEND", error.detail) from error
    finally:
        work.unlink(missing_ok=True)
    return sha256
