"""``rubrica certificate``: what it prints and what it changes."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes

from rubrica import cli
from rubrica.accounts.models import Organization
from rubrica.sealing import command
from rubrica.sealing.keyring import authority, keys
from rubrica.sealing.models import IssuedCertificate, SealingKey
from rubrica.sealing.tests.holders.material import KEYS, LEAVES, MIDDLE, ROOT, key_pem, pems

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def organization(settings: Any, tmp_path: Path) -> Organization:
    settings.DATA_DIR = tmp_path / "data"
    found = Organization.objects.create(slug="andes", name="Andes")
    keys.signing_key(found)
    return found


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    options = cli._parser().parse_args(["certificate", *arguments, "--json"])
    assert command.run(options) == code
    said = capsys.readouterr()
    return json.loads(said.out)["certificates"] if code == 0 else said.err


def test_it_lists_what_seals(capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = run(capsys, "list")
    assert (one["organization"], one["state"], one["holder"]) == ("andes", "current", "file")
    options = cli._parser().parse_args(["certificate", "list"])
    assert command.run(options) == 0
    assert one["serial"] in capsys.readouterr().out


def test_a_rotation_retires_the_key_before(capsys: pytest.CaptureFixture[str]) -> None:
    before = run(capsys, "list")
    assert run(capsys, "rotate", "--dry-run") == before
    assert SealingKey.objects.count() == 1
    (made,) = run(capsys, "rotate")
    assert made["serial"] != before[0]["serial"]
    assert [one["state"] for one in run(capsys, "list")] == ["current", "retired"]


def test_an_import_with_its_password_from_standard_input(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rubrica.sealing.tests.test_credentials import p12

    (tmp_path / "a.p12").write_bytes(p12(b"pass word"))
    asked = ("import", "--file", str(tmp_path / "a.p12"), "--password-stdin")
    monkeypatch.setattr("sys.stdin", io.StringIO("wrong\n"))
    assert json.loads(run(capsys, *asked, code=1))["error"] == "PASSWORD_WRONG"
    monkeypatch.setattr("sys.stdin", io.StringIO("pass word\n"))
    (one,) = run(capsys, *asked, "--dry-run")
    assert (one["state"], SealingKey.objects.count()) == ("checked", 1)
    monkeypatch.setattr("sys.stdin", io.StringIO("pass word\n"))
    (one,) = run(capsys, *asked)
    assert (one["state"], one["subject"]) == ("current", LEAVES["ec"].subject.rfc4514_string())
    assert [one["problem"] for one in run(capsys, "test")] == [""]


def test_a_revocation_needs_a_reason_and_a_certificate_of_ours(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert "--reason" in run(capsys, "revoke", code=2)
    (one,) = run(capsys, "revoke", "--reason", "superseded", "--dry-run")
    assert one["state"] == "current"
    (one,) = run(capsys, "revoke", "--reason", "superseded", "--serial", one["serial"].upper())
    assert one["state"] == "revoked"
    assert IssuedCertificate.objects.get().reason == "superseded"
    (tmp_path / "key.pem").write_bytes(key_pem(KEYS["rsa"]) + pems(LEAVES["rsa"], MIDDLE, ROOT))
    run(capsys, "import", "--file", str(tmp_path / "key.pem"))
    assert "whoever issued them" in run(capsys, "revoke", "--reason", "superseded", code=2)


def test_what_is_unclear_is_asked_for(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    Organization.objects.create(slug="other", name="Other")
    assert "--organization" in run(capsys, "rotate", code=2)
    assert "--file" in run(capsys, "import", "--organization", "andes", code=2)
    missing = ("import", "--organization", "andes", "--file", str(tmp_path / "none"))
    assert "cannot be read" in run(capsys, *missing, code=2)


def test_the_authority_is_renewed(capsys: pytest.CaptureFixture[str]) -> None:
    before = authority.current().certificate
    options = cli._parser().parse_args(["certificate", "renew-authority", "--json", "--dry-run"])
    assert command.run(options) == 0
    told = json.loads(capsys.readouterr().out)["authority"]
    assert (told["serial"], told["dry_run"]) == (f"{before.serial_number:x}", True)
    assert authority.current().certificate == before
    options = cli._parser().parse_args(["certificate", "renew-authority"])
    assert command.run(options) == 0
    after = authority.current().certificate
    assert after.fingerprint(hashes.SHA256()).hex() in capsys.readouterr().out
    assert after != before and after.subject == before.subject and after.public_key() == before.public_key()


def test_an_authority_that_does_not_open_is_not_renewed(capsys: pytest.CaptureFixture[str], settings: Any) -> None:
    settings.SECRET_KEY = "another"
    options = cli._parser().parse_args(["certificate", "renew-authority", "--json"])
    assert command.run(options) == 1
    assert json.loads(capsys.readouterr().err)["error"] == "SIGNING_KEY_UNUSABLE"
