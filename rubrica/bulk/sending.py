"""The rows of a batch, one after the other, each into a process of its own."""

from collections.abc import Sequence

from django.utils import translation
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member
from rubrica.bulk import jobs
from rubrica.bulk.checking import form_of
from rubrica.bulk.filling import Filled, Form
from rubrica.bulk.models import Batch, BatchPaper, BatchRow
from rubrica.drafting import from_template
from rubrica.drafting.content import Content
from rubrica.drafting.models import WrittenPaper
from rubrica.drafting.sending import start_written
from rubrica.files.intake import IntakeRefused
from rubrica.processes.actor import MEMBER, Actor
from rubrica.processes.errors import Invalid, Refused
from rubrica.sealing.values import Refusal
from rubrica.templating.faults import TemplateRefused

AT_A_TIME = 20  # rows, then the batch stands behind those of others
FOR_ALL = {"SIGNING_KEY_UNUSABLE"}  # would be said of every row, so the batch waits for somebody to look
REFUSALS = (Invalid, Refused, Refusal, TemplateRefused, IntakeRefused)


def send_some(batch_id: int) -> None:
    """May run twice: what is no longer running is left alone, and a row that was sent is not sent again."""
    found = Batch.objects.select_related("organization", "sender__organization", "template__complete")
    batch = found.filter(pk=batch_id, state=Batch.State.RUNNING).first()
    if batch is None:
        return
    sender = _sender(batch)
    with translation.override(sender.language):
        if not (sender.is_active and sender.may_edit):
            batch.pause(_("Whoever began it may not send any more. Go on with it, or stop it."))
            return
        form, papers = form_of(batch), list(batch.papers.select_related("blob"))
        for row in batch.rows.filter(state=BatchRow.State.WAITING).order_by("number")[:AT_A_TIME]:
            # Where somebody else has let it go on, another job sends in their name.
            if not Batch.objects.filter(pk=batch.pk, state=Batch.State.RUNNING, sender=sender).exists():
                return
            if row.is_worth_a_try():
                _send(batch, form, papers, row)
    if batch.rows.filter(state=BatchRow.State.WAITING).exists():
        jobs.enqueue(batch.pk)
    else:
        batch.finish()


def _send(batch: Batch, form: Form, papers: Sequence[WrittenPaper], row: BatchRow) -> None:
    filled = form.fill(row.cells)
    if filled.wrong:  # the rules have changed since the dry run
        row.failed(" ".join(wrong.spoken(_) for wrong in filled.wrong))
        return
    try:
        content, made = _made(batch, filled, papers)
        start_written(_sender(batch), content, made, _actor(batch), row.sent, one_of_many=True)
    except REFUSALS as refused:
        _refused(batch, row, refused)


def _made(batch: Batch, filled: Filled, papers: Sequence[WrittenPaper]) -> tuple[Content, Sequence[WrittenPaper]]:
    """The row's own document, where a template makes one out of its answers."""
    if batch.template is None:
        return filled.content, papers
    made = from_template.written(batch.organization, batch.template, filled.answers)
    file_name = f"{made.name}.pdf"
    paper = BatchPaper(pk=0, position=0, name=made.name, file_name=file_name, blob=made.pdf, pages=made.pages)
    own = {"people": made.content.people, "ordering": made.content.ordering, "places": made.places(0)}
    return filled.content.model_copy(update=own), [paper]


def _sender(batch: Batch) -> Member:
    """Whoever let it run last, and answers for what goes out."""
    assert batch.sender is not None
    return batch.sender


def _actor(batch: Batch) -> Actor:
    return Actor(MEMBER, _sender(batch).email, str(batch.sender))


def _refused(batch: Batch, row: BatchRow, refused: Exception) -> None:
    code, sentence = getattr(refused, "code", ""), _sentence(refused)
    if code == "ROW_TAKEN":
        return
    if code in FOR_ALL:
        row.not_tried()
        batch.pause(sentence)
    else:
        row.failed(sentence)


def _sentence(refused: Exception) -> str:
    """In the language of whoever sends; the reasons stay with the rows."""
    if isinstance(refused, Invalid):
        return " ".join(problem.sentence(_) for problem in refused.problems)
    if isinstance(refused, Refused | IntakeRefused):
        return _(refused.sentence) % refused.values if refused.values else _(refused.sentence)
    if isinstance(refused, TemplateRefused):
        return _(refused.sentence)
    return _(refused.detail) if isinstance(refused, Refusal) else str(refused)
