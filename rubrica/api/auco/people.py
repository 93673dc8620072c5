"""Participants from the dialect's words to ours: who they are, where they sign, what is checked of them."""

from collections.abc import Iterator, Sequence
from typing import Any

from rubrica.api.auco import identity
from rubrica.api.auco.schemas import Creation, PackageSigner, Position, Reader, Signer
from rubrica.processes.errors import Problem
from rubrica.processes.models import Participant
from rubrica.processes.sending import Part, Person, Place, Slot
from rubrica.sealing.values import Box, Field

Path = tuple[str | int, ...]
Boxes = dict[str, list[Box]]  # of a template, by signer type


def problems(body: Creation, signers: Sequence[Signer], readers: Sequence[Reader] = ()) -> Iterator[Problem]:
    """What is wrong with participants and readers, whose addresses must all differ."""
    seen: set[str] = set()
    for index, profile in enumerate(signers):
        path: Path = ("signProfile", index)
        yield from _known(seen, (*path, "email"), profile.email)
        yield from place_problems(path, profile)
        yield from identity.claimed_problems(path, profile)
        level = identity.in_force(body, profile)
        if level is profile:
            yield from identity.problems((*path, "options"), level)
        if identity.needs_phone(level) and not profile.phone:
            yield Problem((*path, "phone"), "required", "A telephone number is needed for the channel that was chosen.")
    for index, reader in enumerate(readers):
        yield from _known(seen, ("readers", index, "email"), reader.email)


def _known(seen: set[str], path: Path, email: str) -> Iterator[Problem]:
    if email.lower() in seen:
        yield Problem(path, "duplicate", "Two participants have this e-mail address.")
    seen.add(email.lower())


def place_problems(path: Path, profile: Signer | PackageSigner) -> Iterator[Problem]:
    places = [name for name in ("type", "label", "position") if getattr(profile, name)]
    if len(places) > 1:
        yield Problem((*path, places[1]), "exclusive", "Send at most one of type, label and position.")


def person(body: Creation, profile: Signer, slots: Sequence[Slot] = ()) -> Person:
    level = identity.in_force(body, profile)
    own = profile.notification
    return Person(
        name=profile.name,
        email=profile.email,
        phone=profile.phone or "",
        language=profile.language or "",
        role=Participant.Role.SIGNER if profile.role == "SIGNER" else Participant.Role.APPROVER,
        order=1 if profile.order is None else profile.order,
        slots=slots,
        notify=own if isinstance(own, bool) else body.notification,
        channels=identity.channels(level, bool(profile.both)),
        identity=identity.of(level, profile),
    )


def part(profile: Signer | PackageSigner, index: int, path: Path, template: Boxes | None = None) -> Part:
    """``template`` gives the boxes of each signer type where the process uses one."""
    return Part(
        person=index,
        places=_places(profile, path, template or {}),
        signer_type=profile.type or "",
        by_label=bool(profile.label),
        path=path,
    )


def _places(profile: Any, path: Path, template: Boxes) -> list[Place]:
    if profile.type in template:
        return [Place(box, (*path, "type")) for box in template[profile.type]]
    positions: Sequence[Position] = profile.position or ()
    return [Place(_field(position), (*path, "position", number)) for number, position in enumerate(positions)]


def _field(said: Position) -> Field:
    place = (said.page, said.x, said.y, said.w, said.h)
    return Field(*place, said.kind, said.name or "", said.required, said.maxLength)
