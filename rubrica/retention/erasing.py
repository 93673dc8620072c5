"""A person is erased: from rows, files and events, with a statement of what went, what stays, and why.

What proves something about others stays provable: hashes, digests and the chains of events hold as before.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction

from rubrica.accounts.models import Organization
from rubrica.processes.actor import Actor
from rubrica.processes.models import Erasure, Event, Participant, Process
from rubrica.retention import exporting, jobs, process_erasing, scrubbing, statements
from rubrica.retention.models import AskedErasure
from rubrica.retention.people import Person, find
from rubrica.retention.statements import HELD, OPEN, REASONS, keyed
from rubrica.retention.sweeping import is_held, unheld
from rubrica.sealing.models import IssuedCertificate


class NobodyFound(Exception):
    """Nothing here tells of this person."""


@dataclass
class Plan:
    """What an erasure would do, or did: counted by what it is. ``waiting`` are processes of another part of it."""

    person: Person
    with_documents: bool
    processes: list[Process] = field(default_factory=list)
    waiting: list[Process] = field(default_factory=list)
    staying: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def is_empty(self) -> bool:
        return not self.processes and not sum(self.counts.values()) and not self.staying

    def as_json(self) -> dict[str, Any]:
        return {
            "organization": self.person.organization.slug,
            "processes": [process.public_id for process in self.processes],
            "withDocuments": self.with_documents,
            "counts": {name: count for name, count in sorted(self.counts.items()) if count},
            "stays": self.staying,
        }


def plan(organization: Organization, identifier: str, *, with_documents: bool = False) -> Plan:
    """Raises people.Unclear."""
    return looked(find(organization, identifier), with_documents)


def looked(person: Person, with_documents: bool, *, only: Collection[int] | None = None) -> Plan:
    """Of all their processes, or of these."""
    found = Plan(person, with_documents)
    mine = Process.objects.filter(pk__in=person.processes).order_by("pk")
    free = set(unheld(mine).values_list("pk", flat=True))
    for process in mine:
        why = HELD if process.pk not in free else OPEN if process.ended_at is None else ""
        if why:
            found.staying.append(_stays(why, package=process.public_id))
        else:
            (found.processes if only is None or process.pk in only else found.waiting).append(process)
    if not is_held(person.organization):
        found.counts.update(_beside(person, found))
    mine_now = {process.pk for process in found.processes}
    people = [one for one in person.participants if one.process_id in mine_now]
    found.counts.update(process_erasing.counts(found.processes, people, with_documents))
    _say_what_stays(found)
    return found


def _people(person: Person, process: Process) -> list[Participant]:
    return [one for one in person.participants if one.process_id == process.pk]


def _beside(person: Person, found: Plan) -> dict[str, int]:
    """What there is outside of processes; rows of processes that stay do as well."""
    staying = {one.process_id for one in person.participants} - {process.pk for process in found.processes}
    return {
        "notifications": person.notifications().exclude(process_id__in=staying).count(),
        "outbox": person.letters().count(),
        "completions": person.completions().exclude(process__in=staying).count(),
        "bulkRows": person.rows().exclude(process__in=staying).count(),
        "drafts": person.drafts().count(),
        "contacts": person.contacts().count(),
        "exports": person.exports().count(),
        "certificates": certificates(person).count(),
    }


def certificates(person: Person) -> Any:
    """That were made for them where each signs; serial numbers and revocations stay."""
    mine = IssuedCertificate.objects.filter(organization=person.organization)
    texts = [text for text in person.exact if "@" in text]
    found = mine.none()
    for text in texts:
        found = found | mine.filter(subject__icontains=text)
    return found


def _say_what_stays(found: Plan) -> None:
    if found.processes:
        found.staying.append(_stays("events"))
        if not found.with_documents:
            found.staying.append(_stays("documents"))
    keys = list(found.person.records().order_by("pk").values_list("key", flat=True)[:1000])
    if keys:
        found.staying.append(_stays("records", records=keys))
    if not found.is_empty:
        found.staying += [_stays("audit"), _stays("backups")]


def _stays(code: str, **about: Any) -> dict[str, Any]:
    return {"what": code, **about, "why": REASONS[code]}


def erase(
    organization: Organization, identifier: str, by: Actor, *, reason: str = "", with_documents: bool = False
) -> Erasure:
    """All of it or nothing. Bytes go, and the statement is signed, by jobs a moment later.

    Raises people.Unclear, NobodyFound.
    """
    whole = AskedErasure(organization=organization, identifier=identifier, with_documents=with_documents,
                         reason=reason, actor=asdict(by))  # fmt: skip
    with transaction.atomic():
        erasure, found = part(whole)
        while found.waiting:  # they ended while others were being locked
            erasure, found = part(whole)
        if erasure is None:
            raise NobodyFound
        jobs.sign_erasure.defer(erasure_id=erasure.pk)
    return erasure


def part(asked: AskedErasure, most: int | None = None) -> tuple[Erasure | None, Plan]:
    """Of so many processes, and all that is beside them. In a transaction; what was erased is not found again.

    The statement of all parts so far is to be signed anew; None where nothing has been erased.
    """
    organization, by = asked.organization, asked.by
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    mine = Process.objects.filter(pk__in=find(organization, asked.identifier).processes, ended_at__isnull=False)
    chosen = list(unheld(mine).order_by("pk").values_list("pk", flat=True)[:most])
    # In the order of their ids, as everybody who takes several locks; a hold or a reactivation may have come.
    list(Process.objects.select_for_update(of=("self",)).filter(pk__in=chosen).order_by("pk"))
    found = looked(find(organization, asked.identifier), asked.with_documents, only=set(chosen))
    before = Erasure.objects.filter(organization=organization, public_id=asked.public_id).first()
    if before is None and not found.processes and not sum(found.counts.values()):
        return None, found
    if not is_held(organization):
        _erase_beside(found)  # while the people still have the names that are looked for
    told = [_in_process(process, found, asked.public_id, by) for process in found.processes]
    told_before = before.told if before else None
    about = {**found.as_json(), "processes": told}
    return _keep(asked, statements.written(asked, found.person.exact, about, told_before)), found


def _keep(asked: AskedErasure, statement: str) -> Erasure:
    """To be signed, anew where it had been."""
    values = {"statement": statement, "cms": None, "signed_at": None}
    erasure, _ = Erasure.objects.update_or_create(values, organization=asked.organization, public_id=asked.public_id)
    return erasure


def _in_process(process: Process, found: Plan, number: str, by: Actor) -> dict[str, Any]:
    people = _people(found.person, process)
    told = process_erasing.erase(process, people, number, found.with_documents)
    locked = Process.objects.select_related("organization").get(pk=process.pk)
    for one in people:
        locked.record(Event.Kind.ERASED, by, participant=one.public_id, erasure=number)
    return told


def _erase_beside(found: Plan) -> None:
    person = found.person
    staying = {one.process_id for one in person.participants} - {process.pk for process in found.processes}
    person.notifications().exclude(process_id__in=staying).update(to="", error="", provider_id="")
    person.letters().delete()
    for row in person.completions().exclude(process__in=staying):
        row.raw, row.fixed, row.typed, row.draft_values, row.email, row.draft = {}, {}, {}, {}, "", None
        row.save(update_fields=["raw", "fixed", "typed", "draft_values", "email", "draft"])
    person.rows().exclude(process__in=staying).update(cells=[])
    for draft in person.drafts():
        draft.content = scrubbing.json(draft.content, person.texts, person.names)
        draft.save(update_fields=["content"])
    person.contacts().delete()
    for export in person.exports():
        exporting.forget(export)
    failed = AskedErasure.objects.filter(organization=person.organization, identifier__in=person.exact)
    failed.exclude(state=AskedErasure.State.ERASING).delete()
    certificates(person).update(subject="")


@dataclass
class Again:
    """What an erasure came to that was applied once more, or what it would come to."""

    matched: bool  # somebody is here whom the statement is about
    was_done: bool  # in this very database, which knows the statement
    made: list[Erasure] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    stays: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return (self.matched or self.was_done) and not any(one["what"] in {OPEN, HELD} for one in self.stays)


def again(statement: dict[str, Any], by: Actor, *, dry_run: bool = False) -> Again:
    """Applies an erasure once more, to a database that was restored from before it."""
    organization = Organization.objects.get(slug=statement["organization"])
    identifiers = _meant_by(statement, organization)
    known = Erasure.objects.filter(organization=organization, public_id=statement["id"])
    found = Again(bool(identifiers), known.exists())
    for identifier in sorted(identifiers):
        planned = plan(organization, identifier, with_documents=statement["withDocuments"])
        found.counts.update(planned.counts)
        found.stays += [one for one in planned.staying if one not in found.stays]
        if dry_run:
            continue
        try:
            found.made.append(erase(organization, identifier, by, reason=f"again, after {statement['id']}",
                                    with_documents=statement["withDocuments"]))  # fmt: skip
        except NobodyFound:
            continue
    return found


def _meant_by(statement: dict[str, Any], organization: Organization) -> set[str]:
    """Addresses and numbers of people here whose digests the statement has."""
    named = {(one["package"], public_id) for one in statement["processes"] for public_id in one["participants"]}
    wanted = set(statement["person"])
    people = Participant.objects.filter(organization=organization).exclude(email="", phone="").select_related("process")
    packages = [package for package, _public_id in named]
    identifiers = set()
    for one in people.filter(process__public_id__in=packages):
        if (one.process.public_id, one.public_id) in named:
            # By the number only where there is no address: others may answer the same telephone.
            identifiers |= {text for text in (one.email or one.phone,) if keyed(text) in wanted}
    if not named:  # it was about rows outside of processes alone
        emails = people.values_list("email", flat=True).distinct()
        identifiers = {text for text in emails.iterator(chunk_size=2000) if text and keyed(text) in wanted}
    return identifiers
