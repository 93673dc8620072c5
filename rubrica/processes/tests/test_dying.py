"""SIGKILL at every step of a seal, and two workers at one document: run again it finishes, and there is one result."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import pytest
from django.db import connection

from rubrica.files.access import local_path
from rubrica.processes import finale
from rubrica.processes.models import Document, Event, Process, SignedRevision
from rubrica.processes.tests.dying import signing_steps, steps
from rubrica.sealing.keyring.anchors import anchors
from rubrica.sealing.verification.verify import verify
from tests import sending
from tests.cast import make_acme
from tests.sending import person

COMMITTED = "publish"  # the only death that comes after the end


@dataclass
class Sealer:
    """The program beside; it has children that seal."""

    ask: IO[str]
    answer: IO[str]

    def seal(self, document: Document, step: str = "-") -> list[int]:
        """How its children ended: 0, or the negative number of the signal that killed them."""
        print(document.pk, step, file=self.ask, flush=True)
        return [int(code) for code in self.answer.readline().split()]


@pytest.fixture
def sealer(transactional_db: None, settings: Any) -> Iterator[Sealer]:
    command = [sys.executable, "-m", "rubrica.processes.tests.dying", str(connection.settings_dict["NAME"])]
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "rubrica.settings", "RUBRICA_STORAGE_URL": settings.STORAGE_URL,
    }  # fmt: skip
    with subprocess.Popen(
        command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdin and program.stdout
        yield Sealer(program.stdin, program.stdout)


def waiting_for_its_seal() -> Document:
    process = sending.start_signing(make_acme(), person("Ana"))
    ana = process.participants.get()
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor())
    document: Document = process.documents.get()
    assert document.state == Document.State.SEALING
    return document


def published(document: Document) -> list[str]:
    """The digests that events say were published."""
    events = Event.objects.filter(process=document.process_id, kind=Event.Kind.SEALED)
    return [data["sha256"] for data in events.values_list("data", flat=True)]


def assert_sealed_once(document: Document) -> None:
    document.refresh_from_db()
    assert (document.state, document.seal_error) == (Document.State.SEALED, "")
    assert document.sealed is not None and published(document) == [document.sealed.sha256]
    assert document.process.events.filter(kind=Event.Kind.FINISHED).count() == 1
    with local_path(document.sealed) as path:
        assert verify(path, anchors())["intact"]


def test_killed_at_any_step_it_is_sealed_once_when_it_runs_again(sealer: Sealer) -> None:
    document = waiting_for_its_seal()
    for step in [step for step in steps() if step != COMMITTED]:
        assert sealer.seal(document, step) == [-signal.SIGKILL], step
        document.refresh_from_db()
        assert (document.state, published(document)) == (Document.State.SEALING, []), step
    assert sealer.seal(document, COMMITTED) == [-signal.SIGKILL]
    assert_sealed_once(document)
    finale.seal_document(document.pk)  # the job comes again, as nobody could mark it as done
    assert_sealed_once(document)


def test_two_workers_on_one_document_give_one_result(sealer: Sealer) -> None:
    document = waiting_for_its_seal()
    assert sealer.seal(document) == [0, 0]
    assert_sealed_once(document)


def waiting_for_a_signature() -> Document:
    """Ana's, in a document that each signs; Ben has not signed, so no seal has begun."""
    process = sending.start_signing(make_acme(), person("Ana"), person("Ben"), signatures=Process.Signatures.EACH)
    document: Document = process.documents.select_related("process__organization", "shown").get()
    finale.sign_in(document.pk)
    ana = sending.somebody(process, "Ana")
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor())
    return document


def assert_signed_once(document: Document) -> None:
    rows = list(SignedRevision.objects.filter(document=document).select_related("blob"))
    assert [row.number for row in rows] == [0, 1]
    events = Event.objects.filter(process=document.process_id, kind=Event.Kind.SIGNED_IN)
    assert [data["sha256"] for data in events.values_list("data", flat=True)] == [rows[1].blob.sha256]
    with local_path(rows[1].blob) as path:
        assert [one["intact"] for one in verify(path, anchors())["signatures"]] == [True, True]


def test_killed_at_any_step_a_signature_is_in_the_document_once_when_it_runs_again(sealer: Sealer) -> None:
    document = waiting_for_a_signature()
    committed = "row"
    for step in [step for step in signing_steps() if step != committed]:
        assert sealer.seal(document, step) == [-signal.SIGKILL], step
        assert SignedRevision.objects.filter(document=document).count() == 1, step
    assert sealer.seal(document, committed) == [-signal.SIGKILL]
    assert_signed_once(document)
    finale.sign_in(document.pk)  # the job comes again, as nobody could mark it as done
    assert_signed_once(document)


def test_two_workers_on_one_signature_give_one_result(sealer: Sealer) -> None:
    document = waiting_for_a_signature()
    assert sealer.seal(document) == [0, 0]
    assert_signed_once(document)
