"""The page on which somebody completes a document, used without any script (contract/auco.md §5.3)."""

import io
from typing import Any

import pytest
from django.test import Client

from rubrica.completing.models import Completion
from rubrica.completing.tests.conftest import SHOWN, Form, begin, filled, make_template
from rubrica.processes.models import Document, Participant, Process
from rubrica.templating.tests.examples import question, raw
from tests import sending
from tests.cast import Acme
from tests.contract.calls import jobs

pytestmark = pytest.mark.django_db


def html(answer: Any) -> str:
    return str(answer.content.decode())


def test_it_asks_only_what_nobody_has_said(form: Form) -> None:
    page = form.get()
    assert page.status_code == 200
    assert "Nombre completo del arrendatario" in html(page)
    assert "Canon mensual" not in html(page)
    assert page.headers["Referrer-Policy"] == "no-referrer" and "no-store" in page.headers["Cache-Control"]
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]


def test_reading_changes_nothing(form: Form) -> None:
    before = Completion.objects.values().get()
    for path in ("", "/preview", "/review"):
        form.get(path)
    assert Completion.objects.values().get() == before


def test_from_the_first_answer_to_the_process(form: Form) -> None:
    assert form.post(shown=SHOWN, **filled()).headers["Location"] == f"{form.path}/review"
    completion = form.completion
    assert completion.draft is not None and completion.draft_pages == 1
    review = form.get("/review")
    assert f"{form.path}/review/1" in html(review)
    assert form.get("/review/1").headers["Content-Type"] == "image/jpeg"
    digest = completion.draft.sha256
    assert form.client.post(f"{form.path}/send", {"digest": digest}).headers["Location"] == form.path
    document = Document.objects.get()
    assert document.code == completion.process.documents.get().code
    assert document.original is not None and document.original.sha256 == digest
    ana = Participant.objects.get()
    assert (ana.name, ana.email, ana.status) == ("Ana Ruiz", "ana@example.com", "NOTIFICATION")
    assert [job["participant_id"] for job in jobs("invite")] == [ana.pk]
    assert "Your answers were sent" in html(form.get())


def test_what_is_missing_is_said_at_its_question(form: Form) -> None:
    page = form.post(shown=SHOWN, **filled(nombre="", inicio="31/02/2030"))
    assert page.status_code == 400
    assert html(page).count("Please answer this.") == 1
    assert "Please give a day of the calendar" in html(page)
    assert 'value="300 123 4567"' in html(page)  # nothing that was typed is lost
    assert form.completion.draft is None


def test_typed_answers_stay_right_or_wrong(form: Form) -> None:
    judged = form.answers(nombre="Ana", celular="12")
    assert set(judged["faults"]) == {"celular"}
    assert form.completion.typed == {"nombre": "Ana", "celular": "12"}
    form.answers(celular="")
    assert form.completion.typed == {"nombre": "Ana", "celular": ""}


def test_a_question_appears_with_the_answer_that_it_depends_on(form: Form) -> None:
    assert "nombre_codeudor" not in form.answers(codeudor="no")["asked"]
    assert "nombre_codeudor" in form.answers(codeudor="si")["asked"]


def test_without_script_new_questions_are_shown_before_going_on(form: Form) -> None:
    page = form.post(shown=SHOWN, **filled(codeudor="si"))
    assert page.status_code == 200 and "new questions" in html(page)
    shown = f"{SHOWN} nombre_codeudor correo_codeudor"
    again = form.post(shown=shown, nombre_codeudor="Luis", correo_codeudor="luis@example.com")
    assert again.status_code == 302
    form.client.post(f"{form.path}/send", {"digest": form.completion.draft.sha256})  # type: ignore[union-attr]
    assert Participant.objects.count() == 2


def test_what_the_owner_said_cannot_be_changed(form: Form) -> None:
    form.answers(canon="1", nombre="Ana")
    assert form.completion.typed == {"nombre": "Ana"}
    assert form.completion.answers["canon"] == "1500000"


def test_only_what_was_looked_at_is_sent(form: Form) -> None:
    form.post(shown=SHOWN, **filled())
    digest = form.completion.draft.sha256  # type: ignore[union-attr]
    form.answers(nombre="Somebody Else")
    answer = form.client.post(f"{form.path}/send", {"digest": digest})
    assert answer.status_code == 400 and "look at the document again" in html(answer)
    assert not Participant.objects.exists()


def test_it_is_sent_once(form: Form) -> None:
    form.post(shown=SHOWN, **filled())
    digest = form.completion.draft.sha256  # type: ignore[union-attr]
    for _again in range(2):
        form.client.post(f"{form.path}/send", {"digest": digest})
    assert Participant.objects.count() == 1
    assert form.post("/answers", nombre="Later").status_code == 200  # the page that says that it is over
    assert form.completion.typed["nombre"] == "Ana Ruiz"


def test_a_link_that_nobody_was_given(db: None, client: Client) -> None:
    answer = client.get("/c/" + "x" * 43, headers={"Accept-Language": "en"})
    assert answer.status_code == 404 and "This link does not work" in html(answer)


def test_a_newer_link_replaces_the_older(form: Form) -> None:
    form.completion.issue_link()
    assert form.get().status_code == 404


def test_a_process_that_was_cancelled(form: Form) -> None:
    Process.objects.update(state=Process.State.CANCELLED)
    answer = form.get()
    assert answer.status_code == 410 and "taken back" in html(answer)
    assert form.client.post(f"{form.path}/send", {"digest": ""}).status_code == 410


