"""A document to sign: send one, look at it, and everything that can be done with it later (contract/auco.md §5)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from rubrica.accounts.models import Organization
from rubrica.api.auco import images, people, reads, roots, sources
from rubrica.api.auco.addresses import in_edition
from rubrica.api.auco.door import PRIVATE, actor_of, organization_of
from rubrica.api.auco.schemas import UploadIn
from rubrica.api.auco.uploads import upload_url
from rubrica.files.intake import Arrived
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Invalid, Problem
from rubrica.processes.models import Participant, Process
from rubrica.processes.reopening import send_anew
from rubrica.processes.sending import Paper, Sending
from rubrica.processes.starting import start
from rubrica.templating.models import Template

router = Router()


@router.get("/document", auth=None)
def get_document(request: HttpRequest) -> HttpResponse:
    """A document's process by its code, or the list of templates (§5.4)."""
    if images.asked_for(request):
        return images.document(request)
    return reads.document(request.headers.get("Authorization", ""), request.GET).response()


@router.post("/document/upload", auth=PRIVATE)
def upload_document(request: HttpRequest, payload: UploadIn) -> dict[str, Any]:
    """Sends a PDF for signature; with ``code``, in place of what is in edition (§§5.1, 5.9)."""
    organization, by = organization_of(request), actor_of(request)
    edited = in_edition(organization, Process.Kind.DOCUMENT, payload.code)
    template = sources.template_of(organization, payload.document)
    _check(organization, payload, template)
    answer: dict[str, Any] = {}

    def then(process: Process) -> None:
        answer.update(_uploaded(process, payload, by))

    with sources.pdf_of(payload.file, template) as pdf:
        sending = _sending(organization, payload, pdf, template)
        send_anew(edited, sending, by, then) if edited else start(organization, sending, by, then)
    return answer


def _check(organization: Organization, body: UploadIn, template: Template | None) -> None:
    problems = [
        *sources.problems(body, template),
        *sources.type_problems(template, body.signProfile),
        *roots.problems(organization, body),
        *people.problems(body, body.signProfile, body.readers),
    ]
    if not (body.file or body.compress or body.document):
        problems.append(
            Problem(("file",), "required", "Send the PDF in file, announce it by compress, or name a template.")
        )
    for index, profile in enumerate(body.signProfile):
        if profile.files:
            path = ("signProfile", index, "files")
            problems.append(Problem(path, "not_accepted", "Files are asked for with POST /attachments."))
    if body.file is None:
        for index, profile in enumerate(body.signProfile):
            if profile.label:
                path = ("signProfile", index, "label")
                problems.append(Problem(path, "needs_file", "Labels are read from a PDF that comes in file."))
    if problems:
        raise Invalid(*problems)


def _sending(organization: Organization, body: UploadIn, pdf: Arrived | None, template: Template | None) -> Sending:
    boxes = sources.boxes_of(template)
    parts = [people.part(profile, i, ("signProfile", i), boxes) for i, profile in enumerate(body.signProfile)]
    return Sending(
        kind=Process.Kind.DOCUMENT,
        people=[*(people.person(body, profile) for profile in body.signProfile), *roots.readers(body)],
        papers=[Paper(body.name, parts, pdf)],
        template=template.public_id if template else "",
        **roots.addressed(organization, body),
    )


def _uploaded(process: Process, body: UploadIn, by: Actor) -> dict[str, Any]:
    document = process.documents.get()
    answer: dict[str, Any] = {"document": document.code}
    if body.compress:
        answer["url"] = upload_url(document)
    signing = list(process.participants.exclude(role=Participant.Role.READER).order_by("pk"))
    if not all(person.notify for person in signing):
        answer["signProfile"] = [_profile(person, by) for person in signing]
    return answer


def _profile(person: Participant, by: Actor) -> dict[str, str]:
    """Those whom we do not tell come with their id, and with the link that the sender gives them in our stead."""
    profile = {"name": person.name, "email": person.email, "phone": person.phone}
    if person.notify:
        return profile
    return {"id": person.public_id, **profile, "url": person.new_link(by, "not notified")}
