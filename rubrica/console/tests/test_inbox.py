"""The review inbox: one file after the other, whichever process it belongs to."""

import io
import threading
from collections.abc import Iterator
from typing import Any

import pikepdf
import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob

from rubrica.accounts.models import Member
from rubrica.console.reviewing import inbox
from rubrica.console.tests.conftest import Lease, picture, send_in
from rubrica.processes.actor import Actor
from rubrica.processes.models import Event, Phrase, RequestedFile, Submission
from rubrica.processes.models.phrase import MOST, usual
from tests import sending
from tests.cast import Acme, signed_in

INBOX = "/console/review"


@pytest.fixture
def client(acme: Acme) -> Client:
    return signed_in(acme.reviewer)


@pytest.fixture
def second(acme: Acme, lease: Lease) -> RequestedFile:
    """A file of another process, that came after the ID card of the lease."""
    process = sending.start(acme, sending.person("Carla Gómez", "Deed"), name="House")
    file = sending.slot(process, "Deed")
    send_in(acme, file, "deed.jpg", picture((90, 60)))
    return sending.slot(process, "Deed")


def decide(client: Client, file: RequestedFile, decision: str, **form: object) -> Any:
    seen = form.pop("submission", RequestedFile.objects.get(pk=file.pk).current_id)
    address = reverse("console:decide_file", args=[file.pk])
    return client.post(address, {"submission": seen, "decision": decision, **form})


def status(file: RequestedFile) -> str:
    return RequestedFile.objects.select_related("current").get(pk=file.pk).status


def shown(answer: Any) -> object:
    looked = answer.context["looked"]
    return looked and looked.file.pk


def test_it_works(client: Client, lease: Lease, second: RequestedFile) -> None:
    """The oldest is on the table, and each decision leads to the next one."""
    page = client.get(INBOX)
    assert shown(page) == lease.card.pk
    assert [file.pk for file in page.context["window"].files] == [lease.card.pk, second.pk]
    followed = client.get(decide(client, lease.card, "approve").headers["Location"])
    assert shown(followed) == second.pk
    assert "“ID card” is approved." in followed.content.decode()
    followed = client.get(decide(client, second, "reject", reason="Page 2 is missing").headers["Location"])
    assert "Nothing to review" in followed.content.decode()
    assert (status(lease.card), status(second)) == ("approved", "rejected")


def test_a_file_is_approved_with_a_note_that_the_participant_reads(client: Client, lease: Lease) -> None:
    followed = client.get(decide(client, lease.card, "approve", note=" The back is missing. ").headers["Location"])
    assert "Ana Pérez reads your note" in followed.content.decode()
    photo = Submission.objects.get(pk=lease.photo.pk)
    assert (photo.decision, photo.reason) == ("approved", "The back is missing.")
    assert lease.process.events.get(kind=Event.Kind.FILE_APPROVED).data["note"] == "The back is missing."
    state = Client().get(f"{sending.link(lease.ana)}/state").json()
    (card,) = [file for file in state["files"] if file["name"] == "ID card"]
    assert (card["status"], card["note"]) == ("approved", "The back is missing.")
    assert "reason" not in card
    history = client.get(reverse("console:process", args=[lease.process.public_id])).content.decode()
    assert "approved “ID card” from Ana Pérez, although: The back is missing." in history
    assert "Approved by Tomás Reviewer, although: The back is missing." in history


def test_phrases_that_are_ticked_stand_before_ones_own_words(client: Client, lease: Lease) -> None:
    decide(client, lease.card, "reject", phrase=["It has expired.", "It is blurred."], reason="Send the new one")
    photo = Submission.objects.get(pk=lease.photo.pk)
    assert photo.reason == "It has expired.\nIt is blurred.\nSend the new one"
    assert ProcrastinateJob.objects.filter(task_name__endswith="announce_file_rejection").count() == 1


def test_sending_back_needs_a_reason(client: Client, lease: Lease) -> None:
    answer = decide(client, lease.card, "reject", reason="  ")
    assert answer.status_code == 409
    assert b"Say why the file is sent back" in answer.content
    assert status(lease.card) == "uploaded"


def test_the_last_decision_can_be_taken_back(client: Client, lease: Lease, second: RequestedFile) -> None:
    page = client.get(decide(client, lease.card, "approve").headers["Location"])
    assert page.context["decided"].pk == lease.card.pk
    assert f'action="{reverse("console:decide_file", args=[lease.card.pk])}"' in page.content.decode()
    back = decide(client, lease.card, "reset")
    assert back.headers["Location"] == f"{INBOX}?file={lease.card.pk}"
    assert status(lease.card) == "uploaded"


