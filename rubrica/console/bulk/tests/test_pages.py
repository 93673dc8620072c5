"""Bulk sending as an editor does it, and who gets in where."""

import csv
import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from rubrica.accounts.models import AuditEntry, Member
from rubrica.bulk import reading
from rubrica.bulk import sending as rows
from rubrica.bulk.models import Batch
from rubrica.bulk.tests.conftest import spreadsheet
from rubrica.console.bulk.urls import urlpatterns
from rubrica.drafting.content import AskedFile, Content, Person
from rubrica.drafting.models import Draft
from rubrica.processes.models import Process
from rubrica.sealing.values import Refusal
from tests import pdfs, sending
from tests.cast import Acme, signed_in

READ = ["batch", "live_batch", "batch_columns", "batch_check", "batch_faults"]
WRITE = ["save_batch_columns", "start_batch", "turn_batch", "remove_batch", "batch_results"]
FILE = "Nombre;Correo;Nota\nأمينة;amina@example.com;=1+1\nLuis;luis;\n\n王小明;wang@example.com;x\n".encode()


@pytest.fixture
def olga(acme: Acme) -> Client:
    return signed_in(acme.owner)


@pytest.fixture
def draft(acme: Acme) -> Draft:
    asked = [Person(id="one", files=[AskedFile(name="ID card")])]
    return Draft.begin(acme.owner, Content(name="Card of {Nombre}", subject="Card", message="Please.", people=asked))


@pytest.fixture
def batch(draft: Draft, olga: Client) -> Batch:
    assert begun(olga, draft).status_code == 302
    return Batch.objects.get()


def begun(client: Client, draft: Draft, content: bytes = FILE, **more: str) -> Any:
    file = SimpleUploadedFile("people.csv", content, "text/csv")
    said = {"source": f"draft:{draft.public_id}", "file": file, **more}
    return client.post(reverse("console:begin_batch"), said)


def at(name: str, batch: Batch) -> str:
    return reverse(f"console:{name}", args=[batch.public_id])


def ask(client: Client, name: str, batch: Batch) -> Any:
    return client.get(at(name, batch)) if name in READ else client.post(at(name, batch), {"do": "pause"})


def start(client: Client, batch: Batch, **more: Any) -> Any:
    """As the page of what was checked does it."""
    return client.post(at("start_batch", batch), {"seen": Batch.objects.get(pk=batch.pk).fingerprint}, **more)


def text(answer: Any) -> str:
    return b"".join(answer).decode()


def test_it_works(olga: Client, batch: Batch) -> None:
    shown = olga.get(at("batch_columns", batch)).text
    assert "people.csv" in shown and "أمينة" in shown and "1 empty line was left out" in shown
    chosen = {"column-one.name": "0", "column-one.email": "1", "country": "+57"}
    assert olga.post(at("save_batch_columns", batch), chosen)["Location"] == at("batch_check", batch)
    checked = olga.get(at("batch_check", batch)).text
    assert "This is not an e-mail address." in checked and "B · Correo" in checked and "Card of أمينة" in checked
    assert "Send 2 processes" in checked
    answer = start(olga, batch, follow=True)
    assert "2 processes are being sent." in answer.text and "data-every" in answer.text
    rows.send_some(batch.pk)
    done = olga.get(at("batch", batch)).text
    assert "data-every" not in done and "Left out" in done
    for process in Process.objects.all():
        assert reverse("console:process", args=[process.public_id]) in done
    assert Process.objects.count() == 2


def test_what_is_sent_is_what_was_checked(olga: Client, batch: Batch) -> None:
    seen = re.findall(r'name="seen" value="(\w{64})"', olga.get(at("batch_check", batch)).text)
    olga.post(at("save_batch_columns", batch), {"column-one.name": "2", "column-one.email": "1"})
    for told in ({"seen": seen[0]}, {}):
        answer = olga.post(at("start_batch", batch), told, follow=True)
        assert answer.redirect_chain[-1][0] == at("batch_check", batch)
        assert "The columns were changed in the meantime." in answer.text
    batch.refresh_from_db()
    assert (batch.state, AuditEntry.objects.filter(kind="sent_to_many").count()) == ("draft", 0)
    start(olga, batch)
    batch.refresh_from_db()
    assert batch.state == "running"


