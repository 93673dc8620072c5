"""The worked example of "The chain of events" in docs/verify.md, recomputed line by line, and by our own code."""

import hashlib
import json
from datetime import datetime

from rubrica.processes.ledger import merkle
from rubrica.processes.ledger.heads import head_bytes, leaf_bytes
from rubrica.processes.models import Event
from tests.docs.markdown import blocks, page

HEADING = "## The chain of events"


def example() -> list[list[str]]:
    """The lines of the ``text`` blocks below the heading."""
    begin = page("docs/verify.md").index(HEADING)
    line = page("docs/verify.md").count("\n", 0, begin)
    found = [block for block in blocks("docs/verify.md") if block.kind == "text" and block.line > line]
    return [block.text.splitlines() for block in found]


def last(line: str) -> str:
    return line.split()[-1]


def test_the_events() -> None:
    first, first_hash, second, second_hash = example()[0]
    assert last(first_hash) == hashlib.sha256(first.encode()).hexdigest()
    assert last(second_hash) == hashlib.sha256(second.encode()).hexdigest()
    assert json.loads(second)[-1] == last(first_hash)
    for line, digest in ((first, first_hash), (second, second_hash)):
        package, sequence, kind, at, actor_kind, actor, name, ip, agent, data, previous = json.loads(line)
        event = Event(
            sequence=sequence,
            kind=Event.Kind(kind),
            at=datetime.fromisoformat(at),
            actor_kind=actor_kind,
            actor=actor,
            actor_name=name,
            ip=ip,
            user_agent=agent,
            data=data,
            previous=bytes.fromhex(previous),
        )
        assert event.canonical(package) == line.encode()
        assert event.digest(package).hex() == last(digest)


def test_an_event_with_commitments() -> None:
    found = next(block.text for block in blocks("docs/verify.md") if block.text.startswith("who "))
    who, _who, person, _person, line, digest = (one.split(maxsplit=1)[1] for one in found.splitlines())
    assert (hashlib.sha256(who.encode()).hexdigest(), hashlib.sha256(person.encode()).hexdigest()) == (_who, _person)
    package, sequence, kind, at, actor_kind, *_commitments, data, previous = json.loads(line)
    (salt, actor, name, ip, agent), (rest, told) = json.loads(who), json.loads(person)
    event = Event(
        sequence=sequence,
        kind=Event.Kind(kind),
        at=datetime.fromisoformat(at),
        actor_kind=actor_kind,
        actor=actor,
        actor_name=name,
        ip=ip,
        user_agent=agent,
        data={**data, **told},
        previous=bytes.fromhex(previous),
        salt=bytes.fromhex(salt + rest),
    )
    assert (event.canonical(package), event.digest(package).hex()) == (line.encode(), digest)


def test_the_leaves_and_the_root() -> None:
    one, first, two, second, root = example()[1]
    hashes = []
    for line, digest in ((one, first), (two, second)):
        package, length, head = json.loads(line)
        assert leaf_bytes(package, length, bytes.fromhex(head)) == line.encode()
        assert hashlib.sha256(b"\0" + line.encode()).hexdigest() == last(digest)
        hashes.append(bytes.fromhex(last(digest)))
    assert json.loads(one)[-1] == last(example()[0][3])
    assert hashlib.sha256(b"\1" + hashes[0] + hashes[1]).hexdigest() == last(root)
    nodes = {(level, index): found for level, index, found in merkle.grown(0, {}, hashes)}
    assert merkle.root((0, 2), nodes).hex() == last(root)


def test_the_head() -> None:
    line, digest = example()[2]
    form, ledger, day, size, root, made = json.loads(line)
    signed = head_bytes(
        ledger, datetime.fromisoformat(day).date(), size, bytes.fromhex(root), datetime.fromisoformat(made)
    )
    assert (form, signed, root) == ("rubrica-ledger-head-v1", line.encode(), last(example()[1][4]))
    assert hashlib.sha256(signed).hexdigest() == last(digest)
