from rubrica.records.models.attachment import Attachment
from rubrica.records.models.definition import Definition, DefinitionVersion
from rubrica.records.models.event import RecordEvent
from rubrica.records.models.record import Record

__all__ = ["Attachment", "Definition", "DefinitionVersion", "Record", "RecordEvent"]
