"""How a list is asked for: ``query``, and ``sort``, ``skip``, ``limit`` and ``fields`` flat or inside ``options``."""

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from rubrica.api.aero import body
from rubrica.api.aero.wire import Chosen
from rubrica.records.errors import Wrong
from rubrica.records.listing import DEFAULT_LIMIT, Asked

SOURCE = "Query"
NUMBER = re.compile(r"-?\d{1,10}")
LARGEST_SKIP = 10_000_000
OPTIONS = {"sort", "skip", "limit", "fields"}


def read(request: HttpRequest, *, zero_is_all: bool = False) -> tuple[Asked, Chosen]:
    """Raises Wrong. ``zero_is_all``: v1 takes a limit of 0 for as many as a page may have."""
    options = _options(request)
    query = body.of_query(request, "query")
    most = settings.RECORD_PAGE_MAX
    limit = _number(options, "limit", min(DEFAULT_LIMIT, most), 0 if zero_is_all else 1, most)
    asked = Asked(
        query={} if query is None else query,
        sort=_sort(options.get("sort")),
        skip=_number(options, "skip", 0, 0, LARGEST_SKIP),
        limit=limit or most,
    )
    return asked, _chosen(options.get("fields"))


def _options(request: HttpRequest) -> dict[str, Any]:
    given = body.of_query(request, "options")
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise Wrong("options", "must be of type object", SOURCE)
    for name in given:
        if name not in OPTIONS:
            raise Wrong(f"options.{name}", "is not allowed", SOURCE)
    flat: dict[str, Any] = {name: request.GET[name] for name in OPTIONS if request.GET.get(name)}
    for name in ("sort", "fields"):
        if str(flat.get(name, "")).lstrip().startswith("{"):
            flat[name] = body.of_query(request, name)
    return {**given, **flat}


def _number(options: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = options.get(name, default)
    if isinstance(value, str) and NUMBER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(name, "must be an integer", SOURCE)
    if value < least:
        raise Wrong(name, "must be greater than or equal to %(least)s", SOURCE, least=least)
    if value > most:
        raise Wrong(name, "must be less than or equal to %(most)s", SOURCE, most=most)
    return value


def _sort(said: Any) -> dict[str, int]:
    """``{"name": 1, "age": -1}``, or ``name,-age``."""
    if not said:
        return {}
    if isinstance(said, str):
        names = [name.strip() for name in said.split(",") if name.strip()]
        return {name.lstrip("-"): -1 if name.startswith("-") else 1 for name in names}
    if not isinstance(said, dict):
        raise Wrong("sort", "must be of type object", SOURCE)
    for name, direction in said.items():
        if isinstance(direction, bool) or direction not in (1, -1):
            raise Wrong(f"sort.{name}", "must be one of [1, -1]", SOURCE)
    return said


def _chosen(said: Any) -> Chosen:
    """``{"name": 1}`` or ``name,age`` takes these alone; ``{"name": 0}``, ``-1`` or ``-name`` takes them out."""
    if not said:
        return Chosen()
    if isinstance(said, str):
        names = [name.strip() for name in said.split(",") if name.strip()]
        said = {name.lstrip("-"): 0 if name.startswith("-") else 1 for name in names}
    if not isinstance(said, dict):
        raise Wrong("fields", "must be of type object", SOURCE)
    for name, sign in said.items():
        if isinstance(sign, bool) or sign not in (1, 0, -1):
            raise Wrong(f"fields.{name}", "must be one of [1, 0, -1]", SOURCE)
    signs = {name: sign == 1 for name, sign in said.items() if name != "_id"}
    if len(set(signs.values())) > 1:
        raise Wrong("fields", "must not mix fields to take and fields to leave out", SOURCE)
    is_of_these = any(signs.values()) or (not signs and said.get("_id") == 1)
    return Chosen(frozenset(signs), is_of_these, said.get("_id", 1) == 1)
