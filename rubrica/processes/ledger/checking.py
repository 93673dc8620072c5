"""Everything again: each chain from its events, the tree from its leaves, each head with its signature.

Whoever has rights on the database can change rows, and with the installation's secret even sign anew. What they cannot
change is a head that somebody outside has kept, from an evidence page or a webhook: it is compared as well.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.db import connection, transaction

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.processes.ledger import merkle
from rubrica.processes.ledger.heads import leaf_bytes, signed_bytes
from rubrica.processes.ledger.merkle import Place
from rubrica.processes.ledger.nodes import fetch
from rubrica.processes.models import Erasure, Event, LedgerHead, LedgerLeaf, Process
from rubrica.processes.models.erasure import Statements
from rubrica.processes.models.event import broken_among
from rubrica.sealing.keyring.anchors import anchors
from rubrica.sealing.verification import detached

PROCESSES = 500  # whose events are read by one statement
LEAVES = 5000
PRINTED = re.compile(r"\d{4}-\d\d-\d\d (?P<size>\d{1,18}) (?P<root>([0-9a-f] ?){63}[0-9a-f])")
SIGNED_WITHIN = timedelta(days=1)


class NotPrinted(Exception):
    """What was given to compare is no head; the text says so."""


@dataclass(frozen=True)
class Breach:
    """``what`` is event, leaf, node, root, signature, timestamp, erasure or kept; ``number`` is that of it."""

    what: str
    organization: str
    number: int
    sentence: str
    package: str = ""


@dataclass
class Report:
    events: int = 0
    processes: int = 0
    leaves: int = 0
    heads: int = 0
    faults: list[Breach] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {"ok": not self.faults, **asdict(self)}

    def in_words(self) -> str:
        seen = f"{self.events} events of {self.processes} processes, {self.leaves} leaves and {self.heads} heads."
        faults = [" ".join(filter(None, (one.organization, one.package, one.sentence))) for one in self.faults]
        return "\n".join([seen, *faults, "NOT all of them hold." if faults else "All of them hold."])


def check(kept: Sequence[str] = ()) -> Report:
    """Of all organizations, as they are at one moment. ``kept`` are heads as evidence pages print them.

    Raises NotPrinted for one that cannot be read.
    """
    heads = [_read(text) for text in kept]
    report = Report()
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            # A process that somebody writes to meanwhile is seen as it was, together with its events.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for organization in Organization.objects.order_by("pk"):
            report.faults += _chains(organization, report)
            report.faults += _Ledger(organization, report).faults()
            report.faults += _erasures(organization)
        report.faults += [fault for head in heads for fault in _compare(*head)]
    return report


def _read(text: str) -> tuple[int, str]:
    """The size and the root of a head; evidence pages print digests in groups."""
    found = PRINTED.fullmatch(" ".join(text.split()))
    if not found:
        raise NotPrinted(f"This is no head as evidence pages print it: {text}")
    return int(found["size"]), found["root"].replace(" ", "")


def _compare(size: int, root: str) -> Iterator[Breach]:
    if not LedgerHead.objects.filter(size=size, root=bytes.fromhex(root)).exists():
        yield Breach("kept", "", size, f"No ledger has the head of {size} leaves that was kept.")


def _chains(organization: Organization, report: Report) -> Iterator[Breach]:
    last = 0
    while batch := list(Process.objects.filter(organization=organization, pk__gt=last).order_by("pk")[:PROCESSES]):
        last = batch[-1].pk
        rows = Event.objects.filter(process__in=batch).order_by("process_id", "sequence")
        found = {pk: list(events) for pk, events in groupby(rows, key=lambda event: event.process_id)}
        statements = Statements()
        for process in batch:
            events = found.get(process.pk, [])
            report.processes, report.events = report.processes + 1, report.events + len(events)
            if sequence := broken_among(process, events, statements):
                sentence = f"Event {sequence} was changed, dropped, swapped or added."
                yield Breach("event", organization.slug, sequence, sentence, process.public_id)


def _erasures(organization: Organization) -> Iterator[Breach]:
    """What vouches for events whose person was erased."""
    for erasure in Erasure.objects.filter(organization=organization).order_by("pk"):
        if erasure.cms is None:
            if erasure.made_at < clock.now() - SIGNED_WITHIN:
                sentence = f"The statement of erasure {erasure.public_id} was never signed."
                yield Breach("erasure", organization.slug, erasure.pk, sentence)
            continue
        try:
            detached.check(bytes(erasure.cms), erasure.digest, anchors())
        except detached.Unsound as unsound:
            sentence = f"The signature of erasure {erasure.public_id} does not hold: {unsound}."
            yield Breach("erasure", organization.slug, erasure.pk, sentence)


class _Ledger:
    """The tree of an organization as it is made of its leaves, beside what is stored of it."""

    def __init__(self, organization: Organization, report: Report) -> None:
        self.organization, self.report = organization, report
        self.size = 0
        self.edge: dict[Place, bytes] = {}  # our own nodes at the right edge

    def faults(self) -> Iterator[Breach]:
        heads = LedgerHead.objects.filter(organization=self.organization).order_by("size")
        for head in heads.select_related("organization", "signature", "timestamp"):
            yield from self._grow(head.size)
            yield from self._head(head)
        stored = LedgerLeaf.objects.filter(organization=self.organization).count()
        if stored != self.size:
            yield self._fault("leaf", self.size, f"There are {stored} leaves, but the last head has {self.size}.")

    def _grow(self, size: int) -> Iterator[Breach]:
        while self.size < size:
            end = min(size, self.size + LEAVES)
            rows = LedgerLeaf.objects.filter(organization=self.organization, index__gte=self.size, index__lt=end)
            leaves = list(rows.select_related("process").order_by("index"))
            self.report.leaves += len(leaves)
            if [leaf.index for leaf in leaves] != list(range(self.size, end)):
                yield self._fault("leaf", self.size, f"Leaves from {self.size} to {end - 1} are missing.")
            yield from self._leaves(leaves)
            yield from self._nodes(leaves, end)

    def _leaves(self, leaves: Sequence[LedgerLeaf]) -> Iterator[Breach]:
        """Whether each names an event that is there, with the hash that it had."""
        events = Event.objects.filter(process__in={leaf.process_id for leaf in leaves})
        known = {(one.process_id, one.sequence): bytes(one.hash) for one in events.only("process", "sequence", "hash")}
        for leaf in leaves:
            if known.get((leaf.process_id, leaf.length)) != bytes(leaf.head):
                sentence = f"The history up to event {leaf.length} is not the one that the ledger vouches for."
                yield self._fault("leaf", leaf.index, sentence, leaf.process.public_id)

    def _nodes(self, leaves: Sequence[LedgerLeaf], end: int) -> Iterator[Breach]:
        hashes = [merkle.leaf_hash(leaf_bytes(one.process.public_id, one.length, bytes(one.head))) for one in leaves]
        hashes += [merkle.EMPTY] * (end - self.size - len(hashes))
        own = {(level, index): found for level, index, found in merkle.grown(self.size, self.edge, hashes)}
        stored = fetch(self.organization.pk, own)
        for level, index in sorted(place for place, found in own.items() if stored.get(place) != found):
            yield self._fault("node", index, f"Node {index} of level {level} is not what its leaves give.")
            break  # what is above it is wrong as well
        known = {**self.edge, **own}
        self.size, self.edge = end, {place: known[place] for place in merkle.places((0, end))}

    def _head(self, head: LedgerHead) -> Iterator[Breach]:
        self.report.heads += 1
        if merkle.root((0, self.size), self.edge) != bytes(head.root):
            yield self._fault("root", head.size, f"The root of {head.day} is not what the leaves give.")
        signature = getattr(head, "signature", None)
        if signature is None:
            if head.made_at < clock.now() - SIGNED_WITHIN:
                yield self._fault("signature", head.size, f"The head of {head.day} was never signed.")
            return
        cms = bytes(signature.cms)
        try:
            detached.check(cms, hashlib.sha256(signed_bytes(head)).digest(), anchors())
        except detached.Unsound as unsound:
            yield self._fault("signature", head.size, f"The signature of {head.day} does not hold: {unsound}.")
        if stamp := getattr(head, "timestamp", None):
            yield from self._timestamp(head, bytes(stamp.token), hashlib.sha256(cms).digest())

    def _timestamp(self, head: LedgerHead, token: bytes, digest: bytes) -> Iterator[Breach]:
        try:
            detached.check_timestamp(token, digest)
        except detached.Unsound as unsound:
            yield self._fault("timestamp", head.size, f"The timestamp of {head.day} does not hold: {unsound}.")

    def _fault(self, what: str, number: int, sentence: str, package: str = "") -> Breach:
        return Breach(what, self.organization.slug, number, sentence, package)
