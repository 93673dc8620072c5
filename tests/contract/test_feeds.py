"""GET /processes and /events (contract/own.md §3): everything once, in order, and at the same cost at any depth."""

import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from rubrica.api.auco import feeds
from rubrica.processes import event_order
from rubrica.processes.actor import RUBRICA
from rubrica.processes.models import Event, Process
from tests import sending
from tests.cast import Acme, make_acme
from tests.contract import seeds
from tests.contract.calls import Auco
from tests.tampering import as_owner, as_superuser, rewriting_history


def pages(auco: Auco, path: str, **query: str) -> Iterator[dict[str, Any]]:
    """The entries of all pages, one after the other."""
    after: dict[str, str] = {}
    while True:
        answer = auco.get(path, **query, **after)
        assert answer.status_code == 200, answer.content
        yield from answer.json()["data"]
        if answer.json()["next"] is None:
            return
        after = {"after": answer.json()["next"]}


def names(auco: Auco, **query: str) -> list[str]:
    return [one["name"] for one in pages(auco, "/processes", **query)]


def wrong(answer: Any) -> dict[str, str]:
    assert (answer.status_code, answer.json()["message"]) == (400, "VALIDATION_ERROR"), answer.content
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


def test_processes_newest_first(auco: Auco) -> None:
    made = [auco.create(seeds.with_base64() | {"packageName": f"No {n}"}) for n in range(5)]
    assert names(auco, limit="2") == ["No 4", "No 3", "No 2", "No 1", "No 0"]
    one = auco.get("/processes", limit="1").json()["data"][0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one.pop("createdAt"))
    assert one.pop("updatedAt")
    assert one == {
        "package": made[4].public_id,
        "cursor": made[4].public_id,
        "name": "No 4",
        "kind": "attachments",
        "status": "CREATED",
        "finish": False,
        "codes": [made[4].documents.get().code],
    }


def test_an_empty_feed(auco: Auco) -> None:
    for path in ("/processes", "/events"):
        assert auco.get(path).json() == {"data": [], "next": None}


def test_a_full_last_page_says_that_it_is_the_last(auco: Auco) -> None:
    for _ in range(2):
        auco.create(seeds.without_document())
    assert auco.get("/processes", limit="2").json()["next"] is None


def test_status_narrows(auco: Auco) -> None:
    states = ["open", "finished", "rejected", "cancelled", "expired", "editing"]
    for state in states:
        process = auco.create(seeds.without_document() | {"packageName": state})
        Process.objects.filter(pk=process.pk).update(state=state)
    assert names(auco, status="FINISH") == ["finished"]
    assert names(auco, status="REJECTED", limit="1") == ["cancelled", "rejected"]
    assert names(auco, status="CREATED", limit="1") == ["editing", "open"]
    assert names(auco, status="EXPIRED") == ["expired"]
    assert names(auco, status="") == states[::-1]
    assert wrong(auco.get("/processes", status="OPEN")) == {"status": "literal_error"}


SOUGHT = ["contrat", "CONTRATACIÓN", "contratacion upload", "pérez", "perez ana", "ana@example.com", "ana@exam",
          "anexos", "ANEXOS prue"]  # fmt: skip


@pytest.mark.parametrize("q", SOUGHT)
def test_q_finds_words_by_their_beginnings(auco: Auco, q: str) -> None:
    body = seeds.with_base64() | {"packageName": "Anexos de prueba"}
    body["signProfile"][0] |= {"name": "Ana Pérez", "email": "ana@example.com"}
    auco.create(body)
    auco.create(seeds.without_document() | {"packageName": "Other"})
    assert names(auco, q=q) == ["Anexos de prueba"]


def test_q_finds_ids_and_codes_as_a_whole(auco: Auco) -> None:
    process = auco.create(seeds.with_base64() | {"packageName": "Sought"})
    auco.create(seeds.with_base64() | {"packageName": "Other"})
    code = process.documents.get().code
    for q in (process.public_id, code, code.lower(), f" {code} "):
        assert names(auco, q=q) == ["Sought"]
    assert names(auco, q=code[:-1]) == names(auco, q=process.public_id[:-1]) == []


HOSTILE = ["!!!", "a & | ! b", "':*", "\0", "%", "\\", "🖋", "<->", "a:*", "' OR 1=1 --"]


@pytest.mark.parametrize("q", HOSTILE)
def test_q_takes_anything(auco: Auco, q: str) -> None:
    auco.create(seeds.without_document() | {"packageName": "zzz"})
    assert auco.get("/processes", q=q).status_code == 200


def test_q_and_status_together(auco: Auco) -> None:
    done = auco.create(seeds.without_document() | {"packageName": "Lease one"})
    auco.create(seeds.without_document() | {"packageName": "Lease two"})
    Process.objects.filter(pk=done.pk).update(state="finished")
    assert names(auco, q="lease", status="FINISH") == ["Lease one"]


