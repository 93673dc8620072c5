"""The role that owns the tables: migrations alone run as it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from rubrica.tenancy import every_organization


@contextmanager
def as_owner() -> Iterator[None]:
    """Everything on Django's connection meanwhile is done by the owner, in every organization."""
    ours: Any = connections[DEFAULT_DB_ALIAS]
    with every_organization("Migrations go over all rows."):
        if not settings.DATABASE_OWNER:
            yield
            return
        # The pool is found by the alias, and holds the other's.
        options = {name: value for name, value in ours.settings_dict["OPTIONS"].items() if name != "pool"}
        theirs = type(ours)({**ours.settings_dict, **settings.DATABASE_OWNER, "OPTIONS": options}, DEFAULT_DB_ALIAS)
        connections[DEFAULT_DB_ALIAS] = theirs
        try:
            yield
        finally:
            theirs.close()
            connections[DEFAULT_DB_ALIAS] = ours
