"""Evidence of a process out of which a person was erased: a stranger still finds that it holds."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from rubrica.processes import bundle, evidence
from rubrica.processes.models import Process
from rubrica.processes.tests.test_offline_verifier import Files, check, packed, unpacked
from rubrica.retention import erasing, proofs
from rubrica.retention.tests.people import EMAIL, delivered
from rubrica.retention.tests.test_erasing import OWNER, in_clear
from rubrica.sealing.keyring.keys import signing_key
from tests.cast import Acme


@pytest.fixture(params=["commitments", "in clear"])
def erased(request: Any, acme: Acme, settings: Any, tmp_path: Path) -> Files:
    """Ana was erased after the evidence had been sealed; of her there were events of either form."""
    settings.DATA_DIR = tmp_path / "data"
    process = delivered(acme)
    if request.param == "in clear":
        in_clear(process)
    evidence.make(process.evidence.pk)
    proofs.sign(erasing.erase(acme.organization, EMAIL, OWNER, reason="Request 17").pk)
    files = unpacked(b"".join(bundle.bundle(Process.objects.get(pk=process.pk))))
    authority = signing_key(acme.organization).chain[-1].public_bytes(Encoding.PEM)
    (tmp_path / "ca.pem").write_bytes(authority)
    return files


def verified(files: Files, folder: Path) -> tuple[int, str]:
    done = check(packed(files, folder / "bundle.zip"), "--ca", str(folder / "ca.pem"))
    return done.returncode, done.stdout + done.stderr


def test_it_holds_and_says_what_is_gone(erased: Files, tmp_path: Path) -> None:
    code, said = verified(erased, tmp_path)
    assert code == 0, said
    assert "told of a person was erased" in said
    assert "2 of them erased since" in said or "1 of them erased since" in said
    told = b"".join(data for name, data in erased.items() if name.startswith(("events", "erasures", "index")))
    assert b"ana@example.com" not in told and "Ana Pérez".encode() not in told


def test_without_its_statement_nothing_may_be_missing(erased: Files, tmp_path: Path) -> None:
    files = {name: data for name, data in erased.items() if not name.startswith("erasures/")}
    code, said = verified(files, tmp_path)
    assert code == 1 and "WRONG  the chain of events" in said


def test_a_statement_that_was_changed_vouches_for_nothing(erased: Files, tmp_path: Path) -> None:
    (name,) = [name for name in erased if name.startswith("erasures/") and name.endswith(".json")]
    code, said = verified({**erased, name: erased[name].replace(b"Request 17", b"Request 18")}, tmp_path)
    assert code == 1 and "WRONG  the erasure in" in said


def test_who_is_shown_must_be_who_was_hashed(erased: Files, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in erased["events.jsonl"].splitlines()]
    shown = [line for line in lines if "actor" in line]
    shown[-1]["actor"][2] = "Somebody else"
    events = "".join(json.dumps(line) + "\n" for line in lines).encode()
    code, said = verified({**erased, "events.jsonl": events}, tmp_path)
    assert code == 1 and "is not what was hashed" in said
