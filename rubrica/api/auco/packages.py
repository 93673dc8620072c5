"""Packages: several documents, each with its own signers, and one page for each person (contract/auco.md §6)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpRequest
from ninja import Router

from rubrica.accounts.models import Organization
from rubrica.api.auco import drafts, identity, people, roots, sources
from rubrica.api.auco.addresses import in_edition
from rubrica.api.auco.door import PRIVATE, actor_of, organization_of
from rubrica.api.auco.schemas import MAX_PARTICIPANTS, ManyIn, PackageDocument, PackageSigner
from rubrica.api.auco.uploads import upload_url
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Invalid, Problem
from rubrica.processes.models import Document, Participant, Process
from rubrica.processes.reopening import send_anew
from rubrica.processes.sending import Paper, Part, Person, Sending
from rubrica.processes.starting import start

router = Router()

FEWEST = 2  # documents
MAX_STEM = 290  # characters of the package's name in that of a document without one
# What is set for the package as a whole, by the word that refuses it inside a signer.
OF_THE_PACKAGE = {
    "SIGNER_VALIDATIONS_NOT_SUPPORTED": ("camera", "otpCode", "options"),
    "SIGNER_SEQUENCE_NOT_SUPPORTED": ("role", "order"),
}


@router.post("/document/many", auth=PRIVATE)
def create_package(request: HttpRequest, payload: ManyIn) -> dict[str, Any]:
    """Starts a package, or with ``package`` sends anew what is in edition."""
    organization, by = organization_of(request), actor_of(request)
    edited = in_edition(organization, Process.Kind.PACKAGE, payload.package)
    _check(organization, payload)
    answer: dict[str, Any] = {}

    def then(process: Process) -> None:
        answer.update(id=process.public_id, documents=list(_documents(process, by)))

    with ExitStack() as stack:
        sending = _sending(organization, payload, stack)
        send_anew(edited, sending, by, then) if edited else start(organization, sending, by, then)
    return answer


def _check(organization: Organization, body: ManyIn) -> None:
    """Raises Invalid with every rule that does not hold."""
    problems = [*roots.problems(organization, body)]
    if len(body.documents) < FEWEST:
        problems.append(Problem(("documents",), "DOCUMENTS_MIN_TWO", "A package has at least two documents."))
    for index, document in enumerate(body.documents):
        problems += _document_problems(("documents", index), document, body)
    if problems:
        raise Invalid(*problems)


def _document_problems(path: people.Path, document: PackageDocument, body: ManyIn) -> Iterator[Problem]:
    if not document.signProfile and not _template_id(document, body):
        yield Problem((*path, "signProfile"), "required", "Name the signers, or a template that does.")
    seen: set[str] = set()
    for index, signer in enumerate(document.signProfile):
        where = (*path, "signProfile", index)
        yield from _signer_problems(where, signer, body)
        email = (signer.email or "").lower()
        if email and email in seen:
            yield Problem((*where, "email"), "duplicate", "Two participants have this e-mail address.")
        seen.add(email)


def _signer_problems(path: people.Path, signer: PackageSigner, body: ManyIn) -> Iterator[Problem]:
    if not signer.email:
        yield Problem((*path, "email"), "SIGNER_EMAIL_REQUIRED", "Every signer of a package needs an e-mail address.")
    for code, names in OF_THE_PACKAGE.items():
        for name in names:
            if name in signer.model_fields_set:
                yield Problem((*path, name), code, "This is set for the whole package.")
    yield from people.place_problems(path, signer)
    yield from identity.claimed_problems(path, signer)
    if identity.needs_phone(body) and not signer.phone:
        yield Problem((*path, "phone"), "required", "A telephone number is needed for the channel that was chosen.")


def _template_id(document: PackageDocument, body: ManyIn) -> str | None:
    return document.document or body.document


@dataclass
class Cast:
    """The people of a package, each once: who has the same e-mail address is one person in all documents."""

    people: list[Person] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def add(self, person: Person) -> int:
        """Their place among the people. Of several ``notify`` the one that says no wins (§6)."""
        place = self.places.setdefault(person.email.lower(), len(self.people))
        if place == len(self.people):
            self.people.append(person)
        else:
            known = self.people[place]
            claimed = {**person.identity.get("claimed", {}), **known.identity.get("claimed", {})}
            self.people[place] = replace(
                known,
                phone=known.phone or person.phone,
                language=known.language or person.language,
                notify=known.notify and person.notify,
                identity={**known.identity, "claimed": claimed} if known.identity else {},
            )
        return place


def _sending(organization: Organization, body: ManyIn, stack: ExitStack) -> Sending:
    cast = Cast()
    papers = [_paper(organization, body, number, cast, stack) for number in range(len(body.documents))]
    if problems := [*_cast_problems(cast, body)]:
        raise Invalid(*problems)
    return Sending(
        kind=Process.Kind.PACKAGE,
        people=[*cast.people, *roots.readers(body)],
        papers=papers,
        **roots.addressed(organization, body),
    )


def _cast_problems(cast: Cast, body: ManyIn) -> Iterator[Problem]:
    """What is known only when all documents have named their people, as templates name them too."""
    if len(cast.people) > MAX_PARTICIPANTS:
        yield Problem(("documents",), "too_long", "A package can have 500 participants in all.")
    known = set(cast.places)
    for index, reader in enumerate(body.readers):
        if reader.email.lower() in known:
            yield Problem(("readers", index, "email"), "duplicate", "Two participants have this e-mail address.")
        known.add(reader.email.lower())


def _paper(organization: Organization, body: ManyIn, number: int, cast: Cast, stack: ExitStack) -> Paper:
    """From an upload that follows, from a template of positions, or from answers to a template's questions."""
    document, path = body.documents[number], ("documents", number)
    name = document.name or f"{body.name[:MAX_STEM]} {number + 1}"
    template_id = _template_id(document, body)
    if template_id and not document.signProfile:
        data = document.data or body.data
        made = stack.enter_context(drafts.made(organization, template_id, data, body, path, name))
        people_ = [cast.add(person) for person in made.people]
        return replace(made.paper, parts=[replace(part, person=people_[part.person]) for part in made.paper.parts])
    template = sources.template_of(organization, template_id)
    if template_id and template is None:
        raise Invalid(Problem((*path, "document"), "unknown", "There is no template with this id."))
    if problems := [*sources.type_problems(template, document.signProfile)]:
        raise Invalid(*(replace(problem, path=(*path, *problem.path)) for problem in problems))
    pdf = stack.enter_context(sources.pdf_of(None, template))
    return Paper(name, _parts(document.signProfile, body, path, sources.boxes_of(template), cast), pdf)


