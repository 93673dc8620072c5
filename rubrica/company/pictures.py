"""The picture of an organization: drawn anew in a confined child, kept as bytes of ours, and never linked elsewhere."""

import io

from rubrica.accounts.models import Organization
from rubrica.company.redraw import redraw
from rubrica.files import intake
from rubrica.files.models import Blob
from rubrica.sealing import sandbox
from rubrica.sealing.values import Refusal
from rubrica.webhooks import http

MAX_BYTES = 5 * 1024 * 1024

NOT_A_PICTURE = "This is not a PNG, JPEG, WebP or GIF picture that can be read."
TOO_LARGE = "The picture is larger than 5 MB."
NOT_REACHED = "The picture could not be fetched from its address."


class PictureRefused(Exception):
    """The sentence says why; translations are in the console's catalogue."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def show(organization: Organization, data: bytes) -> None:
    """Makes these bytes the organization's picture. Raises PictureRefused; call it outside a transaction."""
    blob = keep(organization, data)
    Organization.objects.filter(pk=organization.pk).update(image=blob, image_source="", image_problem="")


def keep(organization: Organization, data: bytes) -> Blob:
    if len(data) > MAX_BYTES:
        raise PictureRefused(TOO_LARGE)
    try:
        drawn = sandbox.run(redraw, data, seconds=10, megabytes=768)
    except Refusal as error:
        raise PictureRefused(NOT_A_PICTURE) from error
    with intake.arriving(io.BytesIO(drawn), limit=MAX_BYTES) as arrived:
        return Blob.keep(organization, arrived)


def remove(organization: Organization) -> None:
    Organization.objects.filter(pk=organization.pk).update(image=None, image_source="", image_problem="")


def fetch(organization_id: int, source: str) -> None:
    """Gets the picture from the address that a program gave, unless another has been given since.

    What the address does is data: the reason is kept where the owner sees it.
    """
    organization = Organization.objects.get(pk=organization_id)
    wanted = Organization.objects.filter(pk=organization_id, image_source=source)
    if not wanted.exists():
        return
    answer = http.fetch(source, limit=MAX_BYTES)
    try:
        blob = keep(organization, _body(answer))
    except PictureRefused as refused:
        wanted.update(image_problem=refused.sentence)
    else:
        wanted.update(image=blob, image_problem="")


def _body(answer: http.Answer) -> bytes:
    if not answer.is_success:
        raise PictureRefused(NOT_REACHED)
    if not answer.is_whole:
        raise PictureRefused(TOO_LARGE)
    return answer.body
