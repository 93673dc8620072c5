"""The connections themselves, as Linux lists them: how many an address has, and an end to those that are too many.

The HTTP server tells us nothing of a connection before its request has a head, and cannot be told to close one. So we
look at the kernel's table, which costs a few milliseconds for thousands, and shut a socket down behind its back: it
sees a client that has gone.
"""

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
ESTABLISHED = "01"


@dataclass(frozen=True)
class Connection:
    address: str
    port: int
    inode: str


def of_port(port: int) -> Iterator[Connection]:
    """Everybody who is connected to our ``port`` now; nothing where the system has no such table."""
    for table in TABLES:
        with contextlib.suppress(OSError):
            yield from _listed(table.read_text(), port)


def _listed(table: str, port: int) -> Iterator[Connection]:
    wanted = f":{port:04X}"
    for line in table.splitlines()[1:]:
        _, local, remote, state, _, _, _, _, _, inode, *_ = line.split()
        if state == ESTABLISHED and local.endswith(wanted):
            address, _, remote_port = remote.partition(":")
            yield Connection(_readable(address), int(remote_port, 16), inode)


def _readable(text: str) -> str:
    """The kernel writes an address as words of four bytes, each in the machine's own order."""
    words = [bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, len(text), 8)]
    found = ip_address(b"".join(words))
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def shut(inodes: set[str]) -> int:
    """Ends these connections where they are this process's; says how many were."""
    done = 0
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/self/fd/{name}")[8:-1] in inodes:
                done += _shut(int(name), inodes)
    return done


def _shut(descriptor: int, inodes: set[str]) -> int:
    own = os.dup(descriptor)  # from here on nobody can put another socket under this number
    with socket.socket(fileno=own) as taken:
        if str(os.fstat(own).st_ino) not in inodes:
            return 0
        taken.shutdown(socket.SHUT_RDWR)
    return 1


def shut_client(client: str, port: int) -> int:
    """Ends the one of ``address:port``."""
    address, _, of_theirs = client.rpartition(":")
    wanted = (address.strip("[]"), int(of_theirs))
    return shut({one.inode for one in of_port(port) if (one.address, one.port) == wanted})


class Crowds:
    """Who has more connections than ``most`` loses the newest of them."""

    def __init__(self, most: int, trusted: set[str]) -> None:
        self._most, self._trusted = most, trusted
        self._seen: dict[str, int] = {}  # connections by their inode, and in which look they were new
        self._looks = 0

    def thin(self, port: int) -> int:
        self._looks += 1
        found = list(of_port(port))
        self._seen = {one.inode: self._seen.get(one.inode, self._looks) for one in found}
        by_address: dict[str, list[str]] = {}
        for one in found:
            by_address.setdefault(one.address, []).append(one.inode)
        too_many: set[str] = set()
        for address, inodes in by_address.items():
            if len(inodes) > self._most and address not in self._trusted:
                inodes.sort(key=lambda inode: self._seen[inode])
                too_many.update(inodes[self._most :])
        return shut(too_many) if too_many else 0
