"""The ASiC-E container's own two files (ETSI EN 319 162-1 §4.4, with CAdES): what is in it, and one signature on it.

The files themselves are not read here: a container signs their digests.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import quoteattr

from rubrica.sealing.values import SigningKey
from rubrica.sealing.writing.cms import sign_digest

MIME_TYPE = "application/vnd.etsi.asic-e+zip"
MIME_TYPE_FILE = "mimetype"
MANIFEST_FILE = "META-INF/ASiCManifest.xml"
SIGNATURE_FILE = "META-INF/signature.p7s"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
    f'<asic:SigReference URI="{SIGNATURE_FILE}" MimeType="application/pkcs7-signature"/>'
)
TAIL = "</asic:ASiCManifest>\n"


@dataclass(frozen=True)
class Contained:
    """A file of the container; its path is of plain letters, which are the same in a URI. SHA-256 in hexadecimal."""

    path: str
    media_type: str
    sha256: str


def container_manifest(files: Sequence[Contained]) -> bytes:
    """``META-INF/ASiCManifest.xml``."""
    return "".join([HEAD, *map(_reference, files), TAIL]).encode()


def container_signature(manifest: bytes, key: SigningKey, at: datetime) -> bytes:
    """``META-INF/signature.p7s``: a detached CAdES baseline signature over the manifest's bytes."""
    return sign_digest(hashlib.sha256(manifest).digest(), key, signing_time=at)


def _reference(file: Contained) -> str:
    digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
    return (
        f"<asic:DataObjectReference URI={quoteattr(file.path)} MimeType={quoteattr(file.media_type)}>"
        f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>{digest}</ds:DigestValue></asic:DataObjectReference>'
    )
