"""Which texts from outside can be kept and shown."""

import re

# PostgreSQL keeps no NUL, and half of a surrogate pair is no character at all.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
CONTROLS = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def is_storable(text: str) -> bool:
    return UNSTORABLE.search(text) is None


def is_one_line(text: str) -> bool:
    """Without line breaks and control characters, which mails, PDFs and terminals would act on."""
    return CONTROLS.search(text) is None
