"""Identity checks from the dialect's words to ours, with the rules of contract/auco.md §7."""

from collections.abc import Iterator
from typing import Any, Protocol

from rubrica.api.auco import countries
from rubrica.api.auco.schemas import Creation, Options, PackageSigner, Signer
from rubrica.processes.errors import Problem
from rubrica.processes.sending import MAIL, WHATSAPP

Path = tuple[str | int, ...]
OTP_CHANNELS = {"email": "mail", "phone": "sms", "whatsapp": "whatsapp"}


class Settings(Protocol):
    """A level at which checks can be set: the whole process, or one participant."""

    @property
    def camera(self) -> bool | None: ...
    @property
    def otpCode(self) -> bool | None: ...
    @property
    def options(self) -> Options | None: ...


def problems(path: Path, level: Settings) -> Iterator[Problem]:
    """Rule 2: a setting of a check needs the check itself at the same level."""
    options = level.options
    if options and options.camera and not level.camera:
        yield Problem((*path, "camera"), "needs_camera", "This needs camera: true at the same level.")
    if options and options.otpCode and not level.otpCode:
        yield Problem((*path, "otpCode"), "needs_otpCode", "This needs otpCode: true at the same level.")
    if options and _back(options) and options.camera != "identification":
        sentence = "The back of a card is asked for with its front: camera must be identification."
        yield Problem((*path, "identificationCardBack"), "needs_identification", sentence)


def claimed_problems(path: Path, profile: Signer | PackageSigner) -> Iterator[Problem]:
    """What the sender says of somebody's card. Nothing has to be said, as the sample of §3.3 says nothing; country and
    kind of paper must fit together where both are said."""
    if profile.country and profile.identificationType:
        country, paper = profile.country.upper(), profile.identificationType.upper()
        yield from countries.problems(path, country, paper, "identificationType")


def asked_of_all(body: Creation) -> dict[str, bool]:
    return {"photo": body.camera, "otp": body.otpCode}


def in_force(body: Creation, profile: Signer) -> Settings:
    """Rule 4: who sets any check of their own inherits none.

    ``null`` sets nothing: it must not be the word that quietly switches the checks of the process off.
    """
    own = (profile.camera, profile.otpCode, profile.options)
    return body if all(value is None for value in own) else profile


def of(level: Settings, profile: Any) -> dict[str, Any]:
    """The checks in force for one participant in the domain's words; empty when there are none."""
    options, checks = level.options or Options(), list(_checks(level))
    if not checks:
        return {"flow": True} if options.flow else {}
    claimed = {
        "country": (profile.country or "").upper(),
        "type": (profile.identificationType or "").upper(),
        "number": profile.identification,
    }
    return {
        "checks": checks,
        "otp_channel": OTP_CHANNELS[options.otpCode or "email"],
        "compare": options.camera == "identification",
        "claimed": {name: value for name, value in claimed.items() if value},
        **({"flow": True} if options.flow else {}),
    }


def _checks(level: Settings) -> Iterator[str]:
    options = level.options or Options()
    if level.otpCode:
        yield "otp"
    if level.camera:
        yield "photo"
        if options.camera == "identification":
            yield "identification"
        if _back(options):
            yield "identificationBack"
    if options.video:
        yield "video"


def _back(options: Options) -> bool:
    return options.identificationCardBack or options.identificationCardback


def channels(level: Settings, both: bool = False) -> list[str]:
    """By which the link goes out."""
    options = level.options or Options()
    if not options.whatsapp:
        return [MAIL]
    return [MAIL, WHATSAPP] if options.both or both else [WHATSAPP]


def needs_phone(level: Settings) -> bool:
    options = level.options or Options()
    return options.whatsapp or bool(level.otpCode and options.otpCode in {"phone", "whatsapp"})
