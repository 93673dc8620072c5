"""The root key: whether it is there, opens what it should, and is nobody else's."""

from rubrica.doctor.findings import Finding, failure, ok, together, warning

KEEP = "Bring back the file that RUBRICA_ROOT_KEY_FILE names, or the key service; without it those files are lost."


def encryption() -> Finding:
    from django.conf import settings

    from rubrica.files import keys, roots
    from rubrica.files.models import StorageKey

    live = StorageKey.objects.exclude(wrapped=b"")
    try:
        known = [root.name for root in roots.every()]
    except OSError as error:
        return failure(f"The root key does not work: {str(error).rstrip('.')}.", KEEP)
    locked = live.exclude(root__in=known).count()
    if locked:
        return failure(f"{locked} keys of encrypted files do not open: their root key is not set.", KEEP)
    if not settings.ENCRYPTION and not live.exists():
        return ok("Files are not encrypted by us (RUBRICA_ENCRYPTION).")
    found = []
    if settings.ENCRYPTION:
        try:
            keys.secret(keys.to_write(None).id)
        except OSError as error:
            return failure(f"The root key does not work: {str(error).rstrip('.')}.", KEEP)
        if settings.STORAGE_DIRECT_BYTES:
            found.append(warning("RUBRICA_STORAGE_DIRECT_BYTES has no effect on encrypted files.", "Unset it."))
    if settings.ROOT_KEY_FILE.exists() and roots.is_open_to_others(settings.ROOT_KEY_FILE):
        file = settings.ROOT_KEY_FILE
        found.append(failure(f"Others on this machine may read {file}.", f"chmod 600 {file}"))
    return together(found or [ok(f"The root key opens the keys of encrypted files ({live.count()} of them).")])
