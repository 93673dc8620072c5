"""Numbers as people and programs write them."""

import re
from decimal import Decimal

from rubrica.templating.wording import LARGEST

PLAIN = re.compile(r"[+-]?\d{1,18}([.,]\d{1,6})?")
GROUPED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d{1,6})?")  # 1.234.567,50
GROUPED_BY_COMMAS = re.compile(r"[+-]?\d{1,3}(,\d{3}){2,}(\.\d{1,6})?")  # 1,234,567.50; a single comma is a decimal one


def read_number(text: str) -> Decimal | None:
    """``1234.5``, ``1234,5``, ``1.234,5`` and ``$ 1.234``; None for what is no number.

    A point before three last digits groups thousands, as numbers are shown here.
    """
    text = text.strip().removeprefix("$").replace(" ", "").replace("\u00a0", "")
    if GROUPED.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif GROUPED_BY_COMMAS.fullmatch(text):
        text = text.replace(",", "")
    elif PLAIN.fullmatch(text):
        text = text.replace(",", ".")
    else:
        return None
    number = Decimal(text)
    return number if abs(number) < LARGEST else None


def kept(number: Decimal) -> str:
    """As it is stored: digits, with a point where there are decimals."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