def test_who_comes_second_is_told_who_decided_and_loses_no_word(client: Client, acme: Acme, lease: Lease) -> None:
    lease.card.approve(acme_owner(acme))
    answer = decide(client, lease.card, "reject", reason="Too dark on the left", submission=lease.photo.pk)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else decided about this file" in page
    assert "Olga Owner approved it." in page
    assert "Too dark on the left" in page
    assert status(lease.card) == "approved"


def acme_owner(acme: Acme) -> Actor:
    return Actor("member", acme.owner.email, str(acme.owner))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_does_it(acme: Acme, lease: Lease) -> None:
    people = {"approve": acme.owner, "reject": acme.reviewer}
    answers: dict[str, int] = {}

    def act(decision: str) -> None:
        try:
            form = {"reason": "Dark", "submission": lease.photo.pk}
            answers[decision] = decide(signed_in(people[decision]), lease.card, decision, **form).status_code
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=[decision]) for decision in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers.values()) == [302, 409]
    kinds = {Event.Kind.FILE_APPROVED, Event.Kind.FILE_REJECTED}
    assert lease.process.events.filter(kind__in=kinds).count() == 1


def test_a_newer_version_is_looked_at_first_and_the_words_stay(client: Client, acme: Acme, lease: Lease) -> None:
    send_in(acme, lease.card, "newer.jpg", picture((80, 50)))
    answer = decide(client, lease.card, "reject", reason="Blurred", submission=lease.photo.pk)
    page = answer.content.decode()
    assert "Look at the new version first." in page
    assert ">Blurred</textarea>" in page
    assert status(lease.card) == "uploaded"


@pytest.mark.parametrize(
    "form", [{"decision": "burn"}, {"decision": ""}, {"submission": "x"}, {"submission": "9" * 30}]
)
def test_nonsense_decides_nothing(client: Client, lease: Lease, form: dict[str, str]) -> None:
    address = reverse("console:decide_file", args=[lease.card.pk])
    answer = client.post(address, {"submission": lease.photo.pk, "decision": "approve", **form})
    assert answer.status_code == 409
    assert status(lease.card) == "uploaded"


@pytest.mark.parametrize("query", ["file=0", "file=x", "file=" + "9" * 30, "after=x", "page=99", "compare=1", "undo=1"])
def test_an_odd_address_is_answered(client: Client, lease: Lease, query: str) -> None:
    assert client.get(f"{INBOX}?{query}").status_code == 200


def test_what_came_behind_the_last_one_begins_anew(acme: Acme, lease: Lease, second: RequestedFile) -> None:
    found = inbox.window(acme.organization, None, second.current_id)
    assert found.file is not None and found.file.pk == lease.card.pk
    assert found.next is not None and found.next.pk == second.pk
    assert found.previous is None


def test_versions_are_compared_side_by_side(client: Client, acme: Acme, lease: Lease) -> None:
    lease.card.reject("Blurred on the left", sending.REVIEWER)
    newer = send_in(acme, lease.card, "newer.jpg", picture((80, 50)))
    page = client.get(INBOX).content.decode()
    assert f"compare={lease.photo.pk}" in page
    page = client.get(f"{INBOX}?file={lease.card.pk}&compare={lease.photo.pk}").content.decode()
    for version in (lease.photo, newer):
        assert reverse("console:preview", args=[lease.process.public_id, version.pk]) in page
    assert "Blurred on the left" in page


def test_a_pdf_is_looked_at_page_by_page(client: Client, acme: Acme, lease: Lease) -> None:
    pdf = pikepdf.new()
    for width in (300, 400, 500):
        pdf.add_blank_page(page_size=(width, 300))
    out = io.BytesIO()
    pdf.save(out)
    version = send_in(acme, lease.payslip, "pay.pdf", out.getvalue())
    page = client.get(f"{INBOX}?file={lease.payslip.pk}&page=2").content.decode()
    assert "Page 2 of 3" in page
    assert f"?file={lease.payslip.pk}&amp;page=3" in page
    address = reverse("console:preview", args=[lease.process.public_id, version.pk])
    heights = []
    for number in (1, 2, 3):
        drawn = client.get(f"{address}?page={number}")
        heights.append(Image.open(io.BytesIO(drawn.content)).height)
    assert heights == sorted(heights, reverse=True) and len(set(heights)) == 3
    for odd in ("0", "4", "x", "-1", "9" * 30, "²"):
        assert client.get(f"{address}?page={odd}").status_code == 404


def test_what_has_no_picture_is_said_to_have_none(client: Client, acme: Acme, lease: Lease) -> None:
    send_in(acme, lease.card, "broken.pdf", b"%PDF-1.7\nnothing\n%%EOF")
    page = client.get(INBOX)
    assert page.status_code == 200
    assert b"There is no picture of this kind of file" in page.content


