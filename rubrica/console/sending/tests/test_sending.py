"""A new process by pages alone, from PDFs to the first invitation."""

from django.test import Client
from django.urls import reverse

from rubrica.console.sending.tests.conftest import at
from rubrica.drafting.models import Draft, DraftPaper
from rubrica.processes.models import Process
from tests.cast import Acme


def test_it_works(acme: Acme, olga: Client, written: Draft) -> None:
    page = olga.get(at("draft_review", written))
    assert page.status_code == 200 and "Send now" in page.text and "Still missing" not in page.text
    answer = olga.post(at("send_draft", written))
    process = Process.objects.get(organization=acme.organization)
    assert answer.headers["Location"] == reverse("console:process", args=[process.public_id])
    assert not Draft.objects.exists() and not DraftPaper.objects.exists()
    assert (process.kind, process.name, process.creator) == ("document", "Lease", acme.owner)
    found = process.participants.order_by("pk").values_list("name", "role", "order", "status")
    assert list(found) == [("Ana Pérez", "signer", 1, "NOTIFICATION"), ("Benito Díaz", "approver", 2, "PENDING")]
    box = process.documents.get().boxes.get()
    assert (box.page, box.width, box.height) == (1, 150, 50)
    assert box.participant.name == "Ana Pérez"
    assert process.events.get(kind="process.created").actor == acme.owner.email
