"""One process without one of its people. The caller holds its lock."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from rubrica import clock
from rubrica.files.models import Blob
from rubrica.processes.actor import PARTICIPANT
from rubrica.processes.models import (
    Document,
    Event,
    Evidence,
    IdentityCapture,
    Participant,
    ParticipantLink,
    Process,
    Signature,
    SignatureBox,
    Submission,
    chain,
)
from rubrica.retention import blobs, scrubbing
from rubrica.retention.classes import DOCUMENTS, EVIDENCE
from rubrica.retention.people import called
from rubrica.retention.sweeping import bytes_of
from rubrica.webhooks.models import Delivery

OF_DOCUMENTS = {"processes.Document", "processes.SignedRevision", "processes.Evidence", "completing.Completion"}


def counts(processes: list[Process], people: list[Participant], with_documents: bool) -> Counter[str]:
    """What ``erase`` would find in all of these, with as few questions as if there were one; only events are read."""
    theirs = defaultdict(list)
    for one in people:
        theirs[one.process_id].append(one)
    found = Counter({
        "participants": len(people),
        "files": Submission.objects.filter(requested_file__participant__in=people).count(),
        "pictures": _captures(people).count(),
        "signatures": Signature.objects.filter(participant__in=people).count(),
        "fieldValues": SignatureBox.objects.filter(participant__in=people).exclude(value=None).count(),
        "webhookPayloads": Delivery.objects.filter(subject__in=[one.public_id for one in processes]).count(),
        "events": sum(1 for process in processes for _one in _events(process, theirs[process.pk])),
    })  # fmt: skip
    if with_documents:
        found["documents"] = Document.objects.filter(process__in=processes).count()
    return found


def erase(process: Process, people: list[Participant], erasure: str, with_documents: bool) -> dict[str, Any]:
    """Gives what the statement tells of it."""
    events = [_without(event, erasure, *groups) for event, *groups in _events(process, people)]
    files = _files(process, people, with_documents)
    _rows(people)
    words = _words(people)
    process.name, process.subject = (scrubbing.text(text, words) for text in (process.name, process.subject))
    process.message, process.words = (
        scrubbing.text(process.message, words),
        scrubbing.search_words(process.words, words),
    )
    process.custom = scrubbing.json(process.custom, words)
    process.save(update_fields=["name", "subject", "message", "words", "custom"])
    for document in process.documents.all():
        document.name = scrubbing.text(document.name, words)
        document.save(update_fields=["name"])
    Delivery.objects.filter(subject=process.public_id).delete()
    for one in people:
        one.name, one.email, one.phone, one.notify = scrubbing.GONE, "", "", False
        one.identity = {name: value for name, value in one.identity.items() if name != "claimed"}
        one.save(update_fields=["name", "email", "phone", "notify", "identity"])
    ids = [one.public_id for one in people]
    return {"package": process.public_id, "participants": ids, "events": events, "files": files}


def _words(people: Iterable[Participant]) -> list[str]:
    return sorted({text for one in people for text in called(one)}, key=lambda text: (-len(text), text))


def _events(process: Process, people: list[Participant]) -> Iterable[tuple[Event, bool, bool]]:
    """Those that tell of them, and whether by who acted or by what else they say."""
    ids, words = {one.public_id for one in people}, _words(people)
    for event in process.events.order_by("sequence"):
        personal = {name: value for name, value in event.data.items() if name not in chain.IMPERSONAL and value != ""}
        acted = event.actor_kind == PARTICIPANT and event.actor in ids
        told = bool(personal) and (acted or event.data.get("participant") in ids or scrubbing.names(personal, words))
        shown = acted and bool(event.actor_name or event.ip or event.user_agent)
        if shown or told:
            yield event, shown, told


def _without(event: Event, erasure: str, actor: bool, data: bool) -> dict[str, Any]:
    scrubbing.event(event, erasure, actor=actor, data=data)
    return {"sequence": event.sequence, "hash": bytes(event.hash).hex()}


def _captures(people: list[Participant]) -> Any:
    return IdentityCapture.objects.filter(check_row__participant__in=people, erased_at=None)


def _files(process: Process, people: list[Participant], with_documents: bool) -> list[dict[str, Any]]:
    """Marks their bytes as erased, and gives what they were."""
    captures = _captures(people)
    pictures = {pk for pair in captures.values_list("original", "redrawn") for pk in pair if pk is not None}
    captures.update(original=None, redrawn=None, sharpness=None, faces=None, similarity=None, erased_at=clock.now())
    mine = Submission.objects.filter(requested_file__participant__in=people)
    chosen = pictures | set(mine.values_list("blob", flat=True))
    signatures = Signature.objects.filter(participant__in=people)
    for column in ("image", "initials"):
        chosen |= set(signatures.exclude(**{column: None}).values_list(column, flat=True))
    if with_documents:
        chosen |= bytes_of(DOCUMENTS, [process.pk]) | bytes_of(EVIDENCE, [process.pk])
    # Young ones too: nobody gets them from here on, and before their bytes go they are looked at once more.
    going = list(blobs.erasable(chosen, _spared(process, people, with_documents), young=True))
    Blob.objects.filter(pk__in=[blob.pk for blob in going], erased_at=None).update(erased_at=clock.now())
    if with_documents:
        Evidence.objects.filter(process=process).update(manifest=b"", paths=[], container_manifest=b"")
    return [
        {"what": "picture" if blob.pk in pictures else "file", "sha256": blob.sha256, "size": blob.size}
        for blob in going
    ]


def _spared(process: Process, people: list[Participant], with_documents: bool) -> blobs.Spared:
    """What of this process keeps no bytes: everything of theirs, and all documents where those go as well."""
    pks = [one.pk for one in people]
    theirs = {
        "processes.Submission": Q(requested_file__participant__in=pks),
        "processes.Signature": Q(participant__in=pks),
    }

    def spared(model: str, path: str) -> Q:
        if with_documents and model in OF_DOCUMENTS:
            return Q(**{path: process.pk})
        return theirs.get(model, Q(pk=None))

    return spared


def _rows(people: list[Participant]) -> None:
    Submission.objects.filter(requested_file__participant__in=people).update(file_name=scrubbing.GONE, reason="")
    Signature.objects.filter(participant__in=people).update(text="", initials_text="", ip="", user_agent="")
    SignatureBox.objects.filter(participant__in=people).update(value=None)
    ParticipantLink.objects.filter(participant__in=people).delete()
