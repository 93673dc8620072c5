"""Confirming who somebody is, without a document: as a process of its own, or as one look (contract/auco.md §12)."""

from typing import Any

from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext
from ninja import Query, Router

from rubrica.accounts.models import Organization
from rubrica.api.auco import countries, looks, roots
from rubrica.api.auco.door import PRIVATE, PUBLIC, actor_of, organization_of
from rubrica.api.auco.errors import ApiError
from rubrica.api.auco.reads import wire_time
from rubrica.api.auco.veriface_schemas import CheckIn, IdentityIn, ValidateIn, VerifaceQuery
from rubrica.files.links import download_url
from rubrica.processes.errors import Invalid, Problem
from rubrica.processes.models import IdentityCapture, IdentityCheck, Participant, Process
from rubrica.processes.sending import MAIL, WHATSAPP, Person, Sending
from rubrica.processes.starting import start
from rubrica.web.text import findable

router = Router()

Answer = dict[str, Any]
Kind = IdentityCheck.Kind
DEFAULT_CHECKS = [Kind.PHOTO.value, Kind.IDENTIFICATION.value]
IN_ORDER = [Kind.PHOTO.value, Kind.IDENTIFICATION.value, Kind.IDENTIFICATION_BACK.value]
NOT_HERE = {"camera", "otpCode", "options"}
STATUS: dict[str, str] = {
    Process.State.OPEN: "INPROGRESS",
    Process.State.FINISHED: "APPROVED",
    Process.State.REJECTED: "INVALIDATED",
    Process.State.CANCELLED: "INVALIDATED",
    Process.State.EXPIRED: "EXPIRED",
}
PICTURES = {
    Kind.IDENTIFICATION: "identificationCardFront",
    Kind.IDENTIFICATION_BACK: "identificationCardBack",
    Kind.PHOTO: "photo",
}


@router.post("/veriface", auth=PRIVATE)
def create_identity(request: HttpRequest, payload: IdentityIn) -> Answer:
    """Asks a person to prove who they are; they are told by ``platform``, or get the link from the sender."""
    organization = organization_of(request)
    _check(organization, payload)
    process = start(organization, _sending(organization, payload), actor_of(request))
    answer: Answer = {"code": process.public_id}
    person = process.participants.get()
    if not person.notify:
        answer["url"] = person.new_link(actor_of(request), "not notified")
    return answer


def _check(organization: Organization, body: IdentityIn) -> None:
    problems = [*roots.problems(organization, body), *countries.problems((), body.country, body.type)]
    if body.platform == "whatsapp" and not body.phone:
        problems.append(
            Problem(("phone",), "required", "A telephone number is needed for the channel that was chosen.")
        )
    if body.platform == "whatsapp" and body.validationTypes is not None:
        problems.append(Problem(("validationTypes",), "web_only", "This is for the platform web alone."))
    for name in sorted(NOT_HERE & body.model_fields_set):
        problems.append(Problem((name,), "not_accepted", "What is checked is said by validationTypes."))
    if problems:
        raise Invalid(*problems)


def _sending(organization: Organization, body: IdentityIn) -> Sending:
    with translation.override(organization.language):
        name = gettext("Identity of %(name)s") % {"name": body.name}
    wanted = set(body.validationTypes or DEFAULT_CHECKS)
    checks = [check for check in IN_ORDER if check in wanted]
    by_whatsapp = body.platform == "whatsapp"
    person = Person(
        name=body.name,
        email=body.userEmail or "",
        phone=body.phone or "",
        notify=body.notification and (by_whatsapp or bool(body.userEmail)),
        channels=[WHATSAPP] if by_whatsapp else [MAIL],
        identity={
            "checks": checks,
            "otp_channel": "mail",
            "compare": {Kind.PHOTO.value, Kind.IDENTIFICATION.value} <= wanted,
            "claimed": {"country": body.country, "type": body.type, "number": body.identification},
        },
    )
    return Sending(
        kind=Process.Kind.IDENTITY,
        people=[person],
        **roots.shared(organization, body) | {"name": name, "tags": body.tags, "custom": body.custom},
        webhooks=body.targetWebhooks,
    )


@router.get("/veriface", auth=PUBLIC)
def get_identity(request: HttpRequest, payload: Query[VerifaceQuery]) -> Answer:
    """How far it is, and every picture that came in."""
    known = organization_of(request).processes.filter(kind=Process.Kind.IDENTITY)
    process = known.filter(public_id=findable(payload.code)).first()
    if process is None:
        raise ApiError("VERIFACE_NOT_FOUND")
    person = process.participants.get()
    claimed = person.identity.get("claimed", {})
    blocked = person.status == Participant.Status.BLOCK
    found = {
        "code": process.public_id,
        "email": process.creator_email,
        "createdAt": wire_time(process.created_at),
        "platform": "whatsapp" if WHATSAPP in person.channels else "web",
        "status": "BLOCKED" if blocked else STATUS[process.state],
        "emailValidated": False,  # the link shows that the mail arrived; nothing of §12 asks for a code
        "userId": person.public_id,
        "name": person.name,
        "userEmail": person.email,
        "phone": person.phone,
        "country": claimed.get("country", ""),
        "identificationType": claimed.get("type", ""),
        "identificationNumber": claimed.get("number", ""),
        "attempts": _attempts(person),
        "custom": process.custom,
        "hash": bytes(process.chain_head).hex(),
        "validationTypes": person.identity["checks"],
    }
    return {name: value for name, value in found.items() if value not in ("", None)}


def _attempts(person: Participant) -> list[Answer]:
    """Pictures in the order they came, each as an attempt with what was found wrong with it."""
    captures = IdentityCapture.objects.filter(check_row__participant=person).select_related("check_row")
    return [_attempt(capture) for capture in captures.order_by("created_at")]


def _attempt(capture: IdentityCapture) -> Answer:
    kind = Kind(capture.check_row.kind)
    attempt: Answer = {"date": wire_time(capture.created_at), "successful": not capture.refused}
    if capture.redrawn_id is not None and kind in PICTURES:
        attempt[PICTURES[kind]] = download_url(capture.redrawn_id, f"{PICTURES[kind]}.jpg")
    if capture.similarity is not None:
        attempt["similarity"] = looks.percent(capture.similarity)
    attempt["errorMessages"] = [{"key": kind.value, "error": capture.refused}] if capture.refused else []
    return attempt


@router.post("/veriface/check", auth=PRIVATE)
def check_card(request: HttpRequest, payload: CheckIn) -> Answer:
    """Whether a picture can be the front or back of an identity card. Nothing is stored."""
    problems = list(countries.problems((), payload.country, payload.type))
    if problems:
        raise Invalid(*problems)
    with looks.picture("image", payload.image) as card:
        found = looks.card(card.path)
        return {"code": looks.reference(card), **found}


@router.post("/veriface/validate", auth=PRIVATE)
def compare_faces(request: HttpRequest, payload: ValidateIn) -> Answer:
    """How alike a face and the one on an identity card are, from 0 to 100. Nothing is stored."""
    problems = list(countries.problems((), payload.country, payload.type))
    if problems:
        raise Invalid(*problems)
    organization = organization_of(request)
    with looks.picture("documentImage", payload.documentImage) as card, looks.picture("photo", payload.photo) as photo:
        similarity = looks.similarity(card.path, photo.path)
        found = looks.card(card.path)
    unlike = similarity is None or similarity < organization.face_threshold
    return {
        "error": found["error"] or unlike,
        "similarity": 0 if similarity is None else looks.percent(similarity),
        "code": looks.reference(card, photo),
        "identificationCard": found,
    }
