"""Forms of the page that the browser posts by itself, where there is no JavaScript."""

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from rubrica.processes.models import Event, Participant, Process, Signature, Submission
from rubrica.processes.sending import Place
from rubrica.sealing.values import Box, Field
from rubrica.signer.tests.checked import code, start
from rubrica.signer.tests.phones import Phone, phone
from tests import portraits, sending
from tests.cast import Acme
from tests.sending import person, picture, slot, somebody

CARD = picture()


@pytest.fixture
def process(acme: Acme) -> Process:
    return sending.start_signing(acme, person("Ana Pérez", "ID card"), person("Benito"))


@pytest.fixture
def ana(process: Process) -> Phone:
    return phone(process)


def page_of(phone: Phone) -> str:
    answer = phone.get("?lang=en")
    assert answer.status_code == 200
    return str(answer.content.decode())


def post(phone: Phone, does: str, key: str | None = None, **fields: Any) -> Any:
    """As a browser sends the form that is on the page."""
    found = re.search(r'name="key" value="(\w+)"', page_of(phone))
    assert found
    return phone.client.post(f"{phone.base}?lang=en", {"do": does, "key": found[1] if key is None else key, **fields})


def deliver(phone: Phone, file: int, content: bytes = CARD, name: str = "cédula.jpg") -> Any:
    return post(phone, f"file {file}", file=SimpleUploadedFile(name, content, "image/jpeg"))


def says(answer: Any, sentence: str) -> None:
    """A page that can be used, with the sentence that says why not."""
    assert answer.status_code == 200
    html = answer.content.decode()
    assert re.search(r'role="alert"[^>]*>.*?' + re.escape(sentence), html, re.S), html[-3000:]


def test_it_works(process: Process, ana: Phone) -> None:
    answer = deliver(ana, slot(process, "ID card").pk)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ana.base}?lang=en&said=file")
    assert "Your file has been received." in ana.client.get(answer.headers["Location"]).content.decode()
    assert sending.content(Submission.objects.get().blob) == CARD
    assert post(ana, "sign", typed="Ana Pérez", consent="on").status_code == 303
    signature = Signature.objects.get()
    assert (signature.kind, signature.text, signature.image) == ("type", "Ana Pérez", None)
    assert somebody(process, "Ana").status == Participant.Status.FINISH


def test_every_form_says_what_it_does(process: Process, ana: Phone) -> None:
    html = page_of(ana)
    assert set(re.findall(r'name="do" value="([^"]+)"', html)) == {
        f"file {slot(process, 'ID card').pk}", "sign", "reject"
    }  # fmt: skip
    for form in re.findall(r"<form\b[^>]*>", html):
        assert "method=" in form
    assert html.count('name="key"') == html.count('name="do"')


def test_what_is_refused_is_said_on_the_page(process: Process, ana: Phone) -> None:
    file = slot(process, "ID card").pk
    says(post(ana, "sign", typed="Ana Pérez", consent="on"), "first")  # the file comes before
    says(deliver(ana, file, b"MZ", "virus.exe"), "This kind of file is not accepted")
    says(deliver(ana, file, b""), "The file is empty.")
    says(post(ana, f"file {file}"), "The file is empty.")
    says(post(ana, "file 999999", file=io.BytesIO(CARD)), "This file is not asked of you.")
    says(post(ana, "file ²", file=io.BytesIO(CARD)), "This file is not asked of you.")
    deliver(ana, file)
    says(post(ana, "sign", typed="Ana Pérez"), "Agree to the sentence")
    says(post(ana, "sign", typed=" ", consent="on"), "type one of 1 to 200 letters")
    assert not Signature.objects.exists()


def test_rejecting_needs_a_reason_and_ends_the_process(process: Process, ana: Phone) -> None:
    says(post(ana, "reject", reason=" "), "reason")
    assert post(ana, "reject", reason="Clause 4").status_code == 303
    process.refresh_from_db()
    assert process.state == Process.State.REJECTED


def test_a_form_without_the_key_of_this_page_does_nothing(process: Process, ana: Phone) -> None:
    for key in ("", "0" * 64):
        says(post(ana, "reject", key=key, reason="forged"), "This page was out of date.")
    says(post(ana, "sell"), "This page was out of date.")
    benito = phone(process, "Benito")
    found = re.search(r'name="key" value="(\w+)"', page_of(benito))
    assert found
    says(post(ana, "reject", key=found[1], reason="somebody else's"), "This page was out of date.")
    assert not process.events.filter(kind=Event.Kind.DECLINED).exists()


def test_reading_the_page_changes_nothing(process: Process, ana: Phone) -> None:
    before = process.events.count()
    for path in ("", "?said=signed", "?said=nothing", "?do=reject&reason=no"):
        assert ana.get(path).status_code == 200
    assert process.events.count() == before


