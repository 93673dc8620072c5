"""``encryption`` and ``encrypt-storage``: the keys under which files lie, and the files that lie there already."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from rubrica.commands import base
from rubrica.commands.people import noted, organization_of

if TYPE_CHECKING:
    from rubrica.commands.base import Commands, Rows
    from rubrica.files.models import StorageKey

CHANGED = "storage_key_changed"
ACTIONS = ["status", "new-root", "rewrap", "drop-old-roots", "rotate"]


def add(commands: "Commands") -> None:
    keys = commands.add_parser("encryption", help="root keys and organizations' keys of encrypted files")
    keys.add_argument("action", choices=ACTIONS)
    keys.add_argument("--organization", metavar="SLUG", help="rotate: whose key; needed where there are several")
    base.with_json(keys, _keys, dry_run=True)
    files = commands.add_parser("encrypt-storage", help="encrypt every file that is kept, while the service runs")
    files.add_argument("--decrypt", action="store_true", help="make them plain again; RUBRICA_ENCRYPTION is off")
    base.with_json(files, _files, dry_run=True)


def _keys(options: argparse.Namespace) -> int:
    do = {"status": _status, "new-root": _new_root, "rewrap": _rewrap, "drop-old-roots": _drop, "rotate": _rotate}
    try:
        return base.answered(options, do[options.action])
    except OSError as error:
        return base.refused(error, options.json, 1)


def _status(options: argparse.Namespace) -> "Rows":
    from django.conf import settings

    from rubrica.files import roots
    from rubrica.files.models import Blob, StorageKey

    known = [root.name for root in roots.every()]
    live = StorageKey.objects.exclude(wrapped=b"")
    return [{
        "encryption": "on" if settings.ENCRYPTION else "off",
        "root_keys": known,
        "organizations_keys": live.count(),
        "under_the_first": live.filter(root=known[0]).count() if known else 0,
        "that_do_not_open": live.exclude(root__in=known).count(),
        "files_encrypted": Blob.objects.filter(encrypted=True, erased_at=None).count(),
        "files_plain": Blob.objects.filter(encrypted=False, erased_at=None).count(),
    }]  # fmt: skip


def _new_root(options: argparse.Namespace) -> "Rows":
    """As the first line of the file, for what is wrapped from now on."""
    from django.conf import settings

    from rubrica.files import roots

    if options.dry_run:
        return [{"file": str(settings.ROOT_KEY_FILE), "root_keys": len(roots.in_file(settings.ROOT_KEY_FILE)) + 1}]
    made = roots.add(settings.ROOT_KEY_FILE)
    return [{"file": str(settings.ROOT_KEY_FILE), "root_key": made.name}]


def _rewrap(options: argparse.Namespace) -> "Rows":
    from rubrica.files import keys, roots
    from rubrica.files.models import StorageKey

    root = roots.current().name
    others = StorageKey.objects.exclude(root=root).exclude(wrapped=b"").count()
    return [{"root_key": root, "rewrapped": others if options.dry_run else keys.rewrap(_note_rewrapped)}]


def _note_rewrapped(row: "StorageKey") -> None:
    """The installation's own key is nobody's to hear of, nor one of an organization that never came to be."""
    from rubrica.accounts.models import Organization

    for organization in Organization.objects.filter(pk=row.organization_id or 0):
        noted(organization, CHANGED, str(row.pk), root=row.root)


def _drop(options: argparse.Namespace) -> "Rows":
    from django.conf import settings

    from rubrica.files import roots
    from rubrica.files.models import StorageKey

    every = [root.name for root in roots.in_file(settings.ROOT_KEY_FILE)]
    names = every[1:]
    if StorageKey.objects.filter(root__in=names).exclude(wrapped=b"").exists():
        raise base.Unclear("Keys are still wrapped by an old root key: run `rubrica encryption rewrap` first.")
    if not options.dry_run and names:
        roots.keep_first(settings.ROOT_KEY_FILE)
    return [{"root_key": "".join(every[:1]), "dropped": names}]


def _rotate(options: argparse.Namespace) -> "Rows":
    from django.conf import settings
    from django.db import transaction

    from rubrica.files import keys, rekeying

    if not settings.ENCRYPTION:
        raise base.Unclear("RUBRICA_ENCRYPTION is off, so that nothing is written under a new key: switch it on first.")
    organization = organization_of(options)
    replaced = [str(key_id) for key_id in keys.to_replace(organization.pk)]
    if not options.dry_run:
        with transaction.atomic():
            replaced = rekeying.rotate(organization.pk)
            made = str(keys.to_replace(organization.pk)[-1])
            noted(organization, CHANGED, made, replaced=replaced)
    return [{"organization": organization.slug, "replaced": replaced}]


def _files(options: argparse.Namespace) -> int:
    with base.database():
        base.django()
        from django.conf import settings

        from rubrica.files import rekeying
        from rubrica.keeping import encrypting

        try:
            kept = rekeying.encrypted_storage()
            if options.decrypt == settings.ENCRYPTION:
                raise base.Unclear(WRONG_WAY[options.decrypt])
            report = encrypting.run(kept, dry_run=options.dry_run)
        except (base.Unclear, LookupError) as why:
            return base.refused(why, options.json)
        except OSError as error:
            return base.refused(error, options.json, 1)
    base.told({"ok": report.ok, **asdict(report)}, report.in_words(), options.json)
    return 0 if report.ok else 1


WRONG_WAY = {
    True: "RUBRICA_ENCRYPTION is on, so that new files would be encrypted: switch it off first, and restart.",
    False: "RUBRICA_ENCRYPTION is off, so that new files would be plain: switch it on first, and restart.",
}
