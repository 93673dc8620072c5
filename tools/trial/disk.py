"""A file system that keeps through a power cut only what was synced, and refuses writes when it is told to.

It is a process of its own, which holds everything in its memory; to kill it is to cut the power. In ``backing`` it
keeps what a disk would have: the bytes of a file from its fsync on, and a name from the fsync of its folder on. Two
things are as on ext4, XFS and Btrfs, on which the database counts too: the fsync of a new file makes its name last, and
a rename between two folders is never kept by half.

    python -m tools.trial.disk BACKING MOUNTPOINT

``BACKING/trouble`` holds ``{"errno": 28, "every": 7}`` to refuse each 7th write with ENOSPC, or nothing.
"""

import errno
import itertools
import json
import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT_ID = 1
ASK_SECONDS = 0.1
BLOCK = 4096


class Node:
    """A file or a folder. ``dirty`` is the range of bytes that a power cut would take."""

    def __init__(self, number: int, mode: int, owner: tuple[int, int] = (0, 0)) -> None:
        self.number, self.mode, self.owner = number, mode, owner
        self.data = bytearray()
        self.names: dict[str, Node] = {}
        self.parent: Node | None = None  # of a new file whose name is on no disk yet
        self.moved_to: list[Node] = []  # folders that have something which was in this one
        self.dirty: tuple[int, int] | None = None
        self.changed = time.time()

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.mode)

    def touch(self, first: int, end: int) -> None:
        begun, ended = self.dirty or (first, end)
        self.dirty = min(begun, first), max(ended, end)
        self.changed = time.time()


