"""Owners decide how long things are kept, hold what must stay, and give people their data or erase it."""

import io
import zipfile
from typing import Any

import pytest
from django.test import Client

from rubrica.accounts.models import AuditEntry
from rubrica.processes.models import Erasure, Hold, PersonExport, Process
from rubrica.retention import asked, exporting
from rubrica.retention.models import AskedErasure
from rubrica.retention.tests.people import EMAIL, delivered, long_ago
from tests import sending
from tests.cast import Acme, signed_in
from tests.sending import person, somebody

RETENTION, PERSON = "/console/settings/retention", "/console/people"
DAYS = {"identity": "30", "files": "60", "documents": "", "evidence": "", "attachments": "", "messages": "",
        "deliveries": ""}  # fmt: skip


@pytest.fixture
def owner(acme: Acme) -> Client:
    return signed_in(acme.owner)


def days(acme: Acme) -> dict[str, int]:
    acme.organization.refresh_from_db()
    found: dict[str, int] = acme.organization.retention
    return found


def test_it_works(owner: Client, acme: Acme) -> None:
    """Seen first, then saved."""
    process = delivered(acme)
    long_ago(process, 61)
    shown = owner.post(f"{RETENTION}/check", DAYS)
    assert b"3 things would be deleted for good." in shown.content
    assert days(acme) == {}
    owner.post(f"{RETENTION}/save", DAYS)
    assert days(acme) == {"identity": 30, "files": 60}
    entry = AuditEntry.objects.get(kind="settings_changed")
    assert (entry.subject, entry.details["files"]) == ("retention", [None, 60])
    assert b"olga@acme.example" in owner.get(RETENTION).content


@pytest.mark.parametrize(("key", "value"), [("files", "29"), ("files", "x"), ("identity", "0"), ("files", "٣٠٠")])
def test_what_cannot_be_is_said_at_its_place(owner: Client, acme: Acme, key: str, value: str) -> None:
    for step in ("check", "save"):
        answer = owner.post(f"{RETENTION}/{step}", {**DAYS, key: value})
        assert answer.status_code == 422
        assert f'id="days-{key}-error"' in answer.content.decode()
    assert days(acme) == {}


def test_only_owners_change_anything(acme: Acme) -> None:
    reviewer, process = signed_in(acme.reviewer), delivered(acme)
    assert reviewer.get(RETENTION).status_code == 200
    for path in (f"{RETENTION}/check", f"{RETENTION}/save", f"{RETENTION}/hold", f"{PERSON}/look", f"{PERSON}/export",
                 f"{PERSON}/erase", f"/console/processes/{process.public_id}/hold"):  # fmt: skip
        assert reviewer.post(path, {"person": EMAIL, "again": EMAIL, "reason": "A claim"}).status_code == 403
    assert reviewer.get(PERSON).status_code == 403
    assert not Hold.objects.exists()


def test_a_hold_is_placed_shown_and_lifted(owner: Client, acme: Acme) -> None:
    process = delivered(acme)
    page = f"/console/processes/{process.public_id}"
    owner.post(f"{page}/hold", {"reason": "Claim 17"})
    assert "Claim 17" in signed_in(acme.reviewer).get(page).content.decode()
    assert "Claim 17" in owner.get(RETENTION).content.decode()
    owner.post(f"{page}/hold/lift")
    assert not Hold.objects.in_force().exists()
    assert list(AuditEntry.objects.values_list("kind", flat=True)) == ["held", "released"]


def test_all_of_an_organization_is_held(owner: Client, acme: Acme, other: Acme) -> None:
    process = delivered(acme)
    owner.post(f"{RETENTION}/hold", {"reason": "Claim 18"})
    assert "Claim 18" in owner.get(f"/console/processes/{process.public_id}").content.decode()
    assert "Claim 18" not in signed_in(other.owner).get(RETENTION).content.decode()
    owner.post(f"{RETENTION}/lift")
    assert not Hold.objects.in_force().exists()


def test_a_stranger_holds_nothing(acme: Acme, other: Acme) -> None:
    process = delivered(acme)
    assert (
        signed_in(other.owner).post(f"/console/processes/{process.public_id}/hold", {"reason": "x"}).status_code == 404
    )


