"""The one way out to the internet for addresses that come from outside. Everything else is refused.

A name is resolved once, every address it has is checked, and the connection goes to one that was checked: a name that
resolves elsewhere on a second look has no second look. TLS and the Host header still carry the name. No redirect is
followed, one deadline stands over all, and of the answer no more is read than asked for.
"""

import asyncio
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import httpcore
import httpx

from rubrica.webhooks import addresses

DEADLINE = 10.0  # seconds for name, connection, TLS and the whole answer (contract/auco.md §9.2)
CONNECT_EACH = 3.0  # seconds for one of a name's addresses, so that a dead one leaves time for the next
MOST_ADDRESSES = 4  # of one name that are tried
MAX_URL = 2000  # characters
LOWEST_PORT = 1024  # besides 80 and 443: below are services that must not be spoken to by others' wishes
HOST = re.compile(r"[A-Za-z0-9._:-]+")
AGENT = "Rubrica-Webhooks/1"

# Threads of their own: a name server that does not answer must not hold what the rest of the worker runs on.
LOOKUPS = ThreadPoolExecutor(max_workers=32, thread_name_prefix="lookup")


class UrlRefused(Exception):
    """This address is never called. ``code`` is stable, the sentence says what is wrong with it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


class Failure(Exception):
    """The call did not succeed. ``code``: NAME, ADDRESS, CONNECTION, TLS, TIMEOUT, ANSWER or STATUS."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Answer:
    """What came of a call: a status, or the code of a failure. ``body`` is at most as long as was asked for.

    ``location`` is where a redirect points to: it is never followed here.
    """

    status: int | None = None
    body: bytes = b""
    media_type: str = ""
    failure: str = ""
    detail: str = ""
    milliseconds: int = 0
    is_whole: bool = True
    location: str = ""

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def check_url(text: str, *, inside: bool = False) -> httpx.URL:
    """The parsed address. Raises UrlRefused; a name is resolved only when it is called.

    ``inside`` is for a server that the operator has set: it may be in the own network, at any port.
    """
    url = _parsed(text)
    if url.scheme not in {"http", "https"}:
        raise UrlRefused("scheme", "The address must begin with https:// or http://.")
    if url.userinfo:
        raise UrlRefused("userinfo", "The address must not carry a user name or a password.")
    host = url.raw_host.decode("ascii", "replace")
    if not host or not HOST.fullmatch(host):
        raise UrlRefused("host", "The address has no host name that can be called.")
    if inside:
        return url
    fixed = addresses.written_out(host)
    if fixed is not None and not addresses.is_allowed(fixed):
        raise UrlRefused("private", "Addresses inside a network cannot be called, only public ones.")
    if url.port not in {None, 80, 443} and not LOWEST_PORT <= (url.port or 0) < 65536:
        raise UrlRefused("port", "Only the ports 80, 443 and from 1024 on can be called.")
    return url


def _parsed(text: str) -> httpx.URL:
    if len(text) > MAX_URL or not text.isprintable() or " " in text:
        raise UrlRefused("url", "This is not an address that can be called.")
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, ValueError, UnicodeError):
        raise UrlRefused("url", "This is not an address that can be called.") from None


async def send(
    method: str,
    address: str,
    *,
    headers: Mapping[str, str],
    content: bytes = b"",
    limit: int,
    seconds: float = DEADLINE,
    inside: bool = False,
    into: Callable[[bytes], object] | None = None,
) -> Answer:
    """Calls; whatever the outside world does becomes an Answer and no exception. ``inside`` as in ``check_url``.

    With ``into`` the body of a success goes there piece by piece, up to ``limit`` bytes, and is not held here.
    """
    begun = time.monotonic()
    try:
        url = check_url(address, inside=inside)
        async with asyncio.timeout(seconds):
            answer = await _exchange(method, url, headers, content, _Body(limit, into), _Guarded(inside))
    except UrlRefused as refused:
        answer = Answer(failure="ADDRESS", detail=refused.sentence)
    except Failure as failure:
        answer = Answer(failure=failure.code, detail=failure.detail)
    except TimeoutError:
        answer = Answer(failure="TIMEOUT")
    spent = round((time.monotonic() - begun) * 1000)
    return replace(answer, milliseconds=spent)


