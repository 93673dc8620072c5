"""Heads and proofs as objects of JSON: over the API, by webhook and in evidence bundles (docs/verify.md)."""

import base64
from datetime import UTC
from typing import Any

from rubrica.processes.ledger.proofs import Consistency, Inclusion
from rubrica.processes.models import LedgerHead

Json = dict[str, Any]


def of_head(head: LedgerHead) -> Json:
    """A signed head."""
    stamp = getattr(head, "timestamp", None)
    return {
        "ledger": head.organization.slug,
        "day": head.day.isoformat(),
        "size": head.size,
        "root": bytes(head.root).hex(),
        "made": head.made_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "signature": base64.b64encode(bytes(head.signature.cms)).decode(),
        **({"timestamp": base64.b64encode(bytes(stamp.token)).decode()} if stamp else {}),
    }


def of_inclusion(proof: Inclusion) -> Json:
    return {
        "package": proof.package,
        "length": proof.length,
        "chainHead": proof.chain_head.hex(),
        "index": proof.index,
        "leaf": proof.leaf.hex(),
        "size": proof.size,
        "root": proof.root.hex(),
        "path": [step.hex() for step in proof.path],
    }


def of_consistency(proof: Consistency) -> Json:
    return {
        "first": proof.first,
        "second": proof.second,
        "firstRoot": proof.first_root.hex(),
        "secondRoot": proof.second_root.hex(),
        "path": [step.hex() for step in proof.path],
    }
