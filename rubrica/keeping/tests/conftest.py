"""An installation with one finished process, and an empty machine beside it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from rubrica.keeping import cipher
from rubrica.keeping.backup import Report, back_up
from rubrica.keeping.restore import Machine, restore
from rubrica.keeping.restore import Report as Restored
from rubrica.processes import finale
from rubrica.processes.models import Process
from rubrica.tenancy import installing
from tests import pdfs, sending
from tests.cast import Acme, make_acme
from tests.sending import REVIEWER, deliver, person, slot, somebody
from tests.tampering import as_owner


@pytest.fixture(autouse=True)
def _quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second for a guess is for those who guess; the cost stands in each file."""
    monkeypatch.setattr(cipher, "COST", 10)


def url(database: str = "") -> str:
    """Of the tests' server."""
    found = connection.get_connection_params()
    parts = {name: found[name] for name in ("host", "port", "user", "password") if found.get(name)}
    return make_conninfo("", dbname=database or found["dbname"], **parts)


@dataclass
class House:
    acme: Acme
    process: Process
    data_dir: Path

    def back_up(self, target: Path | str, passphrase: str = "", *, dry_run: bool = False) -> Report:
        return back_up(url(), str(target), passphrase, dry_run=dry_run)


@pytest.fixture
def house(transactional_db: None, settings: Any, tmp_path: Path) -> House:
    settings.DATA_DIR = tmp_path / "old"
    settings.STORAGE_URL = f"file://{tmp_path}/old/blobs"
    settings.STORAGES = {**settings.STORAGES}
    settings.DATA_DIR.mkdir()
    (settings.DATA_DIR / "secret.key").write_text(settings.SECRET_KEY)
    acme = make_acme()
    process = sending.start(acme, person("Ana Pérez", "ID card"), pdf=pdfs.contract())
    deliver(acme, slot(process, "ID card"))
    ana = somebody(process)
    ana.sign(kind="type", text="Ana Pérez", image=None, by=ana.actor("203.0.113.9", "Phone"))
    slot(process, "ID card").approve(REVIEWER)
    finale.seal_document(process.documents.get().pk)
    return House(acme, Process.objects.get(pk=process.pk), settings.DATA_DIR)


@dataclass
class Empty:
    """Where a backup can go. ``here`` lets the code of the tests look around in what was restored."""

    data_dir: Path
    database: str
    settings: Any

    def restore(self, source: Path | str, passphrase: str = "") -> Restored:
        with self.here():
            machine = Machine(self.data_dir, nullcontext, lambda: url(self.database), _nothing, migrated)
            return restore(str(source), passphrase, machine)

    @contextmanager
    def here(self) -> Iterator[None]:
        kept, name = (self.settings.DATA_DIR, self.settings.STORAGE_URL), connection.settings_dict["NAME"]
        self._use(self.data_dir, f"file://{self.data_dir}/blobs", self.database)
        try:
            yield
        finally:
            self._use(*kept, name)

    def _use(self, data_dir: Path, storage: str, database: str) -> None:
        self.settings.DATA_DIR, self.settings.STORAGE_URL = data_dir, storage
        self.settings.STORAGES = {**self.settings.STORAGES}
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
        connection.settings_dict["NAME"] = database


def _nothing() -> None:
    """Django is set up."""


def migrated() -> None:
    """The tables are of this version; what the application may do with them is granted after each migration."""
    with as_owner():
        installing.install_after_migrations()


@pytest.fixture
def empty(house: House, settings: Any, tmp_path: Path) -> Iterator[Empty]:
    name = f"restored_{secrets.token_hex(4)}"
    with psycopg.connect(url("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield Empty(tmp_path / "new", name, settings)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
