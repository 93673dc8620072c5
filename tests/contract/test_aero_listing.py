"""Lists of documents: filter, order, page, fields (contract/aero.md §4.3)."""

import json
from typing import Any

import pytest
from django.db import connection

from rubrica.records.models import Record
from tests.cast import Acme
from tests.contract.aero import Aero, ok, says

CORE = "/document-definitions/Invoices/documents"


@pytest.fixture
def aero(acme: Acme) -> Aero:
    client = Aero(acme.owner)
    client.define()
    client.new(title="Ana", amount=1, tags=["a", "b"], paid=True, day="2026-01-01", seen="2026-01-01T00:00:00Z")
    client.new(title="Ben", amount=2, tags=["b"], lines=[{"sku": "x", "quantity": 5}, {"sku": "y", "quantity": 1}])
    client.new(title="Cid", amount=10, kind="goods", externalId="third", status="done")
    client.new(section={"field": {"note": "dotted"}})
    return client


def titles(aero: Aero, **asked: Any) -> list[Any]:
    return [one.get("title") for one in ok(aero.get(CORE, **asked))["documents"]]


FILTERS: list[tuple[dict[str, Any], list[str | None]]] = [
    ({}, ["Ana", "Ben", "Cid", None]),
    ({"title": "Ben"}, ["Ben"]),
    ({"title": {"$eq": "Ben"}}, ["Ben"]),
    ({"title": {"$ne": "Ben"}}, ["Ana", "Cid", None]),
    ({"title": None}, [None]),
    ({"amount": {"$gt": 1}}, ["Ben", "Cid"]),
    ({"amount": {"$gte": 1, "$lt": 10}}, ["Ana", "Ben"]),
    ({"amount": {"$lte": "5"}}, []),
    ({"amount": {"$in": [1, 10]}}, ["Ana", "Cid"]),
    ({"amount": {"$in": []}}, []),
    ({"amount": {"$nin": [1, 10]}}, ["Ben", None]),
    ({"amount": {"$not": {"$gt": 1}}}, ["Ana", None]),
    ({"amount": {"$exists": True}}, ["Ana", "Ben", "Cid"]),
    ({"amount": {"$exists": False}}, [None]),
    ({"paid": True}, ["Ana"]),
    ({"tags": "b"}, ["Ana", "Ben"]),
    ({"tags": ["b"]}, ["Ben"]),
    ({"tags": {"$in": ["a", "z"]}}, ["Ana"]),
    ({"day": {"$gte": "2025-12-31"}}, ["Ana"]),
    ({"seen": "2026-01-01T01:00:00+01:00"}, ["Ana"]),
    ({"seen": {"$lt": "2026-01-01T00:00:00.001Z"}}, ["Ana"]),
    ({"lines.sku": "y"}, ["Ben"]),
    ({"lines.quantity": {"$gt": 4}}, ["Ben"]),
    ({"lines.sku": {"$regex": "^Y$", "$options": "i"}}, ["Ben"]),
    ({"lines.quantity": {"$exists": True}}, ["Ben"]),
    ({"lines._id": {"$exists": True}, "lines.externalId": None}, ["Ben"]),
    ({"title": {"$regex": "^[AC]"}}, ["Ana", "Cid"]),
    ({"title": {"$regex": "AN", "$options": "i"}}, ["Ana"]),
    ({"title": {"$regex": "^$"}}, []),
    ({"title": {"$not": {"$regex": "n"}}}, ["Cid", None]),
    ({"amount": {"$regex": "1"}}, []),
    ({"tags": {"$regex": "^a$"}}, ["Ana"]),
    ({"section.field.note": "dotted"}, [None]),
    ({"externalId": "third"}, ["Cid"]),
    ({"externalId": {"$exists": True}}, ["Cid"]),
    ({"status": "done"}, ["Cid"]),
    ({"status": {"$regex": "^d"}}, ["Ana", "Ben", "Cid", None]),
    ({"_createdOn": {"$gt": "2020-01-01T00:00:00Z"}, "amount": 1}, ["Ana"]),
    ({"_createdByUserId": "nobody"}, []),
    ({"picture": {"$exists": True}}, []),
    ({"$or": [{"title": "Ana"}, {"amount": 10}]}, ["Ana", "Cid"]),
    ({"$and": [{"title": "Ana"}, {"amount": 10}]}, []),
    ({"$nor": [{"title": "Ana"}, {"amount": 10}]}, ["Ben", None]),
    ({"title": "'; DROP TABLE records_record; --"}, []),
]


