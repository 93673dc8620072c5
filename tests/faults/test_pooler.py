"""The main job through pgbouncer in transaction mode, where each statement may meet another connection."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from aiosmtpd.controller import Controller

from rubrica import postgres
from tests import pooler
from tests.faults.test_kill import deliver_and_sign, is_finished, start_process
from tests.server import RUBRICA, Mailbox, Server, eventually
from tools.demo import free_port

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.xdist_group("faults-pooler"),
    pytest.mark.timeout(900),  # a database, a server and a seal of its own, on a machine that may be busy
    pytest.mark.skipif(pooler.program() is None, reason="pgbouncer is not installed"),
]


@contextmanager
def behind_a_pooler() -> Iterator[tuple[Server, str]]:
    """A server whose database is one of the operator's, reached through the pooler; and the direct address."""
    mailbox, smtp_port = Mailbox(), free_port()
    smtp = Controller(mailbox, hostname="127.0.0.1", port=smtp_port)
    smtp.start()
    with tempfile.TemporaryDirectory(prefix="rubrica-server-") as folder:
        server = Server(Path(folder) / "data", mailbox, smtp_port, {})
        with postgres.running(server.data_dir) as owner, pooler.pooling(postgres.application_url(owner)) as pooled:
            direct = postgres.application_url(owner)
            told = {"URL": pooled, "POOLER": "transaction", "DIRECT_URL": direct, "OWNER_URL": owner}
            server.environment |= {f"RUBRICA_DATABASE_{name}": value for name, value in told.items()}
            try:
                server.start()
                yield server, direct
            finally:
                server.stop()
                smtp.stop()


def test_from_sending_to_the_seal() -> None:
    with behind_a_pooler() as (server, direct):
        made = start_process(server, "pooled@example.com")
        deliver_and_sign(server, "pooled@example.com")
        person = server.auco("GET", "/attachments", package=made["package"])["signers"][0]["userId"]
        review = {"package": made["package"], "userId": person, "file": "ID card", "decision": "approve"}
        server.auco("POST", "/attachments/review", review)
        eventually(lambda: is_finished(server, made["code"]), "the seal", 120)
        assert server.http.get("/metrics").status_code == 200
        assert all(server.auco("GET", "/events")["data"] for _ in range(12))
        assert listening(direct) >= 5, "every crew of the worker waits for notifications, beside the pooler"
        assert "prepared statement" not in server.log.read_text()
        check_doctor(server)


def listening(direct: str) -> int:
    """How many wait for notifications; after a while each asks once whether it is still connected."""
    with psycopg.connect(direct, autocommit=True) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'rubrica %'"
            " AND (query ILIKE 'LISTEN%' OR query = 'SELECT 1')"
        ).fetchone()
    assert found is not None
    return int(found[0])


def check_doctor(server: Server) -> None:
    done = subprocess.run([RUBRICA, "doctor", "--json"], env=server.environment, capture_output=True, check=False)
    found = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert found["database"]["status"] == found["months"]["status"] == "ok"
    assert found["connections"]["status"] == "warning", "no limit of time is set for the role"
    assert "ALTER ROLE rubrica SET statement_timeout" in found["connections"]["do"]
