"""What goes on around the database: how many connections we may take, the months of its tables, and its replica."""

from rubrica.doctor.findings import Finding, failure, ok, together, warning

CROWDED = 0.8  # of the server's connections
TAKEN = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
       (SELECT count(DISTINCT application_name) FROM pg_stat_activity WHERE application_name LIKE 'rubrica %%'
           AND datname = current_database() AND application_name <> current_setting('application_name'))
"""
LIMITS = "SELECT current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout')"


def connections() -> Finding:
    """As many as every process that is known now would take at its busiest, and as are taken already."""
    from django.conf import settings
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(TAKEN)
        most, taken, processes = cursor.fetchone() or (0, 0, 0)
        cursor.execute(LIMITS)
        unlimited = "0" in (cursor.fetchone() or ())
    each = settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]
    found = [*_crowd(most, taken, each * max(processes, 2))] if settings.DATABASE_POOLER == "none" else []
    if settings.DATABASE_POOLER != "none" and unlimited:
        found.append(warning(
            "Behind a pooler statements and idle transactions have no limit of time.",
            f"As owner: ALTER ROLE {settings.DATABASES['default']['USER'] or 'rubrica'} SET statement_timeout = '60s'; "
            "the same with idle_in_transaction_session_timeout = '120s' and lock_timeout = '30s'.",
        ))  # fmt: skip
    return together(found or [ok(f"{taken} of {most} connections of the server are taken; {processes} processes run.")])


def _crowd(most: int, taken: int, wanted: int) -> list[Finding]:
    do = "Lower RUBRICA_DATABASE_CONNECTIONS, raise max_connections, or put a pooler between (docs/operate.md)."
    if taken > CROWDED * most:
        return [failure(f"{taken} of {most} connections of the database server are taken.", do)]
    if wanted > most:
        return [warning(f"Our processes may take {wanted} connections, and the server gives {most}.", do)]
    return []


def months() -> Finding:
    from rubrica.connecting import months as parts

    if not all(parts.is_divided(table) for family in parts.FAMILIES for table, _ in family.tables):
        return warning("Events and deliveries are not divided into months yet.", "Run `rubrica migrate`.")
    if missing := parts.missing():
        return warning(
            f"Months are missing: {', '.join(missing)}. Nothing is lost: rows go into the month before, or the rest.",
            "Run `rubrica months make`, and see that a worker runs.",
        )
    return ok("The tables of the coming months are there.")


def replica() -> Finding:
    from django.conf import settings

    from rubrica.connecting import replica as reads

    if reads.REPLICA not in settings.DATABASES:
        return ok("There is no replica: every read goes to the database itself.")
    lag = reads.lag()
    if lag is None:
        return warning(
            "The replica does not answer, or is none: reads go to the database itself.",
            "See that it runs and follows, and that RUBRICA_REPLICA_URL has the right host, name, user and password.",
        )
    if lag > settings.REPLICA_LAG_SECONDS:
        return warning(
            f"The replica is {lag:.0f} s behind: reads go to the database itself.",
            "See that it keeps up: its disk, its network, and long queries on it.",
        )
    return ok(f"The replica answers and is {lag:.0f} s behind.")
