"""Processes that ask for files, from the words of the Auco dialect to ours (contract/auco.md §3.1, §13)."""

from collections.abc import Iterator

from rubrica.accounts.models import Organization
from rubrica.api.auco import people, roots, sources
from rubrica.api.auco.schemas import AttachmentsIn, SignProfile
from rubrica.files.intake import Arrived
from rubrica.processes.errors import Invalid, Problem
from rubrica.processes.sending import Paper, Sending, Slot
from rubrica.templating.models import Template

MAX_FILES_IN_ALL = 1000  # all are listed in the evidence, whose typesetting costs memory


def sending(organization: Organization, body: AttachmentsIn, pdf: Arrived | None, template: Template | None) -> Sending:
    papers = []
    if body.name is not None and has_document(body):
        boxes = sources.boxes_of(template)
        parts = [people.part(profile, i, ("signProfile", i), boxes) for i, profile in enumerate(body.signProfile)]
        papers = [Paper(body.name, parts, pdf)]
    return Sending(
        name=body.packageName,
        people=[
            *(people.person(body, profile, _slots(profile)) for profile in body.signProfile),
            *roots.readers(body),
        ],
        papers=papers,
        template=template.public_id if template else "",
        **roots.routed(organization, body),
    )


def _slots(profile: SignProfile) -> list[Slot]:
    return [Slot(file.name, file.optional) for file in profile.files]


def has_document(body: AttachmentsIn) -> bool:
    return body.file is not None or body.compress or bool(body.document)


def check(organization: Organization, body: AttachmentsIn, template: Template | None) -> None:
    """Raises Invalid with every rule that does not hold."""
    problems = [
        *_document_problems(body, template),
        *sources.type_problems(template, body.signProfile),
        *roots.problems(organization, body),
        *people.problems(body, body.signProfile, body.readers),
        *_file_problems(body),
    ]
    if problems:
        raise Invalid(*problems)


def _document_problems(body: AttachmentsIn, template: Template | None) -> Iterator[Problem]:
    yield from sources.problems(body, template)
    if has_document(body) and body.name is None:
        yield Problem(("name",), "required", "A process with a document needs a name.")
    if body.signatures == "each" and not has_document(body):
        yield Problem(("signatures",), "needs_document", "Without a document there is nothing that people could sign.")


def _file_problems(body: AttachmentsIn) -> Iterator[Problem]:
    if sum(len(profile.files) for profile in body.signProfile) > MAX_FILES_IN_ALL:
        yield Problem(("signProfile",), "too_long", "A process can ask for 1000 files in all.")
    for index, profile in enumerate(body.signProfile):
        yield from _profile_problems(("signProfile", index), profile, body)


def _profile_problems(path: tuple[str | int, ...], profile: SignProfile, body: AttachmentsIn) -> Iterator[Problem]:
    if "notification" in profile.model_fields_set:
        code = "SIGNER_NOTIFICATION_NOT_SUPPORTED"
        yield Problem((*path, "notification"), code, "Notification is set for the whole process.")
    if profile.label and body.file is None:
        yield Problem((*path, "label"), "needs_file", "Labels are read from a PDF that comes in file.")
    if profile.role == "SIGNER" and not has_document(body) and not profile.files:
        yield Problem((*path, "files"), "too_short", "Without a document a signer must be asked for a file.")
    names = [file.name for file in profile.files]
    for position, name in enumerate(names):
        if name in names[:position]:
            yield Problem((*path, "files", position, "name"), "duplicate", "Two files have this name.")
