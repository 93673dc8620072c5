"""What may be typed about a person, on a page or in a row of a spreadsheet: by field the sentence for what may not."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_noop as _

from rubrica.drafting.content import MAX_NAME
from rubrica.web.text import is_one_line

PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
MAX_EMAIL = 254  # characters


def text_faults(name: str, email: str, phone: str) -> dict[str, str]:
    """The sentences are still in English. ``phone`` is as ``dialled`` gives it; what is empty is no fault here."""
    faults = {}
    if len(name) > MAX_NAME or not is_one_line(name):
        faults["name"] = _("Write one line of 200 characters at the most.")
    if email and not is_email(email):
        faults["email"] = _("This is not an e-mail address. It looks like ana@example.com.")
    if phone and not PHONE.fullmatch(phone):
        faults["phone"] = _("Write the number with its country, such as +573001234567.")
    return faults


def dialled(phone: str) -> str:
    """Without what people write between the digits."""
    return phone.translate({ord(letter): None for letter in " -().\u00a0"})


def is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= MAX_EMAIL
