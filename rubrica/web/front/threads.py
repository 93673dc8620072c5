"""The threads in which the application runs: started when there is work for them, and never more than so many."""

import logging
import queue
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)

Work = Callable[[], object]


class Threads:
    """A queue and those who take from it. Cheaper than an executor, whose futures nobody here waits for."""

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._queue: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._started = 0
        self._busy = 0

    @property
    def waiting(self) -> int:
        """Pieces of work that nobody has begun."""
        return self._queue.qsize()

    def do(self, work: Work) -> None:
        self._queue.put(work)
        # Read without the lock: a count that is one off starts a thread early, or leaves it to the next work.
        if self._busy + self._queue.qsize() > self._started and self._started < self._most:
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._started >= self._most:
                return
            self._started += 1
        threading.Thread(target=self._run, name=f"{self._name}-{self._started}", daemon=True).start()

    def _run(self) -> None:
        while True:
            work = self._queue.get()
            with self._lock:
                self._busy += 1
            try:
                work()
            except BaseException:  # also SystemExit, which would end this thread without a word
                # What answers a request tells of its own errors; a thread that ended here would be missing for good.
                logger.exception("A thread of the server met an error.")
            finally:
                with self._lock:
                    self._busy -= 1
