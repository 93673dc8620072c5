"""Documents that are made from a template: filled in at once, or begun and completed by somebody (§§5.2, 5.3)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest
from ninja import Router

from rubrica.accounts.models import Organization
from rubrica.api.auco import identity, roots
from rubrica.api.auco.addresses import in_edition
from rubrica.api.auco.door import PRIVATE, actor_of, organization_of
from rubrica.api.auco.schemas import Addressed, ManyIn, Variable
from rubrica.api.auco.template_schemas import PrebuildIn, SaveIn
from rubrica.api.auco.templates import problem
from rubrica.completing import making
from rubrica.completing.terms import Terms
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Invalid, Problem
from rubrica.processes.models import Participant, Process
from rubrica.processes.sending import Paper, Person
from rubrica.templating import answers, composing
from rubrica.templating.definition import Definition
from rubrica.templating.faults import Fault
from rubrica.templating.models import Template
from rubrica.web.text import findable

router = Router()

Given = dict[str, str]
Path = tuple[str | int, ...]


@router.post("/document/save", auth=PRIVATE)
def save_document(request: HttpRequest, payload: SaveIn) -> dict[str, Any]:
    """Makes a document from a template and answers to all its questions, and sends it to those whom they name."""
    if payload.documents is not None:
        return _many(request, payload)
    organization = organization_of(request)
    overwritten = in_edition(organization, Process.Kind.DOCUMENT, payload.code)
    template = template_of(organization, payload.document)
    terms = terms_of(organization, payload, sign=payload.sign)
    checked, problems = _checked(template.definition, payload.data, terms, ("data",))
    problems += roots.problems(organization, payload)
    if problems:
        raise Invalid(*problems)
    by = actor_of(request)
    return _answer(making.save(organization, template, checked, terms, by, overwritten), by)


def _many(request: HttpRequest, payload: SaveIn) -> dict[str, Any]:
    """An older client's package: what comes with ``documents`` goes where packages go (§13 no. 14)."""
    from rubrica.api.auco.packages import create_package  # which imports this module for its templates

    body = payload.model_dump(mode="json", exclude_unset=True, exclude={"sign", "code"})
    answer: dict[str, Any] = create_package(request, ManyIn.model_validate(body))
    return answer


@dataclass(frozen=True)
class Made:
    """A document of a package that was made from answers; the parts of ``paper`` count in ``people``."""

    people: Sequence[Person]
    paper: Paper


@contextmanager
def made(
    organization: Organization, template_id: str, data: Sequence[Variable], body: ManyIn, path: Path, name: str
) -> Iterator[Made]:
    """While the request runs. Answers for the whole package may be meant for another document.

    Raises Invalid with problems under ``path``, and TemplateRefused.
    """
    shared = data is body.data
    where: Path = ("data",) if shared else (*path, "data")
    template = template_of(organization, template_id, path)
    known = [one for one in data if one.key in template.definition.by_name] if shared else data
    terms = replace(terms_of(organization, body, sign=True), name=name, readers=[])
    checked, problems = _checked(template.definition, known, terms, where)
    if problems:
        raise Invalid(*problems)
    with making.composed(template, checked, terms) as sending:
        yield Made(sending.people, sending.papers[0])


def _checked(
    definition: Definition, data: Sequence[Variable], terms: Terms, where: Path
) -> tuple[making.Checked, list[Problem]]:
    given, problems = given_of(definition, data, where)
    checked = making.check(definition, given, terms)
    return checked, [*problems, *answer_problems(checked.faults, data, where)]


@router.post("/document/prebuild", auth=PRIVATE)
def prebuild_document(request: HttpRequest, payload: PrebuildIn) -> dict[str, str]:
    """Begins a document with some answers; ``emailTo`` is asked for the others."""
    organization = organization_of(request)
    template = template_of(organization, payload.document)
    definition, terms = template.definition, terms_of(organization, payload, sign=payload.sign)
    given, problems = given_of(definition, payload.preBuild, ("preBuild",))
    problems += _not_pre_filled(definition, payload.preBuild)
    if definition.recipient:
        given.setdefault(definition.recipient, payload.emailTo)
    if payload.signatures == "each":
        sentence = "A document that somebody completes first is sealed once, when everybody has signed."
        problems.append(Problem(("signatures",), "not_supported", sentence))
    found = answers.check(definition, given, composing.today(), partial=True)
    problems += [
        *roots.problems(organization, payload),
        *answer_problems(found.faults, payload.preBuild, ("preBuild",)),
    ]
    if problems:
        raise Invalid(*problems)
    composing.check_available()
    fixed = {name: value for name, value in given.items() if value.strip()}
    completion = making.prebuild(organization, template, fixed, payload.emailTo, terms, actor_of(request))
    return {"document": completion.process.documents.get().code}


