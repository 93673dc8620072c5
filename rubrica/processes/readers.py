"""Readers learn of every step by mail; nothing else is done for them."""

from rubrica.processes import jobs
from rubrica.processes.models import Event, Participant

Kind = Event.Kind
STEPS = {Kind.SIGNED, Kind.APPROVED, Kind.DECLINED, Kind.CANCELLED, Kind.EXPIRED}


def tell_readers(event: Event) -> None:
    """Listens to events. The end has a message of its own, for everybody."""
    if event.kind not in STEPS:
        return
    readers = Participant.objects.filter(process_id=event.process_id, role=Participant.Role.READER, notify=True)
    for pk in readers.values_list("pk", flat=True):
        jobs.tell_reader.defer(participant_id=pk, event_id=event.pk)