def test_what_there_is_of_a_person_is_shown_and_nothing_is_done(owner: Client, acme: Acme) -> None:
    process = delivered(acme)
    going_on = sending.start(acme, person("Ana Pérez", "ID card"))
    text = owner.post(f"{PERSON}/look", {"person": EMAIL}).content.decode()
    assert "Files that they delivered" in text
    assert going_on.public_id in text
    assert somebody(process, "Ana").email == EMAIL
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("path", ["look", "export", "erase"])
def test_who_is_meant_must_be_clear(owner: Client, path: str) -> None:
    answer = owner.post(f"{PERSON}/{path}", {"person": "x", "again": "x"})
    assert answer.status_code == 422
    assert 'id="person-error"' in answer.content.decode()


def test_a_copy_is_made_by_a_job_and_is_the_owners_alone(owner: Client, acme: Acme, other: Acme) -> None:
    delivered(acme)
    owner.post(f"{PERSON}/export", {"person": EMAIL, "language": "pt"})
    row = PersonExport.objects.get()
    assert owner.get(f"{PERSON}/export/{row.public_id}").status_code == 404
    exporting.make(row.pk)
    assert "ready" in owner.get(PERSON).content.decode()
    answer: Any = owner.get(f"{PERSON}/export/{row.public_id}")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert archive.read("README.txt").decode().startswith("SEUS DADOS")
    assert signed_in(other.owner).get(f"{PERSON}/export/{row.public_id}").status_code == 404
    assert signed_in(acme.reviewer).get(f"{PERSON}/export/{row.public_id}").status_code == 403
    entry = AuditEntry.objects.get()
    assert (entry.kind, EMAIL in str(entry.details) + entry.subject) == ("person_exported", False)


def test_erasing_asks_for_the_address_once_more(owner: Client, acme: Acme) -> None:
    process = delivered(acme)
    answer = owner.post(f"{PERSON}/erase", {"person": EMAIL, "again": "ana@example.org"})
    assert (answer.status_code, 'id="again-error"' in answer.content.decode()) == (422, True)
    assert somebody(process, "Ana").email == EMAIL
    owner.post(f"{PERSON}/erase", {"person": EMAIL, "again": EMAIL.upper(), "reason": "Letter of 2 May"})
    assert somebody(process, "Ana").email == EMAIL, "a job does it"
    assert "Being erased" in owner.get(PERSON).content.decode()
    assert "already" in owner.post(f"{PERSON}/erase", {"person": EMAIL, "again": EMAIL}, follow=True).content.decode()
    asked.do(AskedErasure.objects.get().pk, 0)
    assert "1 process, by Olga Owner · 2 files" in owner.get(PERSON).content.decode()
    assert not Process.objects.filter(participants__email=EMAIL).exists()
    erasure, entry = Erasure.objects.get(), AuditEntry.objects.get()
    assert (entry.kind, entry.details) == ("person_erased", {"erasure": erasure.public_id})
    told = owner.get(f"{PERSON}/erasures/{erasure.public_id}.json").json()
    assert (told["reason"], told["by"]["id"]) == ("Letter of 2 May", "olga@acme.example")
    assert EMAIL not in owner.get(f"/console/processes/{process.public_id}").content.decode()


def test_nothing_to_erase_is_said_and_leaves_no_job(owner: Client, acme: Acme) -> None:
    sending.start(acme, person("Ana Pérez", "ID card"))  # it goes on
    answer = owner.post(f"{PERSON}/erase", {"person": EMAIL, "again": EMAIL}, follow=True)
    assert "nothing that can be erased" in answer.content.decode()
    assert not AskedErasure.objects.exists() and not AuditEntry.objects.exists()


def test_a_statement_is_its_organizations(acme: Acme, other: Acme, owner: Client) -> None:
    delivered(acme)
    owner.post(f"{PERSON}/erase", {"person": EMAIL, "again": EMAIL})
    asked.do(AskedErasure.objects.get().pk, 0)
    erasure = Erasure.objects.get()
    for end in ("json", "p7s"):
        assert signed_in(other.owner).get(f"{PERSON}/erasures/{erasure.public_id}.{end}").status_code == 404
