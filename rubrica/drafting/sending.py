"""From a draft to a process: the values that the API starts one with, and the same verb."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from rubrica.accounts.models import Member, Organization
from rubrica.drafting.checking import DOCUMENTS, PLACES, expires_at, problems
from rubrica.drafting.content import BOTH_SIDES, CARD, MAX_ORDER, READER, Content, Person, Place
from rubrica.drafting.models import Draft, WrittenPaper
from rubrica.files.access import local_path
from rubrica.files.intake import Arrived
from rubrica.processes import sending as ours
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Invalid
from rubrica.processes.models import Process
from rubrica.processes.starting import start
from rubrica.sealing.values import Field


def send(draft: Draft, sender: Member, by: Actor) -> Process:
    """Starts the process, and the draft is gone with the same commit; whoever sends it hears what becomes of it.

    Raises Invalid with what is missing or does not fit, what ``start`` raises, and Refused with DRAFT_SENT or
    DRAFT_CHANGED.
    """
    seen = draft.updated_at  # making it ready takes seconds, and a colleague may write in it meanwhile
    papers = list(draft.papers.select_related("blob"))
    content, organization = draft.written, draft.organization
    if missing := [*problems(organization, content, [paper.pk for paper in papers])]:
        raise Invalid(*missing)
    return start_written(sender, content, papers, by, lambda _process: draft.remove(seen))


def start_written(
    sender: Member,
    content: Content,
    papers: Sequence[WrittenPaper],
    by: Actor,
    then: Callable[[Process], object],
    *,
    one_of_many: bool = False,
) -> Process:
    """What is written becomes a process, and ``then`` belongs to its transaction. Raises what ``start`` raises."""
    with ExitStack() as stack:
        pdfs = [_on_disk(stack.enter_context(local_path(paper.blob)), paper) for paper in papers]
        sending = _sending(sender, content, [_paper(content, *one) for one in zip(papers, pdfs, strict=True)])
        return start(sender.organization, replace(sending, one_of_many=one_of_many), by, then)


def _on_disk(path: Path, paper: WrittenPaper) -> Arrived:
    return Arrived(path, paper.blob.size, paper.blob.sha256, "application/pdf")


def kind_of(content: Content, papers: int) -> Process.Kind:
    """As which the outside is told of it: what the API would be called for."""
    if papers > 1:
        return Process.Kind.PACKAGE
    if papers and not any(person.files for person in content.acting):
        return Process.Kind.DOCUMENT
    return Process.Kind.FILES


def asked_of_all(content: Content) -> Person | None:
    """Somebody with the checks that everybody who acts has; None where they differ."""
    acting = content.acting
    same = {(person.code, person.pictures, person.video) for person in acting}
    return acting[0] if len(same) == 1 else None


def _sending(sender: Member, content: Content, papers: list[ours.Paper]) -> ours.Sending:
    everybody = asked_of_all(content)
    return ours.Sending(
        kind=kind_of(content, len(papers)),
        name=content.name,
        subject=content.subject,
        message=content.message,
        creator_email=sender.email,
        creator_id=sender.pk,
        people=[_person(content, person) for person in [*content.acting, *content.readers]],
        papers=papers,
        signatures=content.signatures if papers else "one",
        remind_every_hours=content.remind_every_hours,
        expires_at=expires_at(content),
        identity={"photo": bool(everybody and everybody.pictures), "otp": bool(everybody and everybody.code)},
        folder_id=_folder_id(sender.organization, content.folder),
        tags=content.tags,
        template=content.template,
    )


def _folder_id(organization: Organization, path: str) -> int | None:
    return organization.folders.filter(path=path).values_list("pk", flat=True).first() if path else None


def _person(content: Content, person: Person) -> ours.Person:
    return ours.Person(
        name=person.name,
        email=person.email,
        phone=person.phone,
        language=person.language,
        role=person.role,
        order=MAX_ORDER if person.role == READER else content.order_of(person),
        slots=[ours.Slot(file.name, file.optional) for file in person.files] if person.acts else (),
        identity=identity(person),
    )


def identity(person: Person) -> dict[str, object]:
    """As ``identity.Asked`` reads it; empty where nothing is checked."""
    if not person.checks:
        return {}
    return {
        "checks": person.checks,
        "otp_channel": person.code or "mail",
        "compare": person.pictures in {CARD, BOTH_SIDES},
        "claimed": {},
    }


def _paper(content: Content, paper: WrittenPaper, pdf: Arrived) -> ours.Paper:
    parts = [
        ours.Part(
            index,
            [ours.Place(box, (PLACES, paper.pk, person.id)) for box in boxes(content, person, paper)],
            signer_type=person.kind,
            path=(DOCUMENTS, paper.pk),
        )
        for index, person in enumerate(content.acting)
        if content.has_part(person, paper.pk)
    ]
    return ours.Paper(paper.name, parts, pdf)


def boxes(content: Content, person: Person, paper: WrittenPaper) -> list[Field]:
    return [box_of(paper, place) for place in content.places_of(person, paper.pk)]


def box_of(paper: WrittenPaper, place: Place) -> Field:
    """Raises IndexError for a page that is not there."""
    size = paper.sizes[place.page - 1]
    x, y = (place.left + place.width) / size.width, (place.top + place.height) / size.height
    asked = (place.kind, place.name, place.required, place.max_length)
    return Field(place.page, x, y, place.width, place.height, *asked)
