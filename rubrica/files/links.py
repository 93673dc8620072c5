"""Signed, expiring links to one blob under one name. They work without a key, so they can be handed on for minutes."""

from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.core import signing

SALT = "rubrica.files.download"


class LinkRefused(Exception):
    """The link is forged, broken or too old."""


@dataclass(frozen=True)
class Download:
    blob_id: int
    name: str


def download_url(blob_id: int, name: str) -> str:
    """An absolute URL that serves the blob as a download named ``name`` for DOWNLOAD_URL_SECONDS."""
    token = signing.dumps([blob_id, name], salt=SALT)
    shown = name.replace("/", "_").replace("\\", "_")  # an escaped slash is a slash to servers; the token has the name
    return f"{settings.PUBLIC_URL}/files/{token}/{quote(shown, safe='')}"


def read(token: str) -> Download:
    """Raises LinkRefused."""
    try:
        blob_id, name = signing.loads(token, salt=SALT, max_age=settings.DOWNLOAD_URL_SECONDS)
    except signing.BadSignature:
        raise LinkRefused from None
    return Download(blob_id, name)
