"""The bytes behind a ``downloadURL``: signed, for minutes, without a token, and gone with the attachment."""

from django.http import HttpRequest, HttpResponseBase

from rubrica.api.aero.door import door
from rubrica.files.views import serve
from rubrica.records.attachments import links
from rubrica.records.errors import Forbidden, NotFound
from rubrica.records.models import Attachment


def _download(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """The name in the address is for those who save it; the one that counts is the attachment's."""
    try:
        key = links.key_of(token)
    except links.LinkRefused:
        raise Forbidden("This link has expired or is not ours; ask for a new one.") from None
    found = Attachment.objects.select_related("blob").filter(key=key).first()
    if found is None:
        raise NotFound("This file has been deleted.")
    return serve(request, found.blob, found.name)


download = door(is_open=True, GET=_download, HEAD=_download)