def template_of(organization: Organization, public_id: str | None, path: Path = ()) -> Template:
    """Raises Invalid with TEMPLATE_NOT_FOUND, also for one that is inactive or has positions only."""
    if public_id is None:
        raise Invalid(Problem((*path, "document"), "required", "This field is required."))
    template = Template.find(organization, findable(public_id))
    if template is None or template.kind != Template.Kind.HTML:
        raise Invalid(Problem((*path, "document"), "TEMPLATE_NOT_FOUND", "There is no template with this id."))
    return template.ready()


def given_of(definition: Definition, data: Sequence[Variable], where: Path) -> tuple[Given, list[Problem]]:
    """The answers by question; a key that is no question of the template is refused by its place in the list."""
    given: Given = {}
    problems = []
    for index, variable in enumerate(data):
        if variable.key not in definition.by_name:
            sentence = "The template has no question with this name."
            problems.append(Problem((*where, index, "key"), "unknown_question", sentence))
        elif variable.key in given:
            problems.append(Problem((*where, index, "key"), "duplicate", "This question is answered twice."))
        given[variable.key] = variable.value
    return given, problems


def answer_problems(faults: Sequence[Fault], data: Sequence[Variable], where: Path) -> Iterator[Problem]:
    """A fault at the value that was sent; at the field itself where nothing was."""
    places = {variable.key: index for index, variable in enumerate(data)}
    for fault in faults:
        name = str(fault.path[0])
        yield problem(fault, (*where, places[name], "value") if name in places else (*where, name))


def _not_pre_filled(definition: Definition, data: Sequence[Variable]) -> list[Problem]:
    """Where a template says what is filled in before, nothing else is."""
    allowed = set(definition.pre_build_data) or set(definition.by_name)
    sentence = "This question is not one of those that are filled in before."
    return [
        Problem(("preBuild", index, "key"), "not_pre_filled", sentence)
        for index, variable in enumerate(data)
        if variable.key in definition.by_name and variable.key not in allowed
    ]


def terms_of(organization: Organization, body: Addressed, *, sign: bool) -> Terms:
    """What holds for the process as a whole and for each of its signers, in our words."""
    nobody = SimpleNamespace(country=None, identificationType=None, identification=None)
    whole = roots.addressed(organization, body)
    expires = whole["expires_at"]
    checks = identity.of(body, nobody)
    return Terms(
        name=body.name,
        creator_email=whole["creator_email"],
        subject=whole["subject"],
        message=whole["message"],
        creator_id=whole["creator_id"],
        sign=sign,
        notify=whole["notify"],
        remind_every_hours=whole["remind_every_hours"],
        expires_at=expires.isoformat() if expires else None,
        identity=dict(whole["identity"]),
        checks=checks,
        channels=identity.channels(body),
        needs_phone=identity.needs_phone(body),
        folder_id=whole["folder_id"],
        tags=list(whole["tags"]),
        custom=whole["custom"],
        webhooks=list(whole["webhooks"]),
        signatures=whole["signatures"],
        readers=[[reader.name, reader.email] for reader in body.readers],
    )


def _answer(process: Process, by: Actor) -> dict[str, Any]:
    """With those who sign where one of them is not told by us: these have their link, which the sender gives them."""
    answer: dict[str, Any] = {"document": process.documents.get().code}
    signing = list(process.participants.exclude(role="reader").order_by("pk"))
    if all(person.notify for person in signing):
        return answer
    return answer | {"signProfile": [_profile(person, by) for person in signing]}


def _profile(person: Participant, by: Actor) -> dict[str, str]:
    if person.notify:
        return {"email": person.email}
    return {"id": person.public_id, "email": person.email, "url": person.new_link(by, "not notified")}
