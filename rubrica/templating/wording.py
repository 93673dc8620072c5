"""Numbers, amounts and dates in the Spanish that the contract fixes for documents (contract/auco.md §10.3)."""

from datetime import date
from decimal import Decimal

MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
UNITS = (
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce", "trece",
    "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiuno", "veintidós",
    "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho", "veintinueve",
)  # fmt: skip
TENS = ("", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa")
HUNDREDS = (
    "", "ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos", "seiscientos", "setecientos",
    "ochocientos", "novecientos",
)  # fmt: skip
LARGEST = Decimal(10) ** 18  # beyond the trillions that are spelled here


def long_date(day: date) -> str:
    """``15 de enero de 2024``."""
    return f"{day.day} de {MONTHS[day.month - 1]} de {day.year}"


def grouped(number: Decimal) -> str:
    """``1.234.567,5``: points between thousands and a comma before the decimals."""
    text = f"{number:,f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    return whole.replace(",", ".") + (f",{decimals}" if decimals else "")


def number_with_words(number: Decimal) -> str:
    """``5.000 (CINCO MIL)``."""
    return f"{grouped(number)} ({spelled(number)})".upper()


def pesos(number: Decimal, *, words: bool) -> str:
    """``$50.000 (CINCUENTA MIL PESOS)``, or the figure alone."""
    figure = f"-${grouped(-number)}" if number < 0 else f"${grouped(number)}"
    return f"{figure} ({_pesos_in_words(number)})" if words else figure


def spelled(number: Decimal) -> str:
    """In lower case; the decimals are read as a number of their own: ``dos coma cinco``."""
    sign = "menos " if number < 0 else ""
    number = abs(number)
    whole = int(number)
    decimals = f"{number:f}".partition(".")[2].rstrip("0")
    after = ""
    if decimals:
        zeros = "cero " * (len(decimals) - len(decimals.lstrip("0")))
        after = f" coma {zeros}{_whole(int(decimals))}"
    return sign + _whole(whole) + after


def _pesos_in_words(number: Decimal) -> str:
    sign, number = ("menos " if number < 0 else ""), abs(number)
    whole, cents = int(number), int(number * 100) % 100
    of = " de" if whole and whole % 1_000_000 == 0 else ""
    text = f"{sign}{_shortened(_whole(whole))}{of} {'peso' if whole == 1 else 'pesos'}"
    if cents:
        text += f" con {_shortened(_whole(cents))} {'centavo' if cents == 1 else 'centavos'}"
    return text.upper()


def _whole(number: int) -> str:
    if number < 1000:
        return _below_thousand(number)
    if number < 1_000_000:
        return _joined("mil" if number < 2000 else f"{_shortened(_whole(number // 1000))} mil", number % 1000)
    for size, one, many in ((10**12, "billón", "billones"), (10**6, "millón", "millones")):
        if number >= size:
            count = number // size
            head = f"un {one}" if count == 1 else f"{_shortened(_whole(count))} {many}"
            return _joined(head, number % size)
    raise AssertionError("every number of a million or more has one of these sizes")


def _joined(head: str, rest: int) -> str:
    return f"{head} {_whole(rest)}" if rest else head


def _below_thousand(number: int) -> str:
    if number < 30:
        return UNITS[number]
    if number < 100:
        tens, unit = divmod(number, 10)
        return TENS[tens] + (f" y {UNITS[unit]}" if unit else "")
    if number == 100:
        return "cien"
    hundreds, rest = divmod(number, 100)
    return _joined(HUNDREDS[hundreds], rest)


def _shortened(words: str) -> str:
    """Before a noun: ``veintiún mil``, ``treinta y un pesos``."""
    if words.endswith("veintiuno"):
        return words.removesuffix("veintiuno") + "veintiún"
    return words.removesuffix("uno") + "un" if words.endswith("uno") else words
