"""Files as parts of a form: every part that has a file name is one, whatever the part is called.

Django's own parser writes a temporary file that would be read again to be hashed, takes a form that was cut for a whole
one, and leaves out parts without a name. This one hands pieces on as they come, and holds none.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from email.message import Message
from typing import Any

from django.http import HttpRequest
from multipart import (  # type: ignore[import-untyped]  # it has its types inside, and no mark that says so
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
)

from rubrica.files import intake
from rubrica.records.attachments import incoming, names
from rubrica.records.attachments.incoming import Allowance, Incoming
from rubrica.records.errors import Wrong

MOST_PARTS = 100  # fields of text, which nobody reads, among them
AROUND = 1024 * 1024  # bytes that a form may add to its files
HEADER_BYTES = 4096


def files(request: HttpRequest, length: int, allowance: Allowance, stack: ExitStack) -> list[Incoming]:
    """Raises Wrong where the form cannot be read, IntakeRefused for what it brings."""
    if length > allowance.files * allowance.size + AROUND:
        raise intake.too_large(allowance.size)
    try:
        parser = PushMultipartParser(
            _boundary(request), length, max_segment_count=MOST_PARTS, max_header_size=HEADER_BYTES
        )
        return list(_collected(_events(parser, request), allowance, stack))
    except ParserLimitReached:
        raise Wrong("value", "must not have more than %(most)s parts or longer headers", most=MOST_PARTS) from None
    except MultipartError:
        raise Wrong("value", "must be a whole multipart/form-data body") from None


def _boundary(request: HttpRequest) -> str:
    header = Message()
    header["Content-Type"] = request.headers.get("Content-Type", "")
    return str(header.get_boundary(""))


def _events(parser: PushMultipartParser, request: HttpRequest) -> Iterator[Any]:
    """The head of a part, its pieces, and None at its end."""
    # Leaving it raises unless the last boundary has come, which is how a cut form is told from a whole one.
    with parser:
        while chunk := intake.read(request, intake.CHUNK):
            yield from parser.parse(chunk)


def _collected(events: Iterator[Any], allowance: Allowance, stack: ExitStack) -> Iterator[Incoming]:
    count = 0
    for part in events:
        if not isinstance(part, MultipartSegment) or not part.filename:
            continue  # a field of text, its pieces and its end; or a file input that was left empty
        count += 1
        if count > allowance.files:
            raise incoming.too_many(allowance.files)
        name = names.file_name(part.filename)
        collector = stack.enter_context(intake.collecting(allowance.size))
        while (piece := next(events)) is not None:
            collector.write(piece)
        yield Incoming(name, collector.arrived())
