"""The dry run: every row by the rules of a single sending, and what stands in the way of all of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from rubrica.bulk.columns import Target, letter, targets
from rubrica.bulk.filling import Form, Wrong
from rubrica.bulk.models import Batch
from rubrica.drafting.checking import PEOPLE, problems
from rubrica.drafting.content import Content
from rubrica.templating.faults import TemplateRefused


@dataclass(frozen=True)
class Fault:
    """``line`` is the number of the row in the file; ``column`` its letter and heading, empty where it is none."""

    line: int
    column: str
    sentence: str


@dataclass
class DryRun:
    """``general`` must be put right before anything is sent; rows with faults can be left out."""

    rows: int = 0
    good: int = 0
    faults: list[Fault] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)  # by the id of the row
    twice: list[tuple[int, int]] = field(default_factory=list)  # a line, and the earlier one with the same people
    general: list[str] = field(default_factory=list)
    first: Content | None = None  # what the first good row makes

    @property
    def may_be_sent(self) -> bool:
        return bool(self.good) and not self.general


def form_of(batch: Batch) -> Form:
    definition = batch.template.definition if batch.template else None
    return Form(batch.written, batch.headings, batch.choice, batch.papers.count(), definition)


def dry_run(batch: Batch) -> DryRun:
    """In the language that is active. Ten thousand rows take about a second."""
    form, found = form_of(batch), DryRun(general=[*_general(batch)])
    known = {target.key: target for target in targets(form.content, batch.template)}
    seen: dict[tuple[str, ...], int] = {}
    for pk, number, cells in batch.rows.values_list("pk", "number", "cells").order_by("number"):
        filled = form.fill(cells)
        found.rows += 1
        faults = [_fault(batch, number, wrong, known) for wrong in filled.wrong]
        if faults:
            found.faults += faults
            found.left_out[pk] = " ".join(_spoken(fault) for fault in faults)
            continue
        found.good += 1
        found.first = found.first or filled.content
        people = tuple(sorted(person.email.lower() for person in filled.content.people))
        if people in seen:
            found.twice.append((number, seen[people]))
        seen.setdefault(people, number)
    return found


def _general(batch: Batch) -> Iterator[str]:
    """What no row can put right: no column for what must be there, and what is missing in the draft itself."""
    content = batch.written
    for target in targets(content, batch.template):
        if target.required and target.key not in batch.choice.columns:
            yield _("%(what)s: choose a column.") % {"what": title_of(target)}
    if batch.template is not None:
        yield from _template_trouble(batch)
        return
    papers = [*batch.papers.values_list("pk", flat=True)]
    for problem in problems(batch.organization, content, papers):
        if problem.path[0] != PEOPLE and problem.path[1:] != ("name",):
            yield problem.sentence(_)


def _template_trouble(batch: Batch) -> Iterator[str]:
    assert batch.template is not None
    if not batch.template.is_active:
        yield _("This template was switched off.")
    try:
        batch.template.ready()
    except TemplateRefused as refused:
        yield _(refused.sentence)


def title_of(target: Target) -> str:
    """``E-mail of Tenant``, ``Name of person 2``, or a question's own words."""
    titles = {
        "name": _("Name"),
        "email": _("E-mail"),
        "phone": _("Telephone"),
        "language": _("Language"),
        "title": _("Name of the process"),
    }
    if not target.number:
        return target.label or titles[target.field]
    owner = target.owner or _("person %(number)s") % {"number": target.number}
    return _("%(field)s of %(person)s") % {"field": titles[target.field], "person": owner}


def column_title(headings: list[str], column: int) -> str:
    heading = headings[column] if column < len(headings) else ""
    return f"{letter(column)} · {heading}" if heading else letter(column)


def _fault(batch: Batch, number: int, wrong: Wrong, known: dict[str, Target]) -> Fault:
    sentence = wrong.spoken(_)
    column = batch.choice.columns.get(wrong.key)
    if column is not None:
        return Fault(number, column_title(batch.headings, column), sentence)
    return Fault(number, title_of(known[wrong.key]) if wrong.key in known else "", sentence)


def _spoken(fault: Fault) -> str:
    return f"{fault.column}: {fault.sentence}" if fault.column else fault.sentence
