"""Machines that are network namespaces of Linux, on one bridge: each has an address, and a wire that can be cut."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil

from tools import system

BRIDGE, PREFIX = "rubrica0", "rubrica-"
NETWORK = "10.77.0"


class Machine:
    """``before`` goes in front of a command that is to run on it."""

    def __init__(self, name: str, number: int) -> None:
        self.name, self.address = name, f"{NETWORK}.{number}"
        self.namespace, self.wire = PREFIX + name, f"rub-{name}"

    @property
    def before(self) -> tuple[str, ...]:
        return "ip", "netns", "exec", self.namespace

    def begin(self) -> None:
        inside = f"{self.wire}-in"
        _ip("netns", "add", self.namespace)
        _ip("link", "add", self.wire, "type", "veth", "peer", "name", inside)
        _ip("link", "set", inside, "netns", self.namespace)
        _ip("link", "set", self.wire, "master", BRIDGE, "up")
        _ip("-n", self.namespace, "addr", "add", f"{self.address}/24", "dev", inside)
        _ip("-n", self.namespace, "link", "set", inside, "up")
        _ip("-n", self.namespace, "link", "set", "lo", "up")
        _ip("-n", self.namespace, "route", "add", "default", "via", f"{NETWORK}.1")

    def cut_off(self) -> None:
        _ip("link", "set", self.wire, "down")

    def join(self) -> None:
        _ip("link", "set", self.wire, "up")

    def processes(self) -> list[psutil.Process]:
        done = subprocess.run(["ip", "netns", "pids", self.namespace], capture_output=True, text=True, check=False)
        return [psutil.Process(int(pid)) for pid in done.stdout.split() if psutil.pid_exists(int(pid))]

    def end(self) -> None:
        for process in self.processes():
            process.kill()
        for words in (["link", "del", self.wire], ["netns", "del", self.namespace]):
            subprocess.run(["ip", *words], capture_output=True, check=False)


@contextmanager
def machines(*names: str) -> Iterator[dict[str, Machine]]:
    """On a bridge of this machine, whose own address is the first of the network. Raises SystemExit where this is not
    possible."""
    if not shutil.which("ip"):
        system.install("iproute2")
    found = {name: Machine(name, number) for number, name in enumerate(names, 10)}
    for machine in found.values():
        machine.end()  # of a run that was killed
    subprocess.run(["ip", "link", "del", BRIDGE], capture_output=True, check=False)
    try:
        _ip("link", "add", BRIDGE, "type", "bridge")
        _ip("addr", "add", f"{NETWORK}.1/24", "dev", BRIDGE)
        _ip("link", "set", BRIDGE, "up")
        for machine in found.values():
            machine.begin()
        yield found
    finally:
        for machine in found.values():
            machine.end()
        subprocess.run(["ip", "link", "del", BRIDGE], capture_output=True, check=False)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"ip {' '.join(words)}: {done.stderr.strip()}")


def inside(machine: Machine, command: Sequence[str]) -> list[str]:
    return [*machine.before, *command]
