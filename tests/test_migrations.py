"""The models are what the migrations make of the database, and what an earlier version kept comes through them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.executor import MigrationExecutor

from rubrica import clock
from rubrica.processes.models import Document, Due, Event, Part, Participant, Process
from tests.tampering import server

FIRST = [("accounts", "0001_initial"), ("files", "0002_blob_oldest"), ("processes", "0001_initial")]


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


@pytest.fixture
def earlier(transactional_db: None) -> Iterator[Any]:
    """The models of the first version, on a database of their own that is at that version."""
    name = f"{connection.settings_dict['NAME']}_earlier"
    ours = connections[DEFAULT_DB_ALIAS]
    with server() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}"')
    theirs = ours.copy()
    theirs.settings_dict["NAME"] = name
    theirs.settings_dict["OPTIONS"].pop("pool", None)
    theirs.settings_dict["OPTIONS"].pop("options", None)  # as the owner, as ``rubrica migrate`` does
    connections[DEFAULT_DB_ALIAS] = theirs
    try:
        executor = MigrationExecutor(theirs)
        executor.migrate(FIRST)
        yield executor.loader.project_state(FIRST).apps
    finally:
        theirs.close()
        connections[DEFAULT_DB_ALIAS] = ours
        with server() as cursor:
            cursor.execute(f'DROP DATABASE "{name}"')


def migrate_on() -> None:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    executor.migrate(executor.loader.graph.leaf_nodes())


def make(apps: Any, model: str, **values: Any) -> Any:
    app, _, name = model.partition(".")
    return apps.get_model(app, name).objects.create(**values)


def test_processes_of_the_first_version_come_through(earlier: Any) -> None:
    """Two people with a document: one by a tag, one by a type, in an open process with a date and reminders."""
    organization = make(earlier, "accounts.Organization", slug="acme", name="Acme")
    blob = make(earlier, "files.Blob", organization=organization, sha256="0" * 64, size=7, media_type="application/pdf")
    expires = datetime(2030, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)
    common = {"organization": organization, "subject": "Lease", "message": "Please sign.", "language": "es",
              "creator_email": "olga@acme.example"}  # fmt: skip
    asked = {"camera": True, "otpCode": True, "options": {"camera": "photo"}}
    process = make(earlier, "processes.Process", public_id="0" * 24, name="Contrato Ñandú", notify=False,
                   identity=asked, expires_at=expires, remind_every_hours=6, **common)  # fmt: skip
    told = make(earlier, "processes.Process", public_id="1" * 24, name="Told", remind_every_hours=6, **common)
    ended = make(earlier, "processes.Process", public_id="2" * 24, name="Ended", state="finished",
                 expires_at=expires, remind_every_hours=3, **common)  # fmt: skip
    document = make(earlier, "processes.Document", organization=organization, process=process, code="ABCDEFGHIJ",
                    name="Lease", state="open", original=blob, pages=[[612, 792]])  # fmt: skip
    awaited = make(earlier, "processes.Document", organization=organization, process=told, code="BBBBBBBBBB", name="B")
    person = {"organization": organization, "language": "es", "phone": "+573000000000"}
    ana = make(earlier, "processes.Participant", process=process, public_id="A1", name="Ana", email="ana@example.com",
               by_label=True, status="NOTIFICATION", identity={"otpCode": True}, **person)  # fmt: skip
    benito = make(earlier, "processes.Participant", process=process, public_id="B2", name="Benito", order=2,
                  email="benito@example.com", signer_type="codeudor", **person)  # fmt: skip
    carla = make(earlier, "processes.Participant", process=told, public_id="C3", name="Carla", status="NOTIFICATION",
                 email="carla@example.com", **person)  # fmt: skip
    make(earlier, "processes.Participant", process=ended, public_id="D4", name="Dora", status="NOTIFICATION",
         email="dora@example.com", **person)  # fmt: skip
    make(earlier, "processes.SignatureBox", organization=organization, document=document, participant=benito,
         page=1, x=0.5, y=0.5, width=100, height=50)  # fmt: skip
    event = make(earlier, "processes.Event", organization=organization, process=process, sequence=1,
                 kind="process.created", at=expires, actor_kind="program", previous=b"", hash=b"h" * 32)  # fmt: skip
    migrate_on()
    words = f"o{organization.pk} contrato ñandú"
    holds(Process, process.pk, kind="files", folder_id=None, tags=[], webhooks=[], custom=None, words=words,
          identity={"photo": True, "otp": True}, expires_at=expires)  # fmt: skip
    holds(Document, document.pk, code="ABCDEFGHIJ", original_id=blob.pk, shown_id=blob.pk, pages=[[612, 792]])
    holds(Document, awaited.pk, original_id=None, shown_id=None, state="awaiting_upload")
    parts = Part.objects.order_by("document_id", "index")
    assert list(parts.values_list("document_id", "participant_id", "index", "signer_type", "by_label")) == [
        (document.pk, ana.pk, 0, "", True), (document.pk, benito.pk, 1, "codeudor", False),
        (awaited.pk, carla.pk, 0, "", False),
    ]  # fmt: skip
    holds(Participant, ana.pk, channels=["mail"], notify=False, identity={}, status="NOTIFICATION", role="signer")
    holds(Participant, carla.pk, channels=["mail"], notify=True, identity={})
    assert Participant.objects.get(pk=benito.pk).boxes.get().width == 100
    holds(Event, event.pk, kind="process.created", at=expires)
    plans(process.pk, carla.pk, expires)


def holds(model: Any, pk: int, **values: Any) -> None:
    row = model.objects.get(pk=pk)
    assert {name: getattr(row, name) for name in values} == values


def plans(process: int, carla: int, expires: datetime) -> None:
    """What was asked for and not done by the first version holds from now on, for what is open."""
    expiry, reminder = Due.objects.order_by("kind")
    assert (expiry.kind, expiry.process_id, expiry.participant_id, expiry.at) == ("expire", process, None, expires)
    assert (reminder.kind, reminder.participant_id) == ("remind", carla)
    assert abs(reminder.at - clock.now() - timedelta(hours=6)) < timedelta(minutes=5)
