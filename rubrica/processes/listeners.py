"""Who outside is to hear of events: the dialects' webhooks register here, as nothing below them may know them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rubrica.processes.models import Event

Listener = Callable[["Event"], None]

_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """``listener`` is called inside the transaction that stored the event: it enqueues, it does not act."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(event: "Event") -> None:
    for listener in _listeners:
        listener(event)
