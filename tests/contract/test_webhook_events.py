"""What receivers are told, body by body and status by status (contract/auco.md §§9.3, 9.4; own.md §3, attachments)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from rubrica.processes import identity
from rubrica.processes.actor import RUBRICA
from rubrica.processes.models import Document, Event, Participant, Process
from rubrica.webhooks.models import Delivery, Webhook
from tests import pdfs, sending
from tests.cast import Acme
from tests.contract.calls import Auco, jobs

pytestmark = pytest.mark.django_db
Kind = Event.Kind


@pytest.fixture
def hook(acme: Acme) -> Webhook:
    return make_hook(acme, "default")


def make_hook(acme: Acme, word: str) -> Webhook:
    made = Webhook(organization=acme.organization, word=word, url=f"https://{word}.example.com/hook")
    made.make_key()
    made.save()
    return made


def told(process: Process | None = None, word: str = "default") -> list[dict[str, Any]]:
    """The bodies, oldest first; whatever is dated or signed in them is put to the test and then named."""
    found = Delivery.objects.filter(webhook__word=word).order_by("id")
    if process is not None:
        found = found.filter(subject=process.public_id)
    bodies = []
    for delivery in found:
        body = json.loads(delivery.body)
        assert body["status"] == delivery.kind
        bodies.append(body)
    return bodies


def plain(body: Any) -> Any:
    """With every address of a file replaced by the word ``url``, after a look whether it is one."""
    if isinstance(body, dict):
        return {name: "url" if name == "url" and is_download(value) else plain(value) for name, value in body.items()}
    return [plain(one) for one in body] if isinstance(body, list) else body


def is_download(url: str) -> bool:
    return url.startswith("http://127.0.0.1:8000/files/")


def events(process: Process) -> list[dict[str, Any]]:
    return [plain(body) for body in told(process)]


def statuses(process: Process) -> list[str]:
    return [body["status"] for body in told(process)]


def signer(person: Participant) -> dict[str, str]:
    return {"id": person.public_id, "name": person.name, "email": person.email, "phone": person.phone}


def sign(process: Process, name: str) -> Participant:
    person = Participant.objects.select_related("process").get(process=process, name=name)
    person.sign(kind="type", text=name, image=None, by=person.actor("203.0.113.9", "Phone"))
    return person


def approve_all(process: Process) -> None:
    for slot in process.requested_files.all():
        slot.approve(sending.REVIEWER)


def document(acme: Acme, **more: Any) -> Process:
    """A document to sign, as POST /document/upload starts it."""
    return sending.start_signing(acme, sending.person("Ana Pérez"), kind=Process.Kind.DOCUMENT, **more)


def package(acme: Acme, **more: Any) -> Process:
    """Two documents for Ana, as POST /document/many starts them; their PDFs are still to come."""
    ana = sending.person("Ana Pérez")
    papers = [sending.paper([ana], name=name) for name in ("Lease", "Annex")]
    return sending.start(acme, ana, kind=Process.Kind.PACKAGE, papers=papers, **more)


def bring(acme: Acme, document: Document) -> None:
    """The PDF of a document that was announced."""
    import io

    from rubrica.files import intake
    from rubrica.processes.arrival import receive_document

    with intake.arriving(io.BytesIO(pdfs.contract()), limit=50_000_000) as arrived:
        receive_document(document, arrived, RUBRICA)


# Documents: the bodies of §9.3.


def test_a_document_from_its_creation_to_its_end(acme: Acme, hook: Webhook) -> None:
    process = document(acme)
    ana = sign(process, "Ana Pérez")
    sending.finish_sealing(process)
    code = process.documents.get().code
    assert events(process) == [
        {"code": code, "name": "Lease", "status": "CREATE", "url": "url"},
        {"code": code, "name": "Lease", "status": "NOTIFICATION", "signer": signer(ana)},
        {"code": code, "name": "Lease", "status": "FINISH", "url": "url"},
    ]


def test_a_document_whose_pdf_comes_later_is_created_when_it_is_here(acme: Acme, hook: Webhook) -> None:
    ana = sending.person("Ana Pérez")
    process = sending.start(acme, ana, kind=Process.Kind.DOCUMENT, papers=[sending.paper([ana])])
    assert events(process) == []
    bring(acme, process.documents.get())
    assert statuses(process) == ["CREATE"]


def test_a_rejection_is_told_twice_once_with_who_and_why(acme: Acme, hook: Webhook) -> None:
    process = document(acme, tags=[], custom={"order": 7})
    ana = sending.somebody(process)
    ana.reject("The rent is wrong.", ana.actor())
    code = process.documents.get().code
    assert events(process)[1:] == [
        {"code": code, "name": "Lease", "status": "REJECT", "url": "url", "custom": {"order": 7}},
        {
            "code": code,
            "name": "Lease",
            "status": "REJECTED",
            "signer": signer(ana),
            "message": "The rent is wrong.",
            "tags": [],
            "custom": {"order": 7},
        },
    ]


def test_a_cancelled_document_is_rejected_by_nobody(acme: Acme, hook: Webhook) -> None:
    process = document(acme)
    process.cancel("A mistake.", RUBRICA)
    code = process.documents.get().code
    assert events(process)[1:] == [
        {"code": code, "name": "Lease", "status": "REJECTED", "message": "A mistake.", "tags": []}
    ]


def test_a_blocked_signer_is_told_with_the_reason(acme: Acme, hook: Webhook) -> None:
    process = document(acme, custom={"a": [1, {"b": None}]})
    ana = sending.somebody(process)
    identity.block(ana, "OTP_CODE_INVALID", RUBRICA, similarity=None)
    code = process.documents.get().code
    assert events(process)[1:] == [
        {
            "code": code,
            "name": "Lease",
            "status": "BLOCKED",
            "signer": signer(ana),
            "message": "OTP_CODE_INVALID",
            "tags": [],
            "custom": {"a": [1, {"b": None}]},
        }
    ]


def test_how_alike_two_faces_are_is_told(acme: Acme, hook: Webhook) -> None:
    process = document(acme)
    identity.block(sending.somebody(process), "FACES_DIFFER", RUBRICA, similarity=0.31)
    assert told(process)[1]["similarity"] == 0.31


def test_an_expired_document_is_told(acme: Acme, hook: Webhook) -> None:
    process = document(acme)
    process.record(Kind.EXPIRED, RUBRICA)
    code = process.documents.get().code
    assert events(process)[1:] == [{"code": code, "name": "Lease", "status": "EXPIRED", "url": "url", "tags": []}]


def test_tags_and_custom_go_with_every_body_of_a_process_that_has_them(acme: Acme, hook: Webhook) -> None:
    process = document(acme)
    Process.objects.filter(pk=process.pk).update(tags=["vip"], custom={"order": "7"})
    process = Process.objects.select_related("organization").get(pk=process.pk)
    for kind in (Kind.SIGNED, Kind.FINISHED, Kind.EXPIRED, Kind.CANCELLED, Kind.REJECTED, Kind.BLOCKED):
        process.record(kind, sending.somebody(process).actor())
    for body in told(process)[1:]:
        assert (body["tags"], body["custom"]) == (["vip"], {"order": "7"}), body


# Packages: the bodies of §9.4.


def test_a_package_from_its_creation_to_its_end(acme: Acme, hook: Webhook) -> None:
    process = package(acme)
    first, second = process.documents.order_by("position")
    bring(acme, first)
    assert events(process) == []
    bring(acme, second)
    ana = sign(process, "Ana Pérez")
    sending.finish_sealing(process)

    def inside(status: str) -> list[dict[str, str]]:
        return [
            {"code": first.code, "name": "Lease", "status": status, "url": "url"},
            {"code": second.code, "name": "Annex", "status": status, "url": "url"},
        ]

    head = {"package": process.public_id, "name": process.name}
    assert events(process) == [
        {**head, "status": "CREATE", "documents": inside("CREATE")},
        {**head, "status": "NOTIFICATION", "signer": signer(ana)},
        {**head, "status": "SIGNED_PACKAGE", "documents": inside("FINISH")},
    ]


@dataclass(frozen=True)
class Ending:
    """An event of a package, and the statuses and parts of what is told of it."""

    kind: Kind
    data: dict[str, Any]
    statuses: list[str]
    inner: str = ""
    parts: set[str] = field(default_factory=set)


@pytest.mark.parametrize(
    "ending",
    [
        Ending(
            Kind.REJECTED, {"reason": "No."}, ["DOCUMENT_REJECT", "REJECTED"], "REJECT", {"signer", "message", "tags"}
        ),
        Ending(Kind.CANCELLED, {"message": "No."}, ["REJECTED"], "", {"signer", "message", "tags"}),
        Ending(Kind.EXPIRED, {}, ["DOCUMENT_REJECT"], "EXPIRED", {"documents"}),
        Ending(Kind.BLOCKED, {"reason": "OTP_CODE_INVALID"}, ["BLOCKED"], "", {"signer", "message", "tags"}),
    ],
    ids=lambda ending: str(ending.kind),
)
def test_endings_of_a_package(acme: Acme, hook: Webhook, ending: Ending) -> None:
    process = package(acme)
    process.record(ending.kind, sending.somebody(process).actor(), **ending.data)
    bodies = told(process)
    assert [body["status"] for body in bodies] == ending.statuses
    inner = {one["status"] for body in bodies for one in body.get("documents", [])}
    assert inner == ({ending.inner} if ending.inner else set())
    assert set(bodies[-1]) == {"package", "name", "status"} | ending.parts


# Attachments: the bodies of own.md §3.


def test_files_from_their_creation_to_their_end(acme: Acme, hook: Webhook) -> None:
    process = sending.start(acme, sending.person("Ana Pérez", "ID card"))
    ana, slot = sending.somebody(process), sending.slot(process, "ID card")
    sending.deliver(acme, slot)
    slot.reject("It is blurred.", sending.REVIEWER)
    sending.deliver(acme, slot)
    slot.approve(sending.REVIEWER)
    head = {"type": "attachments", "package": process.public_id, "name": process.name}
    about = {"signer": signer(ana), "file": "ID card"}
    assert events(process) == [
        {**head, "status": "CREATE"},
        {**head, "status": "UPLOADED", **about},
        {**head, "status": "REJECTED", **about, "reason": "It is blurred."},
        {**head, "status": "UPLOADED", **about},
        {**head, "status": "APPROVED", **about},
        {**head, "status": "FINISH"},
    ]


def test_files_beside_a_document_tell_of_both(acme: Acme, hook: Webhook) -> None:
    process = sending.start_signing(acme, sending.person("Ana Pérez", "ID card"))
    sending.deliver(acme, sending.slot(process, "ID card"))
    sign(process, "Ana Pérez")
    approve_all(process)
    sending.finish_sealing(process)
    code = process.documents.get().code
    found = told(process)
    assert [(body.get("type", "document"), body["status"]) for body in found] == [
        ("document", "CREATE"),
        ("attachments", "CREATE"),
        ("attachments", "UPLOADED"),
        ("document", "NOTIFICATION"),
        ("attachments", "APPROVED"),
        ("document", "FINISH"),
        ("attachments", "FINISH"),
    ]
    assert {body["code"] for body in found} == {code}


def test_files_that_a_participant_refuses(acme: Acme, hook: Webhook) -> None:
    process = sending.start(acme, sending.person("Ana Pérez", "ID card"))
    ana = sending.somebody(process)
    ana.reject("Not with me.", ana.actor())
    body = told(process)[-1]
    assert (body["status"], body["reason"], body["signer"]) == ("REJECTED", "Not with me.", signer(ana))
    assert "file" not in body


@pytest.mark.parametrize(
    ("kind", "data", "status"),
    [
        (Kind.EXPIRED, {}, "EXPIRED"),
        (Kind.CANCELLED, {"message": "No."}, "REJECTED"),
        (Kind.BLOCKED, {"reason": "OTP_CODE_INVALID"}, "BLOCKED"),
    ],
)
def test_endings_of_files_alone(acme: Acme, hook: Webhook, kind: Kind, data: dict[str, str], status: str) -> None:
    process = sending.start(acme, sending.person("Ana Pérez", "ID card"))
    process.record(kind, sending.somebody(process).actor(), **data)
    assert [body["status"] for body in told(process)] == ["CREATE", status]


@pytest.mark.parametrize("start", [document, package, sending.start_signing, sending.start])
def test_nothing_else_is_told(acme: Acme, hook: Webhook, start: Callable[[Acme], Process]) -> None:
    """The statuses of the contract and no other, whatever happens in a process."""
    process = start(acme)
    for kind in Kind:
        process.record(kind, sending.somebody(process).actor(), file="ID card", code="X")
    ours = {"CREATE", "UPLOADED", "APPROVED", "REJECTED", "FINISH", "EXPIRED", "BLOCKED"}
    documents = {"CREATE", "NOTIFICATION", "FINISH", "REJECT", "REJECTED", "BLOCKED", "EXPIRED"}
    packages = {"CREATE", "NOTIFICATION", "SIGNED_PACKAGE", "DOCUMENT_REJECT", "REJECTED", "BLOCKED"}
    allowed = {"files": ours | documents, "document": documents, "package": packages}[process.kind]
    assert set(statuses(process)) <= allowed


# Routing.


def test_a_process_tells_the_webhooks_that_it_names(acme: Acme, hook: Webhook) -> None:
    make_hook(acme, "crm")
    make_hook(acme, "erp")
    document(acme)
    document(acme, webhooks=["crm", "erp"])
    document(acme, webhooks=["crm", "default"])
    document(acme, webhooks=["gone"])
    assert {word: len(told(word=word)) for word in ("default", "crm", "erp")} == {"default": 2, "crm": 2, "erp": 1}


def test_another_organization_hears_nothing(acme: Acme, other: Acme, hook: Webhook) -> None:
    document(other)
    make_hook(other, "default")
    document(acme)
    assert Delivery.objects.count() == 1
    assert Delivery.objects.get().organization == acme.organization


def test_without_a_webhook_nothing_is_stored(acme: Acme) -> None:
    document(acme)
    assert (Delivery.objects.count(), jobs("webhooks.jobs.deliver")) == (0, [])


def test_a_program_is_told_through_the_api(auco: Auco, acme: Acme, hook: Webhook) -> None:
    body = {
        "email": acme.owner.email,
        "packageName": "Papers of Ana",
        "subject": "Your papers",
        "message": "Please send them.",
        "signProfile": [
            {
                "name": "Ana Ruiz",
                "email": "ana@example.com",
                "phone": "+573000000000",
                "type": "x",
                "files": [{"name": "ID card"}],
            }
        ],
    }
    process = auco.create(body)
    assert statuses(process) == ["CREATE"]
    assert jobs("webhooks.jobs.deliver") == [{"webhook_id": hook.pk, "subject": process.public_id}]


def test_the_address_in_a_body_serves_the_pdf_for_a_day(auco: Auco, acme: Acme, hook: Webhook, settings: Any) -> None:
    process = document(acme)
    url = told(process)[0]["url"]
    settings.DOWNLOAD_URL_SECONDS = 0  # what others get is over at once, this is not
    assert auco.download(url) == sending.content(process.documents.get().shown)
    settings.WEBHOOK_URL_SECONDS = -1
    ended = document(acme)
    answer = auco.client.get(told(ended)[0]["url"].removeprefix("http://127.0.0.1:8000"))
    assert answer.status_code == 403
