"""What the record store says no with, on a page."""

from django.http import Http404
from django.utils.translation import gettext

from rubrica.records.errors import Conflict, NotFound, Refusal


def sentences(refusal: Refusal) -> list[str]:
    """In the member's language; first the sentence, then what is in the way. Raises Http404 for what is not there."""
    if isinstance(refusal, NotFound):
        raise Http404
    found = [refusal.said(gettext)]
    if isinstance(refusal, Conflict):
        found += [_detail(one) for one in refusal.details]
    return found


def _detail(one: dict[str, object]) -> str:
    value = f" ({one['value']})" if "value" in one else ""
    counted = gettext("documents: %(number)s") % {"number": one["documents"]}
    return f"{one['path']}: {gettext(str(one['problem']))}{value}; {counted}"
