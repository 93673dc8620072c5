"""The file name of a raw upload, from its Content-Disposition (RFC 6266, RFC 8187)."""

from email.message import Message
from urllib.parse import unquote


def file_name(header: str) -> str:
    """The name in ``filename*``, else in ``filename``, else an empty string."""
    message = Message()
    message["Content-Disposition"] = header.replace("\r", " ").replace("\n", " ")
    name = message.get_filename()
    if name is None:
        return ""
    return unquote(name) if "%" in name and "filename*" not in header.lower() else name