def test_a_file_that_is_too_large_is_refused_by_its_length(process: Process, ana: Phone, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    file = slot(process, "ID card").pk
    says(deliver(ana, file), "larger than the 100 bytes")
    assert not Submission.objects.exists()


def test_what_was_typed_stays_when_it_is_refused(acme: Acme) -> None:
    places = [
        Place(Box(1, 0.5, 0.9, 150, 50), ()),
        Place(Field(1, 0.5, 0.5, 120, 20, "text", "City"), ()),
        Place(Field(1, 0.5, 0.6, 300, 60, "text", "Remarks", required=False), ()),
        Place(Field(1, 0.2, 0.7, 16, 16, "checkbox", "I agree"), ()),
        Place(Field(1, 0.9, 0.9, 60, 36, "initials"), ()),
    ]
    process = sending.start_signing(acme, person("Ana Pérez", places=places))
    mine = phone(process)
    (document,) = mine.state()["documents"]
    ids = {field["name"]: f"field-{field['id']}" for field in document["fields"]}
    typed = {ids["City"]: 'Cali "sur"', ids["Remarks"]: "<b>none</b>", ids["I agree"]: "on"}
    answer = post(mine, "sign", typed="Ana M. Pérez", initials="AMP", **typed)
    says(answer, "Agree to the sentence")
    html = answer.content.decode()
    for value in ("Cali &quot;sur&quot;", "Ana M. Pérez", "AMP"):
        assert f'value="{value}"' in html
    assert "&lt;b&gt;none&lt;/b&gt;</textarea>" in html
    assert re.search(rf'name="{ids["I agree"]}"[^>]* checked', html)
    assert not re.search(r'name="consent"[^>]* checked', html)


def test_a_reason_that_is_refused_stays(ana: Phone) -> None:
    answer = post(ana, "reject", reason="x" * 5000)
    says(answer, "")
    assert answer.content.decode().count("x" * 5000) == 2


def test_a_forged_form_fills_nothing_in(ana: Phone) -> None:
    answer = post(ana, "sign", key="0" * 64, typed="Somebody Else", consent="on")
    assert "Somebody Else" not in answer.content.decode()
    assert not re.search(r'name="consent"[^>]* checked', answer.content.decode())


def test_browsers_check_the_forms_where_no_script_does(ana: Phone) -> None:
    forms = re.findall(r'<form\b[^>]*data-act="(?:sign|reject)"[^>]*>', page_of(ana))
    assert len(forms) == 2
    assert not any("novalidate" in form for form in forms)


def test_a_body_that_is_no_form_is_said_to_be_out_of_date(ana: Phone) -> None:
    broken = ana.client.post(f"{ana.base}?lang=en", b"--x\r\nnonsense", "multipart/form-data")
    says(broken, "This page was out of date.")


def test_the_code_is_asked_for_and_entered(acme: Acme) -> None:
    process = start(acme, "otp")
    mine = phone(process)
    says(post(mine, "sign", typed="Ana", consent="on"), "confirm")
    assert post(mine, "send-code").status_code == 303
    says(post(mine, "check-code", code="12"), "code")
    right = code(process)
    answer = post(mine, "check-code", code=f"{right[:3]} {right[3:]}")
    assert answer.status_code == 303, answer.content
    assert 'data-mode="act"' in page_of(mine)


def test_the_key_is_of_the_browser_that_entered_the_code(acme: Acme) -> None:
    """Whoever has the link alone gets a key that does not go with the other browser's cookie."""
    process = start(acme, "otp")
    mine, stranger = phone(process), phone(process)
    post(mine, "send-code")
    post(mine, "check-code", code=code(process))
    found = re.search(r'name="key" value="(\w+)"', page_of(stranger.__class__(somebody(process, "Ana"))))
    assert found
    says(post(mine, "reject", key=found[1], reason="forged"), "This page was out of date.")


def test_a_link_that_has_ended_says_so_to_a_form_too(process: Process, ana: Phone) -> None:
    page_of(ana)
    post(ana, "reject", reason="Clause 4")
    answer = ana.client.post(f"{ana.base}?lang=en", {"do": "sign"})
    assert answer.status_code == 410
    assert "You rejected this process" in answer.content.decode()


def send_picture(phone: Phone, kind: str, content: bytes) -> Any:
    return post(phone, f"capture {kind}", file=SimpleUploadedFile("picture.jpg", content, "image/jpeg"))


def test_pictures_of_oneself_are_given_by_a_form(acme: Acme) -> None:
    process = start(acme, "photo", "identificationBack")
    ana = phone(process)
    says(post(ana, "consent"), "Agree first that your pictures are used")
    assert not process.events.filter(kind=Event.Kind.CONSENTED).exists()
    assert post(ana, "consent", consent="on").status_code == 303
    html = page_of(ana)
    assert re.search(r'<input[^>]*type="file"[^>]*capture="user"', html)
    says(send_picture(ana, "photo", picture()), "The picture is too small")
    answer = send_picture(ana, "photo", portraits.selfie())
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ana.base}?lang=en&said=picture")
    assert 'capture="environment"' in page_of(ana)
    assert send_picture(ana, "identificationBack", portraits.card()).status_code == 303
    assert ana.state()["identity"]["passed"] is True
    assert set(process.events.filter(kind=Event.Kind.CAPTURED).values_list("data__check", flat=True)) == {
        "photo", "identificationBack"
    }  # fmt: skip


def test_a_form_refuses_to_give_pictures_too(acme: Acme) -> None:
    process = start(acme, "photo")
    ana = phone(process)
    assert post(ana, "no-pictures").status_code == 303
    assert somebody(process, "Ana").status == Participant.Status.BLOCK


def test_a_picture_that_is_not_asked_for_is_none(acme: Acme, process: Process, ana: Phone) -> None:
    says(send_picture(ana, "photo", portraits.selfie()), "This is not asked of you.")
    says(send_picture(ana, "otp", portraits.selfie()), "This is not asked of you.")
