"""Two finished processes, sealed for real and once for all tests that only look at what came of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction
from django.test import override_settings

from rubrica.processes import bundle, evidence, finale
from rubrica.processes.fields import Filling, Initials
from rubrica.processes.models import Evidence, Process, SignatureBox
from rubrica.processes.sending import Place
from rubrica.sealing.keyring.keys import signing_key
from rubrica.sealing.values import Field
from tests import pdfs, sending
from tests.cast import Acme, make_acme
from tests.sending import REVIEWER, deliver, person, slot, somebody


@dataclass(frozen=True)
class Outcome:
    """``container`` and ``evidence`` are empty where there is a document."""

    package: str
    code: str
    events: int
    evidence: bytes
    container: bytes
    bundle: bytes
    authority: bytes  # PEM


Once = Callable[[Callable[[Acme], Process]], Outcome]


@pytest.fixture(scope="session")
def once(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Runs a story in a transaction that leaves nothing, and gives what came of it."""

    def run(story: Callable[[Acme], Process]) -> Outcome:
        folder = tmp_path_factory.mktemp("blobs")
        settings = override_settings(STORAGE_URL=f"file://{folder}")
        with django_db_blocker.unblock(), settings, transaction.atomic():
            outcome = _outcome(story(make_acme()))
            transaction.set_rollback(True)
        return outcome

    return run


@pytest.fixture(scope="session")
def delivered(once: Once) -> Outcome:
    """Ana has delivered her ID card; no document was there to sign."""

    def story(acme: Acme) -> Process:
        _speaks(acme, "es")
        process = sending.start(acme, person("Ana Pérez", "ID card", optional=("Reference",)))
        deliver(acme, slot(process, "ID card"))
        slot(process, "ID card").approve(REVIEWER)
        evidence.make(process.evidence.pk)
        return process

    return once(story)


@pytest.fixture(scope="session")
def signed(once: Once) -> Outcome:
    """Ana has delivered her ID card, filled in and signed a contract, whose PDF was changed on its way in."""

    def story(acme: Acme) -> Process:
        _speaks(acme, "en")
        city = Place(Field(1, 0.5, 0.5, 120, 20, "text", "City"), ("city",))
        mark = Place(Field(1, 0.9, 0.5, 40, 20, "initials"), ("mark",))
        process = sending.start(acme, person("Ana Pérez", "ID card", places=[city, mark]), pdf=pdfs.with_script())
        deliver(acme, slot(process, "ID card"))
        ana = somebody(process)
        asked = str(SignatureBox.objects.get(document__process=process, name="City").pk)
        filling = Filling({asked: "Bogotá"}, Initials("type", "AP"))
        ana.sign(kind="type", text="Ana Pérez", image=None, by=ana.actor("203.0.113.9", "Phone"), filling=filling)
        slot(process, "ID card").approve(REVIEWER)
        finale.seal_document(process.documents.get().pk)
        return process

    return once(story)


def _speaks(acme: Acme, language: str) -> None:
    acme.organization.language = language
    acme.organization.save(update_fields=["language"])


def _outcome(started: Process) -> Outcome:
    process = Process.objects.get(pk=started.pk)
    found = Evidence.objects.select_related("process", "pdf").filter(process=process).first()
    document = process.documents.first()
    return Outcome(
        package=process.public_id,
        code=document.code if document else "",
        events=process.chain_length,
        evidence=sending.content(found.pdf) if found else b"",
        container=b"".join(bundle.container(found)) if found else b"",
        bundle=b"".join(bundle.bundle(process)),
        authority=signing_key(process.organization).chain[-1].public_bytes(Encoding.PEM),
    )
