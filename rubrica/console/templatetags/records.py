"""Values of records as people read them."""

import re
from typing import Any

from django import template
from django.utils.translation import gettext

from rubrica.records.models import Definition, RecordEvent

register = template.Library()

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
DAY = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]+Z)?$")


@register.filter
def held(value: Any) -> str:
    """A value of any type in one line of text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, list):
        return ", ".join(held(one) for one in value)
    text = str(value)
    if MOMENT.fullmatch(text):
        return f"{text[:10]} {text[11:16]} UTC"
    return gettext("Signature") if text.startswith("data:image/") else text


@register.filter
def is_short(value: Any) -> bool:
    """Dates and numbers stay in one line."""
    return not isinstance(value, str) or DAY.match(value) is not None


@register.filter
def status_of(name: str, definition: Definition) -> str:
    """What people read for a status."""
    labels = {one.name: one.label or one.name for one in definition.shape.statuses}
    return labels.get(name, name)


@register.filter
def at(found: dict[str, Any], path: str) -> Any:
    return found.get(path, [])


@register.filter
def event_name(kind: str) -> str:
    return str(RecordEvent.Kind(kind).label) if kind in RecordEvent.Kind.values else kind


@register.simple_tag
def turned(sort: str, name: str) -> str:
    """The order that a click on the head of a column asks for."""
    return f"-{name}" if sort == name else name
