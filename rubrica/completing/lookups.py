"""Questions of type ``request``: an answer is judged, and others are filled in, by an address of the organization's.

A browser would call it by itself; here it goes through the guarded way out, because pages may call nobody but us.
"""

import asyncio
import json
from collections.abc import Mapping

from rubrica import database
from rubrica.templating.definition import Definition
from rubrica.templating.questions import Question
from rubrica.web.text import is_storable
from rubrica.webhooks import http

LARGEST = 200_000  # bytes of an answer
HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


class InvalidCode(Exception):
    """The address did not say yes: any error of it means an invalid code (contract/auco.md §10.3)."""


def look_up(definition: Definition, question: Question, value: str, fixed: Mapping[str, str]) -> dict[str, str]:
    """The answers that the address fills in; none to a question that it does not know or that is fixed."""
    database.let_go()
    body = json.dumps({"key": question.name, "value": value}).encode()
    call = http.send("POST", question.endpoint or "", headers=HEADERS, content=body, limit=LARGEST)
    answer = asyncio.run(call)
    if not answer.is_success or not answer.is_whole:
        raise InvalidCode
    filled = _read(answer.body)
    known = definition.by_name.keys() - fixed.keys() - {question.name}
    return {name: text for name, text in filled.items() if name in known}


def _read(body: bytes) -> dict[str, str]:
    """``[{"key": …, "value": …}]``. Raises InvalidCode for anything else."""
    try:
        found = json.loads(body)
        pairs = {str(one["key"]): str(one["value"]) for one in found if one["value"] is not None}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InvalidCode from None
    if any(not is_storable(text) or len(text) > 20_000 for text in pairs.values()):
        raise InvalidCode
    return pairs
