"""``GET /document?image=true``: what signers showed of themselves, beside their names (contract/auco.md §5.4).

Not among the reads that are polled: it opens files, and what it gives out is the most sensitive that we keep.
"""

import base64
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from rubrica import database
from rubrica.api.auco import reads
from rubrica.api.auco.reads import Answer
from rubrica.files.links import download_url
from rubrica.files.models import Blob
from rubrica.processes.models import IdentityCheck, Process

Image = dict[str, str]
NAMES = {
    IdentityCheck.Kind.IDENTIFICATION: "identificationCard",
    IdentityCheck.Kind.IDENTIFICATION_BACK: "identificationCardBack",
    IdentityCheck.Kind.PHOTO: "photo",
}


def asked_for(request: HttpRequest) -> bool:
    return request.GET.get("image") == "true"


def document(request: HttpRequest) -> HttpResponse:
    """The answer of the plain read, which has checked the key, with the pictures put in."""
    answer = reads.document(request.headers.get("Authorization", ""), request.GET)
    if answer.status != 200 or not isinstance(answer.body, dict):
        return answer.response()
    by_code = "code" in answer.body
    found = {"documents__code": answer.body["code"]} if by_code else {"public_id": answer.body["_id"]}
    pictures = _pictures(Process.objects.get(**found))
    lists = [answer.body["signProfile"], answer.body["data"]["signProfile"]] if by_code else [answer.body["signers"]]
    for people in lists:
        _put(people, pictures, "id" if by_code else "userId")
    return Answer(200, answer.body).response()


def _put(people: Iterable[dict[str, Any]], pictures: dict[str, dict[str, Image]], id_name: str) -> None:
    for person in people:
        person.update(pictures.get(person[id_name], {}))


def _pictures(process: Process) -> dict[str, dict[str, Image]]:
    """By participant, the newest picture of each kind that was taken; what has been erased is left out."""
    checks = IdentityCheck.objects.filter(
        participant__process=process, kind__in=NAMES, current__redrawn__isnull=False
    ).select_related("participant", "current__redrawn")
    shown = [(check.participant.public_id, NAMES[IdentityCheck.Kind(check.kind)], check.current) for check in checks]
    database.let_go()
    found: dict[str, dict[str, Image]] = {}
    for person, name, capture in shown:
        assert capture is not None and capture.redrawn is not None
        found.setdefault(person, {})[name] = _image(capture.redrawn, f"{name}.jpg")
    return found


def _image(picture: Blob, name: str) -> Image:
    """Small ones in the answer itself, larger ones as a link for a few minutes. Always the JPEG that we drew anew."""
    if picture.size > settings.IMAGE_BASE64_BYTES:
        return {"type": "presigned", "data": download_url(picture.pk, name)}
    with picture.open() as file:
        return {"type": "base64", "data": "data:image/jpeg;base64," + base64.b64encode(file.read()).decode()}