class Backing:
    """What survives: each file's bytes, and each folder's names, by the number of its node."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def load(self, number: int, mode: int, owner: tuple[int, int]) -> Node:
        node = Node(number, mode, owner)
        path = self.folder / str(number)
        if not node.is_folder:
            node.data = bytearray(path.read_bytes()) if path.exists() else bytearray()
            return node
        for name, (child, its_mode, *its_owner) in json.loads(path.read_text() if path.exists() else "{}").items():
            node.names[name] = self.load(child, its_mode, (its_owner[0], its_owner[1]))
        return node

    def keep_file(self, node: Node) -> None:
        first, end = node.dirty or (0, 0)
        with open(self.folder / str(node.number), "r+b" if self._has(node) else "w+b") as file:
            file.seek(first)
            file.write(memoryview(node.data)[first : min(end, len(node.data))])
            file.truncate(len(node.data))
        node.dirty = None

    def keep_names(self, folder: Node) -> None:
        names = {name: (one.number, one.mode, *one.owner) for name, one in folder.names.items()}
        whole = self.folder / f"{folder.number}.new"
        whole.write_text(json.dumps(names))
        whole.rename(self.folder / str(folder.number))

    def numbers(self) -> Iterator[int]:
        return itertools.count(max([ROOT_ID, *(int(p.name) for p in self.folder.iterdir() if p.name.isdigit())]) + 1)

    def _has(self, node: Node) -> bool:
        return (self.folder / str(node.number)).exists()


class Disk:
    """What the kernel asks of a file system. One call at a time, so nothing here is locked."""

    use_ns = True

    def __init__(self, backing: Path) -> None:
        self.backing = Backing(backing)
        self.caller: Callable[[], tuple[int, int]] = lambda: (0, 0)  # user and group of who asks now
        self.root = self.backing.load(ROOT_ID, stat.S_IFDIR | 0o755, (0, 0))
        self.numbers, self.handles = self.backing.numbers(), itertools.count(1)
        self.opened: dict[int, Node] = {}
        self.trouble: dict[str, int] = {}
        self.writes = 0

    def obey(self, path: Path) -> None:
        """For ever: what is in this file is done from a moment later on."""
        while True:
            try:
                self.trouble = json.loads(path.read_text())
            except (OSError, ValueError):
                self.trouble = {}
            time.sleep(ASK_SECONDS)

    def _refuse(self) -> None:
        """Raises OSError when it is this one's turn."""
        self.writes += 1
        trouble = self.trouble
        if trouble and self.writes % trouble["every"] == 0:
            raise OSError(trouble["errno"], "")

    def _at(self, path: str) -> Node:
        node = self.root
        for name in filter(None, path.split("/")):
            if name not in node.names:
                raise OSError(errno.ENOENT, "")
            node = node.names[name]
        return node

    def _in(self, path: str) -> tuple[Node, str]:
        folder, _, name = path.rpartition("/")
        return self._at(folder), name

    def _node(self, path: str, handle: int | None) -> Node:
        return self.opened[handle] if handle in self.opened else self._at(path)

    def _new(self, path: str, mode: int) -> Node:
        folder, name = self._in(path)
        node = folder.names[name] = Node(next(self.numbers), mode, self.caller())
        node.parent = folder
        return node

    def _open(self, node: Node) -> int:
        handle = next(self.handles)
        self.opened[handle] = node
        return handle

    # What the kernel asks, by its names.

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        node = self._node(path, fh)
        at = int(node.changed * 1e9)
        return {"st_mode": node.mode, "st_nlink": 1, "st_size": len(node.data), "st_ino": node.number,
                "st_uid": node.owner[0], "st_gid": node.owner[1], "st_mtime": at, "st_ctime": at, "st_atime": at,
                "st_blocks": -(-len(node.data) // 512)}  # fmt: skip

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *self._at(path).names]

    def mkdir(self, path: str, mode: int) -> int:
        self._refuse()
        self._new(path, stat.S_IFDIR | mode)
        return 0

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        self._refuse()
        return self._open(self._new(path, stat.S_IFREG | mode))

    def open(self, path: str, flags: int) -> int:
        node = self._at(path)
        if flags & os.O_TRUNC:
            self._cut(node, 0)
        return self._open(node)

    def opendir(self, path: str) -> int:
        return self._open(self._at(path))

    def release(self, path: str, fh: int) -> int:
        self.opened.pop(fh, None)
        return 0

    releasedir = release

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return bytes(memoryview(self.opened[fh].data)[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        self._refuse()
        node = self.opened[fh]
        if offset > len(node.data):
            node.touch(len(node.data), offset)
            node.data.extend(bytes(offset - len(node.data)))
        node.data[offset : offset + len(data)] = data
        node.touch(offset, offset + len(data))
        return len(data)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        self._cut(self._node(path, fh), length)
        return 0

    def _cut(self, node: Node, length: int) -> None:
        if length > len(node.data):
            self._refuse()
            node.touch(len(node.data), length)
            node.data.extend(bytes(length - len(node.data)))
        else:
            node.touch(length, length)
            del node.data[length:]

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        self._refuse()
        node = self.opened[fh]
        self.backing.keep_file(node)
        if node.parent is not None:
            self._keep_names(node.parent)
        return 0

    def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
        self._keep_names(self.opened[fh])
        return 0

    def _keep_names(self, folder: Node) -> None:
        """With the folders above it that are new themselves, and those that something was moved to."""
        self.backing.keep_names(folder)
        for node in folder.names.values():
            if node.parent is folder:
                node.parent = None
        moved, folder.moved_to = folder.moved_to, []
        for other in [*moved, *([folder.parent] if folder.parent else [])]:
            self._keep_names(other)

    def rename(self, old: str, new: str, flags: int = 0) -> int:
        source, name = self._in(old)
        target, to = self._in(new)
        node = source.names.pop(name)
        target.names[to] = node
        if node.parent is not None:
            node.parent = target
        if target is not source:
            source.moved_to.append(target)
        return 0

    def unlink(self, path: str) -> int:
        folder, name = self._in(path)
        if folder.names.pop(name, None) is None:
            raise OSError(errno.ENOENT, "")
        return 0

    def rmdir(self, path: str) -> int:
        if self._at(path).names:
            raise OSError(errno.ENOTEMPTY, "")
        return self.unlink(path)

    def chmod(self, path: str, mode: int, fh: int | None = None) -> int:
        node = self._node(path, fh)
        node.mode = stat.S_IFMT(node.mode) | mode
        return 0

    def chown(self, path: str, uid: int, gid: int, fh: int | None = None) -> int:
        node = self._node(path, fh)
        no_change = 0xFFFFFFFF
        uid, gid = uid & no_change, gid & no_change
        node.owner = (node.owner[0] if uid == no_change else uid, node.owner[1] if gid == no_change else gid)
        return 0

    def utimens(self, path: str, times: Any = None, fh: int | None = None) -> int:
        node = self._node(path, fh)
        node.changed = times[1] / 1e9 if times else time.time()
        return 0

    def access(self, path: str, mode: int) -> int:
        return 0

    def flush(self, path: str, fh: int) -> int:
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        blocks = 1 << 21
        return {"f_bsize": BLOCK, "f_frsize": BLOCK, "f_blocks": blocks, "f_bfree": blocks, "f_bavail": blocks,
                "f_files": blocks, "f_ffree": blocks, "f_favail": blocks, "f_namemax": 255}  # fmt: skip


def main() -> None:
    os.environ.setdefault("FUSE_LIBRARY_PATH", "libfuse3.so.3")
    import mfusepy  # here, as it loads the library of the system

    class Mounted(Disk, mfusepy.Operations):  # type: ignore[misc]  # it comes without types
        pass

    backing, mountpoint = Path(sys.argv[1]), sys.argv[2]
    disk = Mounted(backing)
    disk.caller = lambda: mfusepy.fuse_get_context()[:2]
    threading.Thread(target=disk.obey, args=(backing / "trouble",), daemon=True).start()
    mfusepy.FUSE(disk, mountpoint, foreground=True, nothreads=True, allow_other=True, default_permissions=True)


if __name__ == "__main__":
    main()
