"""One contract for every holder: what it signs is verified with the certificate, by others' code."""

import hashlib
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from rubrica.sealing.keyring.bringing import Candidate, from_files, from_holder, try_out
from rubrica.sealing.keyring.credentials import CertificateRefused
from rubrica.sealing.keyring.holders.base import HolderFailed, fits
from rubrica.sealing.tests.holders import services as service
from rubrica.sealing.tests.holders import softhsm
from rubrica.sealing.tests.holders.material import KEYS, LEAVES, MIDDLE, ROOT, key_pem, pems
from rubrica.sealing.tests.holders.services import Services
from rubrica.sealing.writing.cms import reserved_digits, sign_digest

ABOVE = pems(MIDDLE, ROOT)
needs_softhsm = pytest.mark.skipif(softhsm.module() is None, reason="SoftHSM or the extra pkcs11 is not installed")
HOLDERS = ["file", pytest.param("pkcs11", marks=needs_softhsm), "aws", "azure", "google", "csc"]

Make = Callable[[str], Candidate]


def told(holder: str, kind: str, url: str) -> tuple[dict[str, str], list[bytes]]:
    """What an owner writes down for each, and the certificates that do not lie with the key."""
    return {
        "pkcs11": ({"token": softhsm.LABEL, "label": kind, "pin": softhsm.PIN}, [ABOVE]),
        "aws": (
            {"region": service.REGION, "key": f"alias/{kind}", "access_key": service.ACCESS_KEY,
             "secret_key": service.SECRET_KEY, "endpoint": f"{url}/aws"},
            [pems(LEAVES[kind]), ABOVE],
        ),
        "azure": (
            {"vault": f"{url}/azure", "key": kind, "tenant": service.TENANT, "client": service.CLIENT,
             "client_secret": service.CLIENT_SECRET, "login": f"{url}/azure"},
            [ABOVE],
        ),
        "google": (
            {"key": service.GOOGLE_KEY.format(kind=kind), "service_account": service.service_account(url),
             "endpoint": f"{url}/google"},
            [pems(LEAVES[kind]), ABOVE],
        ),
        "csc": (
            {"url": f"{url}/csc/v2", "credential": kind, "client": service.CLIENT,
             "client_secret": service.CLIENT_SECRET, "pin": service.PIN},
            [],
        ),
    }[holder]  # fmt: skip


@pytest.fixture(params=HOLDERS)
def make(request: Any, services: Services, settings: Any, tmp_path_factory: Any) -> Make:
    if request.param == "pkcs11":
        settings.PKCS11_MODULE = softhsm.module()
        softhsm.token(tmp_path_factory.getbasetemp() / "softhsm")

    def candidate(kind: str) -> Candidate:
        if request.param == "file":
            return from_files([key_pem(KEYS[kind]), pems(ROOT, LEAVES[kind], MIDDLE)])
        return from_holder(request.param, *told(request.param, kind, services.url))

    return candidate


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_it_signs_what_the_certificate_verifies(make: Make, kind: str) -> None:
    candidate = make(kind)
    assert [one.subject for one in candidate.chain] == [MIDDLE.subject, ROOT.subject]
    key = candidate.key
    assert key.kind == kind
    for data in (b"", b"one", b"x" * 100_000):
        signature = key.sign(data)
        assert fits(key.certificate, signature, data)
        assert not fits(key.certificate, signature, data + b"!")
        assert len(signature) <= key.signature_bytes
    try_out(key)


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_openssl_verifies_the_seal(make: Make, kind: str, tmp_path: Path) -> None:
    key = make(kind).key
    made = sign_digest(hashlib.sha256(b"content").digest(), key)
    assert 2 * len(made) <= reserved_digits(key)
    (tmp_path / "content").write_bytes(b"content")
    (tmp_path / "root.pem").write_bytes(ROOT.public_bytes(Encoding.PEM))
    (tmp_path / "signature").write_bytes(made)
    command = ["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any",
               "-in", str(tmp_path / "signature"), "-content", str(tmp_path / "content"),
               "-CAfile", str(tmp_path / "root.pem")]  # fmt: skip
    said = subprocess.run(command, capture_output=True, check=False)
    assert said.returncode == 0, said.stderr


def test_several_threads_at_once(make: Make) -> None:
    key = make("ec").key
    with ThreadPoolExecutor(4) as pool:
        signatures = list(pool.map(key.sign, [bytes([number]) for number in range(12)]))
    assert all(fits(key.certificate, one, bytes([number])) for number, one in enumerate(signatures))


def test_a_key_that_is_another_than_the_certificates_is_noticed(make: Make) -> None:
    """Whatever a holder signs with: what counts is that this certificate verifies it."""
    candidate = make("ec")
    other = Candidate(_other(), (), candidate.holder, candidate.reference, candidate.secret, candidate.opened)
    with pytest.raises(CertificateRefused, match="does not belong"):
        try_out(other.key)


def _other() -> x509.Certificate:
    from rubrica.sealing.tests.material import authority_and_key

    return authority_and_key().certificate


def test_a_key_that_is_not_there_is_named_so(make: Make, services: Services, request: Any) -> None:
    holder = request.node.callspec.params["make"]
    if holder == "file":
        with pytest.raises(CertificateRefused):
            from_files([pems(LEAVES["ec"])])
        return
    words, files = told(holder, "ec", services.url)
    name = {"pkcs11": "label", "csc": "credential"}.get(holder, "key")
    extra = [] if holder in {"aws", "google"} else [pems(LEAVES["ec"])]
    with pytest.raises(HolderFailed) as failed:
        candidate = from_holder(holder, {**words, name: words[name].replace("ec", "none")}, files + extra)
        candidate.key.sign(b"data")
    assert failed.value.code in {"HOLDER_REFUSED", "HOLDER_KEY_MISSING"}
    assert not failed.value.is_passing


@needs_softhsm
def test_a_token_that_is_open_already_is_not_open_for_another_pin(settings: Any, tmp_path_factory: Any) -> None:
    """A login is the whole process's; it must not let an organization in that has not said the PIN."""
    settings.PKCS11_MODULE = softhsm.module()
    softhsm.token(tmp_path_factory.getbasetemp() / "softhsm")
    words, files = told("pkcs11", "ec", "")
    first = from_holder("pkcs11", words, files).key
    assert fits(first.certificate, first.sign(b"data"), b"data")
    with pytest.raises(HolderFailed) as failed:
        from_holder("pkcs11", {**words, "pin": "4321"}, files)
    assert failed.value.code == "HOLDER_REFUSED"
    second = from_holder("pkcs11", told("pkcs11", "rsa", "")[0], files).key
    assert fits(second.certificate, second.sign(b"data"), b"data")
