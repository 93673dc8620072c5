"""What our authority says about its certificates, asked as validators ask: by openssl, and by pyHanko."""

import base64
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as read
from cryptography.x509.oid import AuthorityInformationAccessOID
from django.test import Client

from rubrica.accounts.models import Organization
from rubrica.sealing.keyring import authority, keys, revocation
from rubrica.sealing.models import IssuedCertificate, SealingKey
from rubrica.sealing.tests.material import authority_and_key

pytestmark = pytest.mark.django_db
Reason = IssuedCertificate.Reason
Status = read.OCSPCertStatus


@pytest.fixture(autouse=True)
def fresh(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"
    settings.PUBLIC_URL = "https://sign.example.com"


@pytest.fixture
def organization() -> Organization:
    return Organization.objects.create(slug="andes", name="Andes")


@pytest.fixture
def key(organization: Organization) -> SealingKey:
    return keys.rotate(organization)


def certificate(key: SealingKey) -> x509.Certificate:
    return x509.load_pem_x509_certificate(key.certificate_pem.encode())


def asked(certificate: x509.Certificate, nonce: bytes = b"") -> bytes:
    builder = read.OCSPRequestBuilder().add_certificate(certificate, authority.current().certificate, hashes.SHA1())
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def openssl(folder: Path, *arguments: str) -> str:
    said = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=False)
    return said.stdout.decode() + said.stderr.decode()


def test_new_certificates_say_where_to_ask(key: SealingKey) -> None:
    found = certificate(key).extensions
    (point,) = found.get_extension_for_class(x509.CRLDistributionPoints).value
    assert [one.value for one in point.full_name or ()] == ["https://sign.example.com/pki/crl"]
    told = {one.access_method: one.access_location.value
            for one in found.get_extension_for_class(x509.AuthorityInformationAccess).value}  # fmt: skip
    assert told == {
        AuthorityInformationAccessOID.OCSP: "https://sign.example.com/pki/ocsp",
        AuthorityInformationAccessOID.CA_ISSUERS: "https://sign.example.com/pki/ca.crt",
    }


@pytest.mark.parametrize("is_revoked", [False, True])
def test_openssl_agrees(key: SealingKey, tmp_path: Path, is_revoked: bool) -> None:
    if is_revoked:
        assert keys.revoke(key, Reason.KEY_COMPROMISE)
    client = Client()
    (tmp_path / "leaf.pem").write_text(key.certificate_pem)
    (tmp_path / "ca.der").write_bytes(client.get("/pki/ca.crt").content)
    openssl(tmp_path, "x509", "-inform", "DER", "-in", "ca.der", "-out", "ca.pem")
    (tmp_path / "crl.der").write_bytes(client.get("/pki/crl").content)
    openssl(tmp_path, "crl", "-inform", "DER", "-in", "crl.der", "-out", "crl.pem")
    said = openssl(tmp_path, "verify", "-CAfile", "ca.pem", "-CRLfile", "crl.pem", "-crl_check", "leaf.pem")
    assert ("leaf.pem: OK" in said) is not is_revoked
    assert ("certificate revoked" in said) is is_revoked
    openssl(tmp_path, "ocsp", "-issuer", "ca.pem", "-cert", "leaf.pem", "-reqout", "request.der")
    answer = client.post("/pki/ocsp", (tmp_path / "request.der").read_bytes(), "application/ocsp-request")
    (tmp_path / "answer.der").write_bytes(answer.content)
    # -no_nonce: the request has one already, and another would take its place.
    said = openssl(tmp_path, "ocsp", "-issuer", "ca.pem", "-cert", "leaf.pem", "-reqin", "request.der", "-no_nonce",
                   "-respin", "answer.der", "-CAfile", "ca.pem")  # fmt: skip
    assert "Response verify OK" in said
    assert "WARNING" not in said  # of a nonce that did not come back
    assert ("leaf.pem: revoked" in said and "keyCompromise" in said) if is_revoked else "leaf.pem: good" in said


@pytest.mark.parametrize("is_revoked", [False, True])
def test_pyhanko_validates_with_what_is_given_in_process(key: SealingKey, is_revoked: bool) -> None:
    import asyncio

    from asn1crypto import crl, ocsp
    from asn1crypto import x509 as asn1
    from pyhanko_certvalidator import CertificateValidator, ValidationContext
    from pyhanko_certvalidator.errors import RevokedError

    if is_revoked:
        keys.revoke(key, Reason.SUPERSEDED)
    root = asn1.Certificate.load(revocation.ca_certificate())
    leaf = asn1.Certificate.load(certificate(key).public_bytes(Encoding.DER))
    told: list[dict[str, Any]] = [
        {"crls": [crl.CertificateList.load(revocation.crl())]},
        {"ocsps": [ocsp.OCSPResponse.load(revocation.ocsp(certificate(key)))]},
    ]
    for given in told:
        context = ValidationContext(trust_roots=[root], revocation_mode="require", **given)
        checking = CertificateValidator(leaf, validation_context=context).async_validate_usage({"non_repudiation"})
        if is_revoked:
            with pytest.raises(RevokedError):
                asyncio.run(checking)
        else:
            assert len(asyncio.run(checking)) == 2


