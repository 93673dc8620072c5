"""The built-in definition ``signing-processes``: every process of the organization as a document that can be read.

Nothing of it is stored: rows of records and of attachments are made of the processes' own while they are asked for, so
that what people delivered and what was sealed can be filed into any document by a copy.
"""

from rubrica.records.bridge.definition import KEY, NAME, READ_ONLY, built_in, is_built_in, is_meant
from rubrica.records.bridge.files import Shelf, everything, files_of
from rubrica.records.bridge.tables import find, tables

__all__ = [
    "KEY",
    "NAME",
    "READ_ONLY",
    "Shelf",
    "built_in",
    "everything",
    "files_of",
    "find",
    "is_built_in",
    "is_meant",
    "tables",
]
