"""Who signs a document that is made from answers: the signature profile with the answers put in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rubrica.templating.answers import identification_country
from rubrica.templating.definition import Definition
from rubrica.templating.faults import Fault
from rubrica.templating.questions import SignerProfile

DEFAULT_COUNTRY = "CO"  # contract/auco.md §10.3


@dataclass(frozen=True)
class Derived:
    """``claimed`` says which document of identity the person has: country, type and number, as far as it is known."""

    type: str
    name: str
    email: str
    phone: str = ""
    role: str = "SIGNER"
    order: int = 1
    notify: bool | None = None
    claimed: dict[str, str] = field(default_factory=dict)


def derive(definition: Definition, values: Mapping[str, str]) -> tuple[list[Derived], list[Fault]]:
    """Signers whose e-mail was not asked or not answered take no part. A fault's path is the name of a question."""
    found: list[Derived] = []
    faults: list[Fault] = []
    seen: set[str] = set()
    for profile in definition.signers:
        email = values.get(profile.email, "")
        if not email:
            continue
        if email in seen:
            faults.append(Fault((profile.email,), "duplicate", "Two signers have this e-mail address."))
        seen.add(email)
        name = " ".join(values[part] for part in profile.names if values.get(part))
        if not name:
            faults.append(Fault((profile.names[0],), "required", "Please answer this."))
        found.append(_derived(definition, profile, values, name[:200], email))
    return found, faults


def _derived(
    definition: Definition, profile: SignerProfile, values: Mapping[str, str], name: str, email: str
) -> Derived:
    return Derived(
        type=profile.type,
        name=" ".join(name.split()),  # an answer may have been given over several lines
        email=email,
        phone=values.get(profile.phone or "", ""),
        role=profile.role,
        order=1 if profile.order is None else profile.order,
        notify=profile.notification,
        claimed=_claimed(definition, profile, values),
    )


def _claimed(definition: Definition, profile: SignerProfile, values: Mapping[str, str]) -> dict[str, str]:
    """The first of ``a|b|c`` that has an answer."""
    answered = next((name for name in profile.identifications if values.get(name)), None)
    if answered is None:
        return {}
    question, value = definition.by_name[answered], values[answered]
    if question.type == "identification":
        kind, _, number = value.partition(" ")
        return {"country": identification_country(question, kind), "type": kind, "number": number}
    claimed = {"country": (profile.country or DEFAULT_COUNTRY).upper(), "number": value}
    return claimed | ({"type": profile.identification_type} if profile.identification_type else {})