def test_what_is_asked_wrongly_is_named(auco: Auco) -> None:
    for path in ("/processes", "/events"):
        for limit in ("0", "101", "-1", "x", "1.5", "9" * 30, "٣"):
            assert wrong(auco.get(path, limit=limit)) == {"limit": "out_of_range"}
        for after in ("x", "0" * 24, "0" * 24 + "-1", "a\0b", "1-1", "-"):
            assert wrong(auco.get(path, after=after)) == {"after": "unknown"}
    assert wrong(auco.get("/processes", q="x" * 201)) == {"q": "too_long"}
    assert wrong(auco.get("/processes", q="a " * 11, status="x")) == {"q": "too_long", "status": "literal_error"}


@pytest.mark.parametrize("path", ["/processes", "/events"])
def test_only_the_public_key_reads(auco: Auco, path: str) -> None:
    for key in ("", auco.acme.private_key, "puk_" + "0" * 32):
        for query in ({}, {"limit": "x"}, {"after": "x"}):
            answer = auco.get(path, key=key, **query)
            assert (answer.status_code, answer.json()) == (401, {"message": "UNAUTHORIZED"})


@pytest.fixture
def settled(transactional_db: None) -> Auco:
    """With transactions that end: what runs is not in the feed of events yet."""
    return Auco(make_acme())


def test_a_strangers_things_are_not_there(settled: Auco) -> None:
    stranger = Auco(make_acme("Other", "other.example"))
    theirs = stranger.create(seeds.with_base64())
    mine = settled.create(seeds.without_document())
    assert {one["package"] for one in pages(settled, "/processes")} == {mine.public_id}
    assert {one["package"] for one in pages(settled, "/events")} == {mine.public_id}
    assert names(settled, q=theirs.public_id) == names(settled, q=theirs.documents.get().code) == []
    for path, after in (("/processes", theirs.public_id), ("/events", f"{theirs.public_id}-1")):
        assert wrong(settled.get(path, after=after)) == {"after": "unknown"}


def test_events_in_order(settled: Auco) -> None:
    process = settled.create(seeds.without_document())
    ana = process.participants.get()
    ana.opened(ana.actor("203.0.113.9", "Phone"))
    events = list(pages(settled, "/events", limit="1"))
    assert [(event["sequence"], event["kind"]) for event in events[:2]] == [
        (1, "process.created"),
        (2, "participant.opened"),
    ]
    opened = process.events.get(kind="participant.opened")
    assert events[1] == {
        "package": process.public_id,
        "sequence": 2,
        "kind": "participant.opened",
        "at": opened.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "actor": {"kind": "participant", "id": ana.public_id, "name": ana.name},
        "ip": "203.0.113.9",
        "userAgent": "Phone",
        "data": opened.data,
        "hash": bytes(opened.hash).hex(),
        "salt": bytes(opened.salt or b"").hex(),
        "cursor": f"{process.public_id}-2",
    }


def test_events_are_gone_on_with_later(settled: Auco) -> None:
    """The cursor of the last event stays good: what comes later is found behind it."""
    settled.create(seeds.without_document())
    last = list(pages(settled, "/events"))[-1]["cursor"]
    assert settled.get("/events", after=last).json() == {"data": [], "next": None}
    process = settled.create(seeds.without_document())
    assert [one["package"] for one in pages(settled, "/events", after=last)][:1] == [process.public_id]


@pytest.fixture
def elsewhere() -> Iterator[Any]:
    """A connection to another database of the same server."""
    parameters = connection.get_connection_params()
    wanted = {name: parameters[name] for name in ("user", "host", "port", "password") if parameters.get(name)}
    with psycopg.connect(dbname="postgres", **wanted) as other:
        yield other


@pytest.fixture
def second() -> Iterator[Any]:
    """Another connection to the same database, as another server process has one."""
    parameters = connection.get_connection_params()
    wanted = {name: parameters[name] for name in ("dbname", "user", "host", "port", "password") if parameters.get(name)}
    with psycopg.connect(**wanted) as other:
        yield other


INSERT = """
INSERT INTO processes_event (organization_id, process_id, sequence, kind, at, actor_kind, actor, actor_name, ip,
    user_agent, data, previous, hash)
VALUES (%s, %s, %s, 'participant.opened', now(), 'program', %s, '', '', '', '{}', '', sha256('late'))
"""


def late(acme: Acme, process: Process, sequence: int, who: str) -> list[Any]:
    return [acme.organization.pk, process.pk, sequence, who]


def seen(events: Any) -> list[str]:
    return [event["actor"]["id"] for event in events if event["kind"] == "participant.opened"]


