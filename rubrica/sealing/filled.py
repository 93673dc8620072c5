"""What participants filled in on the pages, as evidence pages and manifest tell it."""

from collections.abc import Iterable
from typing import Any

from rubrica.sealing.values import FilledField


def told(fields: Iterable[FilledField]) -> list[dict[str, Any]]:
    """One entry for what stands alike on many pages, in the order of the first; ``value`` None was left empty."""
    found: dict[tuple[str, str, str, str | None], list[int]] = {}
    for field in fields:
        found.setdefault((field.document, field.kind, field.name, field.value), []).append(field.page)
    return [
        {"document": document, "kind": kind, "name": name, "value": value, "pages": [*dict.fromkeys(pages)]}
        for (document, kind, name, value), pages in found.items()
    ]
