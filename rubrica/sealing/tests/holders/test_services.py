"""What goes wrong at services that hold keys: said clearly, tried again only where that is safe, no secret in it."""

import ipaddress
import json
from typing import Any

import pytest
from django.utils.translation import override

from rubrica.sealing.keyring.bringing import from_holder
from rubrica.sealing.keyring.credentials import CertificateRefused
from rubrica.sealing.keyring.holders import wire
from rubrica.sealing.keyring.holders.base import HolderFailed
from rubrica.sealing.tests.holders import services as service
from rubrica.sealing.tests.holders.material import KEYS, LEAVES, key_pem, leaf, pems
from rubrica.sealing.tests.holders.services import Services
from rubrica.sealing.tests.holders.test_contract import told

SECRETS = (service.SECRET_KEY, service.CLIENT_SECRET, service.PIN, "PRIVATE KEY", "Bearer")
REMOTE = ["aws", "azure", "google", "csc"]


def signing(holder: str, services: Services, **changes: str) -> None:
    words, files = told(holder, "ec", services.url)
    from_holder(holder, {**words, **changes}, files).key.sign(b"data")


@pytest.mark.parametrize(
    ("holder", "wrong"),
    [
        ("aws", {"secret_key": "another"}),
        ("azure", {"client_secret": "another"}),
        ("csc", {"client_secret": "another"}),
        ("csc", {"pin": "1111"}),
    ],
)
def test_wrong_credentials_are_refused_at_once(services: Services, holder: str, wrong: dict[str, str]) -> None:
    with pytest.raises(HolderFailed) as failed:
        signing(holder, services, **wrong)
    assert (failed.value.code, failed.value.is_passing) == ("HOLDER_REFUSED", False)
    asked = [path for path in services.paths if "authorize" in path or "token" in path or path == "/aws/"]
    assert len(asked) == (1 if "pin" not in wrong else 2)
    assert not any(secret in str(failed.value) for secret in (*SECRETS, *wrong.values()))


def test_an_account_of_another_key_is_refused(services: Services) -> None:
    other = json.dumps({**json.loads(service.service_account(services.url)), "private_key_id": "k2"})
    with pytest.raises(HolderFailed, match="Invalid JWT") as failed:
        signing("google", services, service_account=other)
    assert "PRIVATE" not in str(failed.value)
    with pytest.raises(HolderFailed) as unread:
        signing("google", services, service_account="{}")
    assert unread.value.code == "HOLDER_CREDENTIALS"


@pytest.mark.parametrize("holder", REMOTE)
def test_a_moment_of_trouble_is_waited_out(services: Services, holder: str) -> None:
    services.trouble = [503, 429]
    signing(holder, services)
    assert services.trouble == []


@pytest.mark.parametrize("holder", REMOTE)
def test_lasting_trouble_is_said_to_pass(services: Services, holder: str) -> None:
    services.trouble = [503] * 10
    with pytest.raises(HolderFailed) as failed:
        signing(holder, services)
    assert (failed.value.code, failed.value.is_passing) == ("HOLDER_UNREACHABLE", True)
    assert len(services.calls) == 3


def test_a_signature_that_may_have_been_made_is_not_asked_for_again(services: Services) -> None:
    """Each may cost money, and what was authorised is used up."""
    words, files = told("csc", "ec", services.url)
    key = from_holder("csc", words, files).key
    key.sign(b"first")
    services.calls.clear()
    answer = services.answer

    def broken(method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        made = answer(method, path, headers, body)
        if path.endswith("signHash"):
            raise service.Refused(502, {})
        return made

    services.answer = broken  # type: ignore[method-assign]
    with pytest.raises(HolderFailed):
        key.sign(b"second")
    assert [path.rpartition("/")[2] for path in services.paths] == ["authorize", "signHash"]


def test_nobody_there(services: Services) -> None:
    words, files = told("aws", "ec", services.url)
    with pytest.raises(HolderFailed) as failed:
        from_holder("aws", {**words, "endpoint": "http://127.0.0.2:1025"}, files).key.sign(b"data")
    assert (failed.value.code, failed.value.is_passing) == ("HOLDER_UNREACHABLE", True)


def test_a_server_that_hangs_is_left(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.receiver import hang, receiving

    monkeypatch.setattr(wire, "SECONDS", 0.2)
    with receiving("127.0.0.2") as slow:
        slow.usual = hang(0.6)
        words, files = told("aws", "ec", services.url)
        with pytest.raises(HolderFailed, match="TIMEOUT"):
            from_holder("aws", {**words, "endpoint": slow.url}, files).key.sign(b"data")


@pytest.mark.parametrize(
    "address",
    ["http://kms.example.com", "https://127.0.0.1/", "https://169.254.169.254/", "ftp://kms.example.com", "kms"],
)
def test_an_address_inside_or_without_tls_is_never_called(services: Services, settings: Any, address: str) -> None:
    settings.ALLOWED_PRIVATE = [ipaddress.ip_network("127.0.0.2")]
    words, files = told("aws", "ec", services.url)
    with pytest.raises(HolderFailed) as failed:
        from_holder("aws", {**words, "endpoint": address}, files)
    assert failed.value.code == "HOLDER_ADDRESS"
    assert services.calls == []


def test_a_token_is_fetched_once(services: Services) -> None:
    words, files = told("azure", "ec", services.url)
    key = from_holder("azure", words, files).key
    for number in range(3):
        key.sign(bytes([number]))
    assert len(services.tokens) == 1


def test_a_credential_that_asks_a_person_cannot_seal(services: Services) -> None:
    services.mode = "oauth2code"
    with pytest.raises(HolderFailed, match="asks a person"):
        signing("csc", services)


def test_what_is_missing_is_named(services: Services) -> None:
    words, files = told("aws", "ec", services.url)
    with override("en"), pytest.raises(CertificateRefused) as refused:
        from_holder("aws", {**words, "region": " "}, files)
    assert (refused.value.code, str(refused.value)) == ("REFERENCE_INCOMPLETE", "“Region” is missing.")
    with pytest.raises(CertificateRefused) as refused:
        from_holder("aws", {**words, "access_key": "a\r\nX-Other: b"}, files)
    assert refused.value.code == "REFERENCE_INVALID"


def test_a_private_key_is_not_taken_where_it_is_not_needed(services: Services) -> None:
    words, files = told("aws", "ec", services.url)
    with pytest.raises(CertificateRefused) as refused:
        from_holder("aws", words, [*files, key_pem(KEYS["ec"])])
    assert refused.value.code == "KEY_NOT_WANTED"


def test_services_that_hash_by_themselves_are_not_given_another_curve(services: Services) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    words, files = told("aws", "ec", services.url)
    with pytest.raises(CertificateRefused) as refused:
        from_holder("aws", words, [files[1], pems(leaf(ec.generate_private_key(ec.SECP384R1())))])
    assert refused.value.code == "KEY_KIND"
    assert LEAVES["ec"] is not None
