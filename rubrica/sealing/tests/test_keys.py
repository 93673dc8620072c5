from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import IntegrityError, connection, transaction

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.sealing.keyring import authority, checking, keys, revocation
from rubrica.sealing.keyring.anchors import anchor_path, anchors
from rubrica.sealing.keyring.keys import KeyLocked, ensure_authority, signing_key
from rubrica.sealing.models import Authority, SealingKey
from rubrica.sealing.tests.material import order_for, participant, pdf_with
from rubrica.sealing.verification.verify import verify
from rubrica.sealing.writing.seal import seal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def fresh(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"
    keys._cache.clear()


@pytest.fixture
def organization() -> Organization:
    return Organization.objects.create(slug="andes", name="Inmobiliaria Los Andes")


def test_it_works(organization: Organization, tmp_path: Path) -> None:
    key = signing_key(organization)
    source = pdf_with(tmp_path / "a.pdf")
    seal(source, tmp_path / "b.pdf", order_for(source, participant()), key)
    found = verify(tmp_path / "b.pdf", anchors())
    assert found["sealed_by_us"]
    assert found["signatures"][0]["signer"] == "Inmobiliaria Los Andes"


def test_the_authority_is_made_once_and_exported() -> None:
    first, second = ensure_authority(), ensure_authority()
    assert first.pk == second.pk
    assert anchor_path().read_text() == first.certificate_pem
    (root,) = anchors()
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    anchor_path().unlink()
    ensure_authority()
    assert anchors() == [root]


def test_there_can_be_only_one_authority() -> None:
    made = ensure_authority()
    with pytest.raises(IntegrityError), transaction.atomic():
        Authority.objects.create(certificate_pem=made.certificate_pem, private_key=b"")


def test_the_leafs_extensions(organization: Organization) -> None:
    key = signing_key(organization)
    usage = key.certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature and usage.value.content_commitment
    assert not usage.value.key_cert_sign
    assert not key.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    issuer_id = key.chain[0].extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    authority_id = key.certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert authority_id.key_identifier == issuer_id
    assert key.certificate.not_valid_after_utc <= key.chain[0].not_valid_after_utc
    public = key.certificate.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert isinstance(public.curve, ec.SECP256R1)
    key.certificate.verify_directly_issued_by(key.chain[0])


def test_a_long_name_fits_a_certificate() -> None:
    organization = Organization.objects.create(slug="long", name="Ñ" * 200)
    assert signing_key(organization).certificate.subject.rfc4514_string()


def test_private_keys_are_encrypted_and_bound_to_their_organization(organization: Organization) -> None:
    signing_key(organization)
    row = SealingKey.objects.get()
    assert b"PRIVATE" not in bytes(row.private_key)
    other = Organization.objects.create(slug="other", name="Other")
    SealingKey.objects.create(
        organization=other, certificate_pem=row.certificate_pem, private_key=bytes(row.private_key)
    )
    with pytest.raises(KeyLocked):
        signing_key(other)


def test_another_secret_key_does_not_open_them(organization: Organization, settings: Any) -> None:
    first = signing_key(organization).certificate
    keys._cache.clear()
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another secret"
    with pytest.raises(KeyLocked):
        signing_key(organization)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert signing_key(organization).certificate == first


def test_the_key_is_kept_until_it_is_retired(organization: Organization) -> None:
    first = signing_key(organization)
    assert signing_key(organization) is first
    SealingKey.objects.update(retired_at=clock.now())
    assert signing_key(organization).certificate != first.certificate
    assert SealingKey.objects.count() == 2


def test_a_key_that_was_rolled_back_is_forgotten(organization: Organization) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        lost = signing_key(organization)
        raise RuntimeError
    assert SealingKey.objects.count() == 0
    assert signing_key(organization).certificate != lost.certificate


def test_many_at_once_make_one(organization: Organization) -> None:
    def certificate(_number: int) -> x509.Certificate:
        try:
            return signing_key(organization).certificate
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(certificate, range(12)))) == 1
    assert (Authority.objects.count(), SealingKey.objects.count()) == (1, 1)


def test_what_an_authority_sealed_stays_good_when_it_is_renewed(organization: Organization, tmp_path: Path) -> None:
    """Under the former certificate, under the new one, and for who has only the former one."""
    source, former = pdf_with(tmp_path / "a.pdf"), signing_key(organization)
    seal(source, tmp_path / "before.pdf", order_for(source, participant()), former)
    authority.renew()
    seal(
        source, tmp_path / "meanwhile.pdf", order_for(source, participant()), former
    )  # a worker that knows the old one
    keys.rotate(organization)
    key = signing_key(organization)
    seal(source, tmp_path / "after.pdf", order_for(source, participant()), key)
    assert len(anchors()) == 2 and key.chain[-1] in anchors() and former.chain[-1] in anchors()
    for known in (anchors(), [former.chain[-1]]):
        for name in ("before", "meanwhile", "after"):
            found = verify(tmp_path / f"{name}.pdf", known)
            assert (found["intact"], found["sealed_by_us"]) == (True, True), name
    assert not revocation.is_ours(former.chain[-1]) and revocation.is_ours(former.certificate)


def test_an_authority_that_ends_soon_is_logged_at_the_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(authority, "LIFE", timedelta(days=50))
    ensure_authority()
    checking.log_unusable()
    assert "renew-authority" in caplog.text
    caplog.clear()
    monkeypatch.setattr(authority, "LIFE", timedelta(days=500))
    authority.renew()
    checking.log_unusable()
    assert caplog.text == ""
