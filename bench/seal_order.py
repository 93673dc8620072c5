"""One order to seal: four signers, six stamps, two evidence pages, the same work for every engine that is measured."""

import functools
from datetime import datetime, timedelta

from rubrica.sealing.intake.images import clean_here
from rubrica.sealing.values import Appearance, Box, Seal, SealedCheck, SealedFile, SealedParticipant
from tools import sample

PLACES = [(1, 0.48, 0.95), (1, 0.95, 0.95), (1, 0.48, 0.85), (2, 0.95, 0.85), (2, 0.5, 0.5), (2, 0.48, 0.7)]
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"


def order(digest: str, now: datetime, number: int = 0) -> Seal:
    """``number`` makes it another process: other people, other drawings, other times."""
    people = tuple(_participant(f"{number}{index}", now + timedelta(seconds=number), index) for index in range(4))
    file = SealedFile("Firmante Número 1", "cédula", "cedula.pdf", 1000, digest, now, "reviewer", now, "approved")
    return Seal("Contrato", "CODEDOCUM0", digest, "0" * 24, "Contrato", now, now, "es", "Bench", people, (file,))


def _participant(name: str, at: datetime, index: int) -> SealedParticipant:
    return SealedParticipant(
        name=f"Firmante Número {name}",
        email=f"firmante{name}@example.com",
        acted_at=at,
        ip="190.24.10.1",
        user_agent=AGENT,
        checks=(
            SealedCheck("otp", at, f"firmante{name}@example.com"),
            SealedCheck("photo", at, "0.83", sha256=f"{name:0>64}", similarity=0.83),
            SealedCheck("identification", at, "0.81", sha256=f"{name:1>64}", similarity=0.81),
        ),
        consent="Acepto firmar por medios electrónicos.",
        reference=f"CODEDOCUM0A{name}",
        appearance=Appearance(image=_drawing(int(name))),
        boxes=tuple(Box(page, x, y, 120, 50) for page, x, y in PLACES[index::4]),
    )


@functools.cache
def _drawing(number: int) -> bytes:
    """As it is kept once it came in: cropped to the ink."""
    return clean_here(sample.signature(number))
