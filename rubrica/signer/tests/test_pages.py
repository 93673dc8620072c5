"""What the page shows to whom: nothing before the checks, and no more than is asked."""

import io
import re
from contextlib import ExitStack

import pytest

from rubrica.files import intake
from rubrica.processes import identity, reopening
from rubrica.processes.models import Participant, Process
from rubrica.signer.tests.checked import ana, asked, code, enter, start, with_code
from rubrica.signer.tests.phones import Phone, phone
from tests import pdfs, sending
from tests.cast import Acme
from tests.sending import REVIEWER, person, somebody


def shown(page: Phone, language: str = "en") -> str:
    answer = page.get(f"?lang={language}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def mode(html: str) -> str:
    found = re.search(r'data-mode="(\w+)"', html)
    assert found
    return found[1]


def heading(html: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html)
    assert found
    return found[1]


def test_nothing_of_the_document_before_the_checks(acme: Acme) -> None:
    process = start(acme, "otp", "photo")
    html = shown(phone(process))
    assert (mode(html), heading(html)) == ("check", "First, confirm it is you")
    for hidden in (
        "rb-sheet",
        "rb-signature",
        "rb-slot",
        process.message,
        process.name,
        "Lease",
        f"/documents/{process.documents.get().code}",
    ):
        assert hidden not in html
    assert "a•••@example.com" in html
    assert "ana@example.com" not in html


def test_the_code_opens_the_document(acme: Acme) -> None:
    process = start(acme, "otp")
    page = phone(process)
    page.post("/otp")
    assert 'autocomplete="one-time-code"' in shown(page)
    enter(page, code(process))
    html = shown(page)
    assert mode(html) == "act"
    assert "rb-sheet" in html
    assert f"<title>{process.name} · Acme" in html
    assert mode(shown(phone(process))) == "check"  # another browser has another link, and neither has entered it


def test_pictures_are_asked_for_after_consent(acme: Acme) -> None:
    process = start(acme, "photo", "identification")
    page = phone(process)
    assert "data-open-camera" not in shown(page)
    assert page.post("/consent", {"consent": True}).status_code == 200
    html = shown(page)
    assert html.count("<rb-capture") == 1  # one after the other
    assert 'data-kind="photo"' in html


def test_saying_no_takes_the_code_but_no_face(acme: Acme) -> None:
    process = start(acme, "otp", "photo")
    assert 'data-act="reject"' not in shown(phone(process))
    assert 'data-act="reject"' in shown(with_code(process))


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("OTP_CODE_INVALID", "The code was wrong three times."),
        ("FACES_DIFFER", "did not seem to match"),
        ("CONSENT_REFUSED", "decides how else to confirm who you are"),
    ],
)
def test_a_block_says_what_happened_and_looks_again(acme: Acme, reason: str, words: str) -> None:
    process = start(acme, "otp", "photo")
    page = phone(process)
    with identity.held(ana(process)) as me:
        identity.block(me, reason, REVIEWER)
    html = shown(page)
    assert mode(html) == "blocked"
    assert words in html
    assert "Lease" not in html
    assert 'data-poll="10"' in html
    identity.reset(ana(process), REVIEWER)
    assert mode(shown(page)) == "check"


def test_what_the_documents_will_need_is_there_before_the_checks(acme: Acme) -> None:
    """After them #main alone is exchanged."""
    html = shown(phone(start(acme, "otp", files=("ID card",))))
    assert mode(html) == "check"
    for name in ("thumbs", "sheet-failed", "scan"):
        assert f'id="{name}"' in html