def test_nothing_is_missed_that_a_slower_transaction_commits_late(settled: Auco, second: Any) -> None:
    """The slow one writes first and commits last. A reader in between must neither see past it nor lose it."""
    acme = settled.acme
    one, two = sending.start(acme), sending.start(acme)
    start = list(pages(settled, "/events"))[-1]["cursor"]
    second.execute(INSERT, late(acme, one, 50, "slow"))  # its id and its transaction come first
    with connection.cursor() as cursor:
        cursor.execute(INSERT, late(acme, two, 50, "quick"))  # and this one is committed at once
    between = list(pages(settled, "/events", after=start))
    assert seen(between) == []
    second.commit()
    cursor_ = between[-1]["cursor"] if between else start
    assert seen(pages(settled, "/events", after=cursor_)) == ["slow", "quick"]


def test_a_transaction_that_began_long_ago_writes_at_the_end(settled: Auco, second: Any) -> None:
    """A transaction gets its number early and writes its event late, after others have been read: it comes behind
    them, though its number is lower."""
    acme = settled.acme
    one, two = sending.start(acme), sending.start(acme)
    start = list(pages(settled, "/events"))[-1]["cursor"]
    second.execute("SELECT pg_current_xact_id()")
    with connection.cursor() as cursor:
        cursor.execute(INSERT, late(acme, two, 50, "quick"))
    assert seen(pages(settled, "/events", after=start)) == []  # the old one may still write before it
    second.execute(INSERT, late(acme, one, 50, "slow"))
    second.commit()
    assert seen(pages(settled, "/events", after=start)) == ["quick", "slow"]


def test_within_a_process_the_sequence_is_the_order(settled: Auco, second: Any) -> None:
    """Whoever waits for the row of a process may have the lower number, and still comes second."""
    acme, process = settled.acme, sending.start(settled.acme)
    second.execute("SELECT pg_current_xact_id()")
    process.participants.get().opened(RUBRICA)
    second.execute("SELECT id FROM processes_process WHERE id = %s FOR UPDATE", [process.pk])
    second.execute(INSERT, late(acme, process, 51, "waited"))
    second.commit()
    sequences = [event["sequence"] for event in pages(settled, "/events")]
    assert sequences == sorted(sequences) and sequences[-1] == 51


def test_a_transaction_that_is_rolled_back_holds_nothing_up(settled: Auco, second: Any) -> None:
    process = sending.start(settled.acme)
    second.execute(INSERT, late(settled.acme, process, 50, "never"))
    second.rollback()
    assert [event["kind"] for event in pages(settled, "/events")][:1] == ["process.created"]


def test_another_database_of_the_server_holds_nothing_up(settled: Auco, elsewhere: Any) -> None:
    elsewhere.execute("SELECT pg_current_xact_id()")
    process = sending.start(settled.acme)
    assert {event["package"] for event in pages(settled, "/events")} == {process.public_id}


def test_a_loaded_dump_is_gone_on_with(settled: Auco) -> None:
    """Positions that this server has not counted to are history, and new events come behind them."""
    old = sending.start(settled.acme)
    try:
        with rewriting_history(), connection.cursor() as cursor:
            cursor.execute("UPDATE processes_event SET position = position + 5000000000")
        assert list(pages(settled, "/events")) == []
        with as_owner():
            event_order.go_on()
        before = list(pages(settled, "/events"))
        assert {event["package"] for event in before} == {old.public_id}
        new = sending.start(settled.acme)
        after = [event["package"] for event in pages(settled, "/events", after=before[-1]["cursor"])]
        assert set(after) == {new.public_id}
    finally:
        with as_superuser() as cursor:
            cursor.execute(event_order.ERA % 0)


def test_reading_is_one_statement(auco: Auco, django_assert_num_queries: Any) -> None:
    auco.create(seeds.with_base64())
    for path in ("/processes", "/events"):
        with django_assert_num_queries(0):  # the one goes past Django's counting, and no other is made
            assert auco.get(path).status_code == 200


FILL = """
INSERT INTO processes_process (organization_id, public_id, kind, name, subject, message, language, creator_email,
    notify, identity, tags, webhooks, words, state, created_at, updated_at, chain_length, chain_head)
SELECT CASE n %% 50 WHEN 0 THEN %(mine)s ELSE %(theirs)s END, lpad(to_hex(n), 24, '0'), 'files', 'No ' || n,
       '', '', 'es', '', true, '{}', '[]', '[]',
       'o' || CASE n %% 50 WHEN 0 THEN %(mine)s ELSE %(theirs)s END || ' lease ' || n,
       CASE WHEN n %% 1000 = 0 THEN 'expired' ELSE 'open' END, now(), now(), 0, ''
  FROM generate_series(1, 50000) n
"""
EVENTS_FILL = """
INSERT INTO processes_event (organization_id, process_id, sequence, kind, at, actor_kind, actor, actor_name, ip,
    user_agent, data, previous, hash)
SELECT organization_id, id, 1, 'process.created', now(), 'program', '', '', '', '', '{}', '', '' FROM processes_process
"""


