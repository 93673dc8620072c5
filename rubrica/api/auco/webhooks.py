"""From our events to the bodies that the dialect's receivers know (contract/auco.md §§9.3, 9.4, own.md §3).

Each body is made and stored in the transaction of its event: it shows the state of that moment, and a retry or a later
"send again" sends the same bytes. The ``url`` in it works for RUBRICA_WEBHOOK_URL_SECONDS, as receivers may look at it
only after the retries are through; afterwards GET /document gives a fresh one.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings

from rubrica.database import all_rows
from rubrica.files.links import download_url
from rubrica.files.types import pdf_name
from rubrica.processes.actor import PARTICIPANT
from rubrica.processes.models import Event, Participant, Process
from rubrica.webhooks.announcing import Message, announce, targets

Body = dict[str, Any]
# Prepared: every POST /attachments of an organization with a webhook asks.
DOCUMENTS = """
SELECT code, name, coalesce(sealed_id, shown_id, original_id) FROM processes_document
 WHERE process_id = %(process)s ORDER BY position
"""
Kind, Of = Event.Kind, Process.Kind


def hear(event: Event) -> None:
    """Called for every event, in its transaction. What no receiver waits for costs one look into a table."""
    process = event.process
    makers = MAKERS[process.kind].get(event.kind, ())
    if not makers:
        return
    to = targets(process.organization_id, process.webhooks)
    if not to:
        return
    facts = Facts(event)
    messages = [_message(body) for make in makers for body in make(facts)]
    announce(process.organization_id, to, process.public_id, event.pk, messages)


def _message(body: Body) -> Message:
    return Message(body["status"], json.dumps(body, ensure_ascii=False, separators=(",", ":")))


@dataclass(frozen=True)
class Paper:
    """A document, and its PDF as it is now: sealed, or as it is read and signed; None while it has not come."""

    code: str
    name: str
    blob_id: int | None


class Facts:
    """An event and what its bodies may need, each fetched when it is asked for."""

    def __init__(self, event: Event) -> None:
        self.event, self.process, self.data = event, event.process, event.data

    @cached_property
    def documents(self) -> list[Paper]:
        return [Paper(*row) for row in all_rows(DOCUMENTS, {"process": self.process.pk})]

    @property
    def are_all_here(self) -> bool:
        return bool(self.documents) and all(document.blob_id is not None for document in self.documents)

    @cached_property
    def person(self) -> Participant | None:
        """Whom the event is about: named by it, or who did it, or who ended the process by saying no."""
        known = self.process.participants
        if named := self.data.get("participant"):
            return known.filter(public_id=named).first()
        if self.event.actor_kind == PARTICIPANT:
            return known.filter(public_id=self.event.actor).first()
        if self.process.kind == Of.IDENTITY:
            return known.first()
        return known.filter(status=Participant.Status.REJECT).first()

    @property
    def signer(self) -> Body:
        if self.person is None:
            return {}
        person = self.person
        return {"signer": {"id": person.public_id, "name": person.name, "email": person.email, "phone": person.phone}}

    @property
    def message(self) -> Body:
        said = self.data.get("reason") or self.data.get("message")
        return {"message": said} if said else {}

    @property
    def likeness(self) -> Body:
        """How alike selfie and card were, from 0 to 1, where that was compared."""
        found = {name: self.data[name] for name in ("similarity", "scores") if name in self.data}
        if found or self.person is None or not self.person.identity:
            return found
        compared = self.person.checks.exclude(current__similarity=None)
        similarity = compared.values_list("current__similarity", flat=True).first()
        return {} if similarity is None else {"similarity": similarity}

    def extras(self, *always: str) -> Body:
        """The sender's own marks: where there are any, and ``tags`` also empty in the bodies that always show them."""
        process = self.process
        tags = {"tags": process.tags} if process.tags or "tags" in always else {}
        return tags if process.custom is None else {**tags, "custom": process.custom}


