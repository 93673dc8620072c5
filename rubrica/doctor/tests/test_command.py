"""``rubrica doctor`` as an operator runs it: against a server that works, without one, and with nothing to look at."""

import json
import os
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.server import RUBRICA, Server, eventually, running

SECRET = "a mail password that no output holds"


def doctor(environment: dict[str, str], *options: str) -> "subprocess.CompletedProcess[str]":
    command = [RUBRICA, "doctor", *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280, check=False)


def plain(data_dir: Path, **settings: str) -> dict[str, str]:
    """The environment of a shell that has these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RUBRICA_", "DJANGO_"))}
    return {**kept, "RUBRICA_DATA_DIR": str(data_dir), **settings}


def found(done: "subprocess.CompletedProcess[str]") -> dict[str, dict[str, Any]]:
    answer = json.loads(done.stdout)
    assert answer["ok"] is (done.returncode == 0)
    return {check["name"]: check for check in answer["checks"]}


def dead_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.e2e
@pytest.mark.xdist_group("doctor")
@pytest.mark.timeout(600)
def test_beside_a_server_that_works_and_after_it_stopped() -> None:
    with running() as server:
        eventually(lambda: server.processes("work"), "the worker")
        named = {**server.environment, "RUBRICA_MAIL_FROM": "Acme <papers@acme.example>"}
        done = doctor(named, "--json")
        checks = found(done)
        bad = {name: check for name, check in checks.items() if check["status"] == "failure"}
        assert bad == {}, done.stdout
        assert checks["queue"]["status"] == "ok"
        assert checks["mail"]["sentence"].endswith("takes mail from us, as plain text.")
        assert set(NAMES) == set(checks)
        server.stop()
        _after_it_stopped(server)


def _after_it_stopped(server: Server) -> None:
    """The embedded database is started for the look, and stopped again; a wrong mail server is told without secrets."""
    environment = {
        **server.environment,
        "RUBRICA_SMTP_URL": f"smtp://robot:{SECRET.replace(' ', '%20')}@127.0.0.1:{dead_port()}",
    }
    done = doctor(environment)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert any(line.startswith("ok       database        PostgreSQL") for line in lines)
    assert any(line.startswith("warning  queue           No worker is alive") for line in lines)
    assert any(line.startswith("failure  mail            127.0.0.1:") for line in lines)
    assert "\033" not in done.stdout
    for word in (SECRET, SECRET.replace(" ", "%20"), (server.data_dir / "secret.key").read_text()):
        assert word not in done.stdout + done.stderr
    assert not (server.data_dir / "postgres" / "postmaster.pid").exists()


NAMES = (
    "data directory", "secret key", "settings", "database", "free space", "migrations", "row security", "clock",
    "storage", "encryption", "queue", "mail", "sms", "whatsapp", "timestamps", "oidc", "certificates", "templates",
    "faces", "fonts", "public address", "proxies", "webhooks", "history", "connections", "months", "replica",
)  # fmt: skip


def test_a_database_that_is_stopped_is_said_and_the_rest_is_looked_at() -> None:
    with tempfile.TemporaryDirectory(prefix="rubrica-doctor-") as folder:
        url = f"postgresql://rubrica:hunter22hunter22@127.0.0.1:{dead_port()}/rubrica"
        done = doctor(plain(Path(folder), RUBRICA_DATABASE_URL=url, RUBRICA_SECRET_KEY="k" * 40), "--json")
    checks = found(done)
    assert done.returncode == 1
    assert checks["database"]["status"] == "failure"
    assert "does not answer" in checks["database"]["sentence"]
    for name in ("migrations", "clock", "queue", "certificates", "webhooks"):
        assert checks[name]["status"] == "warning"
        assert "Not looked at" in checks[name]["sentence"]
    assert checks["storage"]["status"] == "ok"
    assert "hunter22" not in done.stdout + done.stderr
    assert "k" * 40 not in done.stdout + done.stderr


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    done = doctor(plain(tmp_path / "gone"), "--json")
    assert done.returncode == 1
    assert "There is no folder" in found(done)["data directory"]["sentence"]
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_cannot_be_read_is_all_that_is_said(tmp_path: Path) -> None:
    done = doctor(plain(tmp_path, RUBRICA_DATABASE_URL_FILE=str(tmp_path / "gone")), "--json")
    assert done.returncode == 1
    checks = found(done)
    assert list(checks) == ["settings"]
    assert f"RUBRICA_DATABASE_URL_FILE names {tmp_path}/gone" in checks["settings"]["sentence"]


def test_a_value_that_cannot_be_used_is_said_and_no_secret_is_made(tmp_path: Path) -> None:
    done = doctor(plain(tmp_path, RUBRICA_DATABASE_CONNECTIONS="many"), "--json")
    assert done.returncode == 1
    checks = found(done)
    assert "RUBRICA_DATABASE_CONNECTIONS must be a whole number" in checks["settings"]["sentence"]
    assert "There is no" in checks["secret key"]["sentence"]
    assert list(tmp_path.iterdir()) == []