def test_an_earlier_version_without_a_picture_is_said_to_have_none(client: Client, acme: Acme, lease: Lease) -> None:
    sheet = send_in(acme, lease.card, "sheet.csv", b"name;amount\nAna;3\n")
    lease.card.reject("A picture, please", sending.REVIEWER)
    send_in(acme, lease.card, "newer.jpg", picture((80, 50)))
    page = client.get(f"{INBOX}?file={lease.card.pk}&compare={sheet.pk}").content.decode()
    assert "There is no picture of this kind of file" in page
    assert f'src="{reverse("console:preview", args=[lease.process.public_id, sheet.pk])}' not in page


def test_a_viewer_sees_and_does_not_decide(acme: Acme, lease: Lease) -> None:
    viewer = Member.objects.create_user(acme.organization, "v@acme.example", role="viewer", language="en")
    page = signed_in(viewer).get(INBOX).content.decode()
    assert "ID card" in page
    assert reverse("console:decide_file", args=[lease.card.pk]) not in page
    assert decide(signed_in(viewer), lease.card, "approve").status_code == 403


def test_a_stranger_finds_nothing(lease: Lease, other: Acme) -> None:
    stranger = signed_in(other.owner)
    assert shown(stranger.get(f"{INBOX}?file={lease.card.pk}")) is None
    assert decide(stranger, lease.card, "approve").status_code == 404
    assert status(lease.card) == "uploaded"


@pytest.fixture
def phrases(acme: Acme) -> Iterator[Client]:
    yield signed_in(acme.reviewer)


def test_the_usual_phrases_are_offered_in_the_participants_language(acme: Acme, lease: Lease, client: Client) -> None:
    lease.ana.language = "es"
    lease.ana.save()
    assert "La imagen está borrosa." in client.get(INBOX).content.decode()
    assert Phrase.texts(acme.organization, "en") == usual("en")


def test_ones_own_words_are_kept_as_a_phrase(acme: Acme, lease: Lease, client: Client) -> None:
    decide(client, lease.card, "reject", reason="No  stamp", keep="yes")
    assert Phrase.texts(acme.organization, "en") == [*usual("en"), "No stamp"]


def test_words_that_make_no_phrase_are_sent_all_the_same(acme: Acme, lease: Lease, client: Client) -> None:
    assert decide(client, lease.card, "reject", reason="x" * 301, keep="yes").status_code == 302
    assert status(lease.card) == "rejected"
    assert not acme.organization.phrases.exists()
    said = client.get(INBOX).content
    assert b"was sent back" in said and b"A phrase has from 1 to 300 characters." in said


def test_phrases_are_added_once_and_removed(acme: Acme, client: Client, other: Acme) -> None:
    for _ in range(2):
        client.post(reverse("console:add_phrase"), {"language": "pt", "text": "Sem carimbo"})
    assert Phrase.texts(acme.organization, "pt") == [*usual("pt"), "Sem carimbo"]
    assert "Sem carimbo" in client.get(reverse("console:phrases")).content.decode()
    row = acme.organization.phrases.get(text="Sem carimbo")
    assert signed_in(other.owner).post(reverse("console:remove_phrase", args=[row.pk])).status_code == 404
    client.post(reverse("console:remove_phrase", args=[row.pk]))
    assert Phrase.texts(acme.organization, "pt") == usual("pt")


@pytest.mark.parametrize(("language", "text"), [("xx", "A"), ("en", ""), ("en", "x" * 301), ("en", "\0")])
def test_a_phrase_that_cannot_be_one_is_refused(acme: Acme, client: Client, language: str, text: str) -> None:
    answer = client.post(reverse("console:add_phrase"), {"language": language, "text": text}, follow=True)
    assert b"A phrase has from 1 to 300 characters." in answer.content
    assert not acme.organization.phrases.exists()


def test_there_are_not_more_phrases_than_one_reads(acme: Acme, client: Client) -> None:
    Phrase.objects.bulk_create(
        [Phrase(organization=acme.organization, language="en", text=f"Reason {number}") for number in range(MOST)]
    )
    answer = client.post(reverse("console:add_phrase"), {"language": "en", "text": "One more"}, follow=True)
    assert b"40 phrases are enough" in answer.content
    assert acme.organization.phrases.count() == MOST


@pytest.mark.parametrize("name", ["phrases", "add_phrase", "remove_phrase", "decide_file"])
def test_only_reviewers_write(acme: Acme, lease: Lease, name: str) -> None:
    viewer = signed_in(Member.objects.create_user(acme.organization, "v@acme.example", role="viewer"))
    address = reverse(f"console:{name}", args=[1] if name in {"remove_phrase", "decide_file"} else [])
    answer = viewer.get(address) if name == "phrases" else viewer.post(address)
    assert answer.status_code == 403
    assert Client().post(address).status_code in {302, 405}
