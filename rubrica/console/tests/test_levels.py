"""The level of a seal on the process's page: what is reached, why not more, and the owner's button."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rubrica import clock
from rubrica.console.tests.conftest import Lease
from rubrica.processes.models import Document
from rubrica.sealing.levels.server import Server
from rubrica.sealing.levels.trouble import NotRaised
from tests.cast import Acme, make_acme, signed_in
from tests.contract import calls
from tests.sending import keep

AWAY = NotRaised("TSA_AWAY", "The timestamp server cannot be reached, or has trouble of its own.", "HTTP 503 <b>")


@pytest.fixture
def sealed(acme: Acme, lease: Lease, settings: Any) -> Document:
    settings.TSA = Server("https://tsa.example.com/")
    blob = keep(acme, b"%PDF-1.7 sealed")
    Document.objects.filter(pk=lease.document.pk).update(state="sealed", sealed=blob, level="B-T")
    return Document.objects.get(pk=lease.document.pk)


def page(client: Client, document: Document) -> str:
    answer = client.get(reverse("console:process", args=[document.process.public_id]))
    assert answer.status_code == 200
    return answer.content.decode()


def change(document: Document, **values: Any) -> None:
    Document.objects.filter(pk=document.pk).update(**values)


def again(document: Document) -> str:
    return reverse("console:raise_level", args=[document.process.public_id, document.code])


def test_it_works(acme: Acme, sealed: Document) -> None:
    client = signed_in(acme.owner)
    shown = page(client, sealed)
    assert "PAdES B-T" in shown and "A timestamp authority confirms the time of the seal." in shown
    assert "It is being raised" in shown and 'data-every="5000"' in shown and "Try again</button>" not in shown
    change(sealed, level_error=str(AWAY), level_tries=3)
    shown = page(client, sealed)
    assert "The timestamp server cannot be reached" in shown and "HTTP 503 &lt;b&gt;" in shown
    assert f'action="{again(sealed)}"' in shown
    assert client.post(again(sealed)).status_code == 302
    assert calls.jobs("raise_level") == [{"document_id": sealed.pk}]
    sealed.refresh_from_db()
    assert (sealed.level_error, sealed.level_tries) == ("", 0)


def test_the_highest_level_says_when_its_archive_timestamp_is_renewed(acme: Acme, sealed: Document) -> None:
    change(sealed, level="B-LTA", renew_at=clock.now() + timedelta(days=900))
    shown = page(signed_in(acme.owner), sealed)
    assert "Next archive timestamp" in shown and "Try again</button>" not in shown
    answer = signed_in(acme.owner).post(again(sealed), follow=True)
    assert "This document has the highest level already." in answer.content.decode()
    assert calls.jobs("raise_level") == []


def test_a_renewal_that_failed_says_so(acme: Acme, sealed: Document) -> None:
    change(sealed, level="B-LTA", renew_at=clock.now() - timedelta(days=1), level_error=str(AWAY))
    shown = page(signed_in(acme.owner), sealed)
    assert "could not be renewed" in shown and "Try again</button>" in shown


def test_without_a_server_the_page_says_what_that_means(acme: Acme, sealed: Document, settings: Any) -> None:
    settings.TSA = None
    change(sealed, level="B-B")
    shown = page(signed_in(acme.owner), sealed)
    assert "Higher levels need a timestamp server, and none is set." in shown and "Try again</button>" not in shown


def test_only_owners_press_and_strangers_find_nothing(acme: Acme, sealed: Document) -> None:
    change(sealed, level_error=str(AWAY))
    assert "Try again</button>" not in page(signed_in(acme.reviewer), sealed)
    assert signed_in(acme.reviewer).post(again(sealed)).status_code == 403
    assert signed_in(make_acme("Other", "other.example").owner).post(again(sealed)).status_code == 404
    assert Client().post(again(sealed)).status_code == 302
    assert calls.jobs("raise_level") == []


def test_it_is_said_in_the_members_language(acme: Acme, sealed: Document) -> None:
    change(sealed, level_error=str(AWAY))
    acme.owner.language = "es"
    acme.owner.save()
    shown = page(signed_in(acme.owner), sealed)
    assert "No se puede acceder al servidor de sellado de tiempo" in shown and "Intentar de nuevo" in shown
