"""Signer by signer: every participant signs in a revision of their own, and the organization before and after them.

1. ``begin``: empty fields for everybody and for the seal, and a certification that allows filling them (DocMDP P=2).
2. ``add``: one participant fills their own field, with a certificate of their own.
3. ``close``: the organization's seal fills the last field, whose lock allows nothing afterwards (FieldMDP All, P=1).

ISO 32000-2 §12.8.2.2.2 lets nobody add pages or fields after a certification, and a signature that adds neither is
"filling a form" to every validator; so all fields are there from the beginning, in the place where they will be seen,
and the evidence is a PDF of its own. Each step appends to the file as it is and is checked by a validator before it
counts. The files come from people, so they are written and checked in the sandbox; keys stay outside.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from cryptography.hazmat.primitives.serialization import Encoding
from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing import sandbox
from rubrica.sealing.cms import reserved_digits, sign_digest
from rubrica.sealing.eachwork import BEGINNING, SEAL, Field, Gap, Step, check, write
from rubrica.sealing.evidence import typeset
from rubrica.sealing.values import Box, SandboxError, Seal, SealedParticipant, SealFailed, SigningKey

SECONDS = 60.0
MEGABYTES = 2048
GROWTH_MEGABYTES = 64


class Limits(TypedDict):
    """Of the sandbox."""

    seconds: float
    megabytes: int
    written_megabytes: int


@dataclass(frozen=True)
class Place:
    """Where a participant signs; without a box the signature is not seen on the pages."""

    reference: str  # names the field, so it is theirs alone within the document
    box: Box | None = None

    @property
    def field(self) -> str:
        return f"Signature_{self.reference}"


def begin(source: Path, target: Path, places: Sequence[Place], key: SigningKey, at: datetime, reason: str) -> str:
    """Makes the document ready for everybody's signature; gives the SHA-256 of ``target``, as the others do.

    The bytes of ``source``, which must carry no signature, are its beginning. Raises ``SealFailed``: PDF_SIGNED,
    CANNOT_APPEND, BOX_OUTSIDE, SELF_CHECK.
    """
    fields = tuple(Field(place.field, place.box) for place in places)
    return _made(source, target, Step(BEGINNING, at, reason, reserved_digits(key), fields=fields), key)


def add(
    source: Path, target: Path, place: Place, order: Seal, person: SealedParticipant, key: SigningKey, at: datetime
) -> str:
    """The signature of one participant, by a ``key`` of theirs. Raises ``SealFailed``, also with FIELD_TAKEN."""
    drawn = b""
    if place.box is not None:
        alone = Seal(**{**vars(order), "participants": (_with(person, place.box),), "files": ()})
        drawn = typeset(alone, None).pdf
    step = Step(place.field, at, order.process_name[:200], reserved_digits(key), stamp=drawn)
    return _made(source, target, step, key)


def close(source: Path, target: Path, key: SigningKey, at: datetime, reason: str) -> str:
    """The organization's seal over all of it, after which nothing may change. Raises as ``add``."""
    return _made(source, target, Step(SEAL, at, reason, reserved_digits(key)), key)


def _with(person: SealedParticipant, box: Box) -> SealedParticipant:
    return SealedParticipant(**{**vars(person), "boxes": (box,)})


def _made(source: Path, target: Path, step: Step, key: SigningKey) -> str:
    work = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(source, work)
        room = (work.stat().st_size >> 20) + GROWTH_MEGABYTES
        limits: Limits = {"seconds": SECONDS, "megabytes": MEGABYTES, "written_megabytes": room}
        gap = sandbox.run(write, str(work), step, **limits)
        _fill(work, gap, sign_digest(gap.digest, key))
        root = (key.chain or (key.certificate,))[-1].public_bytes(Encoding.DER)
        sha256 = sandbox.run(check, str(work), source.stat().st_size, step.field, root, **limits)
        os.replace(work, target)
    except SandboxError as error:
        raise SealFailed("CANNOT_APPEND", error.detail) from error
    finally:
        work.unlink(missing_ok=True)
    return sha256


def _fill(work: Path, gap: Gap, signature: bytes) -> None:
    digits = signature.hex().upper().encode()
    if len(digits) > gap.end - gap.start - 2:
        raise SealFailed("CANNOT_APPEND", _("The signature is larger than the space kept for it."))
    with work.open("r+b") as file:
        file.seek(gap.start + 1)
        file.write(digits)
        file.flush()
        os.fsync(file.fileno())