def plan(monkeypatch: pytest.MonkeyPatch, auco: Auco, path: str, **query: str) -> tuple[str, float]:
    """How PostgreSQL answers this call, and how many rows it looks at for it."""
    asked: list[tuple[str, Any]] = []

    def note(*statement: Any) -> tuple[int, None]:
        asked.append(statement)
        return 1, None

    with monkeypatch.context() as patched:
        patched.setattr(feeds, "planned_row", note)
        patched.setattr(feeds, "one_row", note)
        auco.get(path, **query)
    cursor = psycopg.Cursor(connection.connection)
    cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + asked[0][0], asked[0][1], prepare=False)
    (found,) = cursor.fetchone() or ([],)
    return json.dumps(found), sum(looked_at(found[0]["Plan"]))


def looked_at(node: dict[str, Any]) -> Iterator[float]:
    rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    if "Plans" not in node:
        yield rows * node["Actual Loops"]
    for below in node.get("Plans", ()):
        yield from looked_at(below)


QUERIES: list[tuple[str, dict[str, str], str]] = [
    ("/processes", {}, "process_newest"),
    ("/processes", {"status": "EXPIRED"}, "process_by_state"),
    ("/processes", {"status": "CREATED"}, "process_by_state"),
    ("/processes", {"q": "lease"}, "processes_process_pkey"),
    ("/processes", {"q": "31451"}, "processes_process_pkey"),
    ("/processes", {"q": "31451", "status": "CREATED"}, "processes_process_pkey"),
    ("/events", {}, "organization_id_position_id_idx"),  # of the month,
]


def test_a_page_costs_what_it_shows(auco: Auco, stranger: Auco, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small organization among 50,000 processes, in the middle of its own: an index is read where the page begins,
    and no more of it than the page."""
    with as_superuser() as cursor:
        mine, theirs = auco.acme.organization.pk, stranger.acme.organization.pk
        cursor.execute(FILL, {"mine": mine, "theirs": theirs})
        cursor.execute(EVENTS_FILL)
        cursor.execute("SET LOCAL default_statistics_target = 1000")  # all rows, so that every run sees the same
        cursor.execute("ANALYZE processes_process, processes_event, processes_document")
    # The planner takes a state that nobody is in, "editing" here, for a frequent one.
    found, rows = plan(monkeypatch, stranger, "/processes", status="CREATED", limit="100")
    assert "process_by_state" in found and rows < 1000, (rows, found)
    for path, query, index in QUERIES:
        # What words find matters to the large organization; the small one's rows are few enough to look at.
        who, middle = (stranger, f"{25001:024x}") if "q" in query else (auco, f"{25000:024x}")
        for after in ({}, {"after": middle if path == "/processes" else f"{middle}-1"}):
            found, rows = plan(monkeypatch, who, path, limit="100", **query, **after)
            assert index in found, f"{path} {query} {after}: {found}"
            assert "Seq Scan on processes_process" not in found and "Seq Scan on processes_event" not in found
            assert rows < (3 * feeds.COMMON + 1000 if query.get("q") == "lease" else 1000), (
                path,
                query,
                after,
                rows,
                found,
            )


def test_a_search_reads_little_of_what_was_written_lately(auco: Auco, stranger: Auco) -> None:
    """What is not in the index yet stands in a list, which every search reads whole; it is kept short."""
    mine, theirs = auco.acme.organization.pk, stranger.acme.organization.pk
    with as_superuser() as cursor:
        cursor.execute(FILL, {"mine": mine, "theirs": theirs})
    statement = "SELECT * FROM processes_of_words(%s, 10000)"
    with connection.cursor() as cursor:
        cursor.execute(statement, [f"o{theirs} & 31451:*"])  # reads the catalog as well
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", [f"o{theirs} & 31451:*"])
        found = cursor.fetchone()[0][0]["Plan"]
    assert found["Actual Rows"] == 1
    assert found["Shared Hit Blocks"] + found["Shared Read Blocks"] < 100


def test_positions_are_of_the_database(auco: Auco) -> None:
    """``position`` has a default of its own, so that whatever writes events gives them one."""
    assert "position" not in {field.name for field in Event._meta.get_fields()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT is_nullable, column_default FROM information_schema.columns"
            " WHERE table_name = 'processes_event' AND column_name = 'position'"
        )
        nullable, default = cursor.fetchone()
    assert nullable == "NO" and "event_era" in default
