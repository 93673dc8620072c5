"""What is done with files before any row is locked: looked at, drawn narrower where a field asks for it, and kept."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from rubrica import database
from rubrica.accounts.models import Organization
from rubrica.files.intake import Arrived
from rubrica.files.models import Blob
from rubrica.limits import quotas
from rubrica.records.attachments import names, pictures
from rubrica.records.attachments.incoming import Incoming
from rubrica.records.models import Attachment, Record
from rubrica.records.schema import Field


@dataclass(frozen=True)
class Prepared:
    """The bytes are in the storage, and no row of a record points at them yet."""

    name: str
    blob: Blob
    media_type: str
    width: int | None = None
    height: int | None = None

    def row(self, record: Record, path: str, position: int) -> Attachment:
        return Attachment(
            organization_id=record.organization_id,
            definition_id=record.definition_id,
            record=record,
            path=path,
            position=position,
            name=self.name,
            media_type=self.media_type,
            size=self.blob.size,
            width=self.width,
            height=self.height,
            store=Attachment.Store.FILE if self.width is None else Attachment.Store.IMAGE,
            blob=self.blob,
        )


def prepare(organization: Organization, field: Field, files: Sequence[Incoming]) -> list[Prepared]:
    """All or, where one is refused, none. Raises IntakeRefused with FILE_TYPE_REFUSED (415) or QUOTA_BYTES (403)."""
    for file in files:
        names.check_accepted(file.name, file.sniffed, field.accepted_types)
    quotas.check_bytes(organization)
    database.let_go()
    with ExitStack() as stack:
        seen = [(file, stack.enter_context(pictures.looked_at(file, field.max_image_width))) for file in files]
        return [_kept(organization, file, picture) for file, picture in seen]


def _kept(organization: Organization, file: Incoming, picture: pictures.Picture | None) -> Prepared:
    size = (picture.width, picture.height) if picture else (None, None)
    content = picture.file.content if picture else file.content
    blob = Blob.keep(organization, content) if isinstance(content, Arrived) else content
    return Prepared(file.name, blob, names.media_type(file.name, blob.media_type), *size)