@pytest.mark.parametrize("state", [Process.State.CANCELLED, Process.State.EXPIRED, Process.State.EDITING])
def test_once_it_is_over_the_answers_are_shown_to_nobody(form: Form, state: str) -> None:
    form.post(shown=SHOWN, **filled())
    assert [form.get(part).status_code for part in ("/preview", "/review/1")] == [200, 200]
    Process.objects.update(state=state)
    assert [form.get(part).status_code for part in ("/preview", "/review/1")] == [404, 404]


def test_when_it_was_sent_the_link_does_not_show_the_draft_any_more(form: Form) -> None:
    form.post(shown=SHOWN, **filled())
    form.client.post(f"{form.path}/send", {"digest": form.completion.draft.sha256})  # type: ignore[union-attr]
    assert [form.get(part).status_code for part in ("/preview", "/review/1")] == [404, 404]


def test_of_two_saves_that_overlap_both_are_kept(form: Form) -> None:
    """A look-up reads the row, asks somebody for ten seconds, and saves; autosaves come in between."""
    early, late = form.completion, form.completion
    early.save_typed({"nombre": "Ana Ruiz", "celular": "1"})
    late.save_typed({"celular": "300 123 4567"})
    assert form.completion.typed == late.typed == {"nombre": "Ana Ruiz", "celular": "300 123 4567"}


def test_a_text_beyond_every_limit_is_refused_and_not_kept(form: Form) -> None:
    judged = form.answers(nombre="x" * 20_001, celular="data:image/png;base64," + "A" * 20_000, codeudor="no")
    assert judged["faults"] == dict.fromkeys(("nombre", "celular"), "Please use 20000 characters at the most.")
    assert form.completion.typed == {"codeudor": "no"}
    page = form.client.post(form.path, {"save": "", "q-nombre": "y" * 20_001})
    assert page.status_code == 400 and "Please use 20000 characters at the most." in html(page)


def test_the_longest_text_that_a_question_may_have_is_kept(acme: Acme) -> None:
    form = Form(begin(acme, make_template(acme, raw(question("text", "story"))), {}))
    assert form.answers(story="x" * 20_000)["faults"] == {}
    assert form.completion.typed == {"story": "x" * 20_000}


def test_what_one_link_keeps_has_an_end(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rubrica.completing.models.MAX_TYPED", 60)
    assert form.answers(nombre="Ana Ruiz")["faults"] == {}
    full = "There is no room for more. Please use smaller pictures or shorter texts."
    assert form.answers(codeudor="x" * 40)["faults"] == {"codeudor": full}
    assert form.completion.typed == {"nombre": "Ana Ruiz"}
    assert form.answers(nombre="Ana María")["faults"] == {}


@pytest.mark.parametrize("path", ["", "/answers", "/lookup", "/send"])
def test_a_form_that_is_too_large_is_not_read(form: Form, path: str) -> None:
    """A form with files is written to the disk while Django reads it."""
    body = io.BytesIO(b"--x\r\nContent-Disposition: form-data; name=q-nombre\r\n\r\nAna\r\n--x--\r\n")
    sent: Any = {"CONTENT_LENGTH": str(50 << 30), "wsgi.input": body}
    answer = form.client.generic("POST", form.path + path, b"", "multipart/form-data; boundary=x", **sent)
    assert (answer.status_code, body.tell(), form.completion.typed) == (400, 0, {})


def test_a_code_longer_than_any_line_is_not_asked_about(acme: Acme) -> None:
    asking = raw(question("request", "code", endpoint="https://127.0.0.1:9/x"))
    form = Form(begin(acme, make_template(acme, asking), {}))
    answer = form.client.post(f"{form.path}/lookup", {"name": "code", "value": "x" * 501})
    assert (answer.status_code, answer.json()["message"], form.completion.lookups) == (400, "CODE_INVALID", 0)


def test_the_preview_is_a_closed_frame(form: Form) -> None:
    form.answers(nombre="<script>alert(1)</script>")
    answer = form.get("/preview")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox;") and "default-src 'none'" in policy and "script" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "<script>" not in html(answer) and "&lt;SCRIPT&gt;ALERT(1)" in html(answer)


def test_the_language_can_be_chosen(form: Form) -> None:
    page = form.get(lang="es")
    assert page.headers["Content-Language"] == "es"
    assert form.get().headers["Content-Language"] == "es"


def test_a_picture_is_drawn_anew(acme: Acme) -> None:
    form = Form(
        begin(acme, make_template(acme, raw(question("image", "photo"), question("signature", "initials"))), {})
    )
    form.post("/answers", files={"photo": sending.picture()})
    assert form.completion.typed["photo"].startswith("data:image/jpeg;base64,")
    wrong = form.post("/answers", files={"photo": b"MZ, which no picture begins with"})
    assert wrong.json()["faults"] == {"photo": "Please choose a picture: PNG or JPEG."}
    form.client.post(f"{form.path}/answers", {"q-initials-drawn": sending.drawing()})
    assert form.completion.typed["initials"].startswith("data:image/png;base64,")


def test_on_paper_the_creator_gets_it(acme: Acme) -> None:
    form = Form(begin(acme, make_template(acme), {"canon": "1500000", "correo": "ana@example.com"}, sign=False))
    form.post(shown=SHOWN, **filled())
    form.client.post(f"{form.path}/send", {"digest": form.completion.draft.sha256})  # type: ignore[union-attr]
    assert not Participant.objects.exists()
    assert jobs("send_to_print") == [{"process_id": form.completion.process_id}]


@pytest.mark.parametrize("name", ["nobody", "nombre", "canon"])
def test_only_requests_are_looked_up(form: Form, name: str) -> None:
    assert form.client.post(f"{form.path}/lookup", {"name": name, "value": "x"}).status_code == 404
