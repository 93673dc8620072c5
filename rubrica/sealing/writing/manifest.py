"""The manifest: what was sealed, as JSON inside the PDF, under the seal's signature.

It is an associated file of the document (ISO 32000-2 §14.13), and the signature dictionary itself points to it: a
file of the same name that was in the input cannot pass for ours, for only we write into our signature.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rubrica.sealing.filled import told
from rubrica.sealing.pdf.objects import entry
from rubrica.sealing.values import (
    Seal,
    SealedCertificate,
    SealedCheck,
    SealedDocument,
    SealedFile,
    SealedParticipant,
)

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import IndirectObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

FILE_NAME = "rubrica-manifest.json"
SIGNATURE_KEY = "/RubricaManifest"
VERSION = 2
LIMIT = 16 << 20  # bytes


def manifest(order: Seal, *, begins_file: bool = True) -> bytes:
    """The JSON of ``order``, described in docs/verify.md. The sealed file begins with the document as it was read
    unless that had to be rewritten.
    """
    content = {
        "version": VERSION,
        "process": {
            "package": order.process_id,
            "code": order.document_code,
            "name": order.process_name,
            "kind": order.kind,
            "language": order.language,
            "finished_at": _stamp(order.finished_at),
        },
        "document": _document(order, begins_file),
        "organization": order.organization,
        "sealed_at": _stamp(order.sealed_at),
        "seal": {"aims_at": order.level, "certificate": _certificate(order.certificate)},
        "chain": {"length": order.chain_length, "head": order.chain_head} if order.chain_head else None,
        "ledger": order.ledger or None,
        "participants": [_participant(person) for person in order.participants],
        "files": [_file(file) for file in order.files],
    }
    if order.documents:
        content["documents"] = [_apart(document) for document in order.documents]
    return json.dumps(content, indent=1).encode()


def attach(writer: IncrementalPdfFileWriter, data: bytes, created_at: datetime) -> IndirectObject:
    """Embed ``data`` and list it in the catalog; the reference to its file specification is returned."""
    from pyhanko.pdf_utils.embed import EmbeddedFileObject, EmbeddedFileParams, FileSpec
    from pyhanko.pdf_utils.generic import ArrayObject, pdf_name

    params = EmbeddedFileParams(creation_date=created_at, modification_date=created_at, embed_checksum=False)
    stream = EmbeddedFileObject.from_file_data(writer, data, params=params, mime_type="application/json")
    specification = FileSpec(FILE_NAME, FILE_NAME, stream, af_relationship=pdf_name("/Data"))
    reference = writer.add_object(specification.as_pdf_object())
    root = writer.root
    associated = entry(root, "/AF")
    old = list(list.__iter__(associated)) if isinstance(associated, ArrayObject) else []
    root[pdf_name("/AF")] = ArrayObject([*old, reference])
    writer.update_root()
    _list_by_name(writer, reference)
    return reference


def read(signature: Any) -> dict[str, Any] | None:
    """The manifest a signature dictionary points to, or None. Whether it is to be believed is the caller's affair."""
    specification = entry(signature, SIGNATURE_KEY)
    if specification is None:
        return None
    data = specification["/EF"]["/F"].data
    content = json.loads(data) if len(data) <= LIMIT else None
    return content if isinstance(content, dict) else None


def _document(order: Seal, begins_file: bool) -> dict[str, Any]:
    document = {
        "name": order.document_name,
        "sha256": order.document_sha256,
        "size": order.document_size,
        "begins_file": begins_file,
    }
    return document | ({"original_sha256": order.original_sha256} if order.original_sha256 else {})


def _apart(document: SealedDocument) -> dict[str, Any]:
    said = {
        "code": document.code,
        "name": document.name,
        "sha256": document.sha256,
        "size": document.size,
        "sealed_sha256": document.sealed_sha256,
        "sealed_size": document.sealed_size,
    }
    return said | ({"original_sha256": document.original_sha256} if document.original_sha256 else {})


