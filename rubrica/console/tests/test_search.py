"""The search of every page: by beginnings of words, addresses and codes, in one's own organization."""

import pytest
from django.test import Client
from django.urls import reverse

from rubrica.console.search import results_of
from rubrica.console.tests.conftest import Lease
from rubrica.database import all_rows
from rubrica.processes import lookup
from tests import sending
from tests.cast import Acme, signed_in


@pytest.fixture
def client(acme: Acme) -> Client:
    return signed_in(acme.reviewer)


def names(acme: Acme, words: str) -> list[str]:
    return [found.process.name for found in results_of(acme.organization, words, 10)]


def test_it_works(client: Client, acme: Acme, lease: Lease) -> None:
    sending.start(acme, sending.person("Carla"), name="Second")
    page = client.get(reverse("console:search"), {"q": "benito"}).content.decode()
    assert reverse("console:process", args=[lease.process.public_id]) in page
    assert "Benito Díaz" in page and "benito@example.com" in page
    assert "Second" not in page


@pytest.mark.parametrize("words", ["main street", "MAIN", "ana perez", "pér", "ana@example.com", "ana@exam", "dia ben"])
def test_beginnings_of_words_are_enough_without_accents(acme: Acme, lease: Lease, words: str) -> None:
    sending.start(acme, sending.person("Carla"), name="Second")
    assert names(acme, words) == ["Lease of Main Street 5"]


def test_codes_and_ids_are_found_whole(acme: Acme, lease: Lease) -> None:
    for words in (lease.document.code, lease.document.code.lower(), f" {lease.process.public_id.upper()} "):
        assert names(acme, words) == ["Lease of Main Street 5"]
    assert names(acme, lease.document.code[:6]) == []


@pytest.mark.parametrize("name", ["عمر مريم", "张伟", "Łukasz Żółć", "Zoë 🏠"])
def test_names_of_every_script_are_found(acme: Acme, name: str) -> None:
    sending.start(acme, sending.Guest(name, "somebody@example.com", "+573000000000"), name="Theirs")
    assert names(acme, name) == ["Theirs"]


@pytest.mark.parametrize("words", ["", "   ", "%", "_", "'", "\\", "& | !", "x" * 5000, "a\0b", "🏠", "(", ":*"])
def test_odd_words_find_nothing_and_break_nothing(client: Client, lease: Lease, words: str) -> None:
    for name in ("search", "search_found"):
        answer = client.get(reverse(f"console:{name}"), {"q": words})
        assert answer.status_code == 200
        assert b"Lease of Main Street 5" not in answer.content


def test_another_organization_finds_none_of_it(lease: Lease, other: Acme) -> None:
    for words in ("lease", "ana", lease.document.code, lease.process.public_id):
        assert names(other, words) == []


def test_newest_first_and_not_too_many(acme: Acme) -> None:
    for number in range(4):
        sending.start(acme, sending.person("Carla"), name=f"House {number}")
    found = results_of(acme.organization, "house", 3)
    assert [one.process.name for one in found] == ["House 3", "House 2", "House 1"]


def test_common_words_find_the_newest(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    """From so many on the way is another one, and what comes of it the same."""
    monkeypatch.setattr(lookup, "COMMON", 2)
    for number in range(4):
        sending.start(acme, sending.person("Carla"), name=f"House {number}")
    assert names(acme, "house") == ["House 3", "House 2", "House 1", "House 0"]
    assert names(acme, "house 2") == ["House 2"]


def test_the_dialog_gets_rows_alone(client: Client, lease: Lease) -> None:
    page = client.get(reverse("console:search_found"), {"q": "lease"}).content.decode()
    assert page.strip().startswith("<li") and "<html" not in page


def test_whoever_is_named_is_shown_before_the_others(acme: Acme) -> None:
    people = [sending.person(name) for name in ("Ana A", "Berta B", "Carla C", "Dora D")]
    sending.start(acme, *people, name="Four")
    (found,) = results_of(acme.organization, "dora", 5)
    assert [person.name for person in found.people] == ["Dora D", "Ana A"]


def test_what_is_looked_up_are_the_words_of_an_index(acme: Acme, lease: Lease) -> None:
    rows = all_rows(
        "SELECT indexdef FROM pg_indexes WHERE indexname = 'process_words' AND indexdef LIKE %(what)s",
        {"what": "%gin (to_tsvector('simple'%words%"},
    )
    assert rows
