"""The file name of a raw upload, from its Content-Disposition (RFC 6266, RFC 8187)."""

import re
from urllib.parse import unquote

# Two charsets are all that RFC 8187 knows of; others name codecs of Python that raise, or take forever.
EXTENDED = re.compile(r"filename\*\s*=\s*(utf-8|iso-8859-1)'[^']*'([^;\s]+)", re.IGNORECASE)
QUOTED = re.compile(r'filename\s*=\s*"((?:[^"\\]|\\.)*)"', re.IGNORECASE)
BARE = re.compile(r"filename\s*=\s*([^;\"]+)", re.IGNORECASE)


def file_name(header: str) -> str:
    """The name in ``filename*``, else in ``filename``, else an empty string."""
    if extended := EXTENDED.search(header):
        return unquote(extended[2], encoding=extended[1])
    if quoted := QUOTED.search(header):
        name = re.sub(r"\\(.)", r"\1", quoted[1])
    else:
        bare = BARE.search(header)
        name = bare[1].strip() if bare else ""
    return unquote(_as_utf8(name)) if "%" in name else _as_utf8(name)


def _as_utf8(name: str) -> str:
    """Headers arrive as Latin-1, and most who send more than ASCII in one mean UTF-8."""
    try:
        return name.encode("latin-1").decode()
    except UnicodeError:
        return name
