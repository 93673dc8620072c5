"""From B-B up to B-LTA, step by step, with servers that are real here."""

import asyncio
import ipaddress
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation import ades
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.sealing import sandbox
from rubrica.sealing.intake.render import render_page
from rubrica.sealing.keyring.keys import signing_key
from rubrica.sealing.levels import fetching, raising, server
from rubrica.sealing.levels.check import Expected, check
from rubrica.sealing.levels.raising import Raised, raise_level
from rubrica.sealing.levels.revision import Held, Material, append_material, read
from rubrica.sealing.levels.server import Server
from rubrica.sealing.levels.stamping import Stamper, forget_troubles
from rubrica.sealing.levels.trouble import NotRaised
from rubrica.sealing.tests.material import order_for, participant, pdf_with, sign_as_stranger
from rubrica.sealing.values import Box, SigningKey
from rubrica.sealing.verification.verify import verify
from rubrica.sealing.writing.seal import seal
from tests import tsa
from tests.tsa import Authority

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def running() -> Iterator[Authority]:
    with tsa.authority(life=timedelta(days=400)) as authority:
        yield authority


@pytest.fixture(scope="module")
def signer(running: Authority) -> SigningKey:
    return running.signer()


@pytest.fixture(scope="module")
def plain(running: Authority, signer: SigningKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seal of level B-B, as it is made while the timestamp server is away."""
    return sealed_in(tmp_path_factory.mktemp("plain"), signer)


@pytest.fixture(scope="module")
def stamped(running: Authority, signer: SigningKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seal of level B-T."""
    stamper = Stamper(server_of(running))
    path = sealed_in(tmp_path_factory.mktemp("stamped"), replace(signer, timestamper=stamper))
    assert stamper.trouble is None and stamper.level == "B-T"
    return path


@pytest.fixture
def authority(running: Authority, settings: Any) -> Iterator[Authority]:
    settings.ALLOWED_PRIVATE = [ipaddress.ip_network("127.0.0.0/8")]
    fetching.forget()
    forget_troubles()
    yield running
    running.fault = ""


def server_of(authority: Authority) -> Server:
    found = server.read(authority.url, authority.pem)
    assert found is not None
    return found


def sealed_in(folder: Path, key: SigningKey, source: Path | None = None) -> Path:
    source = source or pdf_with(folder / "source.pdf", [{}, {}])
    target = folder / "sealed.pdf"
    seal(source, target, order_for(source, participant(Box(1, 0.6, 0.8, 150, 50))), key)
    return target


def raised(source: Path, target: Path, authority: Authority) -> Raised:
    return raise_level(source, target, server_of(authority))


def held(path: Path) -> Held:
    return sandbox.run(read, str(path))


def refused(source: Path, target: Path, authority: Authority) -> NotRaised:
    with pytest.raises(NotRaised) as trouble:
        raised(source, target, authority)
    return trouble.value


def test_it_works(stamped: Path, tmp_path: Path, authority: Authority) -> None:
    target = tmp_path / "raised.pdf"
    result = raised(stamped, target, authority)
    assert (result.level, result.trouble) == ("B-LTA", None)
    assert result.size == target.stat().st_size
    assert result.good_until == authority.certificate.not_valid_after_utc
    assert target.read_bytes().startswith(stamped.read_bytes())
    assert len(held(target).timestamps) == 1
    _all_agree(target, authority, 3 if shutil.which("pdfsig") else 0)
    _pages_are_the_same(stamped, target)
    _passes_as_the_standard_says(target, authority)


def _all_agree(path: Path, authority: Authority, pdfsig_lines: int) -> None:
    """Verification (pyHanko inside), qpdf and pdfsig."""
    found = verify(path, [authority.root])
    assert (found["intact"], found["sealed_by_us"], found["changes_after_seal"]) == (True, True, None)
    assert found["level"] == "B-LTA"
    with pikepdf.open(path) as pdf:
        assert pdf.check_pdf_syntax() == []
    if pdfsig_lines:
        said = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False).stdout
        assert "Signature is Valid" in said and "Total document signed" in said


