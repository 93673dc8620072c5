"""Keys are tried before anybody relies on them: by the clock, at the start, and before something is promised."""

import ipaddress
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.sealing.keyring import checking, keys
from rubrica.sealing.keyring.anchors import anchors, imported
from rubrica.sealing.keyring.bringing import from_files, from_holder
from rubrica.sealing.keyring.credentials import CertificateRefused
from rubrica.sealing.keyring.holders import wire
from rubrica.sealing.keyring.holders.base import HolderFailed
from rubrica.sealing.models import SealingKey
from rubrica.sealing.tests.holders.material import KEYS, LEAVES, MIDDLE, ROOT, key_pem, leaf, pems
from rubrica.sealing.tests.holders.services import SECRET_KEY, Services, serving
from rubrica.sealing.tests.holders.test_contract import told
from rubrica.sealing.tests.material import order_for, participant, pdf_with
from rubrica.sealing.values import KeyUnusable
from rubrica.sealing.verification.verify import verify
from rubrica.sealing.writing.seal import seal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def fresh(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path / "data"
    settings.ALLOWED_PRIVATE = [ipaddress.ip_network("127.0.0.2")]
    monkeypatch.setattr(wire, "WAITS", (0.0, 0.0))
    keys._cache.clear()


@pytest.fixture
def services() -> Iterator[Services]:
    with serving() as found:
        yield found


@pytest.fixture
def organization() -> Organization:
    return Organization.objects.create(slug="andes", name="Andes")


@pytest.fixture
def remote(organization: Organization, services: Services) -> SealingKey:
    return from_holder("aws", *told("aws", "ec", services.url)).accept(organization)


def uploaded(organization: Organization, **changes: Any) -> SealingKey:
    files = [key_pem(KEYS["rsa"]), pems(leaf(KEYS["rsa"], **changes), MIDDLE, ROOT)]
    return from_files(files).accept(organization)


def test_a_certificate_that_was_brought_seals_and_is_known_offline(organization: Organization, tmp_path: Path) -> None:
    before = keys.signing_key(organization)
    uploaded(organization)
    key = keys.signing_key(organization)
    assert key.certificate != before.certificate
    assert key.chain == (MIDDLE, ROOT)
    source = pdf_with(tmp_path / "a.pdf")
    seal(source, tmp_path / "b.pdf", order_for(source, participant()), key)
    found = verify(tmp_path / "b.pdf", anchors())
    assert found["sealed_by_us"]
    assert found["signatures"][0]["signer"] == "Notaría Primera"
    assert [chain[0] for chain in imported()] == [key.certificate]


def test_its_authority_is_not_trusted_with_it(organization: Organization, tmp_path: Path) -> None:
    """Others have certificates of the same authority, and what they sign was not sealed here."""
    uploaded(organization)
    keys.signing_key(organization)
    source = pdf_with(tmp_path / "a.pdf")
    stranger = from_files([key_pem(KEYS["ec"]), pems(LEAVES["ec"], MIDDLE, ROOT)]).key
    seal(source, tmp_path / "b.pdf", order_for(source, participant()), stranger)
    assert not verify(tmp_path / "b.pdf", anchors())["sealed_by_us"]


def test_a_key_outside_seals(remote: SealingKey, organization: Organization, tmp_path: Path) -> None:
    source = pdf_with(tmp_path / "a.pdf")
    seal(source, tmp_path / "b.pdf", order_for(source, participant()), keys.signing_key(organization))
    assert verify(tmp_path / "b.pdf", anchors())["sealed_by_us"]


def test_secrets_are_kept_encrypted(remote: SealingKey) -> None:
    assert SECRET_KEY.encode() not in bytes(remote.private_key)
    assert SECRET_KEY not in str(remote.reference)
    assert "secret_key" not in remote.reference


def test_a_key_that_does_not_sign_never_becomes_current(organization: Organization, services: Services) -> None:
    before = keys.signing_key(organization)
    words, files = told("aws", "ec", services.url)
    with pytest.raises(HolderFailed):
        from_holder("aws", {**words, "secret_key": "wrong"}, files).accept(organization)
    with pytest.raises(CertificateRefused):
        from_holder("aws", words, [pems(leaf(ec.generate_private_key(ec.SECP256R1()))), files[1]]).accept(organization)
    assert keys.signing_key(organization) is before


def test_an_ended_certificate_seals_and_promises_nothing(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded(organization, ends=timedelta(days=9))
    keys.check_usable(organization)
    later = clock.now() + timedelta(days=10)
    monkeypatch.setattr(clock, "now", lambda: later)
    for ask in (keys.check_usable, keys.signing_key):
        with pytest.raises(KeyUnusable) as unusable:
            ask(organization)
        assert unusable.value.reason == "KEY_EXPIRED"


def test_the_chain_counts_too(organization: Organization) -> None:
    """What ends above the certificate ends it as well."""
    row = uploaded(organization, ends=timedelta(days=5000))
    assert row.usable_until == min(one.not_valid_after_utc for one in (MIDDLE, ROOT))


def test_the_clock_finds_a_service_that_is_gone_and_one_that_is_back(
    remote: SealingKey, organization: Organization, services: Services
) -> None:
    checking.check_what_is_due()
    assert len(services.calls) == 1  # it was tried when it was taken, and not again within the hour
    SealingKey.objects.update(checked_at=clock.now() - timedelta(hours=2))
    services.trouble = [503] * 3
    checking.check_what_is_due()
    remote.refresh_from_db()
    assert remote.problem.startswith("The service that holds the key has trouble of its own.")
    with pytest.raises(KeyUnusable) as unusable:
        keys.check_usable(organization)
    assert unusable.value.reason == "KEY_UNREACHABLE"
    checking.check_what_is_due()
    keys.check_usable(organization)


def test_a_refusal_while_sealing_is_remembered(
    remote: SealingKey, organization: Organization, services: Services
) -> None:
    services.trouble = [403]
    with pytest.raises(HolderFailed):
        keys.signing_key(organization).sign(b"data")
    with pytest.raises(KeyUnusable):
        keys.check_usable(organization)


def test_a_moment_of_trouble_while_sealing_is_the_jobs_affair(
    remote: SealingKey, organization: Organization, services: Services
) -> None:
    services.trouble = [503] * 3
    with pytest.raises(HolderFailed):
        keys.signing_key(organization).sign(b"data")
    keys.check_usable(organization)


def test_the_start_names_every_key_that_cannot_seal(
    organization: Organization, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    keys.signing_key(organization)
    with caplog.at_level(logging.ERROR):
        checking.log_unusable()
    assert caplog.messages == []
    keys._cache.clear()
    settings.SECRET_KEY = "another"
    checking.log_unusable()
    assert ["andes" in message and "SECRET_KEY" in message for message in caplog.messages] == [True]


@pytest.mark.parametrize(
    ("days", "announced", "notice"),
    [(100, None, ""), (59, 60, "ending"), (30, 60, "ending"), (29, 30, "ending"), (6, 7, "ending"), (-1, 0, "ended")],
)
def test_which_announcement_is_due(organization: Organization, days: int, announced: int | None, notice: str) -> None:
    row = keys.rotate(organization)
    SealingKey.objects.update(usable_until=clock.now() + timedelta(days=days, minutes=1))
    assert checking.notice(organization) == notice
    ending = checking.ending()
    assert [checking.announced(one) for one in ending] == ([] if announced is None else [announced])
    keys.retire(row)
    assert checking.ending() == []


def test_an_unlocked_module_is_never_named_by_an_owner(organization: Organization, settings: Any) -> None:
    """PKCS #11 loads a library into the process: which one is the operator's word alone."""
    settings.PKCS11_MODULE = ""
    with pytest.raises(HolderFailed) as failed:
        from_holder("pkcs11", {"token": "t", "label": "l", "pin": "1", "module": "/tmp/evil.so"})
    assert failed.value.code == "HOLDER_MISSING"