def test_who_lets_it_run_is_the_sender_and_stands_in_the_audit(olga: Client, batch: Batch, acme: Acme) -> None:
    start(olga, batch)
    olga.post(at("turn_batch", batch), {"do": "pause"})
    ed = Member.objects.create_user(acme.organization, "ed@acme.example", role="editor", language="en", name="Ed")
    signed_in(ed).post(at("turn_batch", batch), {"do": "go_on"})
    rows.send_some(batch.pk)
    assert {process.creator for process in Process.objects.all()} == {ed}
    noted = AuditEntry.objects.filter(kind="sent_to_many").order_by("pk").values_list("email", "details__do")
    assert list(noted) == [(acme.owner.email, "start"), (ed.email, "go_on")]
    assert "Ed" in olga.get(at("batch", batch)).text


def test_guesses_stand_there_when_it_begins(olga: Client, batch: Batch) -> None:
    assert batch.choice.columns == {"one.name": 0, "one.email": 1}
    assert olga.get(at("batch_columns", batch)).text.count(" selected>") == 2


def test_the_page_is_brought_up_to_date_while_it_is_sent(olga: Client, batch: Batch) -> None:
    start(olga, batch)
    address = f"{at('live_batch', batch)}?version=running-2-0-0-1"
    assert olga.get(address).status_code == 204
    rows.send_some(batch.pk)
    assert "2 sent" in olga.get(address).text


def test_rows_that_are_wrong_come_as_a_file_to_be_put_right(olga: Client, batch: Batch) -> None:
    found = list(csv.reader(io.StringIO(text(olga.get(at("batch_faults", batch))).removeprefix("\ufeff"))))
    assert found[0] == ["Row", "What is wrong", "Nombre", "Correo", "Nota"]
    assert found[1][0] == "3" and "not an e-mail" in found[1][1] and found[1][2:] == ["Luis", "luis", ""]
    assert len(found) == 2


def test_results_are_exported_without_formulas(olga: Client, batch: Batch) -> None:
    start(olga, batch)
    rows.send_some(batch.pk)
    found = list(csv.reader(io.StringIO(text(olga.post(at("batch_results", batch))).removeprefix("\ufeff"))))
    code = Process.objects.get(name="Card of أمينة").public_id
    assert found[1][:4] == ["2", "Sent", "", code] and found[1][6:] == ["أمينة", "amina@example.com", "'=1+1"]
    assert [line[1] for line in found[1:]] == ["Sent", "Left out", "Sent"]
    made = b"".join(olga.post(at("batch_results", batch), {"as": "xlsx"}))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python()
    assert sheet[1][3] == code and sheet[1][8] == "=1+1"  # a text there, and no formula


def test_a_spreadsheet_is_read_and_its_draft_may_go_on(olga: Client, draft: Draft, acme: Acme) -> None:
    draft.add("contract", [[612, 792]] * 2, sending.keep(acme, pdfs.contract()), "contract.pdf")
    made = spreadsheet(["E-mail", "Name"], ["zoe@example.com", "Zoë 😀"])
    assert begun(olga, draft, made).status_code == 302
    batch = Batch.objects.get()
    draft.remove()
    assert batch.papers.get().name == "contract"
    start(olga, batch)
    rows.send_some(batch.pk)
    process = Process.objects.get()
    assert process.name == "Card of {Nombre}"  # the file has no such column
    assert process.participants.get().name == "Zoë 😀" and process.documents.get().name == "contract"


