"""The signature's value, made by our own encoder and read by others."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from asn1crypto import cms, core, tsp  # noqa: F401 - tsp teaches cms the attribute that names the certificate
from cryptography.hazmat.primitives.serialization import Encoding

from rubrica.sealing.tests.material import authority_and_key, rsa_key
from rubrica.sealing.values import SigningKey
from rubrica.sealing.writing import der
from rubrica.sealing.writing.cms import reserved_digits, sign_digest

CONTENT = b"what is signed"
KEYS = {"P-256": authority_and_key(), "RSA-2048": rsa_key()}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_it_is_der_and_says_what_pades_asks_for(key: SigningKey) -> None:
    data = sign_digest(hashlib.sha256(CONTENT).digest(), key)
    info = cms.ContentInfo.load(data, strict=True)
    assert info.dump(force=True) == data
    (signer,) = info["content"]["signer_infos"]
    kinds = [attribute["type"].native for attribute in signer["signed_attrs"]]
    assert sorted(kinds) == ["content_type", "message_digest", "signing_certificate_v2"]
    assert info["content"]["encap_content_info"]["content"].native is None
    assert len(info["content"]["certificates"]) == 2
    assert 2 * len(data) <= reserved_digits(key)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not installed")
@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_openssl_agrees(tmp_path: Path, key: SigningKey) -> None:
    (tmp_path / "content").write_bytes(CONTENT)
    (tmp_path / "root.pem").write_bytes(key.chain[-1].public_bytes(Encoding.PEM))
    (tmp_path / "signature").write_bytes(sign_digest(hashlib.sha256(CONTENT).digest(), key))
    command = ["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any",
               "-in", str(tmp_path / "signature"), "-content", str(tmp_path / "content"),
               "-CAfile", str(tmp_path / "root.pem")]  # fmt: skip
    said = subprocess.run(command, capture_output=True, check=False)
    assert said.returncode == 0, said.stderr
    (tmp_path / "content").write_bytes(CONTENT + b"!")
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize("number", [0, 1, 127, 128, 255, 256, 2**159, 2**160 - 1])
def test_numbers_stay_positive(number: int) -> None:
    data = der.integer(number)
    assert int.from_bytes(data[2:], "big", signed=True) == number


def test_long_lengths() -> None:
    for length in (0, 127, 128, 255, 256, 70_000):
        data = der.octets(bytes(length))
        assert core.OctetString.load(data, strict=True).native == bytes(length)
