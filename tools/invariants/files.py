"""Every row of bytes has its bytes, and every sealed PDF holds."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from cryptography import x509

import rubrica_verify
from tools.invariants.findings import Report
from tools.invariants.rows import Row, Rows
from tools.invariants.storage import Storage

ENCRYPTED = b"\x89RBV1\r\n\x1a"
BLOBS = "SELECT b.* FROM files_blob b ORDER BY b.id"
SEALED = """
SELECT d.code, p.public_id, p.kind, b.organization_id, b.sha256, b.biometric, b.id AS blob
  FROM processes_document d JOIN processes_process p ON p.id = d.process_id JOIN files_blob b ON b.id = d.sealed_id
 WHERE p.signatures = 'one'
UNION ALL
SELECT 'evidence', p.public_id, p.kind, b.organization_id, b.sha256, b.biometric, b.id
  FROM processes_evidence e JOIN processes_process p ON p.id = e.process_id JOIN files_blob b ON b.id = e.pdf_id
"""
EVENTS = (
    "SELECT sequence, hash FROM processes_event e JOIN processes_process p ON p.id = e.process_id WHERE public_id = %s"
)
DELIVERED = """
SELECT b.sha256 FROM processes_requestedfile f JOIN processes_submission s ON s.requested_file_id = f.id
  JOIN files_blob b ON b.id = s.blob_id JOIN processes_process p ON p.id = f.process_id
 WHERE s.decision = 'approved' AND p.public_id = %s
"""


def key(row: Row) -> str:
    apart = "biometric/" if row["biometric"] else ""
    return f"{row['organization_id']}/{apart}{row['sha256'][:2]}/{row['sha256']}"


def check(rows: Rows, storage: Storage, report: Report, roots: Sequence[x509.Certificate] = ()) -> None:
    for row in rows.each(BLOBS):
        if row.get("wiped_at") is None:
            _check_bytes(row, storage, report)
    verifier: Any = rubrica_verify.Check(None, roots)  # type: ignore[arg-type]  # it is asked about certificates alone
    for row in rows.all(SEALED):
        data = storage.read(key(row))
        if data is None or data.startswith(ENCRYPTED):
            continue  # told of above
        report.seen["sealed PDFs"] += 1
        try:
            _check_seal(rows, row, data, verifier)
        except Exception as error:  # whatever cannot be read is not verified
            report.breach("seal", f"{row['public_id']} {row['code']}", str(error) or type(error).__name__)


def _check_bytes(row: Row, storage: Storage, report: Report) -> None:
    report.seen["blobs"] += 1
    data = storage.read(key(row))
    if data is None:
        report.breach("bytes", key(row), "the row is there, and its bytes are not")
    elif data.startswith(ENCRYPTED):
        report.notes["encrypted blobs, whose digests were not compared"] += 1
    elif len(data) != row["size"] or hashlib.sha256(data).hexdigest() != row["sha256"]:
        report.breach("bytes", key(row), f"the bytes are others: {len(data)} of {row['size']}")


def _check_seal(rows: Rows, row: Row, data: bytes, verifier: Any) -> None:
    """Raises ``rubrica_verify.Wrong``."""
    expect = rubrica_verify.expect
    signatures = list(rubrica_verify.signatures_of(data))
    seals = [found for found in signatures if not found[2]]
    expect(seals and signatures[-1][1] == len(data), "something was added that no signature covers")
    contents, end, _stamp, gap = seals[-1]
    manifest = json.loads(rubrica_verify.manifest_of(data[:end], gap))
    sealed_at = rubrica_verify.moment(manifest["sealed_at"])
    verifier.verified(contents, rubrica_verify.covered(data, gap, end), sealed_at)
    expect(manifest["process"]["package"] == row["public_id"], "the seal is about another process")
    known = {event["sequence"]: bytes(event["hash"]).hex() for event in rows.all(EVENTS, [row["public_id"]])}
    chain = manifest["chain"]
    expect(known.get(chain["length"]) == chain["head"], "the history is not the one that the seal has seen")
    listed = sorted(file["sha256"] for file in manifest["files"])
    approved = sorted(found["sha256"] for found in rows.all(DELIVERED, [row["public_id"]]))
    expect(set(approved) <= set(listed), "a file that was approved is not under the seal")
