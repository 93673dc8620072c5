"""One order to seal: four signers, six stamps, the same work for every engine that is measured."""

from datetime import datetime

from rubrica.sealing.values import Appearance, Box, Seal, SealedFile, SealedParticipant
from tools import sample

PLACES = [(1, 0.48, 0.95), (1, 0.95, 0.95), (1, 0.48, 0.85), (2, 0.95, 0.85), (2, 0.5, 0.5), (2, 0.48, 0.7)]


def order(digest: str, now: datetime) -> Seal:
    image = sample.signature()
    people = tuple(
        SealedParticipant(
            name=f"Firmante Número {number}",
            email=f"firmante{number}@example.com",
            acted_at=now,
            ip="190.24.10.1",
            consent="Acepto firmar por medios electrónicos.",
            reference=f"CODEDOCUM0A{number}",
            appearance=Appearance(image=image),
            boxes=tuple(Box(page, x, y, 120, 50) for page, x, y in PLACES[number::4]),
        )
        for number in range(4)
    )
    file = SealedFile("Firmante Número 1", "cédula", "cedula.pdf", 1000, digest, now, "reviewer", now, "approved")
    return Seal("Contrato", "CODEDOCUM0", digest, "0" * 24, "Contrato", now, now, "es", "Bench", people, (file,))
