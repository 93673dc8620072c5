"""Step 3: each place belongs to a person and lies wholly on its page, or nothing is kept."""

import pytest
from django.test import Client

from rubrica.console.sending.tests.conftest import at, people, person, place, places
from rubrica.drafting.models import Draft
from tests import pdfs, sending
from tests.cast import Acme


@pytest.fixture
def peopled(olga: Client, draft: Draft) -> Draft:
    cards = person("ana", "Ana"), person("benito", "Benito"), person("rita", "Rita", role="reader")
    assert olga.post(at("save_draft_people", draft), people(*cards)).status_code == 302
    draft.refresh_from_db()
    return draft


def test_places_are_kept_by_document(acme: Acme, olga: Client, peopled: Draft) -> None:
    first = peopled.papers.get()
    second = peopled.add("annex", [[612, 792]], sending.keep(acme, pdfs.contract()))
    answer = olga.post(at("save_draft_places", peopled), places(first.pk, place("ana"), place("benito", 2), do="save"))
    assert answer.headers["Location"] == f"{at('draft_places', peopled)}?paper={first.pk}"
    olga.post(at("save_draft_places", peopled), places(second.pk, place("ana", left=100.25)))
    peopled.refresh_from_db()
    kept = {(one.paper, one.person, one.page, one.left) for one in peopled.written.places}
    assert kept == {(first.pk, "ana", 1, 60), (first.pk, "benito", 2, 60), (second.pk, "ana", 1, 100.25)}
    page = olga.get(f"{at('draft_places', peopled)}?paper={second.pk}").text
    assert 'value="100.2"' in page and "Rita" not in page
    olga.post(at("save_draft_places", peopled), places(first.pk))
    peopled.refresh_from_db()
    assert [one.paper for one in peopled.written.places] == [second.pk]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("nobody", "1", "0", "0", "10", "10"), "Choose who signs here."),
        (("rita", "1", "0", "0", "10", "10"), "Choose who signs here."),
        (("ana", "1", "left", "0", "10", "10"), "Please write numbers."),
        (("ana", "1", "nan", "0", "10", "10"), "Please write numbers."),
        (("ana", "1", "1e400", "0", "10", "10"), "Please write numbers."),
        (("ana", "3", "0", "0", "10", "10"), "The PDF has no such page."),
        (("ana", "0", "0", "0", "10", "10"), "The PDF has no such page."),
        (("ana", "1", "600", "0", "100", "10"), "The place does not lie wholly on its page."),
        (("ana", "1", "-5", "0", "100", "10"), "The place does not lie wholly on its page."),
        (("ana", "1", "0", "0", "0", "10"), "The place does not lie wholly on its page."),
    ],
)
def test_a_place_that_cannot_be_is_said_and_nothing_is_kept(
    olga: Client, peopled: Draft, row: tuple[str, ...], said: str
) -> None:
    answer = olga.post(at("save_draft_places", peopled), places(peopled.papers.get().pk, place("benito"), row))
    assert answer.status_code == 400 and said in answer.text
    peopled.refresh_from_db()
    assert peopled.written.places == []


def test_one_person_signs_in_500_places_of_a_document(olga: Client, peopled: Draft) -> None:
    paper = peopled.papers.get().pk
    answer = olga.post(at("save_draft_places", peopled), places(paper, *(place("ana") for _ in range(501))))
    assert answer.status_code == 400 and "500 places" in answer.text


def test_the_paper_of_another_draft_is_not_found(acme: Acme, olga: Client, peopled: Draft) -> None:
    another = Draft.begin(acme.owner).add("x", [[612, 792]], peopled.papers.get().blob)
    assert olga.post(at("save_draft_places", peopled), places(another.pk, place("ana"))).status_code == 404


def test_places_go_with_their_person_and_their_document(olga: Client, peopled: Draft) -> None:
    paper = peopled.papers.get()
    olga.post(at("save_draft_places", peopled), places(paper.pk, place("ana"), place("benito")))
    olga.post(at("save_draft_people", peopled), people(person("ana", "Ana"), person("benito", "Benito", role="reader")))
    peopled.refresh_from_db()
    assert [one.person for one in peopled.written.places] == ["ana"]
    olga.post(
        at("save_draft_documents", peopled), {"paper": paper.pk, f"name-{paper.pk}": "x", "do": f"remove:{paper.pk}"}
    )
    peopled.refresh_from_db()
    assert peopled.written.places == []


def test_who_has_no_places_signs_on_a_page_of_their_own(olga: Client, written: Draft) -> None:
    olga.post(at("save_draft_places", written), places(written.papers.get().pk))
    assert "on a page that is added" in olga.get(at("draft_review", written)).text
    olga.post(at("send_draft", written))
    document = written.organization.processes.get().documents.get()
    assert len(document.pages) == 3 and document.boxes.get().page == 3


def test_not_everybody_has_a_part_in_every_document(acme: Acme, olga: Client, written: Draft) -> None:
    first = written.papers.get()
    second = written.add("annex", [[612, 792]] * 2, first.blob, "annex.pdf")
    parts = {"parts": "yes", "part": ["benito"]}
    olga.post(at("save_draft_places", written), places(second.pk, place("ana"), place("benito", 2)) | parts)
    written.refresh_from_db()
    kept = {(one.paper, one.person) for one in written.written.places}
    assert kept == {(first.pk, "ana"), (second.pk, "benito")}
    assert olga.post(at("send_draft", written)).status_code == 302
    sent = written.organization.processes.get()
    signing = {
        document.name: [part.participant.name for part in document.parts.order_by("index")]
        for document in sent.documents.all()
    }
    assert signing == {"contract": ["Ana Pérez", "Benito Díaz"], "annex": ["Benito Díaz"]}


def test_a_document_without_anybody_and_who_has_nothing_to_do_are_said(olga: Client, written: Draft) -> None:
    first = written.papers.get()
    second = written.add("annex", [[612, 792]], first.blob)
    olga.post(at("save_draft_places", written), places(second.pk) | {"parts": "yes"})
    assert "Nobody has a part in one of the documents." in olga.post(at("send_draft", written)).text
    olga.post(at("save_draft_places", written), places(first.pk) | {"parts": "yes", "part": ["ana"]})
    page = olga.get(at("draft_review", written)).text
    assert "Benito Díaz: This person has no part in any document" in page
    olga.post(
        at("save_draft_documents", written), {"paper": second.pk, f"name-{second.pk}": "x", "do": f"remove:{second.pk}"}
    )
    assert "no part" not in olga.get(at("draft_review", written)).text
