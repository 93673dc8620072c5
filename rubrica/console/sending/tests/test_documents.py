"""The beginning and step 1: PDFs come in, a template brings its own, and what cannot be signed is said."""

from django.test import Client
from django.urls import reverse

from rubrica.console.sending.tests.conftest import at, pdf
from rubrica.console.tests.test_templates import lease
from rubrica.drafting.content import MAX_PAPERS
from rubrica.drafting.models import Draft
from rubrica.files.models import Blob
from rubrica.sealing.values import Box
from rubrica.templating.models import Template
from tests import pdfs, sending
from tests.cast import Acme


def begin(olga: Client, **typed: object) -> str:
    answer = olga.post(reverse("console:begin_draft"), typed)
    return answer.headers.get("Location", "") if answer.status_code == 302 else answer.text


def test_pdfs_begin_a_draft(acme: Acme, olga: Client) -> None:
    assert "Drafts" not in olga.get(reverse("console:new_process")).text
    there = begin(olga, way="documents", pdfs=[pdf("contract.pdf"), pdf("annex.PDF")])
    draft = Draft.objects.get(organization=acme.organization)
    assert there == at("draft_documents", draft)
    assert [(paper.name, paper.file_name, len(paper.pages)) for paper in draft.papers.all()] == [
        ("contract", "contract.pdf", 2),
        ("annex", "annex.PDF", 2),
    ]
    assert draft.title == "contract"
    assert "Drafts" in olga.get(reverse("console:new_process")).text
    assert "1 draft waits to be sent" in olga.get(reverse("console:processes")).text
    picture = olga.get(reverse("console:draft_sheet", args=[draft.public_id, draft.papers.all()[0].pk, 1]))
    assert picture.headers["Content-Type"] == "image/jpeg" and picture.content.startswith(b"\xff\xd8")
    missing = reverse("console:draft_sheet", args=[draft.public_id, draft.papers.all()[0].pk, 3])
    assert olga.get(missing).status_code == 404


def test_what_is_no_pdf_is_said_and_nothing_is_kept(olga: Client) -> None:
    page = begin(olga, way="documents", pdfs=[pdf("notes.pdf", b"plain text"), pdf("empty.pdf", b" ")])
    assert "notes.pdf: " in page and "empty.pdf: " in page
    assert begin(olga, way="documents").count("Choose at least one PDF.") == 1
    assert not Draft.objects.exists() and not Blob.objects.exists()


def test_scripts_in_a_pdf_are_refused_where_the_organization_wants_that(acme: Acme, olga: Client) -> None:
    acme.organization.refuses_active_content = True
    acme.organization.save()
    page = begin(olga, way="documents", pdfs=[pdf("active.pdf", pdfs.with_script())])
    assert "active.pdf: " in page and not Draft.objects.exists()


def test_documents_are_named_moved_added_and_removed(acme: Acme, olga: Client, draft: Draft) -> None:
    first = draft.papers.get()
    second = draft.add("annex", [[100, 100]], sending.keep(acme, pdfs.contract()))
    typed = {"paper": [first.pk, second.pk], f"name-{first.pk}": "Lease", f"name-{second.pk}": "Annex 1"}
    assert olga.post(at("save_draft_documents", draft), typed | {"do": f"up:{second.pk}"}).status_code == 302
    assert [paper.name for paper in draft.papers.all()] == ["Annex 1", "Lease"]
    answer = olga.post(at("save_draft_documents", draft), typed | {f"name-{first.pk}": " ", "do": "next"})
    assert answer.status_code == 400 and "Give the document a name." in answer.text
    olga.post(at("save_draft_documents", draft), typed | {"do": f"remove:{second.pk}"})
    assert [paper.name for paper in draft.papers.all()] == ["Lease"]
    assert olga.post(at("save_draft_documents", draft), typed | {"do": "next"}).headers["Location"] == at(
        "draft_people", draft
    )