@pytest.mark.parametrize(("query", "found"), FILTERS, ids=[json.dumps(query) for query, _ in FILTERS])
def test_filters_are_those_of_mongodb(aero: Aero, query: dict[str, Any], found: list[str | None]) -> None:
    assert titles(aero, query=query) == found
    assert ok(aero.get(CORE, query=query, limit=1))["total"] == len(found)


def nested(levels: int) -> dict[str, Any]:
    query: dict[str, Any] = {"amount": 1}
    for _ in range(levels):
        query = {"$and": [query]}
    return query


REFUSED: list[tuple[Any, str | None]] = [
    ({"$where": "sleep(1000)"}, '"query.$where" is not allowed'),
    ({"title": {"$where": "1"}}, '"query.title.$where" is not allowed'),
    ({"title": {"$expr": 1}}, '"query.title.$expr" is not allowed'),
    ({"$or": []}, '"query.$or" must be an array of at least 1 item'),
    ({"$or": [7]}, '"query.$or[0]" must be of type object'),
    ({"nothing": 1}, '"query.nothing" is not allowed'),
    ({"lines.nothing": 1}, '"query.lines.nothing" is not allowed'),
    ({"title\"; --": 1}, '"query.title"; --" is not allowed'),
    ({"amount": {"$in": 5}}, '"query.amount.$in" must be an array'),
    ({"amount": {"$gt": {}}}, '"query.amount.$gt" must be a number or a string'),
    ({"amount": {"$exists": 1}}, '"query.amount.$exists" must be a boolean'),
    ({"title": {"$regex": 5}}, '"query.title.$regex" must be a string'),
    ({"title": {"$regex": "(a)\\1"}}, '"query.title.$regex" must be a regular expression without back references'),
    ({"title": {"$regex": "a" * 201}},
     '"query.title.$regex" length must be less than or equal to 200 characters long'),
    ({"title": {"$regex": "(((("}}, '"query" must have regular expressions that can be read'),
    ({"title": {"$regex": "a", "$options": "x"}}, '"query.title.$options" must be one of [i]'),
    ({"title": {"$regex": "a", "$options": ["i"]}}, '"query.title.$options" must be one of [i]'),
    ({"title": {"$options": "i"}}, '"query.title.$options" is not allowed'),
    ({"amount": {"$in": [1] * 1001}}, '"query.amount.$in" must contain less than or equal to 1000 items'),
    ({"seen": "yesterday"}, '"query.seen" must be in ISO 8601 date format'),
    ({"$and": [{"amount": 1}] * 201}, '"query" must not have more than 200 conditions'),
    (nested(21), None),
    ([], '"query" must be of type object'),
    ("{", '"query" must be valid JSON'),
    ('{"a": NaN}', '"query" must be valid JSON'),
    ('{"title": "\\u0000"}', '"query" must not contain characters that cannot be stored'),
    ({"title": "x" * 5_000_000}, '"query" length must be less than or equal to 65536 characters long'),
]  # fmt: skip


@pytest.mark.parametrize(("query", "description"), REFUSED, ids=range(len(REFUSED)))
def test_other_queries_are_refused(aero: Aero, query: Any, description: str | None) -> None:
    answer = aero.get(CORE, query=query)
    says(answer, 400, "validation_error", f"Query error: {description}" if description else None)


def test_pages_are_cut_from_a_stable_order(aero: Aero) -> None:
    assert titles(aero, sort={"amount": -1}) == ["Cid", "Ben", "Ana", None]
    assert titles(aero, sort={"amount": 1}) == [None, "Ana", "Ben", "Cid"]
    assert titles(aero, sort="-paid,title", limit=2) == ["Ana", None]
    assert titles(aero, options={"sort": {"title": -1}, "skip": 1, "limit": 2}) == ["Ben", "Ana"]
    answer = ok(aero.get(CORE, skip=3, limit=5))
    assert (answer["total"], answer["skip"], answer["limit"], len(answer["documents"])) == (4, 3, 5, 1)
    assert ok(aero.get(CORE))["limit"] == 100
    assert ok(aero.get(CORE, limit=800, skip=9))["documents"] == []
    keys = sorted(Record.objects.values_list("key", flat=True))
    assert [one["_id"] for one in ok(aero.get(CORE, sort="status"))["documents"]][1:] == [
        key for key in keys if key != Record.objects.get(status="done").key
    ]


