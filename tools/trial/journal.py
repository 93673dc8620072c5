"""A file of one JSON object a line, each on the disk before whoever wrote it goes on."""

import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class Journal:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab", buffering=0)
        self._lock = threading.Lock()

    def write(self, what: str, **more: Any) -> None:
        line = json.dumps({"what": what, "at": datetime.now(UTC).isoformat(), **more}, ensure_ascii=False)
        with self._lock:
            self._file.write(line.encode() + b"\n")
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()
