"""What others notice while a server is under load: a few calls, over and over, from an address of their own."""

import http.client
import threading
import time
from dataclasses import dataclass, field

PAUSE = 0.02  # seconds between two calls
FROM = "127.0.0.2"


@dataclass
class Probe:
    """``asked`` are paths with the headers that they need. Each call opens a connection, as a stranger would."""

    port: int
    asked: dict[str, dict[str, str]]
    seconds: dict[str, list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Probe":
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            for path, headers in self.asked.items():
                self._call(path, headers)
                time.sleep(PAUSE)

    def _call(self, path: str, headers: dict[str, str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=(FROM, 0))
        started = time.monotonic()
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                self.failures.append(f"{path}: {answer.status}")
            self.seconds.setdefault(path, []).append(time.monotonic() - started)
        except OSError as error:
            self.failures.append(f"{path}: {error}")
        finally:
            connection.close()

    def p99(self, path: str) -> float:
        """Milliseconds."""
        found = sorted(self.seconds[path])
        return 1000 * found[min(len(found) - 1, int(len(found) * 0.99))]


def during(port: int, asked: dict[str, dict[str, str]], seconds: float) -> Probe:
    with Probe(port, asked) as probe:
        time.sleep(seconds)
    return probe
