"""The files that wait for a decision, across all processes of an organization, in the order in which they came."""

from dataclasses import dataclass

from django.db.models import QuerySet

from rubrica.accounts.models import Organization
from rubrica.processes.models import RequestedFile

BEFORE, BEHIND = 5, 25  # files that are listed around the one that is looked at
COUNTED = 999


@dataclass(frozen=True)
class Window:
    """The file that is looked at, with its neighbours, and how many wait in all."""

    file: RequestedFile | None
    files: list[RequestedFile]
    count: int

    @property
    def previous(self) -> RequestedFile | None:
        earlier = [one for one in self.files if self.file and (one.current_id or 0) < (self.file.current_id or 0)]
        return earlier[-1] if earlier else None

    @property
    def next(self) -> RequestedFile | None:
        later = [one for one in self.files if self.file and (one.current_id or 0) > (self.file.current_id or 0)]
        return later[0] if later else None

    @property
    def number(self) -> int:
        return min(self.count, COUNTED)

    @property
    def is_more(self) -> bool:
        return self.count > COUNTED


def waiting(organization: Organization) -> QuerySet[RequestedFile]:
    """Who waits longest comes first. The index on what awaits review is the way in."""
    found = RequestedFile.objects.filter(current__organization=organization, current__awaits_review=True)
    return found.select_related("current__blob", "participant", "process").order_by("current_id")


def window(organization: Organization, file: int | None, after: int | None) -> Window:
    """Around the file with this id, or around the first one that came behind the version ``after``."""
    found = waiting(organization)
    chosen = _chosen(organization, file) if file is not None else _behind(found, after)
    count = found.order_by()[: COUNTED + 1].count()
    if chosen is None or chosen.current_id is None:
        return Window(chosen, list(found[:BEHIND]), count)
    before = list(found.filter(current_id__lt=chosen.current_id).order_by("-current_id")[:BEFORE])
    return Window(chosen, [*reversed(before), *found.filter(current_id__gte=chosen.current_id)[:BEHIND]], count)


def _chosen(organization: Organization, file: int) -> RequestedFile | None:
    """Also one that is decided: somebody may have been quicker."""
    known = organization.requested_files.select_related("current__blob", "participant", "process")
    return known.filter(pk=file, current__isnull=False).first()


def _behind(found: QuerySet[RequestedFile], after: int | None) -> RequestedFile | None:
    """The next one in the order; behind the last one it begins anew."""
    later = found.filter(current_id__gt=after).first() if after is not None else None
    return later or found.first()