def test_a_draft_without_people_is_sent_to_one_person_a_row(olga: Client, acme: Acme) -> None:
    empty = Draft.begin(acme.owner, Content(name="Lease"))
    begun(olga, empty)
    assert [person.name for person in Batch.objects.get().written.people] == [""]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"a,b\n" * 10_002, "10,000 rows"),
        (b"PK\x03\x04junk", "cannot be read"),
        (b"x" * (reading.MAX_BYTES + 1), "larger than"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(olga: Client, draft: Draft, content: bytes, said: str) -> None:
    answer = begun(olga, draft, content)
    assert answer.status_code == 400 and said in answer.text and not Batch.objects.exists()


def test_without_a_file_it_says_so(olga: Client, draft: Draft) -> None:
    answer = olga.post(reverse("console:begin_batch"), {"source": f"draft:{draft.public_id}"})
    assert answer.status_code == 400 and "Choose a file" in answer.text


def test_a_column_that_is_not_there_is_not_taken(olga: Client, batch: Batch) -> None:
    olga.post(at("save_batch_columns", batch), {"column-one.name": "7", "column-one.email": "x", "column-": "0"})
    batch.refresh_from_db()
    assert batch.choice.columns == {}
    assert "choose a column" in olga.get(at("batch_check", batch)).text
    assert start(olga, batch)["Location"] == at("batch_check", batch)
    batch.refresh_from_db()
    assert batch.state == "draft"


def test_a_country_is_a_calling_code(olga: Client, batch: Batch) -> None:
    answer = olga.post(at("save_batch_columns", batch), {"country": "Colombia"})
    assert answer.status_code == 400 and "calling code" in answer.text


def test_it_is_paused_and_goes_on_and_stops(olga: Client, batch: Batch) -> None:
    start(olga, batch)
    for do, state in [("pause", "paused"), ("go_on", "running"), ("stop", "stopped"), ("go_on", "stopped")]:
        olga.post(at("turn_batch", batch), {"do": do})
        batch.refresh_from_db()
        assert batch.state == state
    assert "Somebody else was faster" in olga.get(at("batch", batch)).text


def test_before_it_is_sent_it_can_be_removed(olga: Client, batch: Batch) -> None:
    assert olga.post(at("remove_batch", batch)).status_code == 302
    assert not Batch.objects.exists()


def test_every_address_is_tested() -> None:
    assert {pattern.name for pattern in urlpatterns} == {"bulk", "begin_batch", *READ, *WRITE}


def test_a_stranger_finds_nothing(batch: Batch, other: Acme) -> None:
    stranger = signed_in(other.owner)
    assert {name: ask(stranger, name, batch).status_code for name in READ + WRITE} == dict.fromkeys(READ + WRITE, 404)
    for source in (f"draft:{Draft.objects.get().public_id}", "template:x", "draft:a\0", ""):
        assert stranger.post(reverse("console:begin_batch"), {"source": source}).status_code == 404


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_only_editors_and_owners_get_in(batch: Batch, acme: Acme, role: str) -> None:
    client = signed_in(Member.objects.create_user(acme.organization, f"{role}@acme.example", role=role, language="en"))
    assert {ask(client, name, batch).status_code for name in READ + WRITE} == {403}
    assert client.get(reverse("console:bulk")).status_code == 403


def test_who_is_not_signed_in_is_sent_to_sign_in(batch: Batch) -> None:
    assert {ask(Client(), name, batch).status_code for name in READ + WRITE} == {302}


def test_a_page_takes_no_post_and_an_action_no_get(olga: Client, batch: Batch) -> None:
    assert {olga.post(at(name, batch)).status_code for name in READ} == {405}
    assert {olga.get(at(name, batch)).status_code for name in WRITE} == {405}


def test_reading_waits_for_no_database(olga: Client, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(path: object, encoding: str) -> None:
        raise Refusal("SHEET_UNREADABLE", encoding)

    monkeypatch.setattr(reading, "read", refuses)
    assert "gb18030" in begun(olga, draft, encoding="gb18030").text
