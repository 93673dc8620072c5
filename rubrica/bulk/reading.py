"""The one way in for files of rows: read in the sandbox, as every file of a stranger is."""

from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_noop as _

from rubrica.bulk import sheets
from rubrica.bulk.sheets import Line
from rubrica.sealing import sandbox
from rubrica.sealing.values import Refusal, SandboxError, SandboxTimeout

MAX_BYTES = 10 << 20
SECONDS, MEGABYTES = 30, 1024
ENCODINGS = ("", "utf-8", "cp1252", "cp1256", "gb18030", "shift_jis", "cp1251")  # empty: found out


@dataclass(frozen=True)
class Table:
    headings: list[str]
    lines: list[Line]
    empty: int  # lines that were left out, as there is nothing in them


def read(path: Path, encoding: str = "") -> Table:
    """Raises Refusal with a sentence for people."""
    try:
        return Table(*sandbox.run(sheets.read_here, str(path), encoding, seconds=SECONDS, megabytes=MEGABYTES))
    except SandboxTimeout:
        sentence = _("Reading this file takes too long. Keep it as CSV, then bring that.")
        raise Refusal("SHEET_UNREADABLE", sentence) from None
    except SandboxError as error:
        raise Refusal("SHEET_UNREADABLE", _("This file cannot be read. Keep it as XLSX or CSV once more.")) from error
