"""The ledger: a Merkle tree over the chains of an organization, whose head is signed each day.

Whoever holds a head, from an evidence page, a webhook or the API, can tell later whether anything before it was
changed.
"""

from typing import Any

from rubrica.accounts.models import Organization
from rubrica.processes.ledger import heads, proofs, wire
from rubrica.processes.models import LedgerHead, Process

__all__ = ["in_words", "latest", "proof"]


def latest(organization: Organization) -> LedgerHead | None:
    """The newest signed head; None before the first night."""
    return heads.latest(organization.pk)


def in_words(organization: Organization) -> str:
    """The newest signed head on one line, for evidence pages; empty before the first night."""
    head = latest(organization)
    return f"{head.day.isoformat()} {head.size} {bytes(head.root).hex()}" if head else ""


def proof(process: Process) -> dict[str, Any] | None:
    """That the process is in the ledger, with the head that says so, for an evidence bundle."""
    found = proofs.of_process(process)
    return {"inclusion": wire.of_inclusion(found[0]), "head": wire.of_head(found[1])} if found else None
