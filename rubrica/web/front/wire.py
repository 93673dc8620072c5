"""What is handed on between Granian, the front and the application, as types: Granian has none of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, Protocol

Headers = list[tuple[str, str]]
StartResponse = Callable[..., object]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
InThread = Callable[[Callable[[], Any]], Awaitable[Any]]


class ScopeHeaders(Protocol):
    def items(self) -> Headers: ...
    def get(self, key: str, default: Any = None, /) -> Any: ...


class Scope(Protocol):
    server: str
    client: str
    method: str
    http_version: str
    query_string: str
    headers: ScopeHeaders

    @property
    def path(self) -> str: ...


class Transport(Protocol):
    async def send_bytes(self, data: bytes) -> None: ...


class Wire(Protocol):
    """Where the answer goes. A body is read by going over it."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...
    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None: ...
    def response_stream(self, status: int, headers: Headers) -> Transport: ...


class Call:
    """One request: what is asked, where the answer goes, and whom to tell that it has gone."""

    __slots__ = ("answered", "done", "scope", "wire")

    def __init__(self, scope: Scope, wire: Wire, done: Callable[[], object]) -> None:
        self.scope, self.wire, self.done = scope, wire, done
        self.answered = False
