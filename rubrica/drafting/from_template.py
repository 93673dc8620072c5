"""What a template begins with: its PDF, its types of signer as people, and its places."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from rubrica import database
from rubrica.accounts.models import Organization
from rubrica.drafting.content import APPROVER, SIGNER, STEPS, TOGETHER, Content, Ordering, Person, Place, Role
from rubrica.files import intake
from rubrica.files.models import Blob
from rubrica.processes.models.document import field_of
from rubrica.sealing.intake.inspect import inspect
from rubrica.sealing.values import Box
from rubrica.templating import answers, composing, signers
from rubrica.templating.faults import TemplateRefused
from rubrica.templating.models import Template
from rubrica.templating.signers import Derived

Pages = list[list[float]]


@dataclass(frozen=True)
class Beginning:
    """One paper and what is written about it; where people sign is by the id of a person."""

    content: Content
    name: str
    pages: Pages
    pdf: Blob
    boxes: Mapping[str, Iterable[Box]]

    def places(self, paper: int) -> list[Place]:
        return [_place(person, paper, box, self.pages) for person, found in self.boxes.items() for box in found]


def placed(template: Template) -> Beginning:
    """One person for each type of signer, whose names and addresses are still to be written."""
    assert template.pdf is not None
    people = [Person(kind=kind) for kind in template.types]
    boxes = {person.id: template.boxes_for(person.kind) for person in people}
    return Beginning(_content(template, people), template.name, template.pages, template.pdf, boxes)


def written(organization: Organization, template: Template, given: Mapping[str, Any]) -> Beginning:
    """The document made from answers by the names of their questions. Raises TemplateRefused, also for faults."""
    definition = template.definition
    known = answers.check(definition, given, composing.today())
    derived, faults = signers.derive(definition, known.values)
    if known.faults or faults:
        raise TemplateRefused("ANSWERS_INVALID", [*known.faults, *faults][0].message)
    database.let_go()
    made = template.composed(known.values)
    with intake.arriving(io.BytesIO(made.pdf), limit=settings.MAX_DOCUMENT_BYTES) as pdf:
        pages = [[size.width, size.height] for size in inspect(pdf.path).pages]
        blob = Blob.keep(organization, pdf)
    people = [person_of(one) for one in derived]
    boxes = {person.id: made.boxes.get(person.kind, []) for person in people}
    return Beginning(_content(template, people), template.name, pages, blob, boxes)


def person_of(one: Derived) -> Person:
    role: Role = APPROVER if one.role == "APPROVER" else SIGNER
    return Person(kind=one.type, name=one.name, email=one.email, phone=one.phone, role=role, step=one.order)


def _content(template: Template, people: list[Person]) -> Content:
    ordering: Ordering = STEPS if len({person.step for person in people}) > 1 else TOGETHER
    return Content(name=template.name, people=people, ordering=ordering, template=template.public_id)


def _place(person: str, paper: int, box: Box, pages: Pages) -> Place:
    width, height = pages[box.page - 1]
    asked = field_of(box)
    return Place(
        paper=paper,
        person=person,
        page=box.page,
        left=round(box.x * width - box.w, 2),
        top=round(box.y * height - box.h, 2),
        width=box.w,
        height=box.h,
        kind=asked.kind,
        name=asked.name,
        required=asked.required,
        max_length=asked.max_length,
    )
