"""Drafts that begin with a template: its PDF, its types of signer as people, and its places."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings

from rubrica import database
from rubrica.accounts.models import Member
from rubrica.drafting.content import APPROVER, SIGNER, STEPS, TOGETHER, Content, Ordering, Person, Place, Role
from rubrica.drafting.models import Draft
from rubrica.files import intake
from rubrica.files.models import Blob
from rubrica.sealing.intake.inspect import inspect
from rubrica.sealing.values import Box
from rubrica.templating import answers, composing, signers
from rubrica.templating.faults import TemplateRefused
from rubrica.templating.models import Template
from rubrica.templating.signers import Derived

Pages = list[list[float]]


def placed(member: Member, template: Template) -> Draft:
    """One person for each type of signer, whose names and addresses are still to be written."""
    assert template.pdf is not None
    people = [Person(kind=kind) for kind in template.types]
    boxes = {person.id: template.boxes_for(person.kind) for person in people}
    return _begun(member, template, people, boxes, template.pages, template.pdf)


def written(member: Member, template: Template, given: Mapping[str, Any]) -> Draft:
    """The document made from answers. Raises TemplateRefused, also for answers with faults."""
    definition = template.definition
    said = {question.name: str(given.get(f"q-{question.name}", "")).replace("\0", "") for question in definition.config}
    known = answers.check(definition, said, composing.today())
    derived, faults = signers.derive(definition, known.values)
    if known.faults or faults:
        raise TemplateRefused("ANSWERS_INVALID", [*known.faults, *faults][0].message)
    database.let_go()
    made = template.composed(known.values)
    with intake.arriving(io.BytesIO(made.pdf), limit=settings.MAX_DOCUMENT_BYTES) as pdf:
        pages = [[size.width, size.height] for size in inspect(pdf.path).pages]
        blob = Blob.keep(member.organization, pdf)
    people = [_person(one) for one in derived]
    boxes = {person.id: made.boxes.get(person.kind, []) for person in people}
    return _begun(member, template, people, boxes, pages, blob)


def _person(one: Derived) -> Person:
    role: Role = APPROVER if one.role == "APPROVER" else SIGNER
    return Person(kind=one.type, name=one.name, email=one.email, phone=one.phone, role=role, step=one.order)


def _begun(
    member: Member,
    template: Template,
    people: list[Person],
    boxes: Mapping[str, Iterable[Box]],
    pages: Pages,
    pdf: Blob,
) -> Draft:
    ordering: Ordering = STEPS if len({person.step for person in people}) > 1 else TOGETHER
    draft = Draft.begin(member, Content(name=template.name, people=people, ordering=ordering))
    paper = draft.add(template.name, pages, pdf, f"{template.name}.pdf")
    with draft.changing() as content:
        content.places = [_place(person, paper.pk, box, pages) for person, found in boxes.items() for box in found]
    return draft


def _place(person: str, paper: int, box: Box, pages: Pages) -> Place:
    width, height = pages[box.page - 1]
    return Place(
        paper=paper,
        person=person,
        page=box.page,
        left=round(box.x * width - box.w, 2),
        top=round(box.y * height - box.h, 2),
        width=box.w,
        height=box.h,
    )
