"""The history of events: that the database guards it, and that its ledger is closed and signed day by day."""

from datetime import timedelta

from rubrica.doctor.findings import Finding, failure, ok, together, warning

GUARDED = """
SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE t.tgenabled IN ('O', 'A') AND (t.tgname = 'append_only' AND c.relname = ANY(%s)
       OR t.tgname = 'only_erased' AND c.relname = 'processes_event')
"""
PATIENCE = timedelta(days=1)  # since the day was over


def history() -> Finding:
    return together([*_guard(), *_days()] or [ok("Events cannot be rewritten, and every day is closed and signed.")])


def _guard() -> list[Finding]:
    from django.db import connection

    from rubrica.processes import models

    kinds = (models.Event, models.LedgerLeaf, models.LedgerNode, models.LedgerHead, models.LedgerSignature,
             models.LedgerTimestamp)  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(GUARDED, [[kind._meta.db_table for kind in kinds]])
        found = (cursor.fetchone() or (0,))[0]
    if found == len(kinds) + 1:  # of events one refuses to remove any, and another to change more than an erasure may
        return []
    return [failure(
        "Somebody has taken away or switched off the trigger that keeps events and the ledger from being rewritten.",
        "Run `rubrica ledger check`. Then put the trigger back: ALTER TABLE … ENABLE TRIGGER append_only, or restore.",
    )]  # fmt: skip


def _days() -> list[Finding]:
    from rubrica import clock
    from rubrica.processes.ledger import closing, heads

    found = []
    if behind := len(closing.organizations_behind(clock.now() - PATIENCE)):
        found.append(warning(
            f"The ledgers of {behind} organizations lack a day that has been over for a day.",
            "See that a worker runs; what failed is in its log and among the failed jobs (`close_ledger`).",
        ))  # fmt: skip
    if unsigned := len(heads.unsigned(clock.now() - PATIENCE)):
        found.append(warning(
            f"{unsigned} heads of ledgers have not been signed for a day.",
            "See that the sealing key can be used (the check called certificates), and that a worker runs.",
        ))  # fmt: skip
    return found
