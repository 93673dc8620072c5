"""The organization as its programs see and set it: name, look, webhooks (contract/auco.md §11)."""

from collections.abc import Iterator
from typing import Annotated, Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from ninja import Router
from pydantic import AfterValidator, Field, StringConstraints

from rubrica.accounts import colors
from rubrica.accounts.models import Organization
from rubrica.api.auco.door import PRIVATE, PUBLIC, organization_of
from rubrica.api.auco.schemas import Name, Wire
from rubrica.company import jobs, pictures
from rubrica.processes.errors import Invalid, Problem
from rubrica.web.text import is_one_line
from rubrica.webhooks import http
from rubrica.webhooks.headers import HeaderRefused, check_header
from rubrica.webhooks.models import DEFAULT, WORD, Webhook

router = Router()

MAX_WEBHOOKS = 50

Path = tuple[str | int, ...]


def _one_line(value: str) -> str:
    if not is_one_line(value):
        raise ValueError("This must be one line without control characters.")
    return value


Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), AfterValidator(_one_line)]


class HeaderIn(Wire):
    key: str
    value: str


class WebhookIn(Wire):
    id: str
    url: str
    description: Note = ""
    header: HeaderIn | None = None


class LookIn(Wire):
    primaryColor: str | None = None
    alternateColor: str | None = None


class CompanyIn(Wire):
    name: Name | None = None
    image: str | None = None
    uxOptions: LookIn | None = None
    webhooks: Annotated[list[WebhookIn], Field(min_length=1, max_length=MAX_WEBHOOKS)] | None = None


@router.get("/company", auth=PUBLIC)
def get_company(request: HttpRequest) -> dict[str, Any]:
    """What is set; what is not is left out. Signing secrets are the console's alone."""
    organization = organization_of(request)
    hooks = list(organization.webhooks.kept())
    default = next((hook for hook in hooks if hook.word == DEFAULT), None)
    look = {"primaryColor": organization.primary_color, "alternateColor": organization.alternate_color}
    answer: dict[str, Any] = {
        "id": organization.slug,
        "name": organization.name,
        "webhooks": [_webhook(hook) for hook in hooks],
        "uxOptions": {name: color for name, color in look.items() if color},
    }
    if image := organization.image_source or organization.brand.image_url:
        answer["image"] = image
    if default is not None:
        # The form of clients that knew one webhook only.
        answer |= {"webhook": default.url} | ({"webhookHeader": _header(default)} if default.header else {})
    return answer


def _webhook(hook: Webhook) -> dict[str, Any]:
    body: dict[str, Any] = {"id": hook.word, "url": hook.url}
    if hook.description:
        body["description"] = hook.description
    if hook.header:
        body["header"] = _header(hook)
    return body


def _header(hook: Webhook) -> dict[str, str]:
    name, value = hook.header or ("", "")
    return {"key": name, "value": value}


@router.put("/company", auth=PRIVATE)
def put_company(request: HttpRequest, payload: CompanyIn) -> dict[str, str]:
    """Changes what is sent and leaves the rest: colours one by one, webhooks as a whole list."""
    organization = organization_of(request)
    problems = [*_color_problems(payload), *_image_problems(payload), *_webhook_problems(payload)]
    if problems:
        raise Invalid(*problems)
    with transaction.atomic():
        # Two programs at once must not each add the same webhook.
        locked = Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization.pk)
        _rename(locked, payload)
        _paint(locked, payload)
        if payload.webhooks is not None:
            replace_webhooks(locked, payload.webhooks)
    return {"response": "OK"}


def _color_problems(body: CompanyIn) -> Iterator[Problem]:
    for name in ("primaryColor", "alternateColor"):
        color = getattr(body.uxOptions, name, None)
        if not color:
            continue
        if not colors.HEX.fullmatch(color):
            yield Problem(("uxOptions", name), "color", "This must be a colour such as #1B2A4E or #12E.")
        elif name == "primaryColor" and colors.normal(color) == colors.WHITE:
            yield Problem(("uxOptions", name), "white", "White cannot be the main colour: nothing would be seen.")


def _image_problems(body: CompanyIn) -> Iterator[Problem]:
    if body.image:
        yield from _url_problems(("image",), body.image)


def _url_problems(path: Path, url: str) -> Iterator[Problem]:
    try:
        http.check_url(url)
    except http.UrlRefused as refused:
        yield Problem(path, refused.code, refused.sentence)


def _webhook_problems(body: CompanyIn) -> Iterator[Problem]:
    if body.webhooks is None:
        return
    words = [hook.id for hook in body.webhooks]
    if DEFAULT not in words:
        yield Problem(("webhooks",), "default_missing", "The list must have a webhook with the id default.")
    for index, hook in enumerate(body.webhooks):
        path = ("webhooks", index)
        if not WORD.fullmatch(hook.id):
            yield Problem((*path, "id"), "invalid", "An id is 1 to 64 letters, digits, dots, hyphens or underscores.")
        if hook.id in words[:index]:
            yield Problem((*path, "id"), "duplicate", "Two webhooks have this id.")
        yield from _url_problems((*path, "url"), hook.url)
        if hook.header is not None:
            yield from _header_problems((*path, "header"), hook.header)


def _header_problems(path: Path, header: HeaderIn) -> Iterator[Problem]:
    try:
        check_header(header.key, header.value)
    except HeaderRefused as refused:
        yield Problem((*path, refused.part), refused.code, refused.sentence)


def _rename(organization: Organization, body: CompanyIn) -> None:
    if body.name is None or body.name == organization.name:
        return
    organization.name = body.name
    try:
        with transaction.atomic():
            organization.save(update_fields=["name"])
    except IntegrityError:
        raise Invalid(Problem(("name",), "duplicate", "Another organization has this name.")) from None


def _paint(organization: Organization, body: CompanyIn) -> None:
    sent = body.uxOptions.model_fields_set if body.uxOptions else set()
    if body.uxOptions and "primaryColor" in sent:
        organization.primary_color = _color(body.uxOptions.primaryColor)
    if body.uxOptions and "alternateColor" in sent:
        organization.alternate_color = _color(body.uxOptions.alternateColor)
    organization.save(update_fields=["primary_color", "alternate_color"])
    if "image" not in body.model_fields_set or body.image == organization.brand.image_url:
        return  # A client that sends back what it has read changes nothing.
    if not body.image:
        pictures.remove(organization)
    elif body.image != organization.image_source or organization.image_problem:
        organization.image_source, organization.image_problem = body.image, ""
        organization.save(update_fields=["image_source", "image_problem"])
        jobs.fetch_picture.defer(organization_id=organization.pk, source=body.image)


def _color(text: str | None) -> str:
    return colors.normal(text) if text else ""


def replace_webhooks(organization: Organization, wanted: list[WebhookIn]) -> None:
    """The list becomes what was sent. Who is in both keeps its signing secret and its deliveries."""
    known = {hook.word: hook for hook in organization.webhooks.kept()}
    for sent in wanted:
        hook = known.pop(sent.id, None) or _new(organization, sent.id)
        if hook.url != sent.url and hook.off_because == Webhook.Off.FAILING:
            hook.off_at, hook.off_because, hook.failing_since, hook.failed_at = None, "", None, None
        hook.url, hook.description = sent.url, sent.description
        hook.header = (sent.header.key, sent.header.value) if sent.header else None
        hook.save()
    for left_out in known.values():
        left_out.remove()


def _new(organization: Organization, word: str) -> Webhook:
    hook = Webhook(organization=organization, word=word)
    hook.make_key()
    return hook
