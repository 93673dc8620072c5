"""Events and deliveries in months: what was there stays, what comes has a place, and what is empty goes as a whole."""

from typing import Any

import pytest
from django.db import IntegrityError, connection

from rubrica.connecting import months
from rubrica.processes.models import Event
from rubrica.webhooks import upkeep
from rubrica.webhooks.models import Attempt, Delivery, Webhook
from tests.cast import Acme
from tests.tampering import as_superuser, rewriting_history

pytestmark = pytest.mark.django_db
EVENTS, DELIVERIES = "processes_event", "webhooks_delivery"
TWO_MONTHS_LATER = """
CREATE OR REPLACE FUNCTION month_of(at timestamptz) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT {month}::bigint'
"""


def sql(statement: str, *values: str | int) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return (cursor.fetchone() or [None])[0] if cursor.description else None


def plan(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(row[0] for row in cursor.fetchall())


def delivery(acme: Acme, **more: object) -> Delivery:
    webhook, _ = Webhook.objects.get_or_create(
        organization=acme.organization, word="default", url="https://hooks.example"
    )
    body = {"subject": "x", "kind": "SIGNED", "body": "{}", "message_id": f"msg_{Delivery.objects.count()}"}
    return Delivery.objects.create(organization=acme.organization, webhook=webhook, **body | more)


def test_the_coming_months_are_there_and_this_one_has_begun(acme: Acme) -> None:
    now = months.this_month()
    for table in (EVENTS, DELIVERIES, "webhooks_attempt"):
        assert {now, now + 1, now + 2, now + 3} <= set(months.months(table))
    assert months.missing() == []
    assert delivery(acme).pk // months.IDS == now
    assert sql("SELECT last_value / %s FROM processes_process_id_seq", months.IDS) == now


def test_nothing_is_done_twice() -> None:
    before = sql("SELECT last_value FROM webhooks_delivery_id_seq")
    assert months.keep_up() == 0
    assert sql("SELECT last_value FROM webhooks_delivery_id_seq") == before


def test_a_sequence_is_never_set_back() -> None:
    before, far = sql("SELECT last_value FROM webhooks_delivery_id_seq"), (months.this_month() + 5) * months.IDS
    with as_superuser():
        sql("SELECT setval('webhooks_delivery_id_seq', %s)", far)
    try:
        months.keep_up()
        assert sql("SELECT last_value FROM webhooks_delivery_id_seq") == far
    finally:
        with as_superuser():
            sql("SELECT setval('webhooks_delivery_id_seq', %s)", before)  # no rollback does it


def test_what_is_looked_up_by_a_process_is_looked_for_in_one_month() -> None:
    one = months.this_month() * months.IDS + 7
    said = plan(f"SELECT * FROM processes_event WHERE process_id = {one} ORDER BY sequence")
    assert months.name(EVENTS, months.this_month()) in said
    assert said.count("Scan") - said.count("Bitmap Index Scan") == 1
    said = plan(f"SELECT * FROM webhooks_delivery WHERE id = {one}")
    assert said.count("Scan") == 1 and "Index" in said


@pytest.mark.parametrize("number", [0, 1])
def test_an_event_has_a_place_whatever_its_process_is_called(acme: Acme, number: int) -> None:
    """Processes of an earlier version, and those of a month that nobody has made."""
    place = [5, (months.this_month() + 40) * months.IDS + 1][number]
    with rewriting_history():  # the process itself is not needed here
        sql(
            "INSERT INTO processes_event (organization_id, process_id, sequence, kind, at, actor_kind, actor,"
            " actor_name, ip, user_agent, data, previous, hash)"
            " VALUES (%s, %s, 1, 'x', now(), '', '', '', '', '', '{}', '', '')",
            acme.organization.pk,
            place,
        )
    found = sql("SELECT tableoid::regclass::text FROM processes_event WHERE process_id = %s", place)
    assert found == f"{EVENTS}_{[months.BEFORE, months.REST][number]}"


def test_the_order_of_a_chain_is_unique_in_a_new_month_too() -> None:
    parts = months.parts(EVENTS)
    unique = (
        "SELECT count(*) FROM pg_index WHERE indrelid = to_regclass(%s) AND indisunique"
        " AND pg_get_indexdef(indexrelid) LIKE '%%(process_id, sequence)'"
    )
    assert [sql(unique, part) for part in parts] == [1] * len(parts)


def test_history_is_guarded_in_each_month_by_itself() -> None:
    for part in months.parts(EVENTS):
        with pytest.raises(IntegrityError), as_superuser():
            sql(f'DELETE FROM "{part}"')


def test_a_month_that_is_empty_goes_and_others_stay(acme: Acme) -> None:
    now = months.this_month()
    for back in (2, 1):
        for table, _ in months.DELIVERIES.tables:
            sql("SELECT make_month(%s, %s)", table, now + 20 + back)
    # Those tables lie in the future, as a test has no past; so the function is asked, which knows of no retention.
    assert sql("SELECT drop_empty_month(%s, %s)", DELIVERIES, now + 21) is False, "it is not over"
    assert sql("SELECT drop_empty_month(%s, %s)", DELIVERIES, now) is False
    assert set(months.months(DELIVERIES)) >= {now, now + 21, now + 22}


def test_months_that_are_over_are_removed_once_nothing_is_left(acme: Acme) -> None:
    now = months.this_month()
    kept, gone = delivery(acme), delivery(acme, pk=(now + 1) * months.IDS + 1)
    Attempt.objects.create(delivery=kept, at=kept.created_at, milliseconds=1)
    later = (
        f"CREATE OR REPLACE FUNCTION month_of(at timestamptz) RETURNS bigint LANGUAGE sql AS 'SELECT {now + 2}::bigint'"
    )
    with as_superuser():
        sql(later)
    assert upkeep.forget_old() == 0
    assert {now, now + 1} <= set(months.months(DELIVERIES))
    gone.delete()
    sql("SET CONSTRAINTS ALL IMMEDIATE")  # as at the end of a transaction
    upkeep.forget_old()
    assert now in months.months(DELIVERIES) and now + 1 not in months.months(DELIVERIES)
    assert now in months.months("webhooks_attempt") and now + 1 not in months.months("webhooks_attempt")
    assert Attempt.objects.get().delivery == kept


def test_events_are_no_business_of_the_clean_up() -> None:
    before = months.parts(EVENTS)
    upkeep.forget_old()
    assert months.parts(EVENTS) == before
    assert Event.objects.count() == 0
