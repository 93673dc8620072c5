"""Where events stand in the feed of an organization. Positions are numbers of transactions, counted by one server.

A dump that is loaded into another server brings positions that this one has not counted to: new events would sort
before old ones. ``go_on`` raises the era, which is added to all positions; ``rubrica migrate`` calls it.
"""

from typing import Any

from django.db import connection

HIGHEST = """
SELECT max(position) FROM accounts_organization o, LATERAL (
    SELECT position FROM processes_event e WHERE e.organization_id = o.id ORDER BY position DESC LIMIT 1) newest
"""
ERA = "CREATE OR REPLACE FUNCTION event_era() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT %d::bigint'"


def go_on(**_: Any) -> None:
    """Makes sure that the next event comes after every event that is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc('event_era') IS NOT NULL")
        if cursor.fetchone()[0]:
            cursor.execute(f"SELECT ({HIGHEST}), event_era() + pg_current_xact_id()::text::bigint")
            highest, next_one = cursor.fetchone()
            if highest is not None and highest > next_one:
                cursor.execute(ERA % highest)
