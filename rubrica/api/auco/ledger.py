"""The signed heads of the ledger and proofs from it, over the API and by webhook (docs/verify.md)."""

import json
from typing import Any

from django.http import HttpRequest, QueryDict
from ninja import Router

from rubrica.api.auco.door import PUBLIC, organization_of
from rubrica.api.auco.errors import ApiError
from rubrica.processes.errors import Invalid, Problem
from rubrica.processes.ledger import heads, proofs, wire
from rubrica.processes.models import LedgerHead
from rubrica.web.text import findable
from rubrica.webhooks.announcing import Message, announce, targets

router = Router()

WEBHOOK = "ledger"  # an organization that has a webhook of this word is sent its heads; receivers of others know none
SUBJECT = "ledger"
DIGITS = 18  # of the largest number that the database keeps


@router.get("/ledger", auth=PUBLIC)
def get_head(request: HttpRequest) -> dict[str, Any]:
    """The newest signed head."""
    return wire.of_head(_latest(request))


@router.get("/ledger/inclusion", auth=PUBLIC)
def get_inclusion(request: HttpRequest) -> dict[str, Any]:
    """That the chain of a process is in the tree of the newest head, or of an older size."""
    organization = organization_of(request)
    process = organization.processes.filter(public_id=findable(request.GET.get("package", ""))).first()
    if process is None:
        raise ApiError("PROCESS_NOT_FOUND")
    most = _latest(request).size
    found = proofs.inclusion(process, _size(request.GET, "size", most) if request.GET.get("size") else most)
    if found is None:
        raise ApiError("LEDGER_PENDING")
    return wire.of_inclusion(found)


@router.get("/ledger/consistency", auth=PUBLIC)
def get_consistency(request: HttpRequest) -> dict[str, Any]:
    """That the tree of ``second`` leaves, without it the newest, begins with that of ``first``."""
    most = _latest(request).size
    second = _size(request.GET, "second", most) if request.GET.get("second") else most
    first = _size(request.GET, "first", second)
    return wire.of_consistency(proofs.consistency(organization_of(request).pk, first, second))


def _latest(request: HttpRequest) -> LedgerHead:
    head = heads.latest(organization_of(request).pk)
    if head is None:
        raise ApiError("LEDGER_EMPTY")
    return head


def _size(query: QueryDict, name: str, most: int) -> int:
    """A size of the tree, from 1 to ``most``. Raises Invalid."""
    text = query.get(name, "")
    if not text:
        raise Invalid(Problem((name,), "required", "This field is required."))
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS and 1 <= int(text) <= most):
        sentence = "This must be a whole number from 1 to %(most)s."
        raise Invalid(Problem((name,), "out_of_range", sentence, {"most": most}))
    return int(text)


def hear(head: LedgerHead, **_: Any) -> None:
    """Called in the transaction that stored the signature of a head."""
    to = targets(head.organization_id, [WEBHOOK])
    if to:
        body = {"type": "ledger", "status": "HEAD", **wire.of_head(head)}
        message = Message(body["status"], json.dumps(body, ensure_ascii=False, separators=(",", ":")))
        announce(head.organization_id, to, f"{SUBJECT}:{head.organization_id}", None, [message])
