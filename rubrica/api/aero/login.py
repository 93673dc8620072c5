"""``POST /api/v1/login``: a member's password for a token (contract/aero.md §1.7)."""

from datetime import timedelta

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import path

from rubrica import clock
from rubrica.accounts.audit import note
from rubrica.accounts.models import AuditEntry, BearerToken, Member
from rubrica.api.aero import body, envelope
from rubrica.api.aero.caller import Unauthorized
from rubrica.api.aero.door import door
from rubrica.records.errors import Forbidden, Wrong
from rubrica.records.ids import user_id
from rubrica.team import factors

TOKEN_LIVES = timedelta(days=90)
SECOND_FACTOR = "This account has a second factor, which this call cannot ask for: use a token of the console."
LONGEST = 1000  # characters; hashing a password costs by its length


def login(request: HttpRequest) -> HttpResponseBase:
    told = body.thing(body.read(request))
    name, password = (_text(told, key) for key in ("username", "password"))
    try:
        # By the same door as the page: it counts what fails, and lets nobody try for long.
        member = get_adapter().authenticate(request, email=name.strip().lower(), password=password)
    except ValidationError:
        return envelope.plain(429, 1, **{"Retry-After": "300"})
    if not isinstance(member, Member) or not member.is_active:
        raise Unauthorized
    if factors.are_there(member) or member.organization.requires_second_factor:
        # A password alone would lead around it. Said only to who has the password.
        note(request, AuditEntry.Kind.SIGN_IN_REFUSED, member, "/api/v1/login")
        raise Forbidden(SECOND_FACTOR)
    with transaction.atomic():
        secret = BearerToken.issue(member, clock.now() + TOKEN_LIVES, prefix="")[1]
        note(request, AuditEntry.Kind.TOKEN_MADE, member, "/api/v1/login", member=member.email, days=TOKEN_LIVES.days)
    return envelope.success(data={"authToken": secret, "userId": user_id(member.pk)})


def _text(told: dict[str, object], key: str) -> str:
    value = told.get(key)
    if not value:
        raise Wrong(key, "is required")
    if not isinstance(value, str) or len(value) > LONGEST:
        raise Wrong(key, "must be a string")
    return value


urlpatterns = [path("v1/login", door(1, is_open=True, POST=login))]
