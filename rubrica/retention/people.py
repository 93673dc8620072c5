"""Who is meant by an address, a number or an identity document, and everything that an organization holds of them."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from rubrica.accounts.models import Organization
from rubrica.bulk.models import BatchRow
from rubrica.completing.models import Completion
from rubrica.drafting.models import Draft, ForgottenContact
from rubrica.notify.models import Notification, OutboxMessage
from rubrica.processes.models import Participant, PersonExport
from rubrica.records.models import Record
from rubrica.retention.scrubbing import GONE

PHONE = re.compile(r"[+\d][\d\s().-]{5,}")
SHORTEST = 4  # letters of a text that is looked for in texts of a whole organization: shorter ones are in everything


class Unclear(Exception):
    """Nobody can be meant by this; the text says what would do."""


@dataclass(frozen=True)
class Person:
    """``identifier`` is an e-mail address, a telephone number, or the number of an identity document."""

    organization: Organization
    identifier: str
    participants: list[Participant] = field(default_factory=list)

    @cached_property
    def texts(self) -> list[str]:
        """What is looked for in texts of the organization: of ``names`` what is long enough to mean nobody else."""
        return sorted((text for text in self.names if len(text) >= SHORTEST), key=lambda text: (-len(text), text))

    @cached_property
    def names(self) -> set[str]:
        """The identifier, and what the same person is called where they took part, however short."""
        found = {self.identifier, *self.exact}
        for one in self.participants:
            found |= set(called(one))
        return found

    def is_named(self, value: str) -> bool:
        """Whether this is one of the names, and nothing besides."""
        return value.strip().casefold() in self._folded

    @cached_property
    def _folded(self) -> set[str]:
        return {name.strip().casefold() for name in self.names} - {""}

    @property
    def processes(self) -> list[int]:
        return sorted({one.process_id for one in self.participants})

    def notifications(self) -> "QuerySet[Notification]":
        mine = Q(participant_id__in=[one.pk for one in self.participants]) | Q(to__in=self.exact)
        return Notification.objects.filter(mine, organization=self.organization)

    def letters(self) -> "QuerySet[OutboxMessage]":
        return OutboxMessage.objects.filter(organization=self.organization, to__in=self.exact)

    def completions(self) -> "QuerySet[Completion]":
        mine = Q(email__in=self.exact) | Q(
            process__in=self.processes, email__in=[one.email for one in self.participants]
        )
        return Completion.objects.filter(mine, organization=self.organization)

    def rows(self) -> "QuerySet[BatchRow]":
        """Of files that were sent to many."""
        named = naming("bulk_batchrow.cells", self.exact)
        mine = Q(pk__in=BatchRow.objects.filter(named).values("pk")) | Q(process__in=self.processes)
        return BatchRow.objects.filter(mine, batch__organization=self.organization)

    def drafts(self) -> "QuerySet[Draft]":
        return Draft.objects.filter(naming("drafting_draft.content", self.exact), organization=self.organization)

    def contacts(self) -> "QuerySet[ForgottenContact]":
        return ForgottenContact.objects.filter(organization=self.organization, email__in=self.exact)

    def records(self) -> "QuerySet[Record]":
        return Record.objects.filter(naming("records_record.values", self.exact), organization=self.organization)

    def exports(self) -> "QuerySet[PersonExport]":
        return PersonExport.objects.filter(organization=self.organization, identifier__in=self.exact)

    @cached_property
    def exact(self) -> list[str]:
        """The identifier as it may be written, and what is as good as it: addresses and numbers, but no names."""
        found = {self.identifier, self.identifier.lower()}
        for one in self.participants:
            found |= {one.email, one.email.lower(), one.phone, claimed_number(one)}
        return sorted(found - {""})


def find(organization: Organization, identifier: str) -> Person:
    """Raises Unclear. Nobody found is a Person without participants, of whom other rows may still tell."""
    wanted = " ".join(identifier.split())
    if len(wanted) < SHORTEST or "\0" in wanted:
        raise Unclear("Give an e-mail address, a telephone number, or the number of an identity document.")
    found = Participant.objects.filter(organization=organization).filter(_by(wanted))
    people = found.select_related("process", "organization").order_by("process_id", "pk")
    return Person(organization, wanted.lower() if "@" in wanted else wanted, list(people))


def _by(wanted: str) -> Q:
    if "@" in wanted:
        return Q(email__iexact=wanted)
    by_number = Q(identity__claimed__number__iexact=wanted)
    if PHONE.fullmatch(wanted):
        digits = re.sub(r"\D", "", wanted)
        return by_number | Q(phone__in=[digits, f"+{digits}"]) | Q(identity__claimed__number=digits)
    return by_number


def called(participant: Participant) -> list[str]:
    """What names this person in the texts of their process, however short; nothing of one who was erased."""
    found = (participant.name, participant.email, participant.phone, claimed_number(participant))
    return [text for one in found if (text := one.strip()) and text != GONE]


def claimed_number(participant: Participant) -> str:
    """Of the identity card, as the sender knows it."""
    claimed: dict[str, Any] = participant.identity.get("claimed") or {}
    return str(claimed.get("number") or "")


def naming(column: str, texts: list[str]) -> Q:
    """Rows whose JSON has one of these texts as a whole value, in whatever case, however deep."""
    condition = RawSQL(  # noqa: S611  the column is one of ours, and the texts are values
        f"EXISTS (SELECT FROM jsonb_path_query({column}, '$.** ? (@.type() == \"string\")') AS found"
        " WHERE lower(btrim(found #>> '{}')) = ANY(%s))",
        [[text.lower() for text in texts]],
        BooleanField(),
    )
    return Q(condition)
