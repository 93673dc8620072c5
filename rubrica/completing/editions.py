"""What is heard of processes: one that is taken back takes its recipient's link with it."""

from rubrica.completing.models import Completion
from rubrica.processes.models import Event


def void_what_was_taken_back(event: Event) -> None:
    """In the transaction of the edition, under the lock of its process."""
    if event.kind == Event.Kind.EDITING:
        Completion.void(event.process)
