"""What a process is started with: plain values that say everything, checked before anything is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rubrica.files.intake import Arrived
from rubrica.processes.models import Participant, Process
from rubrica.sealing.values import Box
from rubrica.web.text import searchable

MAIL, WHATSAPP = "mail", "whatsapp"


@dataclass(frozen=True)
class Slot:
    """A file to ask for."""

    name: str
    optional: bool = False


@dataclass(frozen=True)
class Place:
    """A box to sign in, or a ``Field`` to fill in, and the path of what asked for it, for the error that names it."""

    box: Box
    path: tuple[str | int, ...]


@dataclass(frozen=True)
class Person:
    """``channels`` are those by which the link goes out; ``identity`` is the checks in force, as ``identity.Asked``.

    ``language`` is that of their page and messages; empty is the process's.
    """

    name: str
    email: str
    phone: str = ""
    language: str = ""
    role: str = Participant.Role.SIGNER
    order: int = 1
    slots: Sequence[Slot] = ()
    notify: bool = True
    channels: Sequence[str] = (MAIL,)
    identity: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """What one person does with one paper. ``person`` is their index in the sending; ``path`` is for errors."""

    person: int
    places: Sequence[Place] = ()
    signer_type: str = ""
    by_label: bool = False
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True)
class Paper:
    """A PDF to be signed; ``pdf`` None awaits its upload. The N of a ``{{signature:N}}`` tag counts ``parts``."""

    name: str
    parts: Sequence[Part]
    pdf: Arrived | None = None


@dataclass(frozen=True)
class Sending:
    """Everything that starts a process. Without papers it asks for files only.

    The invitations of ``one_of_many`` stand behind those of processes that somebody sends one by one.
    """

    name: str
    subject: str
    message: str
    creator_email: str
    people: Sequence[Person]
    papers: Sequence[Paper] = ()
    kind: str = Process.Kind.FILES
    signatures: str = Process.Signatures.ONE
    creator_id: int | None = None
    template: str = ""  # the id of what it was made from, by which reports count
    notify: bool = True
    remind_every_hours: int | None = None
    expires_at: datetime | None = None
    identity: Mapping[str, bool] = field(default_factory=dict)
    folder_id: int | None = None
    tags: Sequence[str] = ()
    custom: Mapping[str, Any] | None = None
    webhooks: Sequence[str] = ()
    one_of_many: bool = False

    @property
    def words(self) -> str:
        """What the process is found by: its name, those of its papers and people, and their addresses."""
        people = [text for person in self.people for text in (person.name, person.email)]
        return searchable(" ".join([self.name, *(paper.name for paper in self.papers), *people]))
