"""The chain of each process and the ledger of each organization, recomputed from what they say (docs/verify.md)."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import rubrica_verify
from tools.invariants.findings import Report
from tools.invariants.rows import Row, Rows, as_value

# Members of an event's data that stand in clear beside the commitments (docs/verify.md, "An event").
IN_CLEAR = {
    "participant", "code", "sha256", "size", "level", "check", "remaining", "channel", "form", "shown", "consent",
    "language", "decision", "purpose", "version", "number", "erasure", "hold", "text_version",
}  # fmt: skip
SALT = 32  # hexadecimal digits of each half
FORM = 2

EVENTS = """
SELECT e.*, e.data::text AS told, p.public_id, p.chain_length, p.chain_head, p.organization_id AS owner
  FROM processes_process p LEFT JOIN processes_event e ON e.process_id = p.id ORDER BY p.id, e.sequence
"""
LEAVES = """
SELECT l.organization_id, l.index, l.length, l.head, p.public_id, e.hash FROM processes_ledgerleaf l
  JOIN processes_process p ON p.id = l.process_id
  LEFT JOIN processes_event e ON e.process_id = l.process_id AND e.sequence = l.length
 ORDER BY l.organization_id, l.index
"""
HEADS = """
SELECT h.*, o.slug, s.cms FROM processes_ledgerhead h JOIN accounts_organization o ON o.id = h.organization_id
  LEFT JOIN processes_ledgersignature s ON s.head_id = h.id ORDER BY h.organization_id, h.size
"""


def check(rows: Rows, report: Report) -> None:
    for package, group in groupby(rows.each(EVENTS), key=lambda row: row["public_id"]):
        events = list(group)
        report.seen["chains"] += 1
        report.seen["events"] += sum(row["sequence"] is not None for row in events)
        if why := broken(package, events):
            report.breach("chain", package, why)
    _check_ledgers(rows, report)


def broken(package: str, rows: Sequence[Row]) -> str:
    """Why the chain does not hold; empty where it does. A process without events is one row without a sequence."""
    events = [row for row in rows if row["sequence"] is not None]
    before = b""
    for number, row in enumerate(events, start=1):
        if row["sequence"] != number or row["organization_id"] != row["owner"]:
            return f"event {row['sequence']} stands where event {number} of this process should be"
        if bytes(row["previous"]) != before:
            return f"event {number} does not follow the one before it"
        if not _is_erased_in_clear(row) and bytes(row["hash"]) != hashlib.sha256(canonical(package, row)).digest():
            return f"event {number} is not what was hashed"
        before = bytes(row["hash"])
    if rows[0]["chain_length"] != len(events) or bytes(rows[0]["chain_head"]) != before:
        return f"the process counts {rows[0]['chain_length']} events, and there are {len(events)}, or its head differs"
    return ""


def canonical(package: str, row: Row) -> bytes:
    data = json.loads(row["told"])
    head = [package, row["sequence"], row["kind"], _utc(row["at"]), row["actor_kind"]]
    if row.get("salt") is None:
        told = [row["actor"], row["actor_name"], row["ip"], row["user_agent"], data]
    else:
        clear = {name: value for name, value in data.items() if name in IN_CLEAR}
        told = [*_commitments(row, data), "", FORM, clear]
    return as_json([*head, *told, bytes(row["previous"]).hex()])


def _commitments(row: Row, data: dict[str, Any]) -> tuple[str, str]:
    erased = as_value(row.get("erased")) or {}
    salt = bytes(row["salt"]).hex()
    personal = {name: value for name, value in data.items() if name not in IN_CLEAR}
    actor = [salt[:SALT], row["actor"], row["actor_name"], row["ip"], row["user_agent"]]
    of_data = _sha256(as_json([salt[SALT:], personal])) if personal else ""
    return erased.get("actor", _sha256(as_json(actor))), erased.get("data", of_data)


def _is_erased_in_clear(row: Row) -> bool:
    """Of such an event only its hash is left, for which a signed statement vouches; ``rubrica ledger check`` looks."""
    return row.get("salt") is None and bool(row.get("erased"))


def _check_ledgers(rows: Rows, report: Report) -> None:
    heads = rows.all(HEADS)
    for organization, group in groupby(rows.each(LEAVES), key=lambda row: row["organization_id"]):
        leaves = list(group)
        report.seen["leaves"] += len(leaves)
        for number, leaf in enumerate(leaves):
            if leaf["index"] != number or leaf["hash"] is None or bytes(leaf["hash"]) != bytes(leaf["head"]):
                report.breach("ledger", leaf["public_id"], f"leaf {number} does not vouch for event {leaf['length']}")
        hashes = [hashlib.sha256(b"\0" + _leaf(leaf)).digest() for leaf in leaves]
        for head in [head for head in heads if head["organization_id"] == organization]:
            _check_head(head, hashes, report)
    report.seen["heads"] += len(heads)


def _check_head(head: Row, hashes: Sequence[bytes], report: Report) -> None:
    if head["size"] > len(hashes) or root(hashes[: head["size"]]) != bytes(head["root"]):
        report.breach("ledger", head["day"], f"the root of {head['size']} leaves is another one")
    if head["cms"] is None:
        report.notes["heads without a signature yet"] += 1
        return
    fields = ["rubrica-ledger-head-v1", head["slug"], head["day"].isoformat(), head["size"],
              bytes(head["root"]).hex(), _utc(head["made_at"])]  # fmt: skip
    said = as_json(fields)
    try:
        rubrica_verify.cms_signer(bytes(head["cms"]), lambda name: hashlib.new(name, said).digest())
    except Exception as error:  # whatever cannot be read is not verified
        report.breach("ledger", head["day"], f"its signature does not hold: {error}")


def root(hashes: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, over the hashes of the leaves."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + root(hashes[:half]) + root(hashes[half:])).digest()


def _leaf(row: Row) -> bytes:
    return as_json([row["public_id"], row["length"], bytes(row["head"]).hex()])


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