def fetch(address: str, *, limit: int, seconds: float = DEADLINE) -> Answer:
    """GET from a job's thread."""
    return asyncio.run(send("GET", address, headers={"Accept": "*/*"}, limit=limit, seconds=seconds))


async def _exchange(
    method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes, wanted: "_Body", way: "_Guarded"
) -> Answer:
    # Bodies come as they are: an unpacked one could be a thousand times what is counted.
    fixed = {"Host": url.netloc.decode("ascii"), "User-Agent": AGENT, "Connection": "close", **headers}
    fixed["Accept-Encoding"] = "identity"
    wire = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in fixed.items()]
    try:
        async with (
            httpcore.AsyncConnectionPool(ssl_context=_tls(), network_backend=way, max_connections=1) as pool,
            pool.stream(method, wire, headers=raw, content=content) as response,
        ):
            body, is_whole = await wanted.read(response)
            found = {name.lower(): value.decode("latin-1") for name, value in response.headers}
            kind, location = found.get(b"content-type", ""), found.get(b"location", "")
            return Answer(response.status, body, kind, is_whole=is_whole, location=location)
    except (httpcore.NetworkError, OSError) as error:
        raise Failure(*_trouble(error)) from None
    except httpcore.TimeoutException:
        raise TimeoutError from None
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise Failure("ANSWER", str(error)[:200]) from None


@dataclass(frozen=True)
class _Body:
    """How much of an answer is wanted, and where it goes."""

    limit: int
    into: Callable[[bytes], object] | None

    async def read(self, response: httpcore.Response) -> tuple[bytes, bool]:
        """What is not passed on, up to the limit, and whether that was all."""
        body = bytearray()
        passed_on = self.into if 200 <= response.status < 300 else None
        left = self.limit
        async for chunk in response.aiter_stream():
            (passed_on or body.extend)(chunk[:left])
            left -= len(chunk)
            if left < 0:
                return bytes(body), False
        return bytes(body), True


def _trouble(error: Exception) -> tuple[str, str]:
    """TLS trouble comes wrapped as a failed connection; the receiver's owner must know which it was."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return "TLS", str(getattr(seen, "verify_message", "") or seen.reason or "")[:200]
        seen = seen.__cause__ or seen.__context__
    return "CONNECTION", ""


@cache
def _tls() -> ssl.SSLContext:
    """The usual authorities, or those of SSL_CERT_FILE; made once, as reading them takes a while."""
    return httpx.create_ssl_context()


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses alone. Every name goes through here, so none is looked up twice."""

    def __init__(self, inside: bool) -> None:
        self._plain = httpcore.AnyIOBackend()
        self._inside = inside

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        found = await resolve(host, port)
        if not self._inside and not all(addresses.is_allowed(address) for address in found):
            raise Failure("ADDRESS", "The name leads to an address that is not public.")
        trouble: Exception = Failure("CONNECTION")
        for address in found[:MOST_ADDRESSES]:
            try:
                return await self._plain.connect_tcp(address, port, CONNECT_EACH, None, socket_options)
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                trouble = error
        raise trouble

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise Failure("ADDRESS", "Only the network is called.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, asked once. Raises Failure; an answer that cannot be read is a refusal."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.run_in_executor(LOOKUPS, _look_up, host, port)
    except (OSError, UnicodeError):
        raise Failure("NAME", "The host name cannot be found.") from None
    if not found:
        raise Failure("NAME", "The host name cannot be found.")
    return found


def _look_up(host: str, port: int) -> list[str]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))
