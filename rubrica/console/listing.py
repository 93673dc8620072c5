"""The list of processes: what is looked for, what waits for review, and one page of it."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from rubrica.accounts.models import Organization
from rubrica.console.search import matching
from rubrica.processes.models import Participant, Process, Submission

PAGE = 25  # processes
REVIEW = "review"  # not a state of a process, but the question asked most often
WAITING = Q(requested_files__current__awaits_review=True)


@dataclass(frozen=True)
class Search:
    """What a member asked for, as it stands in the address of the page."""

    words: str = ""
    status: str = ""
    before: str = ""
    folder: str = ""
    tag: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.words or self.status or self.folder or self.tag)


@dataclass(frozen=True)
class Page:
    processes: list[Process]
    older: str  # where the next page goes on, empty on the last one


def search(organization: Organization, wanted: Search) -> Page:
    """Newest first, after the process ``before``; keyset paging, so a page costs the same however deep it lies."""
    found = _narrowed(organization, wanted)
    last = organization.processes.filter(public_id=wanted.before).first() if wanted.before else None
    if last:
        found = found.filter(pk__lt=last.pk)
    # First which ones, and then what is counted of them: counted at once, every process that is found would be.
    keys = list(found.order_by("-pk").values_list("pk", flat=True)[: PAGE + 1])
    shown = _counted(Process.objects.filter(pk__in=keys[:PAGE])).order_by("-pk")
    page = list(shown.select_related("folder").prefetch_related("participants"))
    return Page(page, page[-1].public_id if len(keys) > PAGE else "")


def waiting_for_review(organization: Organization) -> int:
    """Files that came in, in processes that are open, and that nobody has decided about."""
    return Submission.objects.filter(organization=organization, awaits_review=True).count()


def _narrowed(organization: Organization, wanted: Search) -> QuerySet[Process]:
    processes = organization.processes.all()
    if wanted.status == REVIEW:
        waiting = Submission.objects.filter(organization=organization, awaits_review=True)
        processes = processes.filter(pk__in=waiting.values("requested_file__process"))
    elif wanted.status:
        processes = processes.filter(state=wanted.status)
    if wanted.folder:
        processes = processes.filter(Q(folder__path=wanted.folder) | Q(folder__path__startswith=f"{wanted.folder}/"))
    if wanted.tag:
        processes = processes.filter(tags__contains=[wanted.tag])
    if wanted.words:
        processes = processes.filter(matching(organization, wanted.words))
    return processes


def _counted(processes: QuerySet[Process]) -> QuerySet[Process]:
    """The counts that a row shows; distinct, because two joins multiply each other. Readers have nothing to do."""
    asked = ~Q(participants__role=Participant.Role.READER)
    finished = asked & Q(participants__status=Participant.Status.FINISH)
    return processes.annotate(
        everybody=Count("participants", distinct=True),
        people=Count("participants", filter=asked, distinct=True),
        people_done=Count("participants", filter=finished, distinct=True),
        to_review=Count("requested_files", filter=WAITING, distinct=True),
    )