def _parts(
    signers: Sequence[PackageSigner], body: ManyIn, path: people.Path, boxes: people.Boxes, cast: Cast
) -> list[Part]:
    return [
        people.part(signer, cast.add(_person(signer, body)), (*path, "signProfile", index), boxes)
        for index, signer in enumerate(signers)
    ]


def _person(signer: PackageSigner, body: ManyIn) -> Person:
    return Person(
        name=signer.name,
        email=signer.email or "",
        phone=signer.phone or "",
        language=signer.language or "",
        notify=body.notification if signer.notification is None else signer.notification,
        channels=identity.channels(body),
        identity=identity.of(body, signer),
    )


def _documents(process: Process, by: Actor) -> Iterator[dict[str, Any]]:
    """Each with an upload address while its PDF has yet to come."""
    silent = process.participants.filter(notify=False).exclude(role=Participant.Role.READER)
    links = {person.pk: person.new_link(by, "not notified") for person in silent}
    for document in process.documents.select_related("organization"):
        awaits = document.state == Document.State.AWAITING_UPLOAD
        yield {
            **({"url": upload_url(document)} if awaits else {}),
            "name": document.name,
            "code": document.code,
            "signProfile": [_profile(part.participant, links) for part in document.parts.select_related("participant")],
        }


def _profile(person: Participant, links: Mapping[int, str]) -> dict[str, str]:
    """Those whom we do not tell come with their id, and with the link that the sender gives them in our stead."""
    profile = {"name": person.name, "email": person.email}
    return profile if person.notify else {"id": person.public_id, **profile, "url": links[person.pk]}
