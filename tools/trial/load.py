"""Some signings at a time, until there were enough or the time is over. Also a program against any server::

python -m tools.trial.load --url URL --secrets FILE --host 127.0.0.1 --smtp-port 2525 --folder out/load
"""

import argparse
import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tools.trial.journal import Journal
from tools.trial.signing import GivenUp, Signing, World
from tools.trial.sinks import Sinks, listening


class Load:
    """``stop`` lets what has begun come to its end."""

    def __init__(self, world: World, at_once: int, count: int = 1_000_000, pause: float = 0.0) -> None:
        self.world, self.count, self.pause = world, count, pause
        self.begun = 0
        self._lock, self._over = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._client, args=(n,), daemon=True) for n in range(at_once)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()

    @property
    def is_over(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def _next(self) -> int | None:
        with self._lock:
            if self._over.is_set() or self.begun >= self.count:
                return None
            self.begun += 1
            return self.begun

    def _client(self, number: int) -> None:
        time.sleep(number * 0.2)
        while (turn := self._next()) is not None:
            try:
                Signing(self.world, f"Load {turn}").run()
                self.world.tally.done += 1
            except GivenUp as given_up:
                self.world.tally.given_up.append(str(given_up))
            except Exception as error:  # an answer of a form that no client expects is a finding, and others go on
                self.world.tally.given_up.append(f"Load {turn}: {type(error).__name__}: {error}")
            self._over.wait(self.pause)


def in_words(load: Load) -> str:
    tally = load.world.tally
    lines = [f"signings: {load.begun} begun, {tally.done} done, {len(tally.given_up)} given up"]
    lines += [f"  {told}" for told in tally.given_up[:10]]
    lines.append(
        "tries that were repeated: " + (", ".join(f"{n} × {why}" for why, n in tally.again.most_common()) or "0")
    )
    for step in tally.seconds:
        half, most = tally.percentile(step, 0.5), tally.percentile(step, 0.99)
        lines.append(f"  {step:<7} {half:6.2f} s at the median, {most:7.2f} s at the 99th percentile")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.trial.load", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--secrets", type=Path, required=True, help="what `rubrica setup --json` printed")
    parser.add_argument("--host", default="127.0.0.1", help="where the mail server and the receiver listen")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="for the journal and the sink")
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--count", type=int, default=100)
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    secrets = json.loads(options.secrets.read_text())
    sinks = Sinks(Journal(options.folder / "sink.jsonl"))
    world = World(options.url, secrets, secrets["email"], Journal(options.folder / "journal.jsonl"), sinks)
    with listening(sinks, options.host, options.smtp_port):
        load = Load(world, options.at_once, options.count)
        load.start()
        load.wait()
    print(in_words(load))


if __name__ == "__main__":
    main()
