"""Step 4: words, reminders and the last day, and the e-mail as it will be."""

from datetime import timedelta

import pytest
from django.test import Client

from rubrica import clock
from rubrica.console.sending.message import REMINDERS
from rubrica.console.sending.tests.conftest import Typed, at, people, person
from rubrica.drafting.models import Draft
from rubrica.processes.models import Folder, Tag


def post(olga: Client, draft: Draft, **typed: object) -> str:
    answer = olga.post(at("save_draft_message", draft), {"name": "Lease", "do": "next", **typed})
    draft.refresh_from_db()
    return answer.text if answer.status_code == 400 else str(answer.status_code)


def test_what_is_said_is_kept(olga: Client, draft: Draft) -> None:
    Folder.make(draft.organization, "Sales/2026")
    Tag.make(draft.organization, "urgent")
    day = (clock.now() + timedelta(days=30)).date()
    typed = {"subject": "Your lease", "message": "Line 1\nLine 2", "remind_every_hours": "48", "folder": "Sales/2026",
             "tags": ["urgent"], "expires_on": day.isoformat()}  # fmt: skip
    assert post(olga, draft, **typed) == "302"
    kept = draft.written
    assert (kept.name, kept.subject, kept.message) == ("Lease", "Your lease", "Line 1\nLine 2")
    assert (kept.remind_every_hours, kept.expires_on, kept.folder, kept.tags) == (48, day, "Sales/2026", ["urgent"])
    assert f'value="{day.isoformat()}"' in olga.get(at("draft_message", draft)).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Give the process a name."),
        ({"name": "x" * 301}, "at most 300 characters"),
        ({"subject": "a\nb"}, "Write it in one line."),
        ({"subject": "x" * 301}, "at most 300 characters"),
        ({"message": "x" * 20_001}, "at most 20000 characters"),
        ({"remind_every_hours": "5"}, "Select a valid choice"),
        ({"expires_on": "tomorrow"}, "Enter a valid date"),
        ({"expires_on": "2020-01-01"}, "at least 3 days from now"),
        ({"expires_on": "9999-12-31"}, "within a hundred years"),
        ({"folder": "Nowhere"}, "Select a valid choice"),
        ({"tags": ["none"]}, "Select a valid choice"),
    ],
)
@pytest.mark.parametrize("do", ["next", "save"])
def test_what_is_wrong_is_said_and_nothing_is_kept(
    olga: Client, draft: Draft, typed: Typed, said: str, do: str
) -> None:
    if do == "save" and typed == {"name": ""}:
        return  # a draft may lack its name
    assert said in post(olga, draft, **{"subject": "kept?", "do": do, **typed})
    assert draft.written.subject == ""


def test_who_asks_for_files_says_what_for(olga: Client, draft: Draft) -> None:
    olga.post(at("save_draft_people", draft), people(person("ana", "Ana", files=["ID card"])))
    assert "write a subject" in post(olga, draft, message="Please.")
    assert "write what they are for" in post(olga, draft, subject="Papers")
    assert post(olga, draft, subject="Papers", message="Please.") == "302"


def test_reminders_are_those_that_the_api_takes() -> None:
    assert all(hours % 3 == 0 for hours in REMINDERS)


def test_the_preview_is_the_real_mail_in_a_frame_that_can_do_nothing(olga: Client, draft: Draft) -> None:
    olga.post(at("save_draft_people", draft), people(person("ana", "Ana <b>", files=["ID card"]), do="save"))
    answer = olga.post(at("preview_draft_message", draft), {"name": "Lease", "message": "<script>alert(1)</script>"})
    assert "Lease" in answer.text and "ID card" in answer.text and "Ana &lt;b&gt;" in answer.text
    assert "<script" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'") and "frame-ancestors 'self'" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    draft.refresh_from_db()
    assert draft.written.message == ""
    assert "Lease" not in olga.get(at("draft_mail", draft)).text
