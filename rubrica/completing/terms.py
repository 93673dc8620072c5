"""What a document made from answers is sent with: kept as JSON while somebody completes it, then put into a Sending."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self

from rubrica.files.intake import Arrived
from rubrica.processes.models import Participant, Process
from rubrica.processes.sending import MAIL, Paper, Part, Person, Place, Sending
from rubrica.sealing.values import Box
from rubrica.templating.faults import Fault
from rubrica.templating.signers import Derived

Boxes = Mapping[str, Sequence[Box]]  # by type of signer


@dataclass(frozen=True)
class Terms:
    """``checks`` are those in force for every signer, without what each claims; ``sign`` false means: on paper."""

    name: str
    creator_email: str
    subject: str = ""
    message: str = ""
    creator_id: int | None = None
    sign: bool = True
    notify: bool = True
    remind_every_hours: int | None = None
    expires_at: str | None = None  # ISO 8601, so that it can be kept
    identity: dict[str, bool] = field(default_factory=dict)
    checks: dict[str, Any] = field(default_factory=dict)
    channels: list[str] = field(default_factory=lambda: [MAIL])
    needs_phone: bool = False
    folder_id: int | None = None
    tags: list[str] = field(default_factory=list)
    custom: dict[str, Any] | None = None
    webhooks: list[str] = field(default_factory=list)
    readers: list[list[str]] = field(default_factory=list)  # name and e-mail of each
    signatures: str = Process.Signatures.ONE

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        return cls(**kept)

    def sending(self, people: Sequence[Person], papers: Sequence[Paper]) -> Sending:
        return Sending(
            name=self.name,
            subject=self.subject,
            message=self.message,
            creator_email=self.creator_email,
            creator_id=self.creator_id,
            people=people,
            papers=papers,
            kind=Process.Kind.DOCUMENT,
            notify=self.notify,
            remind_every_hours=self.remind_every_hours,
            expires_at=datetime.fromisoformat(self.expires_at) if self.expires_at else None,
            identity=self.identity,
            folder_id=self.folder_id,
            tags=self.tags,
            custom=self.custom,
            webhooks=self.webhooks,
            signatures=self.signatures,
        )

    def announced(self) -> Sending:
        """The process while its document is still being completed: nobody is in it, and the PDF has yet to come."""
        return self.sending([], [Paper(self.name, [])])

    def filled(self, signers: Sequence[Derived], boxes: Boxes, pdf: Arrived) -> Sending:
        """The document with who signs it and where. On paper nobody signs here, and readers are told."""
        people = [self.person(one) for one in signers] if self.sign else []
        parts = [
            Part(index, [Place(box, ("document",)) for box in boxes.get(one.type, ())], one.type, path=("document",))
            for index, one in enumerate(signers if self.sign else ())
        ]
        readers = [Person(name, email, role=Participant.Role.READER, order=0) for name, email in self.readers]
        return self.sending([*people, *readers], [Paper(self.name, parts, pdf)])

    def person(self, one: Derived) -> Person:
        return Person(
            name=one.name,
            email=one.email,
            phone=one.phone,
            role=Participant.Role.APPROVER if one.role == "APPROVER" else Participant.Role.SIGNER,
            order=one.order,
            notify=self.tells(one.notify),
            channels=self.channels,
            identity={**self.checks, "claimed": one.claimed} if self.checks else {},
        )

    def tells(self, own: bool | None) -> bool:
        """Whether a signer hears from us, ``own`` being what the template says of them."""
        return self.notify if own is None else own

    def faults(self, signers: Sequence[Derived], phones: Mapping[str, str]) -> list[Fault]:
        """``phones`` names the question of each type's telephone. A path is the name of a question."""
        if not self.sign:
            return []
        if not signers:
            return [Fault(("signers",), "no_signers", "These answers name nobody who signs.")]
        addresses = {reader[1].lower() for reader in self.readers}
        found = [
            Fault(("signers",), "duplicate", "Two participants have this e-mail address.")
            for one in signers
            if one.email in addresses
        ]
        if self.needs_phone:
            sentence = "A telephone number is needed for the channel that was chosen."
            found += [
                Fault((phones.get(one.type, "signers"),), "required", sentence) for one in signers if not one.phone
            ]
        return found
