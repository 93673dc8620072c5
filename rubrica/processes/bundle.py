"""The evidence of a finished process as one ZIP that anybody can check without us (docs/verify.md).

Rows are read first, and then the database is let go: the bytes of files go out as they are read, and take no memory.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from functools import partial
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from rubrica import clock
from rubrica.database import let_go
from rubrica.files.access import local_path
from rubrica.files.models import Blob
from rubrica.files.storage import storage
from rubrica.files.zipping import CHUNK, Entry, Zip
from rubrica.processes import binding, naming
from rubrica.processes.errors import Refused
from rubrica.processes.ledger import proofs, wire
from rubrica.processes.models import Document, Erasure, Event, Evidence, Process, chain
from rubrica.processes.readme import readme
from rubrica.sealing.verification.extracts import Extracts, extracts, extracts_of_signature
from rubrica.sealing.writing.container import MANIFEST_FILE, MIME_TYPE, MIME_TYPE_FILE, SIGNATURE_FILE

FORMAT, VERSION = "rubrica-evidence", 1


@dataclass(frozen=True)
class Item:
    """An entry and what the index says of it."""

    entry: Entry
    kind: str
    document: str = ""


@dataclass(frozen=True)
class Paper:
    """One sealed PDF and the folder that it goes to."""

    folder: str
    code: str
    sealed: Blob
    shown: Blob | None = None
    original: Blob | None = None


@dataclass(frozen=True)
class Contents:
    """What goes out, gathered: sealed PDFs with what is in them stand between ``head`` and ``tail``."""

    head: Sequence[Item]
    papers: Sequence[Paper]
    found: Sequence[Extracts]  # of each paper
    tail: Sequence[Item]
    evidence: Evidence | None
    index: dict[str, Any]


def check_ready(process: Process) -> None:
    """Raises Refused with PROCESS_NOT_FINISHED, EVIDENCE_NOT_READY while the job is at work, with EVIDENCE_ERASED or
    HISTORY_TAKEN_OUT where something of it is gone."""
    if not process.is_finished:
        raise Refused("PROCESS_NOT_FINISHED", "The evidence is complete when the process has finished.")
    papers = process.documents.filter(sealed__erased_at__isnull=False)
    if papers.exists() or Evidence.objects.filter(process=process, pdf__erased_at__isnull=False).exists():
        raise Refused("EVIDENCE_ERASED", "The documents of this process were erased, and its evidence with them.")
    if not process.events.filter(sequence=1).exists():  # `rubrica months detach`
        raise Refused(
            "HISTORY_TAKEN_OUT",
            "The events of this process were taken out of the database with their month, and its evidence is not whole"
            " without them.",
        )
    if process.has_own_evidence and not Evidence.begin(process).is_made:
        raise Refused("EVIDENCE_NOT_READY", "The evidence is being made. Ask again in a moment.")


def own_evidence(process: Process) -> Evidence:
    """Of a process without documents. Raises Refused with NO_CONTAINER where there are some."""
    found = Evidence.objects.select_related("process", "pdf").filter(process=process).first()
    if found is None or not found.container_manifest:
        raise Refused("NO_CONTAINER", "This process has documents, and its evidence is in them. Ask for the bundle.")
    return found


def bundle(process: Process) -> Iterator[bytes]:
    """The ZIP, chunk by chunk. Raises what ``check_ready`` does, and FileNotFoundError where bytes were lost."""
    check_ready(process)
    evidence = Evidence.objects.select_related("pdf").filter(process=process).first()
    papers = list(_papers(process, evidence))
    came = [submission for _slot, submission in binding.delivered(process)]
    files = [submission.blob for submission in came]
    paths = evidence.paths if evidence else naming.file_paths([submission.file_name for submission in came])
    history = list(process.events.order_by("sequence"))
    gathered = Contents(
        head=[_readme(process, papers)],
        papers=papers,
        found=(),
        tail=[*_container_parts(evidence), *_files(paths, files), *_history(process, history), *_ledger(process)],
        evidence=evidence,
        index={**_index(process, history[-1]), **_erased(paths, files)},
    )
    _check_kept([*(paper.sealed for paper in papers), *(blob for blob in files if not blob.erased_at)])
    let_go()  # looking into PDFs takes a while, and whoever receives the bytes may be slow
    # Before the answer begins, so that a failure is an error and not half an answer.
    return _zipped(replace(gathered, found=[_extracts(paper) for paper in papers]))


def container(evidence: Evidence) -> Iterator[bytes]:
    """The ASiC-E container of a process without documents (ETSI EN 319 162-1). Raises as ``bundle``."""
    assert evidence.pdf is not None, "asked for when it is made"
    files = [submission.blob for _slot, submission in binding.delivered(evidence.process)]
    entries = [
        Entry(MIME_TYPE_FILE, MIME_TYPE.encode, plain=True),
        _beginning(naming.SEALED_EVIDENCE, evidence.pdf, evidence.contained_size or evidence.pdf.size),
        _bytes_entry(naming.EVIDENCE_MANIFEST, bytes(evidence.manifest)),
        *(item.entry for item in _files(evidence.paths, files)),
        *(item.entry for item in _container_parts(evidence)),
    ]
    _check_kept([evidence.pdf, *files])
    return _contained(entries)


def _contained(entries: Sequence[Entry]) -> Iterator[bytes]:
    let_go()
    archive = Zip(clock.now())
    for entry in entries:
        yield from archive.entry(entry)
    yield from archive.end()


def _zipped(contents: Contents) -> Iterator[bytes]:
    archive = Zip(clock.now())
    told: list[Item] = []

    def out(items: Sequence[Item]) -> Iterator[bytes]:
        for item in items:
            yield from archive.entry(item.entry)
            told.append(item)

    yield from out(contents.head)
    for paper, found in zip(contents.papers, contents.found, strict=True):
        yield from out(list(_paper_items(paper, found)))
    yield from out(contents.tail)
    yield from out(list(_proofs(contents.found, contents.evidence)))
    yield from archive.entry(_bytes_entry(naming.INDEX, _listed(contents.index, told, archive)))
    yield from archive.end()


def _extracts(paper: Paper) -> Extracts:
    with local_path(paper.sealed) as path:
        return extracts(path)


def _papers(process: Process, evidence: Evidence | None) -> Iterator[Paper]:
    if evidence is not None and evidence.pdf is not None:
        yield Paper("evidence", "", evidence.pdf)
    documents = process.documents.select_related("sealed", "shown", "original").order_by("position", "pk")
    for number, document in enumerate(documents, start=1):
        yield _paper(number, document)


def _paper(number: int, document: Document) -> Paper:
    assert document.sealed is not None, "a process finishes when its documents are sealed"
    changed = document.original if document.original_id != document.shown_id else None
    return Paper(naming.document_folder(number, document.code), document.code, document.sealed, document.shown, changed)


def _paper_items(paper: Paper, found: Extracts) -> Iterator[Item]:
    """The document as read is left out where the sealed file begins with it, for then it is there already."""
    yield Item(_blob_entry(f"{paper.folder}/{naming.SEALED}", paper.sealed), "sealed", paper.code)
    if found.manifest:
        yield Item(_bytes_entry(f"{paper.folder}/{naming.MANIFEST}", found.manifest), "manifest", paper.code)
    if paper.original is not None:
        yield Item(_blob_entry(f"{paper.folder}/{naming.ORIGINAL}", paper.original), "original", paper.code)
    said = json.loads(found.manifest or b"{}").get("document", {})
    if paper.shown is not None and not said.get("begins_file", True):
        yield Item(_blob_entry(f"{paper.folder}/{naming.SHOWN}", paper.shown), "shown", paper.code)


def _container_parts(evidence: Evidence | None) -> Iterator[Item]:
    if evidence is not None and evidence.container_manifest:
        yield Item(_bytes_entry(MANIFEST_FILE, bytes(evidence.container_manifest)), "container_manifest")
        yield Item(_bytes_entry(SIGNATURE_FILE, bytes(evidence.container_signature)), "container_signature")


def _files(paths: Sequence[str], blobs: Sequence[Blob]) -> Iterator[Item]:
    for path, blob in zip(paths, blobs, strict=True):
        if not blob.erased_at:
            yield Item(_blob_entry(path, blob), "file")


def _erased(paths: Sequence[str], blobs: Sequence[Blob]) -> dict[str, Any]:
    """Files whose time was over, or whose person was erased: the seal goes on naming them."""
    gone = [(path, blob) for path, blob in zip(paths, blobs, strict=True) if blob.erased_at]
    rows = [{"path": path, "size": blob.size, "sha256": blob.sha256} for path, blob in gone]
    return {"erased": rows} if rows else {}


def _history(process: Process, history: Sequence[Event]) -> Iterator[Item]:
    """The events, and the signed statements about what was erased of them."""
    yield _events(process, history)
    named = {event.erased["erasure"] for event in history if event.erased}
    for erasure in Erasure.objects.filter(organization_id=process.organization_id, public_id__in=named):
        if erasure.cms is None:
            raise Refused("EVIDENCE_NOT_READY", "The evidence is being made. Ask again in a moment.")
        yield Item(_bytes_entry(f"erasures/{erasure.public_id}.json", erasure.statement.encode()), "erasure")
        yield Item(_bytes_entry(f"erasures/{erasure.public_id}.p7s", bytes(erasure.cms)), "erasure_signature")


def _events(process: Process, history: Sequence[Event]) -> Item:
    """``canonical`` is what was hashed, letter by letter, so that nobody has to know how we write JSON."""
    lines = [json.dumps(chain.line(event, process.public_id), ensure_ascii=False) + "\n" for event in history]
    return Item(_bytes_entry(naming.EVENTS, "".join(lines).encode()), "events")


def _ledger(process: Process) -> Iterator[Item]:
    """Nothing before the first night of the organization."""
    if (found := proofs.of_process(process)) is not None:
        inclusion, head = found
        content = {"head": wire.of_head(head), "inclusion": wire.of_inclusion(inclusion)}
        yield Item(_bytes_entry(naming.LEDGER, _pretty(content)), "ledger")


def _proofs(found: Sequence[Extracts], evidence: Evidence | None) -> Iterator[Item]:
    """Certificates, timestamps and revocation data of all files, each once."""
    if evidence is not None and evidence.container_signature:
        found = [*found, extracts_of_signature(bytes(evidence.container_signature))]
    certificates = dict.fromkeys(der for one in found for der in one.certificates)
    for number, der in enumerate(certificates, start=1):
        certificate = x509.load_der_x509_certificate(der)
        pem = certificate.public_bytes(Encoding.PEM)
        yield Item(_bytes_entry(f"certificates/{number:02}-{_called(certificate)}.pem", pem), "certificate")
    stamps = dict.fromkeys(der for one in found for der in one.timestamps)
    yield from _numbered("timestamps/{:02}.tsr", "timestamp", stamps)
    yield from _numbered("revocation/{:02}.crl", "crl", dict.fromkeys(der for one in found for der in one.crls))
    yield from _numbered("revocation/{:02}.ocsp", "ocsp", dict.fromkeys(der for one in found for der in one.ocsps))


def _numbered(path: str, kind: str, contents: dict[bytes, None]) -> Iterator[Item]:
    for number, der in enumerate(contents, start=1):
        yield Item(_bytes_entry(path.format(number), der), kind)


def _called(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return naming.harmless(str(names[0].value).replace(".", "_") if names else "certificate")


def _readme(process: Process, papers: Sequence[Paper]) -> Item:
    text = readme(process, [paper.folder for paper in papers])
    return Item(_bytes_entry(naming.README, text.encode()), "readme")


def _index(process: Process, last: Event) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": clock.now().astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "package": process.public_id,
        "name": process.name,
        "language": process.language,
        "organization": process.organization.name,
        "public_url": settings.PUBLIC_URL,
        "chain": {"length": last.sequence, "head": bytes(last.hash).hex()},
    }


def _listed(index: dict[str, Any], told: Sequence[Item], archive: Zip) -> bytes:
    entries = []
    for item, written in zip(told, archive.written, strict=True):
        entry = {"path": written.path, "size": written.size, "sha256": written.sha256, "kind": item.kind}
        entries.append(entry | ({"document": item.document} if item.document else {}))
    return _pretty({**index, "entries": entries})


def _pretty(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _bytes_entry(path: str, data: bytes) -> Entry:
    content: Callable[[], bytes] = partial(bytes, data)
    return Entry(path, content)


def _blob_entry(path: str, blob: Blob) -> Entry:
    return Entry(path, partial(_chunks, blob), blob.size)


def _beginning(path: str, blob: Blob, size: int) -> Entry:
    """The file as it was when the container was signed: what raised its level later was appended."""
    return Entry(path, partial(_chunks, blob, size), size)


def _chunks(blob: Blob, size: int | None = None) -> Iterator[bytes]:
    left = blob.size if size is None else size
    with blob.open() as file:
        while chunk := file.read(min(CHUNK, left)):
            left -= len(chunk)
            yield chunk


def _check_kept(blobs: Sequence[Blob]) -> None:
    """Bytes that are lost are an error and not half an answer."""
    for blob in blobs:
        blob.check_kept()
        if not storage().exists(blob.key):
            raise FileNotFoundError(blob.key)
