"""Pictures of signatures and initials as pages and programs send them."""

import base64
import binascii
import io

from rubrica.files import intake
from rubrica.files.models import Blob
from rubrica.processes.errors import Refused
from rubrica.processes.models import Participant
from rubrica.sealing.intake.images import clean_signature_image

MAX_BYTES = 12 * 1024 * 1024  # 8 MiB in base64


def keep_image(participant: Participant, data: str) -> Blob:
    """Base64 or a data URL as a PNG that was cleaned in the sandbox. Raises Refused, RefusedImage."""
    try:
        raw = base64.b64decode(data.split(",", 1)[-1] if data.startswith("data:") else data, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("SIGNATURE_INVALID", "The picture of the signature is not valid base64.") from None
    png = clean_signature_image(raw)
    with intake.arriving(io.BytesIO(png), limit=MAX_BYTES) as arrived:
        return Blob.keep(participant.organization, arrived)
