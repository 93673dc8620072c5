"""What members find at the end: the bundle, and for files alone the sealed evidence and the container."""

import io
import zipfile

import pytest
from django.http.response import StreamingHttpResponse
from django.test import Client
from django.urls import reverse

from rubrica.processes import evidence
from rubrica.processes.models import Evidence, Process
from tests import sending
from tests.cast import Acme, signed_in
from tests.contract import calls
from tests.sending import REVIEWER, deliver, person, slot


@pytest.fixture
def process(acme: Acme) -> Process:
    """Files alone, all of them approved; the job that makes the evidence waits."""
    started = sending.start(acme, person("Ana Pérez", "ID card"))
    deliver(acme, slot(started, "ID card"))
    slot(started, "ID card").approve(REVIEWER)
    return started


@pytest.fixture
def client(acme: Acme) -> Client:
    return signed_in(acme.owner)


def page(client: Client, process: Process) -> str:
    return client.get(reverse("console:process", args=[process.public_id])).content.decode()


def address(name: str, process: Process) -> str:
    return reverse(f"console:{name}", args=[process.public_id])


def test_it_works(client: Client, process: Process) -> None:
    assert "The evidence is being sealed." in page(client, process)
    evidence.make(Evidence.objects.get(process=process).pk)
    shown = page(client, process)
    assert "The evidence was sealed" in shown  # the history
    for name in ("evidence", "container"):
        assert f'href="{address(name, process)}"' in shown
        answer = client.get(address(name, process))
        assert isinstance(answer, StreamingHttpResponse)
        content = b"".join(answer)
        assert "files/001-cedula.jpg" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    answer = client.get(address("sealed_evidence", process))
    assert isinstance(answer, StreamingHttpResponse)
    assert b"".join(answer).startswith(b"%PDF-")
    assert answer.headers["Content-Type"] == "application/pdf"


def test_too_early(client: Client, process: Process) -> None:
    for name in ("evidence", "container"):
        answer = client.get(address(name, process), follow=True)
        assert "The evidence is being made. Look again in a moment." in answer.content.decode()
    assert client.get(address("sealed_evidence", process)).status_code == 404


def test_an_open_process_offers_none(client: Client, acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "ID card"))
    assert address("evidence", process) not in page(client, process)
    answer = client.get(address("evidence", process), follow=True)
    assert "The evidence is complete when the process has finished." in answer.content.decode()


def test_a_failure_is_shown_and_tried_again(client: Client, process: Process) -> None:
    evidence.record_failure(Evidence.objects.get(process=process).pk, "SEAL_FAILED: The disk is full.")
    shown = page(client, process)
    assert "The evidence could not be made." in shown and "The disk is full." in shown
    before = len(calls.jobs("make_evidence"))
    client.post(address("make_evidence", process))
    assert len(calls.jobs("make_evidence")) == before + 1
    assert "had the evidence made again" in page(client, process)


def test_viewers_cannot_have_it_made_again(acme: Acme, process: Process) -> None:
    assert signed_in(acme.reviewer).post(address("make_evidence", process)).status_code == 403