def test_the_nonce_comes_back_and_the_answer_is_short_lived(key: SealingKey) -> None:
    answer = read.load_der_ocsp_response(revocation.answer(asked(certificate(key), b"n" * 32)))
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * 32
    assert answer.certificate_status == Status.GOOD
    assert answer.next_update_utc is not None
    assert answer.next_update_utc - answer.this_update_utc == timedelta(days=1)


def test_get_with_and_without_escapes(key: SealingKey) -> None:
    encoded = base64.b64encode(asked(certificate(key))).decode()
    for text in (quote(encoded, safe=""), encoded):
        answer = Client().get(f"/pki/ocsp/{text}")
        assert answer["Content-Type"] == "application/ocsp-response"
        assert read.load_der_ocsp_response(answer.content).certificate_status == Status.GOOD


def test_what_was_never_issued_is_unknown(key: SealingKey) -> None:
    IssuedCertificate.objects.filter(key=key).update(serial="abc")
    answer = read.load_der_ocsp_response(revocation.answer(asked(certificate(key))))
    assert answer.certificate_status == Status.UNKNOWN


def test_of_another_authority_nothing_is_said(key: SealingKey) -> None:
    other = authority_and_key()
    request = read.OCSPRequestBuilder().add_certificate(other.certificate, other.chain[0], hashes.SHA256()).build()
    answer = read.load_der_ocsp_response(revocation.answer(request.public_bytes(Encoding.DER)))
    assert answer.response_status == read.OCSPResponseStatus.UNAUTHORIZED


@pytest.mark.parametrize("data", [b"", b"hello", b"\x30\x80", b"\x30\x03\x02\x01\x00", b"\x30" * 5000, b"x" * 20_000])
def test_what_cannot_be_read_is_said_so(key: SealingKey, data: bytes) -> None:
    for answer in (
        Client().post("/pki/ocsp", data, "application/ocsp-request"),
        Client().get(f"/pki/ocsp/{base64.b64encode(data[:3000]).decode()}".rstrip("/")),
    ):
        assert answer.status_code == 200
        found = read.load_der_ocsp_response(answer.content).response_status
        assert found == read.OCSPResponseStatus.MALFORMED_REQUEST


def test_several_in_one_request(key: SealingKey, organization: Organization) -> None:
    from asn1crypto import ocsp as asn1

    second = keys.rotate(organization)
    keys.revoke(key, Reason.CESSATION)
    first, other = (asn1.OCSPRequest.load(asked(certificate(one))) for one in (key, second))
    first["tbs_request"]["request_list"].append(other["tbs_request"]["request_list"][0])
    found = asn1.OCSPResponse.load(revocation.answer(first.dump(force=True))).basic_ocsp_response
    assert [one["cert_status"].name for one in found["tbs_response_data"]["responses"]] == ["revoked", "good"]


def test_the_list_has_reason_and_time_and_a_rising_number(key: SealingKey) -> None:
    before = x509.load_der_x509_crl(revocation.crl())
    keys.revoke(key, Reason.AFFILIATION)
    assert not keys.revoke(key, Reason.KEY_COMPROMISE)  # what was said first stays
    after = x509.load_der_x509_crl(revocation.crl())
    (entry,) = after
    assert entry.serial_number == certificate(key).serial_number
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason == x509.ReasonFlags.affiliation_changed
    assert abs(entry.revocation_date_utc - datetime.now(UTC)) < timedelta(minutes=1)
    numbers = [one.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for one in (before, after)]
    assert numbers[0] < numbers[1]
    assert after.is_signature_valid(authority.current().certificate.public_key())  # type: ignore[arg-type]


def test_another_secret_is_no_crash(key: SealingKey, settings: Any) -> None:
    request = asked(certificate(key))
    settings.SECRET_KEY = "another"
    answer = Client().post("/pki/ocsp", request, "application/ocsp-request")
    found = read.load_der_ocsp_response(answer.content).response_status
    assert found == read.OCSPResponseStatus.TRY_LATER
    assert Client().get("/pki/crl").status_code == 503
    assert Client().get("/pki/ca.crt").status_code == 200


def test_ours_and_others(key: SealingKey) -> None:
    assert revocation.is_ours(certificate(key))
    assert not revocation.is_ours(authority.current().certificate)
    assert not revocation.is_ours(authority_and_key().certificate)
