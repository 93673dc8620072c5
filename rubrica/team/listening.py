"""What django-allauth tells of, written into the audit of the member's organization."""

from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest

from rubrica.accounts.audit import note
from rubrica.accounts.models import AuditEntry, Member
from rubrica.team import jobs

Kind = AuditEntry.Kind


def begin() -> None:
    """Connects; by strong references, as these are functions of a module."""
    account.user_logged_in.connect(signed_in)
    user_login_failed.connect(failed)
    for signal in (account.password_changed, account.password_set):
        signal.connect(password_changed)
    account.password_reset.connect(password_reset)
    mfa.authenticator_added.connect(factor_added)
    mfa.authenticator_removed.connect(factor_removed)
    mfa.authenticator_reset.connect(codes_made)
    mfa.authentication_failed.connect(factor_failed)


def signed_in(request: HttpRequest, user: Member, **more: Any) -> None:
    ways = [record.get("type") or record["method"] for record in get_authentication_records(request, user)]
    note(request, Kind.SIGNED_IN, user, ways=ways)


def failed(credentials: dict[str, Any], request: HttpRequest | None = None, **more: Any) -> None:
    """Of an address that nobody has, no organization is to be told."""
    email = str(credentials.get("email") or credentials.get("username") or "")[:254].lower().replace("\0", "")
    member = Member.objects.filter(email=email).first()
    if member is not None:
        note(request, Kind.SIGN_IN_FAILED, member)


def password_changed(request: HttpRequest, user: Member, **more: Any) -> None:
    _told(note(request, Kind.PASSWORD_CHANGED, user), user)


def password_reset(request: HttpRequest, user: Member, **more: Any) -> None:
    _told(note(request, Kind.PASSWORD_RESET, user), user)


def factor_added(request: HttpRequest, user: Member, authenticator: Authenticator, **more: Any) -> None:
    _told(note(request, Kind.FACTOR_ADDED, user, str(authenticator), type=authenticator.type), user)


def factor_removed(request: HttpRequest, user: Member, authenticator: Authenticator, **more: Any) -> None:
    _told(note(request, Kind.FACTOR_REMOVED, user, str(authenticator), type=authenticator.type), user)


def codes_made(request: HttpRequest, user: Member, **more: Any) -> None:
    _told(note(request, Kind.CODES_MADE, user), user)


def factor_failed(request: HttpRequest, user: Member, **more: Any) -> None:
    note(request, Kind.FACTOR_FAILED, user)


def _told(entry: AuditEntry, member: Member) -> None:
    """The recovery codes that come and go with an app are no news of their own."""
    if entry.details.get("type") != Authenticator.Type.RECOVERY_CODES:
        jobs.mail_account_changed.defer(entry_id=entry.pk, member_id=member.pk)
