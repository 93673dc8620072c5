"""What waits for a member: a few short lists, each a look at an index however much lies beneath it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from rubrica import clock
from rubrica.accounts.models import Member, Organization
from rubrica.console.access import page, shown_to_members
from rubrica.console.first_steps import command
from rubrica.console.reviewing import inbox
from rubrica.notify.models import Channel, Notification
from rubrica.processes.models import Document, Evidence, IdentityCheck, Participant, Process
from rubrica.webhooks.models import Delivery

SHOWN = 5  # of each list
COUNTED = 99  # more is said to be more
SOON = timedelta(days=3)
LATELY = timedelta(days=7)
NEWEST = 5  # processes
OF_THE_LIST = {"q", "status", "before", "folder", "tag"}  # what the list of processes was asked for when it lay here


@dataclass(frozen=True)
class Waiting:
    """The first rows of something that waits, and how many there are, or that there are more than is counted."""

    rows: Sequence[Any] = ()
    count: int = 0

    @property
    def is_more(self) -> bool:
        return self.count > COUNTED

    @property
    def number(self) -> int:
        return min(self.count, COUNTED)


@dataclass(frozen=True)
class Home:
    files: Waiting
    blocked: Waiting
    expiring: Waiting
    wanted: Waiting
    unsealed: Waiting
    mails: Waiting
    calls: Waiting
    newest: list[Process] = field(default_factory=list)
    drafts: int = 0

    @property
    def is_clear(self) -> bool:
        lists = (self.files, self.blocked, self.wanted, self.expiring, self.unsealed, self.mails, self.calls)
        return not any(one.rows for one in lists)


@shown_to_members
def home(request: HttpRequest, member: Member) -> HttpResponse:
    if OF_THE_LIST & request.GET.keys():  # a link of the time when the list of processes was here
        return HttpResponseRedirect(f"{reverse('console:processes')}?{request.GET.urlencode()}")
    found = gathered(member)
    context = {"home": found, "command": "" if found.newest else command(member), "shown": SHOWN}
    return page(request, "console/home.html", context)


def gathered(member: Member) -> Home:
    organization = member.organization
    return Home(
        files=_first(inbox.waiting(organization)),
        blocked=_first(blocked(organization)),
        expiring=_first(expiring(organization)),
        wanted=_first(wanted(organization)),
        unsealed=_unsealed(organization),
        mails=_first(undelivered(organization), _with_processes),
        calls=_first(dropped(organization), _with_processes_told),
        newest=list(organization.processes.order_by("-pk")[:NEWEST]),
        drafts=organization.drafts.count() if member.may_edit else 0,
    )


def blocked(organization: Organization) -> QuerySet[Participant]:
    """Who cannot go on before a member decides: blocked, or with pictures that somebody has to compare."""
    ours = Participant.objects.filter(organization=organization)
    received = IdentityCheck.objects.filter(organization=organization, state=IdentityCheck.State.RECEIVED)
    left = IdentityCheck.objects.filter(participant=OuterRef("pk"), state=IdentityCheck.State.TODO)
    stuck = ours.filter(status=Participant.Status.BLOCK).order_by().values("pk")
    shown = ours.filter(status=Participant.Status.NOTIFICATION, pk__in=received.values("participant"))
    compared = shown.filter(~Exists(left)).order_by().values("pk")
    # A union, as each of the two has an index of its own, and an "or" would have none.
    found = Participant.objects.filter(pk__in=stuck.union(compared), process__state=Process.State.OPEN)
    return found.select_related("process").order_by("pk")


def expiring(organization: Organization) -> QuerySet[Process]:
    """What ends within three days without having been finished, the first to end first."""
    open_ = organization.processes.filter(state=Process.State.OPEN)
    return open_.filter(expires_at__lte=clock.now() + SOON).order_by("expires_at")


def wanted(organization: Organization) -> QuerySet[Process]:
    """What has expired, and a participant asked lately for more time; opening it again answers them."""
    lately = organization.processes.filter(reopening_asked_at__gte=clock.now() - LATELY)
    return lately.filter(state=Process.State.EXPIRED).order_by("-reopening_asked_at")


def unsealed_documents(organization: Organization) -> QuerySet[Document]:
    found = Document.objects.filter(organization=organization).exclude(seal_error="")
    found = found.filter(state__in=[Document.State.SEALING, Document.State.OPEN], process__state=Process.State.OPEN)
    return found.select_related("process").order_by("pk")


def unmade_evidence(organization: Organization) -> QuerySet[Evidence]:
    found = Evidence.objects.filter(organization=organization, state=Evidence.State.MAKING).exclude(error="")
    return found.select_related("process").order_by("pk")


def undelivered(organization: Organization) -> QuerySet[Notification]:
    """Messages of open processes that failed lately, where no later one to the same person got through."""
    lately = Q(created_at__gte=clock.now() - LATELY)
    failed = organization.notifications.filter(lately, state=Notification.State.FAILED, participant_id__isnull=False)
    later = Notification.objects.filter(
        process_id=OuterRef("process_id"), participant_id=OuterRef("participant_id"),
        channel=OuterRef("channel"), pk__gt=OuterRef("pk"),
    )  # fmt: skip
    open_ = Process.objects.filter(pk=OuterRef("process_id"), state=Process.State.OPEN)
    # The index on what failed begins with the channel.
    return failed.filter(~Exists(later), Exists(open_), channel__in=Channel.values).order_by("-pk")


def dropped(organization: Organization) -> QuerySet[Delivery]:
    """Calls to webhooks of the last week that were given up."""
    found = organization.deliveries.filter(state=Delivery.State.DROPPED, webhook__removed_at=None)
    return found.filter(created_at__gte=clock.now() - LATELY).select_related("webhook").order_by("-pk")


def _first(found: "QuerySet[Any]", dressed: Any = None) -> Waiting:
    """One query where there are few."""
    rows = list(found[: SHOWN + 1])
    count = len(rows) if len(rows) <= SHOWN else found.order_by()[: COUNTED + 1].count()
    shown = rows[:SHOWN]
    return Waiting(dressed(shown) if dressed else shown, count)


def _unsealed(organization: Organization) -> Waiting:
    """Documents and evidence together: to whoever looks they are the same trouble."""
    documents, evidence = _first(unsealed_documents(organization)), _first(unmade_evidence(organization))
    rows = [{"process": one.process, "name": one.name, "error": one.seal_error} for one in documents.rows]
    rows += [{"process": one.process, "name": "", "error": one.error} for one in evidence.rows]
    return Waiting(rows[:SHOWN], documents.count + evidence.count)


def _with_processes(messages: Iterable[Notification]) -> list[dict[str, Any]]:
    """A message knows the number of its process and no more."""
    messages = list(messages)
    known = _by(Process.objects.filter(pk__in=[one.process_id for one in messages]), "pk")
    people = _by(Participant.objects.filter(pk__in=[one.participant_id for one in messages]), "pk")
    return [
        {"message": one, "process": known.get(one.process_id), "person": people.get(one.participant_id)}
        for one in messages
    ]


def _with_processes_told(calls: Iterable[Delivery]) -> list[dict[str, Any]]:
    calls = list(calls)
    subjects = {(one.organization_id, one.subject) for one in calls}
    ours = Process.objects.filter(organization__in={organization for organization, _ in subjects})
    known = _by(ours.filter(public_id__in={subject for _, subject in subjects}), "public_id")
    return [{"call": one, "process": known.get(one.subject)} for one in calls]


def _by(found: "QuerySet[Any]", name: str) -> dict[Any, Model]:
    return {getattr(row, name): row for row in found}
