"""Files that were sent ahead and that no change of their record has named in time."""

from rubrica import clock
from rubrica.records.models import Attachment

BATCH = 1000


def sweep() -> int:
    """Lets go of them; gives how many. Their bytes go with the next purge of what nothing points at."""
    late = Attachment.objects.filter(staged_until__lt=clock.now()).order_by("staged_until")
    chosen = list(late.values_list("pk", flat=True)[:BATCH])
    # Asked again with the moment: one may have been linked in between.
    return Attachment.objects.filter(pk__in=chosen, staged_until__lt=clock.now()).delete()[0]