def test_a_hundred_documents_and_no_more(acme: Acme, olga: Client, draft: Draft) -> None:
    blob = draft.papers.get().blob
    for number in range(MAX_PAPERS - 1):
        draft.papers.create(name=f"{number}", blob=blob, pages=[[100, 100]], position=number + 1)
    answer = olga.post(at("save_draft_documents", draft), {"do": "upload", "pdfs": pdf()})
    assert answer.status_code == 400 and "100 documents" in answer.text
    assert draft.papers.count() == MAX_PAPERS


def test_files_alone_need_no_document(olga: Client) -> None:
    there = begin(olga, way="files")
    draft = Draft.objects.get()
    assert there == at("draft_people", draft)
    assert "Sends files" in olga.get(there).text
    assert olga.get(at("draft_places", draft)).headers["Location"] == at("draft_documents", draft)


def test_a_template_brings_its_pdf_its_people_and_its_places(acme: Acme, olga: Client) -> None:
    template = Template(organization=acme.organization, kind=Template.Kind.POSITIONS, name="Fixed lease")
    template.pdf, template.pages = sending.keep(acme, pdfs.contract()), [[600, 800], [600, 800]]
    template.save()
    template.place({"tenant": [Box(2, 0.5, 0.5, 150, 50)], "owner": [Box(1, 0.9, 0.9, 150, 50)]})
    there = begin(olga, way="template", template=template.public_id)
    draft = Draft.objects.get()
    assert there == at("draft_people", draft)
    tenant = next(person for person in draft.written.people if person.kind == "tenant")
    assert {person.kind for person in draft.written.people} == {"tenant", "owner"}
    place = next(place for place in draft.written.places if place.person == tenant.id)
    assert (place.page, place.left, place.top, place.width, place.height) == (2, 150, 350, 150, 50)
    assert "tenant" in olga.get(there).text


def test_the_template_of_another_organization_is_not_found(acme: Acme, other: Acme, olga: Client) -> None:
    template = Template(organization=other.organization, kind=Template.Kind.POSITIONS, name="Theirs")
    template.pdf = sending.keep(other, pdfs.contract())
    template.save()
    for wanted in (template.public_id, "nothing", "\0"):
        answer = olga.post(reverse("console:begin_draft"), {"way": "template", "template": wanted})
        assert answer.status_code == 404
    assert not Draft.objects.exists()


def test_a_document_made_from_answers_brings_those_whom_they_name(acme: Acme, olga: Client) -> None:
    template = lease(olga)
    said = {"q-nombre": "Ana", "q-documento": "CC 123456", "q-correo": "a@b.co", "q-canon": "150000",
            "q-inicio": "2030-01-01"}  # fmt: skip
    page = olga.get(reverse("console:try_template", args=[template.public_id]), {**said, "try": "yes"}).text
    there = reverse("console:begin_from_answers", args=[template.public_id])
    assert there in page and 'name="q-nombre" value="Ana"' in page
    answer = olga.post(there, said)
    draft = Draft.objects.get()
    assert answer.headers["Location"] == at("draft_people", draft)
    ana = draft.written.people[0]
    assert (ana.name, ana.email) == ("Ana", "a@b.co") and ana.kind
    paper = draft.papers.get()
    assert (draft.title, paper.name) == (template.name, template.name)
    assert [place.person for place in draft.written.places] == [ana.id] * len(draft.written.places)
    assert draft.written.places and len(paper.pages) >= 1


def test_answers_that_do_not_fit_lead_back_to_the_questions(acme: Acme, olga: Client) -> None:
    template = lease(olga)
    answer = olga.post(reverse("console:begin_from_answers", args=[template.public_id]), {"q-nombre": "Ana"})
    assert answer.headers["Location"] == reverse("console:try_template", args=[template.public_id])
    assert not Draft.objects.exists()
    template.activate(False)
    assert olga.post(reverse("console:begin_from_answers", args=[template.public_id])).status_code == 404
