"""Requests one after the other on a kept connection, and the CPU that each cost the server."""

from collections.abc import Callable
from functools import partial

from bench.server import Target

ROUNDS = 5
Round = Callable[[], float]  # gives microseconds of CPU a request


def cpu_a_request(
    target: Target,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
    times: int,
    cpu: Callable[[], float] | None = None,
) -> float:
    """Microseconds of CPU for a request, of the server alone or what ``cpu`` counts: the least of several rounds."""
    return least(asked(target, method, path, body, headers, times, cpu))[0]


def asked(
    target: Target,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
    times: int,
    cpu: Callable[[], float] | None = None,
) -> Round:
    """A round of that many requests."""
    return partial(_round, target, method, path, body, headers, times, cpu or target.cpu)


def least(*rounds: Round, times: int = ROUNDS) -> list[float]:
    """The least that each of them cost, as other work only ever adds. They take turns, so that what slows the machine
    down for a minute slows down all of them."""
    for one in rounds:
        one()
    costs = [[one() for one in rounds] for _ in range(times)]
    return [min(of_one) for of_one in zip(*costs, strict=True)]


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
