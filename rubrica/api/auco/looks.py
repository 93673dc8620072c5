"""Pictures that come with a call, looked at and forgotten (contract/auco.md §12)."""

import base64
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rubrica import database, faces
from rubrica.files import intake
from rubrica.processes import captures
from rubrica.processes.errors import Invalid, Problem
from rubrica.sealing.values import RefusedImage
from rubrica.web.text import from_base64
from rubrica.webhooks import http

MOST_BYTES = 10 * 1024 * 1024
TYPES = {"image/jpeg", "image/png"}


@contextmanager
def picture(field: str, sent: str) -> Iterator[intake.Arrived]:
    """A JPEG or PNG from base64, a data URL or an address. Raises Invalid naming ``field``, or IntakeRefused."""
    database.let_go()
    content = _fetched(field, sent) if sent.startswith(("http://", "https://")) else _decoded(field, sent)
    with intake.arriving(io.BytesIO(content), limit=MOST_BYTES) as arrived:
        if arrived.media_type not in TYPES:
            raise Invalid(Problem((field,), "image_type", "Send a picture as JPEG or PNG."))
        yield arrived


def _decoded(field: str, sent: str) -> bytes:
    try:
        return from_base64(sent)
    except ValueError:
        raise Invalid(Problem((field,), "not_base64", "Send the picture as base64, or its address.")) from None


def _fetched(field: str, address: str) -> bytes:
    answer = http.fetch(address, limit=MOST_BYTES)
    if not answer.is_success or not answer.is_whole:
        raise Invalid(Problem((field,), "not_fetched", "The picture could not be fetched from this address."))
    return answer.body


def card(path: Path) -> dict[str, Any]:
    """Whether it can be an identity card: large and sharp enough; its front is the side with a face.

    ``isFront`` is null where faces cannot be looked for (docs/identity.md). Nothing is read from the card, so ``data``
    is empty: what is not known is not made up.
    """
    try:
        looked = faces.look(path)
    except RefusedImage as refused:
        return {"error": True, "message": refused.code, "isFront": None, "data": {}}
    fault = captures.fault_of_all(looked)
    front = None if looked.faces is None else looked.faces > 0
    return {"error": bool(fault), **({"message": fault} if fault else {}), "isFront": front, "data": {}}


def similarity(one: Path, other: Path) -> float | None:
    """From 0 to 1; None where one shows no face. Raises Invalid where nobody can compare."""
    if not faces.can_compare():
        raise Invalid(Problem((), "FACES_UNAVAILABLE", "Faces cannot be compared here: the extra faces is missing."))
    return faces.similarity(one, other)


def percent(value: float) -> float:
    """The API counts to 100 where webhooks count to 1 (contract/auco.md §9.5)."""
    return round(value * 100, 2)


def reference(*arrived: intake.Arrived) -> str:
    """Sixteen characters that stand for these very pictures."""
    digest = hashlib.sha256("".join(one.sha256 for one in arrived).encode()).digest()
    return base64.b32encode(digest)[:16].decode()
