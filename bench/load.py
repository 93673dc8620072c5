"""Requests one after the other on a kept connection, and the CPU that each cost the server."""

from collections.abc import Callable

from bench.server import Target

ROUNDS = 5


def cpu_a_request(
    target: Target,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
    times: int,
    cpu: Callable[[], float] | None = None,
) -> float:
    """Microseconds of CPU for a request, of the server alone or what ``cpu`` counts: the least of several rounds,
    since other work only ever adds."""
    counted = cpu or target.cpu
    _round(target, method, path, body, headers, max(20, times // 4), counted)
    return min(_round(target, method, path, body, headers, times, counted) for _ in range(ROUNDS))


def _round(
    target: Target,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
    times: int,
    cpu: Callable[[], float],
) -> float:
    connection = target.connect()
    before = cpu()
    for _ in range(times):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{method} {path} answered {answer.status}: {content[:300]!r}")
    connection.close()
    return (cpu() - before) / times * 1e6