LIMITS: list[tuple[dict[str, Any], str]] = [
    ({"limit": 0}, '"limit" must be greater than or equal to 1'),
    ({"limit": 801}, '"limit" must be less than or equal to 800'),
    ({"limit": "many"}, '"limit" must be an integer'),
    ({"limit": 1.5}, '"limit" must be an integer'),
    ({"skip": -1}, '"skip" must be greater than or equal to 0'),
    ({"sort": {"title": 2}}, '"sort.title" must be one of [1, -1]'),
    ({"sort": {"title": "up"}}, '"sort.title" must be one of [1, -1]'),
    ({"sort": {"title": True}}, '"sort.title" must be one of [1, -1]'),
    ({"sort": {"nothing": 1}}, '"sort.nothing" is not allowed'),
    ({"sort": "lines.sku"}, '"sort.lines.sku" is not allowed'),
    ({"fields": {"title": 2}}, '"fields.title" must be one of [1, 0, -1]'),
    ({"fields": {"title": 1, "amount": 0}}, '"fields" must not mix fields to take and fields to leave out'),
    ({"options": {"limit": 801}}, '"limit" must be less than or equal to 800'),
    ({"options": {"hint": 1}}, '"options.hint" is not allowed'),
    ({"options": [1]}, '"options" must be of type object'),
]


@pytest.mark.parametrize(("asked", "description"), LIMITS, ids=range(len(LIMITS)))
def test_limits_of_a_list(aero: Aero, asked: dict[str, Any], description: str) -> None:
    says(aero.get(CORE, **asked), 400, "validation_error", f"Query error: {description}")


def test_the_largest_page_is_a_setting(aero: Aero, settings: Any) -> None:
    settings.RECORD_PAGE_MAX = 2
    assert len(ok(aero.get(CORE))["documents"]) == 2
    says(aero.get(CORE, limit=3), 400, "validation_error")


def test_fields_are_taken_or_left_out(aero: Aero) -> None:
    def one(**asked: Any) -> dict[str, Any]:
        found: dict[str, Any] = ok(aero.get(CORE, query={"title": "Ben"}, **asked))["documents"][0]
        return found

    assert set(one(fields={"title": 1})) == {"_id", "title"}
    assert set(one(fields={"title": 1, "_id": 0})) == {"title"}
    assert set(one(fields="title,amount")) == {"_id", "title", "amount"}
    assert one(fields={"lines.sku": 1})["lines"] == [{"sku": "x"}, {"sku": "y"}]
    for sign in (0, -1):
        left = one(fields={"title": sign, "lines.sku": sign})
        assert "title" not in left and "amount" in left and "sku" not in left["lines"][0]
    assert "_id" not in one(fields={"_id": 0})


MANY_LONG_TEXTS = """
INSERT INTO records_record (organization_id, definition_id, key, status, values, version, revision, access,
                            created_at, modified_at)
SELECT organization_id, id, 'long' || number, '', jsonb_build_object('title', repeat('a', 90000)), 1, 1, '{}',
       now(), now()
  FROM records_definition, generate_series(1, 3000) number
"""


def test_a_query_has_a_budget_of_time(aero: Aero, settings: Any) -> None:
    """Without one this pattern takes half a minute over these texts."""
    with connection.cursor() as cursor:
        cursor.execute(MANY_LONG_TEXTS)
        cursor.execute("SELECT current_setting('statement_timeout')")
        usual = cursor.fetchone()
    settings.RECORD_QUERY_SECONDS = 1
    answer = aero.get(CORE, query={"title": {"$regex": "(a?){200}(a?){200}b[^c]{250}(a|aa)+$"}})
    says(answer, 400, "validation_error", 'Query error: "query" takes longer than 1 seconds')
    settings.RECORD_QUERY_SECONDS = 60
    assert ok(aero.get(CORE, query={"amount": 10}))["total"] == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        assert cursor.fetchone() == usual


def test_equality_is_answered_by_the_index(aero: Aero) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("""EXPLAIN SELECT * FROM records_record r WHERE r.values @> '{"title": "Ben"}'::jsonb""")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "record_values" in plan


def test_a_moment_out_of_range_is_refused(aero: Aero) -> None:
    for name in ("seen", "_createdOn"):
        answer = aero.get(
            "/document-definitions/Invoices/documents", query={name: {"$gt": "0001-01-01T00:00:00+01:00"}}
        )
        says(answer, 400, "validation_error")
