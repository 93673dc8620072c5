"""Settings → Languages: the usual one, and those that participants are offered."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from rubrica.accounts.models import AuditEntry, Organization
from rubrica.signer.tests.phones import phone
from tests import sending
from tests.cast import Acme, signed_in


def save(client: Client, usual: str, *offered: str) -> int:
    return client.post(reverse("console:save_languages"), {"usual": usual, "offered": offered}).status_code


def switches(acme: Acme, name: str = "Ana") -> list[str]:
    """The languages that a participant's page leads to."""
    process = sending.start_signing(acme, sending.person(name))
    return re.findall(r'hreflang="(\w\w)"', phone(process, name).get("").content.decode())


def test_it_works(acme: Acme) -> None:
    assert switches(acme) == ["es", "en", "pt"]
    assert save(signed_in(acme.owner), "pt", "en") == 302
    found = Organization.objects.get(pk=acme.organization.pk)
    assert (found.language, found.languages) == ("pt", ["en", "pt"])
    assert [code for code, _name in found.offered_languages] == ["en", "pt"]
    assert AuditEntry.objects.get(kind="settings_changed").subject == "languages"
    page = signed_in(acme.owner).get(reverse("console:languages")).content.decode()
    assert re.findall(r'name="offered" value="(\w\w)" checked', page) == ["en", "pt"]


def test_a_new_process_speaks_the_usual_one(acme: Acme) -> None:
    save(signed_in(acme.owner), "pt")
    acme.organization.refresh_from_db()
    process = sending.start_signing(acme, sending.person("Ana"))
    assert process.language == "pt"


def test_somebodys_own_language_is_always_offered(acme: Acme) -> None:
    save(signed_in(acme.owner), "pt")
    assert switches(acme) == ["en", "pt"], "Ana was sent hers in English"


def test_all_of_them_are_kept_as_none_so_that_a_new_one_is_offered_too(acme: Acme) -> None:
    save(signed_in(acme.owner), "es", "es", "en", "pt")
    assert Organization.objects.get(pk=acme.organization.pk).languages == []


def test_what_is_no_language_changes_nothing(acme: Acme) -> None:
    save(signed_in(acme.owner), "xx", "yy")
    found = Organization.objects.get(pk=acme.organization.pk)
    assert (found.language, found.languages) == (acme.organization.language, [acme.organization.language])


@pytest.mark.parametrize("who", ["reviewer"])
def test_only_owners_save(acme: Acme, who: str) -> None:
    client = signed_in(getattr(acme, who))
    assert client.get(reverse("console:languages")).status_code == 200
    assert save(client, "pt") == 403
