"""How much is let in at once. What would not fit is told to come again, before it costs memory."""

import os
from dataclasses import dataclass, field
from pathlib import Path

MEGABYTE = 1 << 20
CGROUP = Path("/sys/fs/cgroup/memory.max")
OPEN_TO_ALL = {"/healthz", "/readyz", "/metrics"}  # who asks has to hear, all the more when it is crowded
TIMES = 4  # as much as a JSON body of so many bytes takes while it is read, taken apart and decoded


def memory_of_machine() -> int:
    """Bytes that this machine has, or its container."""
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        return min(physical, int(CGROUP.read_text()))
    except (OSError, ValueError):
        return physical


def memory_in_use() -> int:
    """Bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@dataclass
class Room:
    """``memory`` is in bytes, of this process; ``bodies`` may come in at once, ``from_one`` of them by one address;
    ``waiting`` requests may stand in line for a thread."""

    memory: int
    bodies: int
    from_one: int
    waiting: int
    in_use: int = 0
    held: int = 0  # bytes that bodies which are read whole have announced, or may become
    coming: dict[str, int] = field(default_factory=dict)

    def look(self) -> None:
        self.in_use = memory_in_use()

    @property
    def is_tight(self) -> bool:
        return self.in_use > self.memory

    def has_room_for(self, length: int, caller: str) -> bool:
        if self.is_tight or sum(self.coming.values()) >= self.bodies:
            return False
        if self.coming.get(caller, 0) >= self.from_one:
            return False
        # Whatever its size, one at a time is let in: a limit of its own says what is too large.
        return not self.held or (self.held + length) * TIMES <= self.memory

    def enter(self, length: int, caller: str) -> None:
        self.held += length
        self.coming[caller] = self.coming.get(caller, 0) + 1

    def is_here(self, caller: str) -> None:
        """It has come, and is no longer one of those who are on their way."""
        left = self.coming.get(caller, 1) - 1
        if left > 0:
            self.coming[caller] = left
        else:
            self.coming.pop(caller, None)

    def leave(self, length: int) -> None:
        self.held -= length