def _url(document: Paper) -> Body:
    if document.blob_id is None:
        return {}
    return {"url": download_url(document.blob_id, pdf_name(document.name), settings.WEBHOOK_URL_SECONDS)}


# Documents, §9.3: one document is the process.


def _document(facts: Facts, status: str, *parts: Body, url: bool = False) -> Iterator[Body]:
    for document in facts.documents:
        body = {"code": document.code, "name": document.name, "status": status}
        for part in (_url(document) if url else {}, *parts):
            body |= part
        yield body


def document_created(facts: Facts) -> Iterator[Body]:
    """Announced without its PDF it is not there yet; then its arrival is what is told."""
    if facts.are_all_here:
        yield from _document(facts, "CREATE", facts.extras(), url=True)


def document_signed(facts: Facts) -> Iterator[Body]:
    yield from _document(facts, "NOTIFICATION", facts.signer, facts.likeness, facts.extras())


def document_finished(facts: Facts) -> Iterator[Body]:
    yield from _document(facts, "FINISH", facts.extras(), url=True)


def document_refused(facts: Facts) -> Iterator[Body]:
    yield from _document(facts, "REJECT", facts.extras(), url=True)
    yield from document_ended(facts)


def document_ended(facts: Facts) -> Iterator[Body]:
    """Who and why. A process that its sender cancelled has nobody who rejected it."""
    yield from _document(facts, "REJECTED", facts.signer, facts.message, facts.extras("tags"))


def document_blocked(facts: Facts) -> Iterator[Body]:
    yield from _document(facts, "BLOCKED", facts.signer, facts.message, facts.likeness, facts.extras("tags"))


def document_expired(facts: Facts) -> Iterator[Body]:
    yield from _document(facts, "EXPIRED", facts.extras("tags"), url=True)


# Packages, §9.4: several documents, told of as one.


def _package(facts: Facts, status: str, *parts: Body) -> Body:
    body = {"package": facts.process.public_id, "name": facts.process.name, "status": status}
    for part in (*parts, facts.extras()):
        body |= part
    return body


def _inside(facts: Facts, status: str) -> Body:
    return {
        "documents": [
            {"code": document.code, "name": document.name, "status": status, **_url(document)}
            for document in facts.documents
        ]
    }


def package_created(facts: Facts) -> Iterator[Body]:
    """When the last of its PDFs is here."""
    if facts.are_all_here:
        yield _package(facts, "CREATE", _inside(facts, "CREATE"))


def package_signed(facts: Facts) -> Iterator[Body]:
    yield _package(facts, "NOTIFICATION", facts.signer, facts.likeness)


def package_finished(facts: Facts) -> Iterator[Body]:
    yield _package(facts, "SIGNED_PACKAGE", _inside(facts, "FINISH"))


def package_refused(facts: Facts) -> Iterator[Body]:
    yield _package(facts, "DOCUMENT_REJECT", _inside(facts, "REJECT"))
    yield from package_ended(facts)


def package_ended(facts: Facts) -> Iterator[Body]:
    yield _package(facts, "REJECTED", facts.signer, facts.message, facts.extras("tags"))


def package_blocked(facts: Facts) -> Iterator[Body]:
    yield _package(facts, "BLOCKED", facts.signer, facts.message, facts.likeness, facts.extras("tags"))


def package_expired(facts: Facts) -> Iterator[Body]:
    """The contract knows no EXPIRED of a package, only of the documents in one that has come to nothing."""
    yield _package(facts, "DOCUMENT_REJECT", _inside(facts, "EXPIRED"))


# Attachments, own.md §3.


def _files(status: str, *named: str) -> Callable[[Facts], Iterator[Body]]:
    """``named`` are the parts of the body beside package, code, name and status."""

    def make(facts: Facts) -> Iterator[Body]:
        code = {"code": facts.documents[0].code} if facts.documents else {}
        body = {"type": "attachments", "package": facts.process.public_id, **code, "name": facts.process.name}
        yield {**body, "status": status, **_particulars(facts, named)}

    return make


