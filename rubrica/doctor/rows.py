"""The second lock between organizations: policies on the tables, and an application that does not own them."""

from rubrica.doctor.findings import Finding, failure, ok, together, warning
from rubrica.tenancy import policies

OWN = "Give the application a role of its own, and set RUBRICA_DATABASE_OWNER_URL (docs/operate.md, Two roles)."
MIGRATE = "Run `rubrica migrate`, as the owner of the tables."
ABOUT = """
SELECT r.rolsuper OR r.rolbypassrls, pg_has_role(c.relowner, 'USAGE'),
       has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE'),
       (SELECT string_agg(t.relname, ', ') FROM pg_class t
         WHERE t.relnamespace = c.relnamespace AND t.relkind IN ('r', 'p')
           AND NOT (t.relrowsecurity AND t.relforcerowsecurity) AND t.relname <> ALL (%s)
           AND has_table_privilege(t.oid, 'SELECT'))
  FROM pg_class c, pg_roles r
 WHERE c.oid = to_regclass('processes_event') AND r.rolname = current_user
"""


def row_security() -> Finding:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(ABOUT, [list(policies.OF_NOBODY)])
        row = cursor.fetchone()
    if row is None:
        return warning("There are no tables yet.", MIGRATE)
    return together(_faults(*row) or [ok("Rows are kept apart by PostgreSQL itself.")])


def _faults(unbound: bool, owns: bool, rewrites: bool, bare: str | None) -> list[Finding]:
    if unbound:
        return [warning("The application's role is bound by no policy: it is a superuser or bypasses them.", OWN)]
    if owns:
        said = "The application owns its tables: only the program keeps organizations apart, and a trigger the events."
        return [warning(said, OWN)]
    faults = []
    if bare:
        faults.append(failure(f"There is no forced policy on {bare}.", MIGRATE))
    if rewrites:
        faults.append(failure("The application may change events.", MIGRATE))
    return faults
