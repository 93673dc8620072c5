"""JSON as it comes in: in the body, or in a parameter of the query."""

import json
from typing import Any

from django.http import HttpRequest

from rubrica.records.errors import Unsupported, Wrong
from rubrica.web.text import is_storable

LONGEST_QUERY = 65_536  # characters
DEEPEST = 50  # levels


def read(request: HttpRequest, default: Any = None) -> Any:
    """What the body says; ``default`` where there is none. Raises Wrong or Unsupported."""
    raw = request.body
    if not raw.strip():
        return default  # of any kind: some servers name one where the caller did not
    kind = request.content_type or ""
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise Unsupported("Send the body as application/json, and not as %(kind)s.", kind=kind[:100])
    return _parsed(raw, "value", "Body")


def of_query(request: HttpRequest, name: str) -> Any:
    """A parameter that is JSON; None where it is not given. Raises Wrong."""
    text = request.GET.get(name)
    if not text:
        return None
    if len(text) > LONGEST_QUERY:
        phrase = "length must be less than or equal to %(most)s characters long"
        raise Wrong(name, phrase, "Query", most=LONGEST_QUERY)
    return _parsed(text, name, "Query")


def _parsed(text: str | bytes, name: str, source: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):  # also for bytes that are no UTF-8, and for numbers without end
        raise Wrong(name, "must be valid JSON", source) from None
    _check(value, name, source)
    return value


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def _check(value: Any, name: str, source: str) -> None:
    """Not deeper than anybody needs, and of texts that the database can keep."""
    todo = [(value, 1)]
    while todo:
        one, depth = todo.pop()
        if depth > DEEPEST:
            raise Wrong(name, "must not have more than %(most)s levels", source, most=DEEPEST)
        if isinstance(one, dict):
            todo += [(part, depth + 1) for pair in one.items() for part in pair]
        elif isinstance(one, list):
            todo += [(part, depth + 1) for part in one]
        elif isinstance(one, str) and not is_storable(one):
            raise Wrong(name, "must not contain characters that cannot be stored", source)
        elif isinstance(one, float) and one in {float("inf"), float("-inf")}:
            raise Wrong(name, "must not contain infinite numbers", source)


def thing(value: Any, path: str = "value") -> dict[str, Any]:
    """Raises Wrong for anything but an object."""
    if not isinstance(value, dict):
        raise Wrong(path, "must be of type object")
    return value