def _passes_as_the_standard_says(path: Path, authority: Authority) -> None:
    """EN 319 102-1 §5.6.3, all of it, by pyHanko, and with the network out of reach."""
    with path.open("rb") as file:
        seal = PdfFileReader(file).embedded_regular_signatures[-1]
        root = asn1_x509.Certificate.load(authority.root.public_bytes(Encoding.DER))
        policy = CertValidationPolicySpec(
            trust_manager=SimpleTrustManager.build(trust_roots=[root]),
            revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
        )
        offline = RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY)
        spec = PdfSignatureValidationSpec(SignatureValidationSpec(policy, revinfo_gathering_policy=offline))
        result = asyncio.run(ades.ades_lta_validation(seal, spec))
    assert result.ades_subindic is AdESPassed.OK
    assert result.oldest_evidence_record_timestamp is not None


def _pages_are_the_same(before: Path, after: Path) -> None:
    with pikepdf.open(before) as one, pikepdf.open(after) as other:
        count = len(one.pages)
        assert len(other.pages) == count
    for number in range(1, count + 1):
        assert render_page(before, number, 400) == render_page(after, number, 400)


def test_a_seal_of_our_own_authority_is_raised_without_asking_anybody_about_it(
    tmp_path: Path, authority: Authority
) -> None:
    organization = Organization.objects.create(name="Andes", slug="andes")
    source = sealed_in(tmp_path, replace(signing_key(organization), timestamper=Stamper(server_of(authority))))
    result = raised(source, tmp_path / "raised.pdf", authority)
    assert (result.level, result.trouble) == ("B-LTA", None)


def test_a_seal_without_a_timestamp_gets_its_proof_of_time_behind_it(
    plain: Path, tmp_path: Path, authority: Authority
) -> None:
    target = tmp_path / "raised.pdf"
    assert raised(plain, target, authority).level == "B-LTA"
    found = held(target)
    assert (found.signature_timestamp, len(found.timestamps)) == (b"", 2)
    assert target.read_bytes().startswith(plain.read_bytes())
    _all_agree(target, authority, 0)


@pytest.mark.parametrize("fault", ["no revocation", "stale", "stranger"])
def test_without_revocation_data_the_level_stays_and_says_why(
    stamped: Path, tmp_path: Path, authority: Authority, fault: str
) -> None:
    authority.fault = fault
    trouble = refused(stamped, tmp_path / "raised.pdf", authority)
    assert (trouble.code, "CN=" in trouble.about) == ("REVOCATION_MISSING", True)


def test_an_address_in_a_certificate_leads_nobody_into_the_own_network(
    stamped: Path, tmp_path: Path, authority: Authority, settings: Any
) -> None:
    settings.ALLOWED_PRIVATE = []
    before = len(authority.calls)
    trouble = refused(stamped, tmp_path / "raised.pdf", authority)
    assert (trouble.code, "ADDRESS" in trouble.about) == ("REVOCATION_MISSING", True)
    assert len(authority.calls) == before


def test_a_late_timestamp_is_kept_though_revocation_data_is_missing(
    plain: Path, tmp_path: Path, authority: Authority
) -> None:
    authority.fault = "no revocation"
    result = raised(plain, tmp_path / "raised.pdf", authority)
    assert (result.level, result.trouble and result.trouble.code) == ("B-T", "REVOCATION_MISSING")
    assert verify(tmp_path / "raised.pdf", [authority.root])["level"] == "B-T"


def test_a_revoked_certificate_is_never_archived(stamped: Path, tmp_path: Path, authority: Authority) -> None:
    authority.fault = "revoked"
    assert refused(stamped, tmp_path / "raised.pdf", authority).code == "CERTIFICATE_REVOKED"


@pytest.mark.parametrize("fault", ["no crl", "no ocsp"])
def test_a_list_and_a_responder_stand_in_for_each_other(
    stamped: Path, tmp_path: Path, authority: Authority, fault: str
) -> None:
    authority.fault = fault
    assert raised(stamped, tmp_path / "raised.pdf", authority).level == "B-LTA"


