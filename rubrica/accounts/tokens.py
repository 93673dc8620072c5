"""``rubrica token``: tokens of the aero dialect, from the shell of the server."""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Prefetch

from rubrica import clock
from rubrica.accounts.models import AuditEntry, BearerToken, Member, Organization, TokenEnvironment


class Unknown(Exception):
    """What was named is not there; the message says so."""


def run(options: argparse.Namespace) -> int:
    """2 when something that was named is not there."""
    try:
        said: list[dict[str, Any]] | dict[str, Any] = ACTIONS[options.action](options)
    except Unknown as unknown:
        print(unknown, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(said, ensure_ascii=False))
    else:
        for row in said if isinstance(said, list) else [said]:
            print("  ".join(f"{name}: {value}" for name, value in row.items() if value is not None))
    return 0


def _issue(options: argparse.Namespace) -> dict[str, Any]:
    """The secret is shown this once."""
    expires = clock.now() + timedelta(days=options.days) if options.days else None
    with transaction.atomic():
        row, secret = BearerToken.issue(_member(options.email), expires)
        _noted(row.organization, AuditEntry.Kind.TOKEN_MADE, row, days=options.days or None)
    return {**_shown(row), "token": secret}


def _list(options: argparse.Namespace) -> list[dict[str, Any]]:
    rows = BearerToken.objects.select_related("member", "organization").order_by("pk")
    if options.email:
        rows = rows.filter(member=_member(options.email))
    further = TokenEnvironment.objects.select_related("organization").order_by("pk")
    return [_shown(row) for row in rows.prefetch_related(Prefetch("environments", further))]


def _revoke(options: argparse.Namespace) -> dict[str, Any]:
    row = _token(options.id)
    with transaction.atomic():
        if row.revoke():
            _noted(row.organization, AuditEntry.Kind.TOKEN_REVOKED, row)
    return _shown(_token(options.id))


def _allow(options: argparse.Namespace) -> dict[str, Any]:
    """Opens the organization of the member named to the token, which acts there as that member."""
    row, member = _token(options.id), _member(options.email)
    with transaction.atomic():
        row.allow(member)
        _noted(member.organization, AuditEntry.Kind.TOKEN_MADE, row, acts_as=member.email)
    return _shown(row)


def _noted(organization: Organization, kind: AuditEntry.Kind, row: BearerToken, **details: Any) -> None:
    """Somebody at the shell of the server did it, who has no name there."""
    about = {"subject": row.name or str(row.pk), "details": {"member": row.member.email, **details}}
    AuditEntry.objects.create(organization=organization, kind=kind, name="rubrica token", **about)


ACTIONS: dict[str, Callable[[argparse.Namespace], Any]] = {
    "issue": _issue,
    "list": _list,
    "revoke": _revoke,
    "allow": _allow,
}


def _member(email: str | None) -> Member:
    found = Member.objects.select_related("organization").filter(email=(email or "").lower(), is_active=True).first()
    if found is None:
        raise Unknown(f"There is no member with the address {email or ''!r}: name one with --email.")
    return found


def _token(number: int | None) -> BearerToken:
    found = BearerToken.objects.select_related("member", "organization").filter(pk=number or 0).first()
    if found is None:
        raise Unknown("There is no token of this number: `rubrica token list` shows them, --id names one.")
    return found


def _shown(row: BearerToken) -> dict[str, Any]:
    return {
        "id": row.pk,
        "member": row.member.email,
        "environments": [row.organization.slug, *(one.organization.slug for one in row.environments.all())],
        "created": row.created_at.isoformat(timespec="seconds"),
        "expires": row.expires_at.isoformat(timespec="seconds") if row.expires_at else None,
        "revoked": row.revoked_at.isoformat(timespec="seconds") if row.revoked_at else None,
    }
