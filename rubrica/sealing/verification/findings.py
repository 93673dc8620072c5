"""What verification finds: one signature, one change after it, one problem; and the words for each.

Codes come out of the sandbox; the sentences are added by the caller, in the language that is active there.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.values import Level

# What ISO 32000-2 §12.8.2.2 allows after any signature, and what shows nothing to a reader.
HARMLESS = {"validation_data", "archive_timestamp", "dates"}
CHANGES = {
    "page_content": _("The content of page %(page)s was changed."),
    "page_size": _("The size, the turn or the visible part of page %(page)s was changed."),
    "page_added": _("Page %(page)s was added."),
    "page_removed": _("Page %(page)s was removed."),
    "page_order": _("The pages were put in another order."),
    "annotation_added": _("A comment, a link or another annotation was added on page %(page)s."),
    "annotation_changed": _("A comment, a link or another annotation was changed on page %(page)s."),
    "annotation_removed": _("A comment, a link or another annotation was removed from page %(page)s."),
    "field_value": _("The form field “%(name)s” was filled in or changed."),
    "field_look": _("The form field “%(name)s” was made to look or behave differently."),
    "field_added": _("The form field “%(name)s” was added."),
    "field_removed": _("The form field “%(name)s” was removed."),
    "form": _("The settings of the form were changed."),
    "signature_added": _("The signature “%(name)s” was added."),
    "signature_changed": _("The signature “%(name)s” was changed or replaced."),
    "signature_removed": _("The signature “%(name)s” was removed."),
    "scripts": _("Scripts or automatic actions were added or changed."),
    "attachments": _("Attached files were added, changed or removed."),
    "layers": _("Layers were added, changed or switched."),
    "properties": _("The properties of the document (such as title or author) were changed."),
    "structure": _("The structure of the document was changed (%(name)s)."),
    "bytes": _("Something was added behind the signature that no page shows."),
    "unreadable": _("What was added after the signature cannot be read reliably."),
    "other": _("The file was changed after it was signed."),
    "validation_data": _("Data for long-term validation was added. This is allowed."),
    "archive_timestamp": _("The archive timestamp “%(name)s” was added. This is allowed."),
    "dates": _("The date of the last change was updated. This is allowed."),
}
PROBLEMS = {
    "unreadable": _("The signature cannot be read."),
    "changed": _("The bytes that this signature covers were changed after it was made."),
    "forged": _("The signature does not fit the certificate that it names."),
    "gap": _("There is something else than the signature in the place that it leaves out."),
    "timestamp": _("The timestamp inside the signature is broken."),
    "weak": _("The signature uses an old algorithm (%(name)s) with which changes can be hidden."),
    "unknown_issuer": _("Nobody above this certificate is trusted here."),
    "expired": _("A certificate in the chain was not valid at the time that counts."),
    "revoked": _("A certificate in the chain was revoked."),
    "not_for_signing": _("The certificate is not meant for signing documents."),
    "chain": _("The chain of certificates could not be established."),
}


@dataclass(frozen=True)
class Change:
    """One thing that is different after a signature; ``page`` counts from 1, ``name`` is that of a field or key."""

    kind: str
    page: int | None = None
    name: str = ""

    @property
    def is_harmless(self) -> bool:
        return self.kind in HARMLESS

    def answer(self) -> dict[str, Any]:
        return {"kind": self.kind, "page": self.page, "name": self.name or None, "allowed": self.is_harmless}


@dataclass(frozen=True)
class Stamp:
    """A timestamp by a third party: inside a signature, or what a document timestamp says."""

    at: datetime
    authority: str
    intact: bool
    trusted: bool

    def answer(self) -> dict[str, Any]:
        return {
            "at": written(self.at),
            "authority": self.authority,
            "intact": self.intact,
            "trusted": self.trusted,
        }


@dataclass(eq=False)
class Found:
    """One signature with everything the verdict needs; as it is made, nothing about it is established."""

    field: str
    kind: str  # certification, approval or timestamp
    signer: str = ""
    signed_at: datetime | None = None
    intact: bool = False
    trusted: bool = False
    covers_whole_file: bool = False
    level: Level | None = None
    digest: str = ""
    chain: list[str] = dataclasses.field(default_factory=list)
    timestamp: Stamp | None = None
    changes: list[Change] = dataclasses.field(default_factory=list)
    problem: tuple[str, str] | None = ("unreadable", "")
    trust_problem: tuple[str, str] | None = None
    is_accounted_for: bool = False  # the file itself says of each certificate that it was not revoked
    signature: Any = None  # the signature dictionary

    @property
    def is_changed(self) -> bool:
        return any(not change.is_harmless for change in self.changes)

    def answer(self) -> dict[str, Any]:
        return {
            "field": self.field,
            "kind": self.kind,
            "signer": self.signer,
            "signed_at": written(self.signed_at),
            "intact": self.intact,
            "trusted": self.trusted,
            "covers_whole_file": self.covers_whole_file,
            "level": self.level,
            "digest": self.digest or None,
            "chain": self.chain,
            "timestamp": self.timestamp.answer() if self.timestamp else None,
            "changes": [change.answer() for change in self.changes],
            "problem": _problem(self.problem),
            "trust_problem": _problem(self.trust_problem),
        }


def with_sentences(answer: dict[str, Any]) -> dict[str, Any]:
    """The same answer with a sentence beside each code, in the active language."""
    for signature in answer["signatures"]:
        for change in signature["changes"]:
            change["sentence"] = _said(CHANGES[change["kind"]], change)
        for key in ("problem", "trust_problem"):
            if signature[key]:
                signature[key] = {
                    "code": signature[key]["code"],
                    "sentence": _said(PROBLEMS[signature[key]["code"]], signature[key]),
                }
    if answer["changes_after_seal"] is not None:
        sentences = dict.fromkeys(_said(CHANGES[change["kind"]], change) for change in answer["changes_after_seal"])
        answer["changes_after_seal"] = " ".join(sentences)
    return answer


def written(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z") if time else None


def _said(sentence: str, values: dict[str, Any]) -> str:
    return gettext(sentence) % {"page": values.get("page"), "name": values.get("name")}


def _problem(found: tuple[str, str] | None) -> dict[str, str] | None:
    return {"code": found[0], "name": found[1]} if found else None
