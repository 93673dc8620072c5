"""The data of people from the shell of the server: erased with a proof, handed out, and held."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rubrica import cli
from rubrica.accounts.models import AuditEntry
from rubrica.commands.tests.test_sendings import _the_database_is_up, run  # noqa: F401  the fixture acts by itself
from rubrica.processes.actor import Actor
from rubrica.processes.models import Erasure, Hold
from rubrica.retention.tests.people import EMAIL, delivered
from tests.cast import Acme
from tests.sending import somebody

OWNER = Actor("member", "olga@acme.example", "Olga Owner")
Capsys = pytest.CaptureFixture[str]


def test_it_works(acme: Acme, capsys: Capsys, tmp_path: Path, settings: Any) -> None:
    """A dry run, the erasure with its proof, and once more after the database was restored."""
    settings.DATA_DIR = tmp_path / "data"
    process, proof = delivered(acme), tmp_path / "proof.json"
    before = list(process.participants.all())
    (planned,) = run(capsys, "erase", EMAIL, "--dry-run")
    assert (planned["counts"]["files"], somebody(process, "Ana").email) == (2, EMAIL)
    (done,) = run(capsys, "erase", EMAIL, "--reason", "Request 17", "--to", str(proof))
    assert done["counts"] == planned["counts"]
    told = json.loads(proof.read_text())
    assert (told["reason"], told["id"]) == ("Request 17", done["erasure"])
    assert proof.with_suffix(".p7s").read_bytes() == bytes(Erasure.objects.get().cms or b"")
    assert AuditEntry.objects.get().kind == "person_erased"
    for one in before:
        one.save()
    (planned,) = run(capsys, "erase", "--again", str(proof), "--dry-run")
    assert (planned["matched"], planned["erasures"], somebody(process, "Ana").email) == (True, [], EMAIL)
    (again,) = run(capsys, "erase", "--again", str(proof))
    assert (again["statement"], len(again["erasures"])) == (told["id"], 1)
    assert not process.participants.filter(email=EMAIL).exists()


def test_nobody_and_nothing_are_said(acme: Acme, capsys: Capsys, tmp_path: Path) -> None:
    assert "Nothing of this person" in run(capsys, "erase", EMAIL, code=2)["error"]
    assert "e-mail address" in run(capsys, "erase", "x", code=2)["error"]
    assert "Say whom" in run(capsys, "erase", code=2)["error"]
    other = tmp_path / "other.json"
    other.write_text("{}")
    assert "no statement" in run(capsys, "erase", "--again", str(other), code=2)["error"]


def test_what_was_not_applied_again_is_said_by_the_exit(
    acme: Acme, capsys: Capsys, tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path / "data"
    process, proof = delivered(acme), tmp_path / "proof.json"
    before = list(process.participants.all())
    run(capsys, "erase", EMAIL, "--to", str(proof))
    for one in before:
        one.save()
    Hold.place(acme.organization, process, "A claim", OWNER)
    assert cli.main(["erase", "--again", str(proof), "--json"]) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["whole"], row["stays"][0]["what"]) == (False, "held")


def test_a_copy_for_somebody(acme: Acme, capsys: Capsys, tmp_path: Path) -> None:
    delivered(acme)
    to = tmp_path / "ana.zip"
    assert run(capsys, "export-person", EMAIL, "--to", str(to), "--dry-run")[0]["processes"] == 1
    assert not to.exists()
    run(capsys, "export-person", EMAIL, "--to", str(to), "--language", "pt")
    with zipfile.ZipFile(to) as archive:
        assert archive.read("README.txt").decode().startswith("SEUS DADOS")
    assert "there already" in run(capsys, "export-person", EMAIL, "--to", str(to), code=2)["error"]


def test_holds(acme: Acme, capsys: Capsys) -> None:
    process = delivered(acme)
    run(capsys, "hold", "place", "--process", process.public_id, "--reason", "Claim", "--dry-run")
    assert run(capsys, "hold", "list") == []
    run(capsys, "hold", "place", "--process", process.public_id, "--reason", "Claim")
    run(capsys, "hold", "place", "--organization", "acme", "--reason", "Another")
    assert [row["process"] for row in run(capsys, "hold", "list")] == [process.public_id, None]
    assert "ALREADY_HELD" in run(capsys, "hold", "place", "--organization", "acme", "--reason", "x", code=2)["error"]
    run(capsys, "hold", "lift", "--process", process.public_id)
    assert Hold.objects.in_force().count() == 1
