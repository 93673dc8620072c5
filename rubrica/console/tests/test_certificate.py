"""Settings → Certificate: an owner sees what seals, tries it, and puts another key in its place."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from rubrica import clock
from rubrica.sealing.keyring import keys
from rubrica.sealing.models import IssuedCertificate, SealingKey
from rubrica.sealing.tests.holders.material import KEYS, LEAVES, MIDDLE, ROOT, key_pem, pems
from rubrica.sealing.tests.holders.services import SECRET_KEY, serving
from rubrica.sealing.tests.holders.test_contract import told
from rubrica.sealing.tests.test_credentials import p12
from tests.cast import Acme, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def owner(acme: Acme) -> Client:
    return signed_in(acme.owner)


def page(client: Client) -> str:
    answer = client.get(reverse("console:certificate"))
    assert answer.status_code == 200
    return answer.content.decode()


def upload(client: Client, *files: bytes, password: str = "") -> str:
    sent = [SimpleUploadedFile(f"file{number}", data) for number, data in enumerate(files)]
    body = {"files": sent, "password": password}
    answer = client.post(reverse("console:upload_certificate"), body, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_what_seals(owner: Client, acme: Acme) -> None:
    shown = page(owner)
    row = keys.current(acme.organization)
    assert row is not None
    for words in ("Acme", "Rubrica installation", "In this installation, encrypted", "ECDSA P-256", "Seals"):
        assert words in shown


def test_a_reviewer_sees_it_and_changes_nothing(acme: Acme) -> None:
    shown = page(signed_in(acme.reviewer))
    assert "ECDSA P-256" in shown
    assert 'action="/console/settings/certificate' not in shown


def test_a_test_signature(owner: Client) -> None:
    page(owner)
    answer = owner.post(reverse("console:test_certificate"), follow=True)
    assert "A test signature was made" in answer.content.decode()


def test_an_upload_seals_from_then_on(owner: Client, acme: Acme) -> None:
    keys.signing_key(acme.organization)
    assert "Notaría Primera" in upload(owner, p12(), password="open sesame")
    assert keys.signing_key(acme.organization).certificate == LEAVES["ec"]
    upload(owner, key_pem(KEYS["rsa"]), pems(LEAVES["rsa"], MIDDLE, ROOT))
    assert keys.signing_key(acme.organization).certificate == LEAVES["rsa"]
    assert "RSA 2048" in page(owner)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([p12()], "The password does not open this file"),
        ([key_pem(KEYS["ec"]), pems(LEAVES["ec"])], "The certificate of “Issuing”"),
        ([pems(LEAVES["ec"])], "There is no private key in it."),
        ([], "There is no private key in it."),
    ],
)
def test_what_cannot_seal_is_refused_and_changes_nothing(
    owner: Client, acme: Acme, files: list[bytes], words: str
) -> None:
    before = keys.signing_key(acme.organization).certificate
    assert words in upload(owner, *files)
    assert keys.signing_key(acme.organization).certificate == before


def test_in_spanish(acme: Acme) -> None:
    acme.owner.language = "es"
    acme.owner.save()
    shown = upload(signed_in(acme.owner), key_pem(KEYS["ec"]), pems(LEAVES["ec"]))
    assert "Falta el certificado de “Issuing”" in shown


def test_a_new_one_and_the_end_of_the_old(owner: Client, acme: Acme) -> None:
    page(owner)
    first = keys.current(acme.organization)
    assert first is not None
    owner.post(reverse("console:new_certificate"))
    assert "Replaced" in page(owner)
    end = reverse("console:end_certificate", args=[first.pk])
    assert "Choose a reason." in owner.post(end, {"reason": "boredom"}, follow=True).content.decode()
    shown = owner.post(end, {"reason": "key_compromise"}, follow=True).content.decode()
    assert "Revoked" in shown
    assert IssuedCertificate.objects.filter(reason="key_compromise").count() == 1


def test_one_that_was_brought_is_only_put_aside(owner: Client, acme: Acme) -> None:
    upload(owner, p12(b""))
    row = keys.current(acme.organization)
    assert row is not None
    owner.post(reverse("console:end_certificate", args=[row.pk]))
    row.refresh_from_db()
    assert row.retired_at is not None
    assert "Rubrica installation" in page(owner)


def test_a_key_elsewhere(owner: Client, acme: Acme, settings: Any) -> None:
    import ipaddress

    settings.ALLOWED_PRIVATE = [ipaddress.ip_network("127.0.0.2")]
    with serving() as services:
        words, files = told("aws", "ec", services.url)
        sent = [SimpleUploadedFile(f"chain{number}.pem", data) for number, data in enumerate(files)]
        address = reverse("console:use_holder", args=["aws"])
        wrong = owner.post(address, {**words, "secret_key": "wrong-wrong"})
        assert wrong.status_code == 400
        shown = wrong.content.decode()
        assert "There is no certificate in it." in shown
        assert words["access_key"] in shown  # typed once
        assert "wrong-wrong" not in shown
        done = owner.post(address, {**words, "files": sent}, follow=True).content.decode()
    assert "AWS KMS" in done
    assert "alias/ec" in done
    assert SECRET_KEY not in done
    assert keys.signing_key(acme.organization).certificate == LEAVES["ec"]


@pytest.mark.parametrize("kind", ["pkcs11", "aws", "azure", "google", "csc"])
def test_each_holder_has_its_form(owner: Client, kind: str) -> None:
    answer = owner.get(reverse("console:other_holder", args=[kind]))
    assert answer.status_code == 200
    assert owner.get(reverse("console:other_holder", args=["other"])).status_code == 404


def test_anothers_key_is_not_found(owner: Client, other: Acme) -> None:
    row = keys.rotate(other.organization)
    answer = owner.post(reverse("console:end_certificate", args=[row.pk]), {"reason": "superseded"})
    assert answer.status_code == 404


@pytest.mark.parametrize(("days", "words"), [(20, "ends soon"), (-1, "has ended")])
def test_every_page_says_that_the_end_is_near(owner: Client, acme: Acme, days: int, words: str) -> None:
    keys.rotate(acme.organization)
    assert "Look at the certificate" not in owner.get(reverse("console:processes")).content.decode()
    SealingKey.objects.update(usable_until=clock.now() + timedelta(days=days))
    assert f"seals your documents {words}" in owner.get(reverse("console:processes")).content.decode()


def test_another_secret_is_said_on_the_page(owner: Client, acme: Acme, settings: Any) -> None:
    keys.rotate(acme.organization)
    keys._cache.clear()
    settings.SECRET_KEY_FALLBACKS = []
    from rubrica.sealing.keyring import locking

    row = keys.current(acme.organization)
    assert row is not None
    SealingKey.objects.update(private_key=bytes(reversed(bytes(row.private_key))))
    assert "SECRET_KEY" in page(owner)
    assert locking.KeyLocked().reason == "KEY_LOCKED"
