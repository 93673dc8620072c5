"""Files as JSON: ``{"fileName", "content"}`` with base64 or a data URL, or ``{"fileName"?, "url"}``; one or several.

A body of 400 MB is laid on disk and mapped, its texts are found there, and no long one of them is ever held whole.
"""

from contextlib import ExitStack
from typing import Any

from django.http import HttpRequest

from rubrica.accounts.models import Organization
from rubrica.api.aero.bodies import base64text, long_json
from rubrica.api.aero.bodies.long_json import LongText
from rubrica.files import intake
from rubrica.records.attachments import incoming, names
from rubrica.records.attachments.fetching import fetched
from rubrica.records.attachments.incoming import Allowance, Incoming
from rubrica.records.errors import Wrong

KEYS = {"fileName", "content", "url"}
MOST_NAME = 1000  # characters, before the name is made a clean one


def files(
    request: HttpRequest, length: int, organization: Organization, allowance: Allowance, stack: ExitStack
) -> list[Incoming]:
    """Raises Wrong where the JSON is not as it must be, IntakeRefused for what it brings."""
    # Four letters of base64 stand for three bytes, and some writers put a backslash before each slash among them.
    most = allowance.files * (allowance.size // 3 + 1) * 5 + long_json.MOST_AROUND
    if length > most:
        raise intake.too_large(allowance.size)
    with long_json.parsed(request, length) as value:
        entries = _entries(value)
        if len(entries) > allowance.files:
            raise incoming.too_many(allowance.files)
        asked = [_checked(entry, path) for entry, path in entries]
        return [_file(entry, path, organization, allowance, stack) for entry, path in asked]


def _entries(value: Any) -> list[tuple[Any, str]]:
    """What stands for a file, each with its path in the body."""
    if isinstance(value, dict) and "files" in value:
        listed = value["files"]
        if not isinstance(listed, list):
            raise Wrong("files", "must be an array")
        return [(entry, f"files[{index}]") for index, entry in enumerate(listed)]
    if isinstance(value, list):
        return [(entry, f"[{index}]") for index, entry in enumerate(value)]
    return [(value, "")]


def _checked(entry: Any, path: str) -> tuple[dict[str, Any], str]:
    """All are looked at before the first is decoded or fetched. Raises Wrong."""
    if not isinstance(entry, dict):
        raise Wrong(path or "value", "must be of type object")
    if unknown := sorted(set(entry) - KEYS):
        raise Wrong(_at(path, str(unknown[0])[:100]), "is not allowed")
    given = [key for key in ("content", "url") if entry.get(key) is not None]
    if len(given) != 1:
        raise Wrong(path or "value", "must contain exactly one of [content, url]")
    name, url = entry.get("fileName"), entry.get("url")
    for key, text, most in (("fileName", name, MOST_NAME), ("url", url, 2000)):
        if text is not None and not isinstance(text, str):
            raise Wrong(_at(path, key), "must be a string")
        if text is not None and len(text) > most:
            phrase = "length must be less than or equal to %(most)s characters long"
            raise Wrong(_at(path, key), phrase, most=most)
    if given == ["content"] and not name:
        raise Wrong(_at(path, "fileName"), "is required")
    return entry, path


def _file(
    entry: dict[str, Any], path: str, organization: Organization, allowance: Allowance, stack: ExitStack
) -> Incoming:
    if entry.get("url") is not None:
        return stack.enter_context(fetched(organization, entry["url"], entry.get("fileName") or "", allowance.size))
    content = entry["content"]
    if not isinstance(content, str | LongText):
        raise Wrong(_at(path, "content"), "must be a string")
    name = names.file_name(entry["fileName"])
    try:
        source = base64text.decoded(content)
        return Incoming(name, stack.enter_context(intake.arriving(source, limit=allowance.size)))
    except base64text.NotBase64:
        raise Wrong(_at(path, "content"), "must be a valid base64 string or data URL") from None


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
