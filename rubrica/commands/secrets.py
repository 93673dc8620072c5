"""``certificate``, ``token`` and ``keys``: what seals, and what programs show."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rubrica.commands import base
from rubrica.commands.people import noted, organization_of

if TYPE_CHECKING:
    from rubrica.accounts.models import ApiKey
    from rubrica.commands.base import Commands, Rows


def add(commands: "Commands") -> None:
    certificate = commands.add_parser("certificate", help="list, test, rotate, import, revoke or renew what seals")
    certificate.add_argument("action", choices=["list", "test", "rotate", "import", "revoke", "renew-authority"])
    certificate.add_argument("--organization", metavar="SLUG", help="whose; needed where there are several")
    certificate.add_argument("--file", action="append", type=Path, default=[], help="import: PKCS #12 or PEM")
    certificate.add_argument("--password-stdin", action="store_true", help="import: read the file's password")
    certificate.add_argument("--serial", help="revoke: of the certificate, as list shows it; else the current one")
    certificate.add_argument("--reason", help="revoke: why, for instance key_compromise")
    certificate.add_argument("--dry-run", action="store_true", help="check everything and change nothing")
    certificate.add_argument("--json", action="store_true", help="print one JSON object")
    certificate.set_defaults(run=_certificate)
    token = commands.add_parser("token", help="issue, list, revoke or widen tokens of the aero API")
    token.add_argument("action", choices=["issue", "list", "revoke", "allow"])
    token.add_argument("--email", help="issue, list, allow: the member that the token acts as")
    token.add_argument("--days", type=int, help="issue: how long it lives; without it for good")
    token.add_argument("--id", type=int, help="revoke, allow: the token's number, as list shows it")
    token.add_argument("--json", action="store_true", help="print JSON")
    token.set_defaults(run=_token)
    keys = commands.add_parser("keys", help="list, issue or revoke the keys of the Auco API")
    keys.add_argument("action", choices=["list", "issue", "revoke"])
    keys.add_argument("--organization", metavar="SLUG", help="whose; needed where there are several")
    keys.add_argument("--kind", choices=["puk", "prk", "pair"], default="pair", help="issue: reads, writes, or both")
    keys.add_argument("--id", type=int, help="revoke: the key's number, as list shows it")
    base.with_json(keys, _keys, dry_run=True)


def _certificate(options: argparse.Namespace) -> int:
    with base.database():
        base.django()
        from rubrica.sealing import command

        return command.run(options)


def _token(options: argparse.Namespace) -> int:
    with base.database():
        base.django()
        from rubrica.accounts import tokens

        return tokens.run(options)


def _keys(options: argparse.Namespace) -> int:
    return base.answered(options, {"list": _list, "issue": _issue, "revoke": _revoke}[options.action])


def _list(options: argparse.Namespace) -> "Rows":
    from rubrica.accounts.models import ApiKey

    found = ApiKey.objects.select_related("organization").order_by("organization__slug", "pk")
    if options.organization:
        found = found.filter(organization=organization_of(options))
    return [_shown(key) for key in found]


def _issue(options: argparse.Namespace) -> "Rows":
    """The secrets are shown this once."""
    from django.db import transaction

    from rubrica.accounts.models import ApiKey

    organization = organization_of(options)
    kinds = ["puk", "prk"] if options.kind == "pair" else [options.kind]
    if options.dry_run:
        return [{"organization": organization.slug, "kind": kind} for kind in kinds]
    with transaction.atomic():
        made = [ApiKey.issue(organization, kind) for kind in kinds]
        noted(organization, "keys_made", ", ".join(key.prefix for key, _ in made))
    return [{**_shown(key), "key": secret} for key, secret in made]


def _revoke(options: argparse.Namespace) -> "Rows":
    """At once and for good: whoever still uses it is refused from now on."""
    from rubrica.accounts.models import ApiKey

    key = ApiKey.objects.select_related("organization").filter(pk=options.id or 0).first()
    if key is None:
        raise base.Unclear("There is no key of this number: `rubrica keys list` shows them, --id names one.")
    if not options.dry_run:
        if key.revoke():
            noted(key.organization, "key_revoked", key.prefix)
        key.refresh_from_db()
    return [_shown(key)]


def _shown(key: "ApiKey") -> dict[str, Any]:
    return {
        "id": key.pk,
        "organization": key.organization.slug,
        "kind": key.kind,
        "begins": key.prefix,
        "name": key.name,
        "created": key.created_at.isoformat(timespec="seconds"),
        "last_used": key.last_used_at.isoformat(timespec="seconds") if key.last_used_at else None,
        "revoked": key.revoked_at.isoformat(timespec="seconds") if key.revoked_at else None,
    }
