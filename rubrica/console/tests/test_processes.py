import pytest
from django.test import Client
from django.urls import reverse

from rubrica.accounts.models import Member
from rubrica.console import listing
from rubrica.console.tests.conftest import Lease
from rubrica.processes.models import Process
from tests import sending
from tests.cast import Acme, signed_in

LIST = "/console/processes"


@pytest.fixture
def client(acme: Acme) -> Client:
    return signed_in(acme.owner)


def names(client: Client, **query: str) -> list[str]:
    found = client.get(LIST, query).context["found"]
    return [process.name for process in found.processes]


def test_it_works(client: Client, lease: Lease) -> None:
    page = client.get(LIST).content.decode()
    assert "Lease of Main Street 5" in page
    assert "Ana Pérez" in page
    assert "1 file waits for your review." in page
    assert "0 of 2 done" in page


def test_a_stranger_is_sent_to_sign_in(lease: Lease) -> None:
    assert Client().get(LIST).headers["Location"].startswith(reverse("account_login"))


def test_another_organization_sees_none_of_it(lease: Lease, other: Acme) -> None:
    client = signed_in(other.owner)
    assert names(client) == []
    assert names(client, q="Lease") == []
    assert names(client, before=lease.process.public_id) == []


def test_who_has_no_process_gets_the_command_that_makes_one(client: Client) -> None:
    page = client.get(LIST).content.decode()
    assert "No process yet" in page
    assert "/v1.5/ext/attachments" in page


def test_newest_first(client: Client, acme: Acme, lease: Lease) -> None:
    sending.start(acme, sending.person("Carla"), name="Second")
    assert names(client) == ["Second", "Lease of Main Street 5"]


@pytest.mark.parametrize("words", ["main street", "ana pé", "ANA@EXAMPLE", "benito"])
def test_search_finds_names_and_people(client: Client, acme: Acme, lease: Lease, words: str) -> None:
    sending.start(acme, sending.person("Carla"), name="Second")
    assert names(client, q=words) == ["Lease of Main Street 5"]


def test_search_finds_codes_and_ids(client: Client, lease: Lease) -> None:
    for words in [
        lease.document.code,
        lease.document.code.lower(),
        lease.process.public_id,
        lease.process.public_id.upper(),
    ]:
        assert names(client, q=words) == ["Lease of Main Street 5"]
    assert names(client, q=lease.document.code[:5]) == []


@pytest.mark.parametrize("words", ["nothing like it", "%", "_", "'", "\\", "x" * 5000, "a\0b"])
def test_what_is_not_there_is_said_so(client: Client, lease: Lease, words: str) -> None:
    assert names(client, q=words) == []
    assert b"Nothing found" in client.get(LIST, {"q": words}).content


def test_the_status_narrows(client: Client, acme: Acme, lease: Lease) -> None:
    finished = sending.start(acme, sending.person("Carla"), name="Second")
    Process.objects.filter(pk=finished.pk).update(state="finished")
    assert names(client, status="open") == ["Lease of Main Street 5"]
    assert names(client, status="finished") == ["Second"]
    assert names(client, status="review") == ["Lease of Main Street 5"]
    assert len(names(client, status="no such status")) == 2


def test_what_is_decided_waits_for_nobody(client: Client, acme: Acme, lease: Lease) -> None:
    Process.objects.filter(pk=lease.process.pk).update(state="rejected")
    assert names(client, status="review") == []
    assert listing.waiting_for_review(acme.organization) == 0


def test_counts_are_not_multiplied_by_each_other(client: Client, lease: Lease) -> None:
    (process,) = client.get(LIST).context["found"].processes
    assert (process.people, process.people_done, process.to_review) == (2, 0, 1)


def test_older_processes_are_a_page_away(client: Client, acme: Acme) -> None:
    made = [f"Process {number}." for number in range(listing.PAGE + 2)]
    for name in made:
        sending.start(acme, sending.person("Carla"), name=name)
    first = client.get(LIST, {"status": "open"})
    assert names(client) == made[:1:-1]
    older = first.context["found"].older
    assert f"status=open&amp;before={older}" in first.content.decode()
    assert names(client, before=older) == ["Process 1.", "Process 0."]


def test_the_number_of_queries_does_not_grow(
    client: Client, acme: Acme, lease: Lease, django_assert_max_num_queries: object
) -> None:
    for number in range(5):
        sending.start(acme, sending.person("Carla"), name=f"More {number}")
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        client.get(LIST)


@pytest.mark.parametrize(("language", "title"), [("es", "Procesos"), ("en", "Processes"), ("pt", "Processos")])
def test_it_speaks_the_members_language(client: Client, acme: Acme, language: str, title: str) -> None:
    answer = client.post(reverse("console:language"), {"language": language, "next": LIST})
    assert answer.headers["Location"] == LIST
    page = client.get(LIST, headers={"Accept-Language": "de"}).content.decode()
    assert f"<h1>{title}</h1>" in page
    assert f'<html lang="{language}">' in page


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_switching_the_language_leads_nowhere_else(client: Client, acme: Acme, back: str) -> None:
    answer = client.post(reverse("console:language"), {"language": "xx", "next": back})
    assert answer.headers["Location"] == reverse("console:home")
    assert Member.objects.get(pk=acme.owner.pk).language == "en"


def test_only_the_owner_is_led_to_the_outbox(client: Client, acme: Acme, settings: object) -> None:
    settings.EMAIL_URL = ""  # type: ignore[attr-defined]
    assert b'href="/outbox"' in client.get(LIST).content
    assert b'href="/outbox"' not in signed_in(acme.reviewer).get(LIST).content
    settings.EMAIL_URL = "smtp://mail.example.com"  # type: ignore[attr-defined]
    assert b'href="/outbox"' not in client.get(LIST).content
