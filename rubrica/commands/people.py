"""``organizations`` and ``users``: who may sign in, and where."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from rubrica.commands import base

if TYPE_CHECKING:
    from rubrica.accounts.models import Member, Organization
    from rubrica.commands.base import Commands, Rows

ROLES = ["owner", "editor", "reviewer", "viewer"]
SHORTEST_PASSWORD = 10
QUOTAS = {"processes": "processes a month", "bytes": "bytes of files", "members": "members"}


def add(commands: "Commands") -> None:
    organizations = commands.add_parser("organizations", help="list, add or rename organizations")
    organizations.add_argument("action", choices=["list", "add", "rename", "quotas"])
    organizations.add_argument("--organization", metavar="SLUG", help="rename, quotas: which one, as list shows it")
    organizations.add_argument("--name", help="add, rename: its name")
    organizations.add_argument("--email", metavar="OWNER", help="add: its first owner")
    organizations.add_argument("--password-stdin", action="store_true", help="add: read the owner's password")
    for name, what in QUOTAS.items():
        organizations.add_argument(f"--{name}", metavar="N", help=f"quotas: {what}; none for without end")
    base.with_json(organizations, _organizations, dry_run=True)
    users = commands.add_parser("users", help="list, add, deactivate or reactivate members, change role or password")
    users.add_argument("action", choices=["list", "add", "role", "password", "deactivate", "reactivate"])
    users.add_argument("--email", help="all but list: whom")
    users.add_argument("--organization", metavar="SLUG", help="list, add: where; needed where there are several")
    users.add_argument("--role", choices=ROLES, help="add, role")
    users.add_argument("--name", default="", help="add: the person's name")
    users.add_argument("--password-stdin", action="store_true", help="add, password: read it from standard input")
    base.with_json(users, _users, dry_run=True)


def noted(organization: "Organization", kind: str, subject: str, **details: Any) -> None:
    """In the audit that owners read: somebody at the shell of the server did it, who has no name there."""
    from rubrica.accounts.audit import AuditEntry

    AuditEntry.objects.create(organization=organization, kind=AuditEntry.Kind(kind), name="rubrica (command line)",
                              subject=subject, details=details)  # fmt: skip


def organization_of(options: argparse.Namespace) -> "Organization":
    """The one that is named, or the only one there is. Raises Unclear."""
    from rubrica.accounts.models import Organization

    if options.organization:
        found = Organization.objects.filter(slug=options.organization).first()
        if found is None:
            raise base.Unclear(f"There is no organization {options.organization!r}: `rubrica organizations list`.")
        return found
    several = list(Organization.objects.order_by("pk")[:2])
    if len(several) != 1:
        raise base.Unclear("Say which organization with --organization; `rubrica organizations list` shows them.")
    return several[0]


# Organizations


def _organizations(options: argparse.Namespace) -> int:
    actions = {"list": _list_organizations, "add": _add_organization, "rename": _rename, "quotas": _quotas}
    return base.answered(options, actions[options.action])


def _list_organizations(options: argparse.Namespace) -> "Rows":
    from django.db.models import Count, Q

    from rubrica.accounts.models import Organization

    people = Count("members", filter=Q(members__is_active=True))
    return [_organization(row) for row in Organization.objects.annotate(people=people).order_by("slug")]


def _add_organization(options: argparse.Namespace) -> "Rows":
    """As ``rubrica setup``: with an owner, keys and a token, whose secrets are shown this once."""
    from django.conf import settings
    from django.db import transaction

    from rubrica.accounts.models import Organization
    from rubrica.accounts.setup import SetupRefused, set_up

    if not options.name or not options.email:
        raise base.Unclear("Give --name and the first owner's --email.")
    if Organization.objects.filter(name=options.name.strip()).exists():
        raise base.Unclear(f"There is an organization {options.name.strip()!r} already.")
    password = _password(options) if options.password_stdin else None
    try:
        with transaction.atomic():
            made = set_up(options.name, options.email, password, settings.LANGUAGE_CODE)
            if options.dry_run:
                transaction.set_rollback(True)
                return [{"organization": made.organization, "environment": made.environment, "email": made.email}]
    except SetupRefused as refused:
        raise base.Unclear(str(refused)) from None
    return [dict(made.__dict__)]


def _rename(options: argparse.Namespace) -> "Rows":
    """The short name in addresses stays: programs know it."""
    from rubrica.accounts.models import Organization

    row, name = organization_of(options), (options.name or "").strip()
    if not name or len(name) > 200:
        raise base.Unclear("Give a --name of 1 to 200 characters.")
    if Organization.objects.filter(name=name).exclude(pk=row.pk).exists():
        raise base.Unclear(f"There is an organization {name!r} already.")
    row.name = name
    if not options.dry_run:
        row.save(update_fields=["name"])
    return [_organization(row)]


def _quotas(options: argparse.Namespace) -> "Rows":
    """Sets those that are given, and shows all three with what is used."""
    from rubrica.limits import quotas

    row = organization_of(options)
    given = {name: _quota(name, getattr(options, name)) for name in QUOTAS if getattr(options, name) is not None}
    if given and not options.dry_run:
        quotas.set_quotas(row, given)
        noted(row, "settings_changed", row.slug, **{f"most_{name}": most for name, most in given.items()})
    return [
        {"organization": row.slug, "quota": use.name, "most": given.get(use.name, use.most), "used": use.used}
        for use in quotas.uses(row)
    ]


def _quota(name: str, said: str) -> int | None:
    if said == "none":
        return None
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        raise base.Unclear(f"Give --{name} a whole number, or none.")
    return int(said)


def _organization(row: "Organization") -> dict[str, Any]:
    return {
        "slug": row.slug,
        "name": row.name,
        "language": row.language,
        "members": getattr(row, "people", None),
        "created": row.created_at.isoformat(timespec="seconds"),
    }


# Users


def _users(options: argparse.Namespace) -> int:
    actions = {"list": _list_users, "add": _add, "role": _role, "password": _set_password,
               "deactivate": _deactivate, "reactivate": _reactivate}  # fmt: skip
    return base.answered(options, actions[options.action])


def _list_users(options: argparse.Namespace) -> "Rows":
    from rubrica.accounts.models import Member

    found = Member.objects.select_related("organization").order_by("organization__slug", "email")
    if options.organization:
        found = found.filter(organization=organization_of(options))
    return [_user(member) for member in found]


def _add(options: argparse.Namespace) -> "Rows":
    """Without a password the member cannot sign in by one until it is set."""
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    from rubrica.accounts.models import Member

    organization, email = organization_of(options), (options.email or "").strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise base.Unclear(f"{email!r} is not an e-mail address: give one with --email.") from None
    if Member.objects.filter(email__iexact=email).exists():
        raise base.Unclear(f"{email} is a member already.")
    password = _password(options) if options.password_stdin else None
    row = Member(organization=organization, email=email, role=options.role or "editor", name=options.name)
    if not options.dry_run:
        row = Member.objects.create_user(organization, email, password, role=row.role, name=options.name,
                                         language=organization.language)  # fmt: skip
        noted(organization, "joined", email, role=row.role)
    return [_user(row)]


def _role(options: argparse.Namespace) -> "Rows":
    if not options.role:
        raise base.Unclear(f"Give a --role: {', '.join(ROLES)}.")
    return _changed(options, "role_changed", role=options.role)


def _deactivate(options: argparse.Namespace) -> "Rows":
    return _changed(options, "deactivated", is_active=False)


def _reactivate(options: argparse.Namespace) -> "Rows":
    return _changed(options, "reactivated", is_active=True)


def _set_password(options: argparse.Namespace) -> "Rows":
    """Ends the sessions that were opened with the former one."""
    if not options.password_stdin:
        raise base.Unclear("Give the new password on standard input, with --password-stdin.")
    member, password = _member(options), _password(options)
    if not options.dry_run:
        member.set_password(password)
        member.save(update_fields=["password"])
        noted(member.organization, "password_changed", member.email)
    return [_user(member)]


def _changed(options: argparse.Namespace, kind: str, **changes: Any) -> "Rows":
    """An organization keeps at least one owner who may sign in."""
    from django.db import transaction

    from rubrica.accounts.models import Organization

    with transaction.atomic():
        member = _member(options)
        Organization.objects.select_for_update().get(pk=member.organization_id)
        for name, value in changes.items():
            setattr(member, name, value)
        owners = member.organization.members.filter(role="owner", is_active=True).exclude(pk=member.pk)
        if not (member.is_owner and member.is_active) and not owners.exists():
            raise base.Unclear(f"{member.email} is the last owner of {member.organization.slug}: make another first.")
        if not options.dry_run:
            member.save(update_fields=list(changes))
            noted(member.organization, kind, member.email, **changes)
    return [_user(member)]


def _member(options: argparse.Namespace) -> "Member":
    from rubrica.accounts.models import Member

    email = (options.email or "").strip().lower()
    found = Member.objects.select_related("organization").filter(email=email).first()
    if found is None:
        raise base.Unclear(f"There is no member with the address {email!r}: name one with --email.")
    return found


def _password(options: argparse.Namespace) -> str:
    password = sys.stdin.readline().rstrip("\n")
    if len(password) < SHORTEST_PASSWORD:
        raise base.Unclear(f"The password needs at least {SHORTEST_PASSWORD} characters.")
    return password


def _user(member: "Member") -> dict[str, Any]:
    return {
        "email": member.email,
        "name": member.name,
        "organization": member.organization.slug,
        "role": member.role,
        "active": member.is_active,
        "last_sign_in": member.last_login.isoformat(timespec="seconds") if member.last_login else None,
    }