def _particulars(facts: Facts, named: tuple[str, ...]) -> Body:
    found: Body = dict(facts.signer) if "signer" in named else {}
    if "file" in named:
        found["file"] = facts.data["file"]
    if "reason" in named and facts.message:
        found["reason"] = facts.message["message"]
    return found


def files_blocked(facts: Facts) -> Iterator[Body]:
    """With a document its own event says so; without one nothing else would."""
    if not facts.documents:
        yield from _files("BLOCKED", "signer", "reason")(facts)


# Identity processes, §9.5.


def _veriface(status: str, *, finish: bool) -> Callable[[Facts], Iterator[Body]]:
    def make(facts: Facts) -> Iterator[Body]:
        person = facts.process.participants.get()
        claimed = person.identity.get("claimed", {})
        body = {"code": facts.process.public_id, "type": "veriface", "finish": finish, "status": status}
        data = {"name": person.name, "documentName": claimed.get("type", "")}
        yield {**body, **facts.message, "data": data, **facts.likeness, **facts.extras()}

    return make


def veriface_finished(facts: Facts) -> Iterator[Body]:
    """``APPROVED`` by the checks themselves, ``VALIDATED`` by a member who decided."""
    decided = facts.process.participants.get().checks.exclude(decided_by="").exists()
    yield from _veriface("VALIDATED" if decided else "APPROVED", finish=True)(facts)


Maker = Callable[[Facts], Iterator[Body]]
Table = Mapping[str, tuple[Maker, ...]]
DOCUMENT: Table = {
    Kind.CREATED: (document_created,),
    Kind.DOCUMENT_RECEIVED: (document_created,),
    Kind.EDITED: (document_created,),
    Kind.SIGNED: (document_signed,),
    Kind.APPROVED: (document_signed,),
    Kind.FINISHED: (document_finished,),
    Kind.REJECTED: (document_refused,),
    Kind.CANCELLED: (document_ended,),
    Kind.BLOCKED: (document_blocked,),
    Kind.EXPIRED: (document_expired,),
}
PACKAGE: Table = {
    Kind.CREATED: (package_created,),
    Kind.DOCUMENT_RECEIVED: (package_created,),
    Kind.EDITED: (package_created,),
    Kind.SIGNED: (package_signed,),
    Kind.APPROVED: (package_signed,),
    Kind.FINISHED: (package_finished,),
    Kind.REJECTED: (package_refused,),
    Kind.CANCELLED: (package_ended,),
    Kind.BLOCKED: (package_blocked,),
    Kind.EXPIRED: (package_expired,),
}
FILES: Table = {
    Kind.CREATED: (_files("CREATE"),),
    Kind.FILE_UPLOADED: (_files("UPLOADED", "signer", "file"),),
    Kind.FILE_APPROVED: (_files("APPROVED", "signer", "file"),),
    Kind.FILE_REJECTED: (_files("REJECTED", "signer", "file", "reason"),),
    Kind.FINISHED: (_files("FINISH"),),
    Kind.REJECTED: (_files("REJECTED", "signer", "reason"),),
    Kind.CANCELLED: (_files("REJECTED", "reason"),),
    Kind.BLOCKED: (files_blocked,),
    Kind.EXPIRED: (_files("EXPIRED"),),
}
IDENTITY: Table = {
    Kind.BLOCKED: (_veriface("BLOCKED", finish=False),),
    Kind.FINISHED: (veriface_finished,),
    Kind.REJECTED: (_veriface("INVALIDATED", finish=True),),
    Kind.CANCELLED: (_veriface("INVALIDATED", finish=True),),
}
# Where files are asked for beside a document, its own events come first.
MAKERS: Mapping[str, Table] = {
    Of.FILES: {kind: (*DOCUMENT.get(kind, ()), *FILES.get(kind, ())) for kind in {**DOCUMENT, **FILES}},
    Of.DOCUMENT: DOCUMENT,
    Of.PACKAGE: PACKAGE,
    Of.IDENTITY: IDENTITY,
}
