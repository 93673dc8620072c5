"""What people have filled in on the pages of a process, as its page tells it."""

from collections import defaultdict
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rubrica.processes.fields import TICKED
from rubrica.processes.models import Document, Participant, Process, SignatureBox
from rubrica.sealing.filled import told

Kind = SignatureBox.Kind


@dataclass(frozen=True)
class Filled:
    """``value`` is empty where nothing was written; ``document`` where there is only one."""

    name: str
    value: str
    pages: str
    document: str = ""


def of_process(process: Process, documents: list[Document]) -> defaultdict[int, list[Filled]]:
    """By participant, of those who have signed."""
    boxes = SignatureBox.objects.filter(document__in=documents, participant__status=Participant.Status.FINISH)
    by_person: defaultdict[int, list[SignatureBox]] = defaultdict(list)
    for box in boxes.exclude(kind=Kind.SIGNATURE).order_by("document__position", "page", "pk"):
        by_person[box.participant_id].append(box)
    names = {document.pk: document.name if len(documents) > 1 else "" for document in documents}
    found: defaultdict[int, list[Filled]] = defaultdict(list)
    for person, theirs in by_person.items():
        found[person] = [_filled(one) for one in told(box.filled(names[box.document_id]) for box in theirs)]
    return found


def _filled(one: dict[str, object]) -> Filled:
    """``one`` is what stands alike on these pages."""
    pages = one["pages"]
    assert isinstance(pages, list)
    return Filled(_name(one), _value(one), ", ".join(map(str, pages)), str(one["document"]))


def _name(one: dict[str, object]) -> str:
    usual = {Kind.INITIALS: _("Initials"), Kind.DATE: _("Date")}
    return str(one["name"] or usual.get(Kind(str(one["kind"])), ""))


def _value(one: dict[str, object]) -> str:
    value = one["value"]
    if one["kind"] == Kind.CHECKBOX:
        return pgettext("checkbox", "ticked") if value == TICKED else pgettext("checkbox", "not ticked")
    if one["kind"] == Kind.INITIALS and value == "":
        return pgettext("initials", "drawn")
    return str(value or "")
