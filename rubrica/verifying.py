"""``rubrica verify``: PDFs in words for people or as JSON, and evidence bundles; offline, without a database."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

KINDS = {"certification": "certifies the document", "approval": "signature", "timestamp": "timestamp"}


def run(files: Sequence[Path], *, as_json: bool) -> int:
    """The worst exit code of all: 0 intact and wholly covered, 1 not, 2 no such file."""
    worst = 0
    for file in files:
        if len(files) > 1 and not as_json:
            print(f"{file}:")
        worst = max(worst, _verified(file, as_json))
    return worst


def _verified(file: Path, as_json: bool) -> int:
    from rubrica.sealing.keyring.anchors import anchors

    if not file.exists():
        print(f"There is no file {file}.", file=sys.stderr)
        return 2
    if file.is_dir() or file.suffix.lower() == ".zip":
        import rubrica_verify

        return rubrica_verify.main([str(file)], anchors())
    found = examined(file)
    print(json.dumps(found, ensure_ascii=False) if as_json else "\n".join(in_words(found)))
    last = found["signatures"][-1] if found["signatures"] else None
    return 0 if found["intact"] and last is not None and last["covers_whole_file"] else 1


def examined(file: Path) -> dict[str, Any]:
    """As ``POST /verify`` answers; whether it was given out is asked of nobody here, so that is null."""
    from django.conf import settings
    from django.utils import translation

    from rubrica.sealing.keyring.anchors import anchors
    from rubrica.sealing.verification.verify import verify

    stamps = settings.TSA.anchors if settings.TSA else ()
    with translation.override("en"):
        found = verify(file, anchors(), stamp_anchors=stamps)
    if found["process"]:
        found["process"]["published"] = None
    return found


def in_words(found: dict[str, Any]) -> Iterator[str]:
    """What a person needs, the verdict first."""
    if found["intact"]:
        yield "The file is intact."
    elif found["signatures"]:
        yield "The file is NOT intact, or it carries no valid seal over all of it."
    else:
        yield "There is no signature in this file, or it cannot be read."
    if found["changes_after_seal"]:
        yield f"Changed after the seal: {found['changes_after_seal']}"
    yield f"Sealed by this installation: {'yes' if found['sealed_by_us'] else 'no'}; level: {found['level'] or 'none'}."
    if found["process"]:
        code = f", document code {found['process']['code']}" if found["process"]["code"] else ""
        yield f"Process: {found['process']['name']}{code}."
    for signature in found["signatures"]:
        yield from _signature_in_words(signature)
    for file in found["files"]:
        yield f"  {file['sha256']}  {file['name']} ({file['size']} bytes)"


def _signature_in_words(signature: dict[str, Any]) -> Iterator[str]:
    state = "valid" if signature["intact"] else "NOT valid"
    covers = ", covers the whole file" if signature["covers_whole_file"] else ""
    yield f"- {signature['signer']} ({KINDS[signature['kind']]}) at {signature['signed_at']}: {state}{covers}"
    if signature["problem"]:
        yield f"  {signature['problem']['sentence']}"
    if signature["intact"]:
        trust = "trusted here" if signature["trusted"] else signature["trust_problem"]["sentence"]
        yield f"  {' <- '.join(signature['chain'])}: {trust}"
    if signature["timestamp"] and signature["kind"] != "timestamp":
        stamp = signature["timestamp"]
        known = "" if stamp["trusted"] else " (not known here)"
        yield f"  time confirmed by {stamp['authority']}{known}: {stamp['at']}"
    yield from (f"  after it: {change['sentence']}" for change in signature["changes"])
