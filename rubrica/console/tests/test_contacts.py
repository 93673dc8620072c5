"""The address book: who is in it, who is found, who is forgotten."""

import pytest
from django.test import Client
from django.urls import reverse

from rubrica.accounts.models import Member
from rubrica.drafting.contacts import contacts
from rubrica.drafting.models import ForgottenContact
from tests import sending
from tests.cast import Acme, signed_in


def names(acme: Acme, words: str = "") -> list[str]:
    return [one.name for one in contacts(acme.organization, words)]


def test_people_of_processes_are_in_it_once_and_by_name(acme: Acme, other: Acme) -> None:
    sending.start(acme, sending.person("Zoë 😀"), sending.person("Ana Pérez", "ID card"))
    sending.start(acme, sending.person("Ana Gómez", "ID card"))
    sending.start(other, sending.person("Sara", "ID card"))
    assert names(acme) == ["Ana Gómez", "Zoë 😀"]
    assert names(acme, "gomez an") == ["Ana Gómez"], "by the beginnings of words, with or without accents"
    assert names(acme, "gómez") == ["Ana Gómez"] and names(acme, "zoë@") == ["Zoë 😀"] and names(acme, "sara") == []


def test_who_is_forgotten_is_offered_no_more_until_named_again(acme: Acme) -> None:
    sending.start(acme, sending.person("Ana Pérez", "ID card"))
    client, address = signed_in(acme.owner), reverse("console:contacts")
    assert "Ana Pérez" in client.get(address).text
    answer = client.post(reverse("console:forget_contact"), {"email": "ANA@example.com"}, follow=True)
    assert "ana@example.com is offered no more." in answer.text.lower() and "Ana Pérez" not in answer.text
    client.post(reverse("console:forget_contact"), {"email": "ana@example.com"})
    assert ForgottenContact.objects.count() == 1
    sending.start(acme, sending.person("Ana Pérez", "ID card"))
    assert names(acme) == ["Ana Pérez"]


def test_nothing_is_forgotten_for_others(acme: Acme, other: Acme) -> None:
    sending.start(acme, sending.person("Ana Pérez", "ID card"))
    signed_in(other.owner).post(reverse("console:forget_contact"), {"email": "ana@example.com"})
    assert names(acme) == ["Ana Pérez"]


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_only_editors_and_owners_see_it(acme: Acme, role: str) -> None:
    client = signed_in(Member.objects.create_user(acme.organization, f"{role}@acme.example", role=role))
    assert client.get(reverse("console:contacts")).status_code == 403
    assert client.post(reverse("console:forget_contact"), {"email": "a@b.example"}).status_code == 403
    assert Client().get(reverse("console:contacts")).status_code == 302