def test_nothing_names_the_document_before_the_checks(acme: Acme) -> None:
    """Who has to prove who they are may be somebody else; also while they wait for others, or hold a dead link."""
    ana, benito = (person(name, identity=asked("otp"), order=place) for place, name in enumerate(("Ana", "Benito"), 1))
    process = sending.start_signing(acme, ana, benito)
    for page, expected in ((phone(process), "check"), (phone(process, "Benito"), "wait")):
        html = shown(page)
        assert mode(html) == expected
        assert "<title>Acme" in html
        assert "Lease" not in html
        assert "Lease" not in page.get("/state").content.decode()
    Process.objects.update(state="cancelled")
    answer = page.get("")
    assert answer.status_code == 410
    assert "Lease" not in answer.content.decode()
    assert "Acme" in answer.content.decode()


def test_who_was_asked_for_nothing_sees_what_a_dead_link_was_for(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana"))
    page = phone(process)
    Process.objects.update(state="cancelled")
    assert process.name in page.get("").content.decode()


def test_a_proof_that_is_all_that_is_asked_says_what_it_is_for(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", identity=asked("otp")), kind=Process.Kind.IDENTITY)
    page = phone(process)
    assert page.state()["process"]["name"] == process.name
    assert f"For “{process.name}” Acme asks for nothing else." in shown(page)


def test_a_reader_reads_and_is_asked_for_nothing(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana Pérez"), person("Rita Roa", role="reader"))
    html = shown(phone(process, "Rita"))
    assert mode(html) == "read"
    assert "rb-sheet" in html
    assert "Ana Pérez" in html  # who is still to come
    for act in ("sign", "approve", "reject"):
        assert f'data-act="{act}"' not in html


def test_an_approver_reads_and_approves_without_signing(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana Pérez"), person("Benito Díaz", role="approver"))
    html = shown(phone(process, "Benito"))
    assert 'data-act="approve"' in html
    assert "rb-signature" not in html
    assert "Sign here" not in html


def test_several_documents_take_one_signature(acme: Acme) -> None:
    people = (person("Ana Pérez"),)
    with ExitStack() as stack:
        arriving = [stack.enter_context(intake.arriving(io.BytesIO(pdfs.contract()), limit=10**7)) for _ in range(2)]
        papers = [sending.paper(people, pdf, name) for pdf, name in zip(arriving, ("Lease", "Annex"), strict=True)]
        process = sending.start(acme, *people, papers=papers, kind=Process.Kind.PACKAGE)
    html = shown(phone(process))
    assert html.count("<rb-sheet") == sum(len(document.pages) for document in process.documents.all())
    assert html.count("<rb-signature") == 1
    for document in process.documents.all():
        assert f'id="document-{document.code}"' in html
        assert f"/documents/{document.code}/pages/2" in html
    assert "Sign all 2 documents" in html


def test_what_is_marked_as_asked_has_a_place_on_the_page(acme: Acme) -> None:
    """No step leads to a section that is not there."""
    for page in (phone(start(acme, "otp", "photo")), phone(start(acme)), with_code(start(acme, "otp"))):
        html = shown(page)
        steps = html.split('<ol class="steps">')[1].split("</ol>")[0]
        for anchor in re.findall(r'href="#([^"]+)"', steps):
            assert f'id="{anchor}"' in html, anchor


def test_a_process_that_is_being_changed_says_so(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana Pérez"), kind=Process.Kind.DOCUMENT)
    page = phone(process)
    reopening.take_back(process, REVIEWER)
    answer = page.get("?lang=en")
    assert answer.status_code == 410
    assert heading(answer.content.decode()) == "This is being changed"
    assert 'data-to="' not in answer.content.decode()


def test_a_proof_alone_ends_with_its_own_words(acme: Acme) -> None:
    process = start(acme, "otp")
    process.documents.all().delete()
    Process.objects.update(state="finished")
    Participant.objects.update(status="FINISH")
    assert heading(shown(phone(process))) == "Your identity is confirmed"


@pytest.mark.parametrize("language", ["es", "pt"])
def test_the_checks_speak_the_language_of_the_page(acme: Acme, language: str) -> None:
    process = start(acme, "otp", "photo", "video")
    assert heading(shown(phone(process), language)) != heading(shown(phone(process)))
    assert somebody(process).language == "en"
