"""From answers to a process: checked, composed, and sent to those whom the answers name."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.conf import settings

from rubrica import database
from rubrica.accounts.models import Organization
from rubrica.completing import jobs
from rubrica.completing.models import Completion
from rubrica.completing.terms import Boxes, Terms
from rubrica.files import intake
from rubrica.files.access import local_path
from rubrica.files.intake import Arrived
from rubrica.files.models import Blob
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Refused
from rubrica.processes.models import Process
from rubrica.processes.reopening import send_anew
from rubrica.processes.sending import Sending
from rubrica.processes.starting import start
from rubrica.templating import answers, composing, models, signers
from rubrica.templating.definition import Definition
from rubrica.templating.faults import Fault
from rubrica.templating.models import Template
from rubrica.templating.signers import Derived


@dataclass(frozen=True)
class Checked:
    """What a document would be made from. With faults it cannot be made; a path begins with a question's name."""

    values: dict[str, str]
    signers: list[Derived]
    faults: list[Fault]


def check(definition: Definition, given: Mapping[str, str], terms: Terms) -> Checked:
    """Everything that must hold before a document is made."""
    found = answers.check(definition, given, composing.today())
    people, faults = signers.derive(definition, found.values)
    phones = {signer.type: signer.phone for signer in definition.signers if signer.phone}
    faults = [*found.faults, *faults]
    if not faults:
        faults = terms.faults(people, phones)
    return Checked(found.values, people, faults)


@contextmanager
def composed(template: Template, checked: Checked, terms: Terms) -> Iterator[Sending]:
    """The document made, with everybody who signs it, while its PDF lies on disk. Raises TemplateRefused."""
    template.ready()
    html, definition = models.text(template.complete), template.definition
    database.let_go()
    made = composing.compose(html, definition, checked.values)
    with intake.arriving(io.BytesIO(made.pdf), limit=settings.MAX_DOCUMENT_BYTES) as pdf:
        yield replace(terms.filled(checked.signers, made.boxes, pdf), template=template.public_id)


def save(
    organization: Organization,
    template: Template,
    checked: Checked,
    terms: Terms,
    by: Actor,
    overwritten: Process | None = None,
) -> Process:
    """Makes the document and starts its process. Raises TemplateRefused and what ``start`` raises."""
    then = None if terms.sign else _print
    with composed(template, checked, terms) as sending:
        if overwritten is not None:
            return send_anew(overwritten, sending, by, then)
        return start(organization, sending, by, then)


def _print(process: Process) -> None:
    jobs.send_to_print.defer(process_id=process.pk)


def prebuild(organization: Organization, template: Template, fixed: Mapping[str, str], email: str, terms: Terms,
             by: Actor) -> Completion:  # fmt: skip
    """Starts a process whose document somebody completes, and asks them by mail."""
    template.ready()
    html = template.complete
    assert html is not None
    made: list[Completion] = []

    def then(process: Process) -> None:
        completion = Completion.objects.create(
            organization=organization,
            process=process,
            template=template,
            raw=template.raw,
            mask=template.mask,
            complete=html,
            terms=terms.kept(),
            fixed=dict(fixed),
            email=email,
            language=organization.language,
        )
        jobs.ask_to_complete.defer(completion_id=completion.pk, key=f"complete:{completion.pk}")
        made.append(completion)

    start(organization, replace(terms.announced(), template=template.public_id), by, then)
    return made[0]


def review(completion: Completion) -> list[Fault]:
    """Composes the draft that the recipient looks at before it is sent; gives the faults that stand before it."""
    checked = check(completion.definition, completion.answers, Terms.read(completion.terms))
    if checked.faults:
        return checked.faults
    if completion.draft is not None and completion.draft_values == checked.values:
        return []
    html = models.text(completion.complete)
    database.let_go()
    made = composing.compose(html, completion.definition, checked.values)
    with intake.arriving(io.BytesIO(made.pdf), limit=settings.MAX_DOCUMENT_BYTES) as arrived:
        blob = Blob.keep(completion.organization, arrived)
    completion.save_draft(blob, made.pages, made.boxes, checked.values)
    return []


def finish(completion: Completion, seen: str, by: Actor) -> list[Fault]:
    """Sends what the recipient has looked at: the draft with the digest ``seen``, and no other.

    Raises Refused with NOT_EDITING when it has been sent already or the process has ended.
    """
    terms = Terms.read(completion.terms)
    checked = check(completion.definition, completion.answers, terms)
    if checked.faults:
        return checked.faults
    blob = completion.draft
    if blob is None or blob.sha256 != seen or completion.draft_values != checked.values:
        return [Fault(("review",), "outdated", "The answers have changed since. Please look at the document again.")]

    def then(process: Process) -> None:
        if not completion.complete_now():
            raise Refused("NOT_EDITING", "This process is not in edition.")
        if not terms.sign:
            _print(process)

    boxes: Boxes = completion.boxes
    with local_path(blob) as path:
        pdf = Arrived(path, blob.size, blob.sha256, "application/pdf")
        send_anew(completion.process, terms.filled(checked.signers, boxes, pdf), by, then, only_unfilled=True)
    return []
