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


def download_url(blob_id: int, name: str, seconds: int | None = None) -> str:
    """An absolute URL that serves the blob as a download named ``name``.

    It works for DOWNLOAD_URL_SECONDS. One that others keep in a queue may be given ``seconds`` of its own.
    """
    token = signing.dumps([blob_id, name] if seconds is None else [blob_id, name, seconds], salt=SALT)
    shown = name.replace("/", "_").replace("\\", "_")  # an escaped slash is a slash to servers; the token has the name
    return f"{settings.PUBLIC_URL}/files/{token}/{quote(shown, safe='')}"


def read(token: str) -> Download:
    """Raises LinkRefused."""
    try:
        blob_id, name, *own = signing.loads(token, salt=SALT)
        # The age is in the same signed text, so the first look has only told how old it may be.
        signing.loads(token, salt=SALT, max_age=own[0] if own else settings.DOWNLOAD_URL_SECONDS)
    except signing.BadSignature:
        raise LinkRefused from None
    return Download(blob_id, name)
