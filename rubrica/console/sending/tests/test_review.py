"""Step 5: it is sent once, whole or not at all, and the API can do the same."""

import base64
import json
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from rubrica.api.auco import roots, schemas, translate
from rubrica.console.sending import call as calls
from rubrica.console.sending.tests.conftest import Typed, at, people, person, place, places
from rubrica.drafting import content
from rubrica.drafting.models import Draft
from rubrica.drafting.sending import send
from rubrica.processes import starting
from rubrica.processes.actor import RUBRICA
from rubrica.processes.errors import Refused
from rubrica.processes.models import Process
from tests import pdfs, sending
from tests.cast import Acme


def test_what_is_missing_is_said_and_nothing_is_sent(olga: Client, draft: Draft) -> None:
    page = olga.get(at("draft_review", draft)).text
    assert "Still missing" in page and "Add at least one person" in page and "The same over the API" not in page
    answer = olga.post(at("send_draft", draft))
    assert answer.status_code == 400 and "Add at least one person" in answer.text
    assert Draft.objects.exists() and not Process.objects.exists()


def test_a_draft_is_resumed_where_something_is_missing(olga: Client, draft: Draft, written: Draft) -> None:
    assert olga.get(at("draft", written)).headers["Location"] == at("draft_review", written)
    olga.post(at("save_draft_message", written), {"name": "", "do": "save"})
    assert olga.get(at("draft", written)).headers["Location"] == at("draft_message", written)


def test_a_pdf_that_people_cannot_sign_is_said(acme: Acme, olga: Client, written: Draft) -> None:
    """It was broken on its way through the storage, say."""
    written.papers.update(blob=sending.keep(acme, b"%PDF-1.7 broken"))
    answer = olga.post(at("send_draft", written))
    assert answer.status_code == 400 and 'role="alert"' in answer.text
    assert Draft.objects.exists() and not Process.objects.exists()


