"""Who gets in where: one row for each address of a new process."""

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse

from rubrica.accounts.models import Member
from rubrica.console.sending.urls import urlpatterns
from rubrica.drafting.models import Draft
from rubrica.processes.models import Process
from tests.cast import Acme, signed_in

READ = ["draft", "draft_documents", "draft_people", "draft_places", "draft_sheet", "draft_message", "draft_mail",
        "draft_review"]  # fmt: skip
WRITE = ["save_draft_documents", "save_draft_people", "save_draft_places", "save_draft_message",
         "preview_draft_message", "send_draft", "remove_draft"]  # fmt: skip
BEGIN = ["begin_draft", "begin_from_answers"]


def address(name: str, draft: Draft) -> str:
    more = [draft.papers.get().pk, 1] if name == "draft_sheet" else []
    return reverse(f"console:{name}", args=[draft.public_id, *more])


def ask(client: Client, name: str, draft: Draft) -> HttpResponseBase:
    if name in READ:
        return client.get(address(name, draft))
    return client.post(address(name, draft), {"paper": draft.papers.get().pk, "do": "save"})


def test_every_address_is_tested() -> None:
    assert {pattern.name for pattern in urlpatterns} == {"new_process", *BEGIN, *READ, *WRITE}


def test_who_is_not_signed_in_is_sent_to_sign_in(draft: Draft) -> None:
    for name in READ + WRITE:
        answer = ask(Client(), name, draft)
        assert answer.status_code == 302, name
        assert answer.headers["Location"].startswith(reverse("account_login")), name


def test_a_stranger_finds_nothing(written: Draft, other: Acme) -> None:
    stranger = signed_in(other.owner)
    assert {name: ask(stranger, name, written).status_code for name in READ + WRITE} == dict.fromkeys(READ + WRITE, 404)
    assert Draft.objects.get().content == written.content and not Process.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_only_editors_and_owners_write(written: Draft, acme: Acme, role: str) -> None:
    member = Member.objects.create_user(acme.organization, f"{role}@acme.example", role=role, language="en")
    client = signed_in(member)
    assert {ask(client, name, written).status_code for name in READ + WRITE} == {403}
    assert client.get(reverse("console:new_process")).status_code == 403
    assert client.post(reverse("console:begin_draft"), {"way": "files"}).status_code == 403
    assert Draft.objects.count() == 1 and not Process.objects.exists()
    assert reverse("console:new_process") not in client.get(reverse("console:processes")).text


def test_an_editor_goes_on_with_the_draft_of_another(written: Draft, acme: Acme) -> None:
    editor = Member.objects.create_user(acme.organization, "eva@acme.example", role="editor", language="en")
    assert ask(signed_in(editor), "send_draft", written).status_code == 302
    process = Process.objects.get()
    assert (process.creator, process.creator_email) == (editor, "eva@acme.example")


def test_an_action_takes_post_alone_and_asks_for_the_token(draft: Draft, acme: Acme, olga: Client) -> None:
    assert {olga.get(address(name, draft)).status_code for name in WRITE} == {405}
    client = Client(enforce_csrf_checks=True)
    client.force_login(acme.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert {client.post(address(name, draft)).status_code for name in WRITE} == {403}


def test_a_page_takes_no_post(draft: Draft, olga: Client) -> None:
    assert {olga.post(address(name, draft)).status_code for name in READ} == {405}


@pytest.mark.parametrize("name", READ + WRITE)
def test_a_draft_with_a_nul_is_not_found(olga: Client, name: str) -> None:
    path = reverse(f"console:{name}", args=["a\0", *([1, 1] if name == "draft_sheet" else [])])
    assert (olga.get if name in READ else olga.post)(path).status_code == 404