def _certificate(certificate: SealedCertificate | None) -> dict[str, Any] | None:
    if certificate is None:
        return None
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial": certificate.serial,
        "sha256": certificate.sha256,
        "not_before": _stamp(certificate.not_before),
        "not_after": _stamp(certificate.not_after),
    }


def _check(check: str | SealedCheck) -> str | dict[str, Any]:
    if isinstance(check, str):
        return check
    known = {"sha256": check.sha256, "similarity": check.similarity, "decided_by": check.decided_by}
    said = {name: value for name, value in known.items() if value not in ("", None)}
    return {"kind": check.kind, "at": _stamp(check.at), "result": check.result, **said}


def _fields(person: SealedParticipant) -> dict[str, Any]:
    """Each with the code of its document where the manifest is not in that one."""
    found = [{key: value for key, value in one.items() if key != "document" or value} for one in told(person.fields)]
    return {"fields": found} if found else {}


def _participant(person: SealedParticipant) -> dict[str, Any]:
    consent = hashlib.sha256(person.consent.encode("utf-8", "replace")).hexdigest() if person.consent else ""
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "role": person.role,
        "order": person.order,
        "acted_at": _stamp(person.acted_at),
        "ip": person.ip,
        "user_agent": person.user_agent,
        "checks": [_check(check) for check in person.checks],
        "consent": person.consent,
        "consent_sha256": consent,
        "reference": person.reference,
        **_fields(person),
    }


def _file(file: SealedFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "slot": file.slot,
        "participant": file.participant,
        "sha256": file.sha256,
        "size": file.size,
        "submitted_at": _stamp(file.submitted_at),
        "decision": file.decision,
        "decided_by": file.decided_by,
        "decided_at": _stamp(file.decided_at),
    }


def _list_by_name(writer: IncrementalPdfFileWriter, reference: IndirectObject) -> None:
    """Into the catalog's name tree of embedded files, in order as ISO 32000-2 §7.9.6 wants it."""
    from pyhanko.pdf_utils.generic import DictionaryObject, pdf_name

    root = writer.root
    names = entry(root, "/Names")
    names = DictionaryObject(names) if isinstance(names, DictionaryObject) else DictionaryObject()
    tree = entry(names, "/EmbeddedFiles")
    tree = DictionaryObject(tree) if isinstance(tree, DictionaryObject) else DictionaryObject()
    if entry(tree, "/Kids") is not None:
        tree[pdf_name("/Kids")] = _with_leaf(writer, tree["/Kids"], reference)
    else:
        tree[pdf_name("/Names")] = _with_name(entry(tree, "/Names") or [], reference)
    names[pdf_name("/EmbeddedFiles")] = tree
    root[pdf_name("/Names")] = names


def _with_leaf(writer: IncrementalPdfFileWriter, kids: Any, reference: IndirectObject) -> Any:
    """The kids of a large tree and a leaf of our own in its place among them."""
    from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, pdf_name, pdf_string

    name = pdf_string(FILE_NAME)
    leaf = DictionaryObject()
    leaf[pdf_name("/Limits")] = ArrayObject([name, name])
    leaf[pdf_name("/Names")] = ArrayObject([name, reference])
    others = list(list.__iter__(kids))
    first_names = [str((entry(kid.get_object(), "/Limits") or [""])[0]) for kid in others]
    others.insert(sum(1 for first in first_names if first < FILE_NAME), writer.add_object(leaf))
    return ArrayObject(others)


def _with_name(names: Any, reference: IndirectObject) -> Any:
    from pyhanko.pdf_utils.generic import ArrayObject, pdf_string

    old = list(list.__iter__(names))
    pairs = [*zip(old[::2], old[1::2], strict=False), (pdf_string(FILE_NAME), reference)]
    pairs.sort(key=lambda pair: str(pair[0].get_object()))
    return ArrayObject([part for pair in pairs for part in pair])


def _stamp(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if time else None
