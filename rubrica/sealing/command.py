"""``rubrica certificate``: what seals for whom, and another key or certificate in its place, from a terminal."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from rubrica.accounts.models import Organization
from rubrica.sealing.keyring import authority, bringing, checking, keys
from rubrica.sealing.keyring.credentials import CertificateRefused
from rubrica.sealing.keyring.holders.base import HolderFailed
from rubrica.sealing.models import IssuedCertificate, SealingKey
from rubrica.sealing.values import KeyUnusable

REASONS = tuple(IssuedCertificate.Reason.values)


class Unclear(Exception):
    """What was asked for cannot be told from the options; the sentence says what is missing."""


def run(options: argparse.Namespace) -> int:
    """0 when it was done (or could be, with --dry-run), 1 when the key or certificate does not do, 2 when unclear."""
    steps: dict[str, Callable[[argparse.Namespace], list[SealingKey]]] = {
        "list": _list, "test": _test, "rotate": _rotate, "import": _import, "revoke": _revoke
    }  # fmt: skip
    if options.action == "renew-authority":
        return _renew_authority(options)
    try:
        rows = steps[options.action](options)
    except Unclear as unclear:
        print(unclear, file=sys.stderr)
        return 2
    except (CertificateRefused, HolderFailed, KeyUnusable) as refused:
        return _refused(refused.code, refused, options)
    _print(rows, options)
    return 1 if options.action == "test" and any(row.problem for row in rows) else 0


def _renew_authority(options: argparse.Namespace) -> int:
    """Prints what the authority has now, or with --dry-run still has."""
    try:
        authority.current()
        row = authority.ensure_authority() if options.dry_run else authority.renew()
    except KeyUnusable as refused:
        return _refused(refused.code, refused, options)
    found = x509.load_pem_x509_certificate(row.certificate_pem.encode())
    told = {**_of(found), "dry_run": options.dry_run}
    if options.json:
        print(json.dumps({"authority": told}, ensure_ascii=False))
        return 0
    print(f"{told['subject']} until {told['not_after'][:10]}, SHA-256 {told['sha256']}")
    print("Nothing was changed." if options.dry_run else "Now give each organization a key under it: rotate.")
    return 0


def _refused(code: str, refused: Exception, options: argparse.Namespace) -> int:
    told = json.dumps({"error": code, "detail": str(refused)}, ensure_ascii=False)
    print(told if options.json else f"{code}: {refused}", file=sys.stderr)
    return 1


def _list(options: argparse.Namespace) -> list[SealingKey]:
    found = SealingKey.objects.select_related("organization", "issued").order_by("organization__slug", "-pk")
    return list(found.filter(organization__slug=options.organization) if options.organization else found)


def _test(options: argparse.Namespace) -> list[SealingKey]:
    """A test signature by each current key."""
    rows = [row for row in _list(options) if row.retired_at is None]
    for row in rows:
        row.problem = checking.check(row)
    return rows


def _rotate(options: argparse.Namespace) -> list[SealingKey]:
    organization = _organization(options)
    if options.dry_run:
        return [row] if (row := keys.current(organization)) else []
    return [keys.rotate(organization)]


def _import(options: argparse.Namespace) -> list[SealingKey]:
    if not options.file:
        raise Unclear("Name the files with --file.")
    organization = _organization(options)
    password = sys.stdin.readline().rstrip("\n") if options.password_stdin else ""
    try:
        files = [path.read_bytes() for path in options.file]
    except OSError as error:
        raise Unclear(f"{error.filename} cannot be read: {error.strerror}.") from None
    candidate = bringing.from_files(files, password)
    if options.dry_run:
        bringing.try_out(candidate.key)
        return [SealingKey(organization=organization, certificate_pem=keys.pem(candidate.certificate))]
    return [candidate.accept(organization)]


def _revoke(options: argparse.Namespace) -> list[SealingKey]:
    if options.reason not in REASONS:
        raise Unclear(f"Say why with --reason, one of {', '.join(REASONS)}.")
    organization = _organization(options)
    found = organization.sealing_keys.select_related("issued", "organization")
    if options.serial:
        row = found.filter(issued__serial=options.serial.lower().lstrip("0")).first()
    else:
        row = found.filter(retired_at=None).first()
    if row is None or not row.is_ours:
        raise Unclear("There is no such certificate of our authority; others are revoked by whoever issued them.")
    if not options.dry_run:
        keys.revoke(row, IssuedCertificate.Reason(options.reason))
        row.refresh_from_db()
    return [row]


def _organization(options: argparse.Namespace) -> Organization:
    found = Organization.objects.all()
    if options.organization:
        found = found.filter(slug=options.organization)
    rows = list(found[:2])
    if len(rows) != 1:
        raise Unclear("Say which organization with --organization, by the word that `rubrica certificate list` shows.")
    return rows[0]


def _print(rows: list[SealingKey], options: argparse.Namespace) -> None:
    told = [_told(row) for row in rows]
    if options.json:
        print(json.dumps({"certificates": told, "dry_run": options.dry_run}, ensure_ascii=False))
        return
    for one in told:
        until = one["not_after"][:10]
        print(f"{one['organization']:<20} {one['state']:<9} until {until}  {one['holder']:<7} {one['serial']}")
        print(f"{'':<20} {one['subject']}" + (f"  — {one['problem']}" if one["problem"] else ""))
    if options.dry_run:
        print("Nothing was changed.")


def _told(row: SealingKey) -> dict[str, Any]:
    found = x509.load_pem_x509_certificate(row.certificate_pem.encode())
    return {
        "organization": row.organization.slug,
        "state": _state(row),
        **_of(found),
        "holder": row.holder,
        "reference": row.reference,
        "problem": row.problem,
    }


def _of(found: x509.Certificate) -> dict[str, Any]:
    return {
        "subject": found.subject.rfc4514_string(),
        "issuer": found.issuer.rfc4514_string(),
        "serial": f"{found.serial_number:x}",
        "sha256": found.fingerprint(hashes.SHA256()).hex(),
        "not_before": found.not_valid_before_utc.isoformat(),
        "not_after": found.not_valid_after_utc.isoformat(),
    }


def _state(row: SealingKey) -> str:
    if row.issued is not None and row.issued.revoked_at is not None:
        return "revoked"
    if row.retired_at is not None:
        return "retired"
    return "current" if row.pk else "checked"
