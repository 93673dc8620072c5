"""Everything about a person, for themselves, and nothing about others."""

import io
import json
import zipfile
from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest

from rubrica import clock
from rubrica.bulk.models import Batch, BatchRow
from rubrica.files.models import Blob
from rubrica.files.storage import storage
from rubrica.processes.jobs import SEAL_TRIES
from rubrica.processes.models import PersonExport
from rubrica.records.models import Definition, Record
from rubrica.retention import blobs, erasing, exporting, jobs, people
from rubrica.retention.tests.people import EMAIL, delivered, kept_long_ago, signed
from rubrica.retention.tests.test_erasing import OWNER
from tests import sending
from tests.cast import Acme, signed_in


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def exported(acme: Acme, identifier: str = EMAIL, language: str = "en") -> dict[str, bytes]:
    out = io.BytesIO()
    exporting.write(acme.organization, identifier, language, out)
    return unpacked(out.getvalue())


def told(files: dict[str, bytes]) -> Any:
    return json.loads(files["data.json"])


def test_it_works(acme: Acme) -> None:
    process, other = delivered(acme), signed(acme)
    files = exported(acme)
    data = told(files)
    assert [one["process"] for one in data["processes"]] == [process.public_id, other.public_id]
    assert data["processes"][0]["you"]["email"] == EMAIL
    colors = [content for path, content in files.items() if path.startswith("files/")]
    assert colors == [sending.picture(color="#111111"), sending.picture(color="#222222")]
    assert data["processes"][1]["signature"]["ip"] == "198.51.100.77"
    assert any(path.startswith("signatures/") for path in files)


def test_of_others_there_is_nothing(acme: Acme) -> None:
    delivered(acme)
    signers = [{"id": "p1", "name": ""}, {"id": "p2", "name": ""}]
    columns = {"p1.name": 0, "p1.email": 1, "p1.phone": 2, "p2.name": 4, "p2.email": 5, "p2.phone": 6}
    headings = ["Tenant", "Mail", "Phone", "Rent", "Owner", "Mail of the owner", "Phone of the owner"]
    batch = Batch.objects.create(organization=acme.organization, creator=acme.owner, name="Many", file_name="x.csv",
                                 headings=headings, content={"people": signers},
                                 chosen={"columns": columns})  # fmt: skip
    shared = "+573000000000"
    BatchRow.objects.create(batch=batch, number=2, cells=[
        "A. Pérez", EMAIL.upper(), "300", "Rent of Benito", "Benito Ruiz", "benito@example.com", shared,
    ])  # fmt: skip
    definition = Definition.objects.create(
        organization=acme.organization, key="d1", name="lease", schema={"fields": []}
    )
    Record.objects.create(organization=acme.organization, definition=definition, external_id="benito-1", values={
        "tenant": EMAIL, "owner": "benito@example.com", "amount": 5,
        "people": [{"_id": "1", "name": "ana pérez"}, {"_id": "2", "name": "Benito Ruiz"}],
    })  # fmt: skip
    files = exported(acme)
    assert "benito" not in files["data.json"].decode().lower()
    cells = {one["column"]: one["value"] for one in told(files)["bulkRows"][0]["cells"]}
    assert cells == {"Tenant": "A. Pérez", "Mail": EMAIL.upper(), "Phone": "300", "Phone of the owner": shared}
    assert told(files)["records"][0]["values"] == {"tenant": EMAIL, "people": [{"name": "ana pérez"}]}


@pytest.mark.parametrize(("language", "word"), [("es", "TUS DATOS"), ("en", "YOUR DATA"), ("pt", "SEUS DADOS")])
def test_it_says_what_it_is_in_the_persons_language(acme: Acme, language: str, word: str) -> None:
    delivered(acme)
    assert exported(acme, language=language)["README.txt"].decode().startswith(word)


def test_what_was_erased_is_told_by_its_digest(acme: Acme) -> None:
    process = delivered(acme)
    Blob.objects.update(erased_at=clock.now())
    files = exported(acme)
    assert set(files) == {"README.txt", "data.json"}
    contents = [one["content"] for one in told(files)["processes"][0]["files"][0]["versions"]]
    assert all(one["erased"] and one["sha256"] for one in contents)
    assert process.public_id


def test_a_job_makes_it_once_and_it_is_gone_after_a_day(acme: Acme) -> None:
    delivered(acme)
    row = exporting.begin(acme.organization, EMAIL, acme.owner, "es")
    exporting.make(row.pk)
    exporting.make(row.pk)
    row.refresh_from_db()
    assert (row.state, row.done, row.total) == (PersonExport.State.MADE, 1, 1)
    assert row.blob is not None and "data.json" in unpacked(sending.content(row.blob))
    assert exporting.forget_old() == 0
    PersonExport.objects.update(created_at=clock.now() - timedelta(days=1, minutes=1))
    assert exporting.forget_old() == 1
    assert not PersonExport.objects.exists()
    kept_long_ago()
    assert blobs.wipe() == 1


def test_a_lost_file_is_said_and_keeps_nothing_else(acme: Acme) -> None:
    delivered(acme)
    storage().delete(Blob.objects.get(sha256=sha256(sending.picture(color="#111111")).hexdigest()).key)
    files = exported(acme)
    assert [content for path, content in files.items() if path.startswith("files/")] == [
        sending.picture(color="#222222")
    ]
    contents = [one["content"] for one in told(files)["processes"][0]["files"][0]["versions"]]
    assert [(one.get("lost", False), "path" in one, bool(one["sha256"])) for one in contents] == [
        (True, False, True),
        (False, True, True),
    ]


def test_what_cannot_be_made_is_said_after_the_last_try(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    delivered(acme)
    row = exporting.begin(acme.organization, EMAIL, acme.owner, "en")
    monkeypatch.setattr(exporting, "incoming", lambda: "/nowhere/at/all")
    for attempts, state in ((0, PersonExport.State.MAKING), (SEAL_TRIES.tries - 1, PersonExport.State.FAILED)):
        with pytest.raises(FileNotFoundError):
            context: Any = SimpleNamespace(job=SimpleNamespace(attempts=attempts))
            jobs.export_person.func(context, export_id=row.pk)
        row.refresh_from_db()
        assert row.state == state
    assert "could not be made" in signed_in(acme.owner).get("/console/people").content.decode()


def test_a_copy_that_was_forgotten_while_it_was_made_leaves_no_bytes(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered(acme)
    row = exporting.begin(acme.organization, EMAIL, acme.owner, "en")
    keep = Blob.keep

    def kept(*args: Any, **options: Any) -> Blob:
        exporting.forget(PersonExport.objects.get(pk=row.pk))  # as an erasure of the person does
        return keep(*args, **options)

    monkeypatch.setattr(Blob, "keep", kept)
    exporting.make(row.pk)
    assert not PersonExport.objects.exists()
    assert Blob.objects.get(media_type=exporting.MEDIA_TYPE).erased_at is not None


def test_it_goes_with_the_person(acme: Acme) -> None:
    delivered(acme)
    row = exporting.begin(acme.organization, EMAIL, acme.owner, "es")
    exporting.make(row.pk)
    erasing.erase(acme.organization, EMAIL, OWNER)
    assert not PersonExport.objects.exists()
    assert Blob.objects.filter(media_type=exporting.MEDIA_TYPE, erased_at=None).count() == 0


def test_who_is_meant_must_be_clear(acme: Acme) -> None:
    with pytest.raises(people.Unclear):
        exporting.begin(acme.organization, "x", acme.owner, "es")