def test_revocation_data_is_kept_though_the_timestamp_server_is_away(
    stamped: Path, tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.fault = "refuse"
    half, whole = tmp_path / "half.pdf", tmp_path / "whole.pdf"
    result = raised(stamped, half, authority)
    assert (result.level, result.trouble and result.trouble.code) == ("B-LT", "TSA_REFUSED")
    assert verify(half, [authority.root])["level"] == "B-LT"
    again = refused(half, whole, authority)
    assert again.code == "TSA_REFUSED"
    authority.fault = ""
    assert raised(half, whole, authority).level == "B-LTA"
    assert whole.read_bytes().startswith(half.read_bytes())


def test_the_archive_timestamp_is_renewed_before_its_certificate_ends(
    stamped: Path, tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A year later the server has another certificate; the old one is still known to its authority."""
    first, second = tmp_path / "first.pdf", tmp_path / "second.pdf"
    raised(stamped, first, authority)
    before = authority.certificate
    later = clock.now() + timedelta(days=390)
    monkeypatch.setattr(clock, "now", lambda: later)
    monkeypatch.setattr(authority, "clock", lambda: later)
    monkeypatch.setattr(authority, "certificate", authority.issue())
    authority.signers.append(before)
    fetching.forget()
    result = raised(first, second, authority)
    assert (result.level, result.good_until > before.not_valid_after_utc) == ("B-LTA", True)
    assert second.read_bytes().startswith(first.read_bytes())
    assert len(held(second).timestamps) == 2
    ended = before.not_valid_after_utc + timedelta(days=60)
    _sound_at(second, ended, authority)
    with pytest.raises(NotRaised, match="LEVEL_CHECK"):
        _sound_at(first, ended, authority)


def _sound_at(path: Path, moment: datetime, authority: Authority) -> None:
    """At a moment, with what the file itself has, and what the authority says then about its newest certificate."""
    authority.clock = lambda: moment
    lately = Material(crls=(authority.crl("middle"), authority.crl("root")))
    root = authority.root.public_bytes(Encoding.DER)
    sandbox.run(check, str(path), Expected(EMPTY, 0, (root,), lately, moment), seconds=60, megabytes=2048)


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_what_a_stranger_put_into_the_file_counts_for_nothing(
    signer: SigningKey, tmp_path: Path, authority: Authority
) -> None:
    """A document that arrives signed, with a DSS of its own."""
    source, signed = pdf_with(tmp_path / "a.pdf", [{}]), tmp_path / "b.pdf"
    sign_as_stranger(source, signed)
    append_material(str(signed), Material(crls=(authority.crl("middle"),)))
    sealed = sealed_in(tmp_path, signer, signed)
    assert (held(sealed).has_material, held(sealed).level) == (False, "B-B")
    assert raised(sealed, tmp_path / "raised.pdf", authority).level == "B-LTA"


def test_a_file_whose_beginning_changed_is_never_given_out(
    stamped: Path, tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = raising._fill

    def spoiled(path: Path, gap: Any, content: bytes) -> None:
        whole(path, gap, content)
        with path.open("r+b") as file:
            file.seek(60)
            file.write(b"X")

    monkeypatch.setattr(raising, "_fill", spoiled)
    assert refused(stamped, tmp_path / "raised.pdf", authority).code == "LEVEL_CHECK"


def test_a_timestamp_that_ends_before_it_was_written_leaves_the_file_as_it_was(
    stamped: Path, tmp_path: Path, authority: Authority
) -> None:
    authority.fault = "500"
    target = tmp_path / "raised.pdf"
    refused(stamped, target, authority)
    assert target.read_bytes() == stamped.read_bytes()


def test_no_more_room_is_kept_than_its_timestamps_take(stamped: Path, tmp_path: Path, authority: Authority) -> None:
    target = tmp_path / "raised.pdf"
    raised(stamped, target, authority)
    assert target.stat().st_size - stamped.stat().st_size < 20_000


def test_a_timestamp_that_grew_gets_more_room(
    stamped: Path, tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raising, "SLACK", -500)
    assert raised(stamped, tmp_path / "raised.pdf", authority).level == "B-LTA"
