"""What lies on the desk of the tour: drafts, templates, records, webhooks, and the addresses of all of it."""

import io
import json
from dataclasses import asdict

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from rubrica import clock
from rubrica.bulk.models import Batch
from rubrica.completing.tests.conftest import begin, make_template
from rubrica.console.sending.tests.conftest import at, people, person, place, places
from rubrica.console.tests.test_records import SHAPE
from rubrica.drafting.content import AskedFile, Content, Person
from rubrica.drafting.models import Draft
from rubrica.processes.actor import Actor
from rubrica.processes.models import PersonExport
from rubrica.records import definitions, saving
from rubrica.retention.models import AskedErasure
from rubrica.templating.models import Template
from rubrica.webhooks.models import Attempt, Delivery, Webhook
from tests import sending
from tests.cast import signed_in
from tools import sample
from tools.tour.cast import NAMES, Stage


def lay(stage: Stage) -> dict[str, str]:
    """Addresses by name."""
    found = processes(stage)
    for part in (drafts, batches, templates, records, webhooks, people_data):
        found |= part(stage)
    return found


def processes(stage: Stage) -> dict[str, str]:
    return {f"process: {name}": f"/console/processes/{one.public_id}" for name, one in stage.processes.items()}


def drafts(stage: Stage) -> dict[str, str]:
    olga = signed_in(stage.acme.owner)
    draft = Draft.begin(stage.acme.owner)
    draft.add("Contrato", [[595, 842]] * 3, sending.keep(stage.acme, sample.contract()), "contrato.pdf")
    cards = [person(f"p{number}", name, files=["Cédula", "Referencia?"]) for number, name in enumerate(NAMES)]
    olga.post(at("save_draft_people", draft), people(*cards, ordering="one_by_one"))
    olga.post(at("save_draft_places", draft), places(draft.papers.get().pk, place("p0"), place("p1", left=300)))
    said = {"name": "Contrato de Zoë", "subject": "Tu contrato", "message": "Por favor firma.", "do": "next"}
    olga.post(at("save_draft_message", draft), said)
    bare = Draft.begin(stage.acme.owner)
    steps = ("documents", "people", "places", "message", "review")
    made = {f"draft: {step}": at(f"draft_{step}", draft) for step in steps}
    olga.post(at("save_draft_people", bare), people(person("p0", "", email="ana@")))
    return made | {"draft: nothing yet": at("draft_people", bare), "draft: faults": at("draft_review", bare)}


def batches(stage: Stage) -> dict[str, str]:
    """One whose columns are being chosen, and one that was sent but for a row that is wrong."""
    olga = signed_in(stage.acme.owner)
    asked = Person(id="one", files=[AskedFile(name="Cédula")])
    written = Content(name="Cédula de {Nombre}", subject="Tu cédula", message="Envíala, por favor.", people=[asked])
    draft = Draft.begin(stage.acme.owner, written)
    lines = [f"{name};persona{number}@example.com" for number, name in enumerate(NAMES)]
    content = "\n".join(["Nombre;Correo", *lines, "Luis;luis"]).encode()
    found: dict[str, str] = {}
    for name in ("waits", "sent"):
        file = SimpleUploadedFile("personas.csv", content, "text/csv")
        olga.post(reverse("console:begin_batch"), {"source": f"draft:{draft.public_id}", "file": file})
        batch = Batch.objects.latest("pk")
        key = batch.public_id
        views = ("batch_columns", "batch_check", "batch")
        found |= {f"{view}: {name}": reverse(f"console:{view}", args=[key]) for view in views}
    olga.get(reverse("console:batch_check", args=[key]))
    batch.refresh_from_db()
    olga.post(reverse("console:start_batch", args=[key]), {"seen": batch.fingerprint})
    batch.refresh_from_db()
    assert batch.state != Batch.State.DRAFT, batch.state
    return found


def templates(stage: Stage) -> dict[str, str]:
    olga = signed_in(stage.acme.owner)
    questions = make_template(stage.acme)
    pdf = io.BytesIO(sample.contract())
    pdf.name = "contrato.pdf"
    olga.post(reverse("console:add_positions"), {"name": "Contrato con lugares", "pdf": pdf})
    placed = Template.objects.exclude(pk=questions.pk).get()
    begin(stage.acme, questions, {"canon": "1500000", "correo": "ana@example.com"})
    return {
        "template: questions": reverse("console:template", args=[questions.public_id]),
        "template: try": reverse("console:try_template", args=[questions.public_id]),
        "template: places": reverse("console:template", args=[placed.public_id]),
    }


def records(stage: Stage) -> dict[str, str]:
    owner = stage.acme.owner
    shape = definitions.create(stage.acme.organization, SHAPE, owner)
    made = [
        saving.create(shape, {"title": name, "amount": 1200 + number, "lines": [{"sku": "A-1"}]}, owner)
        for number, name in enumerate(NAMES)
    ]
    nothing = definitions.create(stage.acme.organization, {**SHAPE, "name": "Vacía", "label": "Nada todavía"}, owner)
    addresses = {"definition": "definition", "records": "records", "new record": "new_record"}
    return {
        **{f"records: {name}": reverse(f"console:{view}", args=[shape.key]) for name, view in addresses.items()},
        "records: none": reverse("console:records", args=[nothing.key]),
        "records: one": reverse("console:record", args=[shape.key, made[0].key]),
    }


def webhooks(stage: Stage) -> dict[str, str]:
    hook = Webhook(organization=stage.acme.organization, word="default", url="https://hooks.example.com/in")
    hook.header = ("X-Token", "secret")
    hook.make_key()
    hook.save()
    body = json.dumps({"status": "CREATE"})
    delivery = Delivery.objects.create(
        organization=hook.organization, webhook=hook, subject="0" * 24, kind="CREATE", body=body
    )
    Attempt.objects.create(delivery=delivery, at=clock.now(), milliseconds=10_000, failure="TIMEOUT")
    return {
        "webhook": reverse("console:webhook", args=[hook.pk]),
        "delivery": reverse("console:delivery", args=[delivery.pk]),
    }


def people_data(stage: Stage) -> dict[str, str]:
    """A copy that can be fetched, one that is being made, and erasures under way and stopped."""
    organization, owner = stage.acme.organization, stage.acme.owner
    mine = {"organization": organization, "by": owner, "language": "es"}
    made = sending.keep(stage.acme, b"a copy")
    PersonExport.objects.create(**mine, identifier="berta@example.com", state="made", done=2, total=2, blob=made)
    PersonExport.objects.create(**mine, identifier="+573001234567", done=12, total=340)
    asked = {
        "organization": organization,
        "actor": asdict(Actor("member", owner.email, str(owner))),
        "reason": "Petición del 20 de noviembre",
    }
    AskedErasure.objects.create(**asked, identifier="luis@example.com", done=40, total=1200)
    AskedErasure.objects.create(**asked, identifier="rita@example.com", state="failed", done=10, total=12)
    return {}
