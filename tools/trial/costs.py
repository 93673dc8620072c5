"""What one signing costs: CPU of each part, rows, bytes in the database and files."""

from typing import Any

import psutil
import psycopg

from tools.trial.programs import Program
from tools.trial.stage import Stage

TABLES = """
SELECT relname, n_live_tup, pg_total_relation_size(relid) FROM pg_stat_user_tables
 WHERE n_live_tup >= %s ORDER BY n_live_tup DESC
"""
WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
FILES = "SELECT count(*), sum(size) FROM files_blob"


def cpu(program: Program) -> float:
    """Seconds that it and what it has started have used, those that have ended since included."""
    used = 0.0
    for process in program.tree():
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        used += times.user + times.system
        used += times.children_user + times.children_system
    return used


class Costs:
    """From its making on."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.before = {program.name: cpu(program) for program in stage.keeper.programs}
        self.wal = self._wal()

    def in_words(self, signings: int) -> str:
        count = max(1, signings)
        spent = {program.name: cpu(program) - self.before[program.name] for program in self.stage.keeper.programs}
        lines = [f"for each of {signings} signings: " + ", ".join(
            f"{seconds / count * 1000:.0f} ms of CPU in {name}" for name, seconds in spent.items()
        )]  # fmt: skip
        lines.append(f"  {(self._wal() - self.wal) / count / 1000:.0f} kB of write-ahead log")
        with self._connected() as connection:
            connection.execute("ANALYZE")
            rows = connection.execute(TABLES, [count]).fetchall()
            row = connection.execute(FILES).fetchone()
        rows_each, bytes_each = sum(row[1] for row in rows) / count, sum(row[2] for row in rows) / count
        lines.append(f"  {rows_each:.0f} rows, {bytes_each / 1000:.0f} kB of tables and indexes")
        lines.append("  " + ", ".join(f"{row[0]} {row[1] / count:.1f}" for row in rows))
        if row:
            lines.append(f"  {row[0] / count:.1f} files of {float(row[1]) / count / 1000:.0f} kB")
        return "\n".join(lines)

    def _wal(self) -> int:
        with self._connected() as connection:
            row = connection.execute(WAL).fetchone()
        return int(row[0]) if row else 0

    def _connected(self) -> "psycopg.Connection[tuple[Any, ...]]":
        assert self.stage.database is not None
        return psycopg.connect(self.stage.database.url, autocommit=True)
