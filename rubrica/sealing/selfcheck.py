"""A second look at a file that was just sealed, in the sandbox, before anybody gets it."""

import hashlib
from pathlib import Path
from typing import Any

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.reading import open_pdf
from rubrica.sealing.values import SealFailed


def check(path: str, root: bytes, pages: int) -> str:
    """The file's SHA-256 when its last signature is sound, trusted under ``root`` (DER), covers all, and pages add up.

    Raises ``SealFailed`` SELF_CHECK. Later changes need no analysis: full coverage means that there are none.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader

    with open(path, "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        try:
            status = _status(PdfFileReader(file, strict=False), root)
            sound = status.intact and status.valid and status.trusted and status.coverage.name == "ENTIRE_FILE"
        except Exception as error:  # whatever a validator stumbles over, the seal is not good
            raise SealFailed("SELF_CHECK", f"{type(error).__name__}: {error}"[:500]) from error
    if not sound:
        raise SealFailed("SELF_CHECK", _("The new seal does not validate."))
    with open_pdf(Path(path)) as pdf:
        if len(pdf.pages) != pages:
            raise SealFailed("SELF_CHECK", _("The sealed document has lost pages."))
    return sha256


def _status(reader: Any, root: bytes) -> Any:
    from asn1crypto import x509
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    # Roots are always named: the system's trust list is read through oscrypto, which fails on OpenSSL 3.0.19.
    context = ValidationContext(trust_roots=[x509.Certificate.load(root)], allow_fetching=False)
    return validate_pdf_signature(reader.embedded_signatures[-1], context, skip_diff=True)
