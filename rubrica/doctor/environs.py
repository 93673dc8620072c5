"""The settings: that each can be read, that each is one, and that they can be used."""

import difflib
import os
import re
from pathlib import Path

from rubrica import environment
from rubrica.doctor.findings import Finding, failure, ok, together, warning

NAME = re.compile(r"RUBRICA_[A-Z0-9_]+")
# Read by others than the settings: by ``make run``, and by the processes of a server.
OTHERS = {"RUBRICA_PORT", "RUBRICA_SUPERVISOR_PID"}


def files() -> Finding:
    """Asked before anything else is: what reads a setting whose file is gone ends at once."""
    trouble = {name: _trouble(Path(path)) for name, path in _named_files().items()}
    return together(
        [
            failure(
                f"{name} names {os.environ[name]}, which cannot be read: {why}.",
                "Correct the path, or let this user read the file.",
            )
            for name, why in sorted(trouble.items())
            if why
        ]
        or [ok("Every file that a setting names can be read.")]
    )


def _named_files() -> dict[str, str]:
    """A variable wins over its file, which then is not looked at."""
    return {
        name: path
        for name, path in os.environ.items()
        if NAME.fullmatch(name) and name.endswith("_FILE") and path and not os.environ.get(name.removesuffix("_FILE"))
    }


def _trouble(path: Path) -> str:
    try:
        path.read_text()
    except OSError as error:
        return error.strerror or type(error).__name__
    except ValueError:
        return "It is no text"
    return ""


def load() -> Finding:
    """Reads all settings, as every command does, and sets Django up with them."""
    import django

    from rubrica import tenancy

    try:
        django.setup()
        tenancy.operate()
    except SystemExit as error:
        return failure(str(error), "Correct the value; nothing else was looked at.")
    except Exception as error:  # Whatever a value does to a library, it is for the operator to mend.
        return failure(f"The settings cannot be used: {_innermost(error)}", "Correct it; nothing else was looked at.")
    return together(_oddities() or [ok("Every setting can be used.")])


def _innermost(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__


def _set() -> set[str]:
    return {name.removesuffix("_FILE") for name, value in os.environ.items() if NAME.fullmatch(name) and value}


def _oddities() -> list[Finding]:
    from django.conf import settings

    found = [_unknown(name) for name in sorted(_set() - environment.asked - OTHERS)]
    if settings.DEBUG:
        found.append(warning("RUBRICA_DEBUG is on: error pages show internals.", "Leave it unset for real use."))
    languages = dict(settings.LANGUAGES)
    if settings.LANGUAGE_CODE not in languages:
        wrong = f"RUBRICA_LANGUAGE is {settings.LANGUAGE_CODE!r}, which nothing is written in."
        found.append(failure(wrong, f"Set it to one of {', '.join(languages)}."))
    return found


def _unknown(name: str) -> Finding:
    close = difflib.get_close_matches(name, environment.asked, n=1)
    do = f"Did you mean {close[0]}?" if close else "Remove it, or look for its name in docs/install.md."
    return warning(f"{name} is set, but no setting of this version is called so.", do)
