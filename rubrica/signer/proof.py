"""The cookie that tells which browser has entered the right code; it is good for one link and says nothing else."""

from typing import cast
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import ResolverMatch

from rubrica.processes.identity import PROOF_SECONDS, Identity
from rubrica.processes.models import Participant

COOKIE = "rubrica_otp"


def proof_in(request: HttpRequest) -> str:
    return request.COOKIES.get(COOKIE, "")


def identity_of(request: HttpRequest, participant: Participant) -> Identity:
    return Identity(participant, proof_in(request))


def leave(response: HttpResponseBase, request: HttpRequest, proof: str) -> None:
    """Lax, so that it is also sent when the link in the mail is opened once more."""
    token = cast(ResolverMatch, request.resolver_match).kwargs["token"]
    response.set_cookie(
        COOKIE,
        proof,
        max_age=PROOF_SECONDS,
        path=f"{urlsplit(settings.PUBLIC_URL).path.rstrip('/')}/s/{token}",
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