def test_a_folder_that_went_meanwhile_is_said(olga: Client, written: Draft) -> None:
    with written.changing() as kept:
        kept.folder, kept.tags = "Gone", ["gone"]
    page = olga.post(at("send_draft", written)).text
    assert "This folder is not there any more." in page and "One of these tags" in page
    assert not Process.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_that_send_it_one_does(written: Draft, acme: Acme) -> None:
    start, told = threading.Barrier(2), []

    def once() -> None:
        draft = Draft.objects.get(pk=written.pk)
        start.wait()
        try:
            told.append(send(draft, acme.owner, RUBRICA).name)
        except Refused as refused:
            told.append(refused.code)
        finally:
            connection.close()

    both = [threading.Thread(target=once) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(told) == ["DRAFT_SENT", "Lease"]
    assert Process.objects.count() == 1 and not Draft.objects.exists()


def test_what_a_colleague_writes_meanwhile_is_not_lost(
    olga: Client, written: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The papers are made ready without a lock, since that takes seconds."""
    ready = starting.ready_papers

    def slowly(*args: Any) -> Any:
        with Draft.objects.get(pk=written.pk).changing() as kept:
            kept.name = "Lease of a house"
        return ready(*args)

    with monkeypatch.context() as patched:
        patched.setattr(starting, "ready_papers", slowly)
        page = olga.post(at("send_draft", written), follow=True).text
    assert "This draft was changed in the meantime." in page and "Lease of a house" in page
    assert not Process.objects.exists() and written.papers.count() == 1
    assert olga.post(at("send_draft", written)).status_code == 302
    assert Process.objects.get().name == "Lease of a house"


def test_what_was_sent_meanwhile_is_gone(olga: Client, written: Draft) -> None:
    assert olga.post(at("send_draft", written)).status_code == 302
    assert olga.post(at("send_draft", written)).status_code == 404


def test_limits_are_those_of_the_api() -> None:
    assert content.MAX_PEOPLE == schemas.MAX_PARTICIPANTS
    assert (content.MAX_READERS, content.MAX_PAPERS) == (schemas.MAX_READERS, schemas.MAX_DOCUMENTS)
    assert (content.MAX_FILES, content.MAX_PLACES) == (schemas.MAX_FILES, schemas.MAX_POSITIONS)
    assert content.MAX_FILES_IN_ALL == translate.MAX_FILES_IN_ALL
    assert (roots.SHORTEST_TERM.days, roots.LONGEST_TERM.days) == (content.SHORTEST_TERM, content.LONGEST_TERM)
    assert (content.REMINDER_STEP, content.MAX_ORDER) == (roots.REMINDER_STEP, roots.LAST)


CARDS: dict[str, list[Typed]] = {
    "document": [person("ana", "Ana $HOME `x` \\ 'q' \"d\""), person("luis", "Luis", role="approver")],
    "files": [
        person("ana", "Ana", files=["ID card", "Payslip?"], code="sms", phone="+573001112233"),
        person("luis", "Luis", pictures="both_sides", video=True, phone="+573001112234"),
        person("rita", "Rita", role="reader"),
    ],
    "package": [person("ana", "Ana", code="mail"), person("luis", "Luis", code="mail")],
}


@pytest.mark.parametrize("kind", ["document", "files", "package"])
def test_the_call_of_the_api_starts_the_same(acme: Acme, olga: Client, client: Client, draft: Draft, kind: str) -> None:
    """Sent by the API with the body of the command, and by the button: the two processes are alike."""
    if kind == "package":
        draft.add("annex", [[612, 792]] * 2, sending.keep(acme, pdfs.contract()), "annex.pdf")
    cards = [{key: list(value) if key == "person" else value for key, value in card.items()} for card in CARDS[kind]]
    olga.post(
        at("save_draft_people", draft), people(*cards, ordering="together" if kind == "package" else "one_by_one")
    )
    for paper in draft.papers.all():
        olga.post(at("save_draft_places", draft), places(paper.pk, place("ana"), place("luis", 2, 200, 100)))
    said = {"name": "contract", "subject": "Sub $1", "message": "Two\nlines", "remind_every_hours": 24, "do": "next"}
    assert olga.post(at("save_draft_message", draft), said).status_code == 302
    draft.refresh_from_db()
    made = calls.call(acme.owner, draft)
    assert made is not None
    body = made.body | ({"file": base64.b64encode(pdfs.contract()).decode()} if made.inline else {})
    answer = client.post(
        made.address, body, content_type="application/json", headers={"Authorization": acme.private_key}
    )
    assert answer.status_code == 200, answer.content
    if kind == "package":
        for document in answer.json()["documents"]:
            there = document["url"].partition("/uploads/")[2]
            put = client.put(f"/uploads/{there}", pdfs.contract(), content_type="application/pdf")
            assert put.status_code in {200, 201, 204}, put.content
    by_api = Process.objects.get()
    assert olga.post(at("send_draft", draft)).status_code == 302
    by_hand = Process.objects.exclude(pk=by_api.pk).get()
    assert facts(by_hand) == facts(by_api)


def facts(process: Process) -> dict[str, Any]:
    columns = ("kind", "name", "subject", "message", "creator_id", "remind_every_hours", "identity", "expires_at")
    people_ = process.participants.order_by("pk")
    return {
        **{name: getattr(process, name) for name in columns},
        "people": list(people_.values_list("name", "email", "role", "order", "status", "identity", "notify")),
        "files": list(process.requested_files.order_by("pk").values_list("participant__name", "name", "optional")),
        "boxes": [
            [(box.participant.name, box.page, round(box.x, 4), round(box.y, 4), box.width, box.height)
             for box in document.boxes.order_by("participant__pk").select_related("participant")]
            for document in process.documents.order_by("position")
        ],
        "documents": list(process.documents.order_by("position").values_list("name", "state")),
    }  # fmt: skip


def test_each_may_sign_with_a_certificate_of_their_own(acme: Acme, olga: Client, written: Draft) -> None:
    """Then an approver has no place, and everybody who signs has one."""
    paper = written.papers.get().pk
    said = {"name": "Lease", "signatures": "each", "do": "next"}
    olga.post(at("save_draft_message", written), said)
    olga.post(at("save_draft_places", written), places(paper, place("ana"), place("ana", 2)))
    answer = olga.post(at("send_draft", written))
    assert answer.status_code == 400 and "signs in one place of a document" in answer.text
    olga.post(at("save_draft_places", written), places(paper, place("ana")))
    written.refresh_from_db()
    made = calls.call(acme.owner, written)
    assert made is not None and made.body["signatures"] == "each"
    assert olga.post(at("send_draft", written)).status_code == 302
    assert Process.objects.get().signatures == "each"


def test_the_command_stands_on_the_page(olga: Client, written: Draft, settings: Any) -> None:
    page = olga.get(at("draft_review", written)).text
    assert f"curl {settings.PUBLIC_URL}/v1.5/ext/document/upload" in page
    assert "base64 &lt; contract.pdf" in page


def test_a_shell_sends_the_words_as_they_were_typed(acme: Acme, olga: Client, draft: Draft, tmp_path: Path) -> None:
    """Quotation marks, dollars and the like mean nothing to it; ``cat`` stands for curl."""
    olga.post(at("save_draft_people", draft), people({**CARDS["document"][0], "person": ["ana"]}, do="save"))
    said = {"name": "It's $5 \\ `date`", "message": "Two\nlines\nJSON\n", "do": "save"}
    olga.post(at("save_draft_message", draft), said)
    draft.papers.update(file_name="it's.pdf")
    (tmp_path / "it's.pdf").write_bytes(pdfs.contract())
    draft.refresh_from_db()
    made = calls.call(acme.owner, draft)
    assert made is not None
    command = ["sh", "-c", f"curl() {{ cat; }}\n{made.command}"]
    sent = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
    assert json.loads(sent) == made.body | {"file": base64.b64encode(pdfs.contract()).decode()}


def test_what_no_call_says_is_said(acme: Acme, olga: Client, written: Draft) -> None:
    written.add("annex", [[612, 792]], written.papers.get().blob)
    assert "No single call of the API says this" in olga.get(at("draft_review", written)).text


def test_the_draft_is_removed_with_its_papers(olga: Client, written: Draft) -> None:
    assert olga.post(at("remove_draft", written)).headers["Location"] == reverse("console:new_process")
    assert not Draft.objects.exists()


def test_who_goes_to_another_step_takes_along_what_was_typed(olga: Client, draft: Draft) -> None:
    answer = olga.post(at("save_draft_message", draft), {"name": "Lease 5", "do": "go:documents"})
    assert answer.headers["Location"] == at("draft_documents", draft)
    draft.refresh_from_db()
    assert draft.title == "Lease 5"
    answer = olga.post(at("save_draft_people", draft), people(person("ana", "Ana", email=""), do="go:places"))
    assert answer.headers["Location"] == at("draft_places", draft)
    answer = olga.post(at("save_draft_places", draft), places(draft.papers.get().pk, do="go:review"))
    assert answer.headers["Location"] == at("draft_review", draft)
    typed = {"paper": draft.papers.get().pk, f"name-{draft.papers.get().pk}": "Annex", "do": "go:people"}
    answer = olga.post(at("save_draft_documents", draft), typed)
    assert answer.headers["Location"] == at("draft_people", draft)
    assert draft.papers.get().name == "Annex"
