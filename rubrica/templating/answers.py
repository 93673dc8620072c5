"""Whether answers fit their questions: which are asked at all, which are needed, and how each is kept."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from rubrica.templating import patterns
from rubrica.templating.countries import CALLING_CODES, DEPARTMENTS, IDENTIFICATIONS
from rubrica.templating.dates import days_before, read_date, read_limit, years_from
from rubrica.templating.definition import Definition
from rubrica.templating.faults import Fault
from rubrica.templating.numbers import kept, read_number
from rubrica.templating.questions import Question
from rubrica.web.text import is_one_line, is_storable

SPOKEN = "%d/%m/%Y"
MAX_TEXT = 20_000  # characters
MAX_LINE = 500
MAX_IMAGE = 8 << 20  # bytes, contract/auco.md §10.3
MAX_SIGNATURE_TEXT = 100
DATA_URI = re.compile(r"data:image/(png|jpeg|jpg);base64,", re.IGNORECASE)
HEADS = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
NUMBER_OF_CARD = re.compile(r"[A-Za-z0-9]{3,25}")


@dataclass(frozen=True)
class Answers:
    """``values`` holds what is kept of each question that is asked and answered; ``asked`` is in the order of asking.

    The path of a fault is the name of its question.
    """

    values: dict[str, str]
    asked: list[str]
    faults: list[Fault]

    def faults_by_name(self) -> dict[str, Fault]:
        return {str(fault.path[0]): fault for fault in reversed(self.faults)}


class _Wrong(Exception):
    def __init__(self, code: str, sentence: str, **values: object) -> None:
        self.code, self.sentence, self.values = code, sentence, values


def check(definition: Definition, given: Mapping[str, str], today: date, *, partial: bool = False) -> Answers:
    """``partial`` lets what is missing be missing still. Answers to questions that are not asked are dropped."""
    asked = asked_questions(definition, given)
    values: dict[str, str] = {}
    faults: list[Fault] = []
    for question in asked:
        text = given.get(question.name, question.default).strip()
        if not text:
            if definition.is_required(question) and not partial:
                faults.append(Fault((question.name,), "required", "Please answer this."))
            continue
        try:
            values[question.name] = _read(question, text, today)
        except _Wrong as wrong:
            faults.append(Fault((question.name,), wrong.code, wrong.sentence, wrong.values))
    faults += _pattern_faults(asked, values)
    faults += _group_faults(asked, values)
    return Answers(values, [question.name for question in asked], faults)


def asked_questions(definition: Definition, given: Mapping[str, str]) -> list[Question]:
    """Those whose conditions hold. A clause that is not asked itself has no answer."""
    known: dict[str, bool] = {}

    def answer(name: str) -> str:
        on = definition.by_name[name]
        return given.get(name, on.default).strip() if is_asked(on) else ""

    def is_asked(question: Question) -> bool:
        # A definition has no circles, so this ends; each question is judged once.
        if question.name not in known:
            known[question.name] = _holds(definition, question, answer)
        return known[question.name]

    return [question for question in definition.config if is_asked(question)]


def _holds(definition: Definition, question: Question, answer: Callable[[str], str]) -> bool:
    """Every condition of ``prereq``, each by its own value or by one of ``prereqOptionals``."""
    if question.prereq:
        return all(c.v == answer(c.k) or f"{c.k}_{answer(c.k)}" in question.any_of for c in question.prereq)
    if question.any_of:
        clauses = [other for other in definition.config if other.is_clause and _is_named(other, question)]
        return any(clause.clause_names().get(answer(clause.name)) in question.any_of for clause in clauses)
    return True


def _is_named(clause: Question, by: Question) -> bool:
    return not set(clause.clause_names().values()).isdisjoint(by.any_of)


def _read(question: Question, text: str, today: date) -> str:
    if question.type not in {"image", "signature"}:
        if not is_storable(text) or (question.type != "text" and not is_one_line(text)):
            raise _Wrong("characters", "This has characters that cannot be used here.")
        most = MAX_TEXT if question.type == "text" else MAX_LINE
        if len(text) > min(most, question.max_length if question.max_length is not None else most):
            most = min(most, question.max_length if question.max_length is not None else most)
            raise _Wrong("too_long", "Please use %(most)s characters at the most.", most=most)
    return READERS[question.type](question, text, today)


def _plain(question: Question, text: str, today: date) -> str:
    return text


def _email(question: Question, text: str, today: date) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise _Wrong("email", "This is not an e-mail address.") from None
    return text.lower()


def _phone(question: Question, text: str, today: date) -> str:
    digits = text.translate({ord(letter): None for letter in " -()."})
    code = CALLING_CODES.get((question.country or "").lower())
    if code and not digits.startswith("+"):
        digits = f"+{code}{digits}"
    if not PHONE.fullmatch(digits):
        raise _Wrong("phone", "Please give the number with its country, such as +57 300 000 0000.")
    if code and not digits.startswith(f"+{code}"):
        raise _Wrong("phone_country", "This number must begin with +%(prefix)s.", prefix=code)
    return digits


def _number(question: Question, text: str, today: date) -> str:
    number = read_number(text)
    if number is None:
        raise _Wrong("number", "Please write a number.")
    if question.min is not None and number < (read_number(question.min) or Decimal(0)):
        raise _Wrong("too_small", "This must be at least %(least)s.", least=question.min)
    if question.max is not None and number > (read_number(question.max) or Decimal(0)):
        raise _Wrong("too_large", "This must be at most %(most)s.", most=question.max)
    return kept(number)


def _date(question: Question, text: str, today: date) -> str:
    day = read_date(text)
    if day is None:
        raise _Wrong("date", "Please give a day of the calendar, such as 31/01/2030.")
    for wrong in _date_limits(question, day, today):
        raise wrong
    return day.isoformat()


def _date_limits(question: Question, day: date, today: date) -> Iterator[_Wrong]:
    least = read_limit(question.min, today) if question.min else None
    most = read_limit(question.max, today) if question.max else None
    if least and day < least:
        yield _Wrong("too_early", "This must not be before %(day)s.", day=least.strftime(SPOKEN))
    if most and day > most:
        yield _Wrong("too_late", "This must not be after %(day)s.", day=most.strftime(SPOKEN))
    if question.sub_years is not None and day > years_from(today, -question.sub_years):
        yield _Wrong("too_young", "This must be %(years)s years ago at least.", years=question.sub_years)
    if question.sub_days is not None and day > days_before(today, question.sub_days):
        yield _Wrong("too_recent", "This must be %(days)s days ago at least.", days=question.sub_days)
    if question.after_sub_years is not None and day < years_from(today, question.after_sub_years):
        yield _Wrong("too_soon", "This must be %(years)s years from now at least.", years=question.after_sub_years)


def _nit(question: Question, text: str, today: date) -> str:
    digits = text.translate({ord(letter): None for letter in " -."})
    if not (digits.isascii() and digits.isdigit() and 6 <= len(digits) <= 15):
        raise _Wrong("nit", "Please write the NIT with its last digit, such as 900123456-7.")
    return digits


def _identification(question: Question, text: str, today: date) -> str:
    """``CC 1084340519``: the kind of document, a space, the number."""
    kind, _, number = text.partition(" ")
    number = number.translate({ord(letter): None for letter in " -."})
    if kind.upper() not in identification_types(question):
        raise _Wrong("identification_type", "Please choose the kind of identification.")
    if not NUMBER_OF_CARD.fullmatch(number):
        raise _Wrong("identification", "Please write the number of the identification.")
    return f"{kind.upper()} {number.upper()}"


def identification_types(question: Question) -> tuple[str, ...]:
    """Of the question's country; where it has none, every type of every country."""
    if question.country:
        return IDENTIFICATIONS[question.country.upper()]
    return tuple(dict.fromkeys(kind for kinds in IDENTIFICATIONS.values() for kind in kinds))


def identification_country(question: Question, kind: str) -> str:
    """The country of a document of this kind: the question's, else Colombia, else the only one that has the kind."""
    if question.country:
        return question.country.upper()
    return "CO" if kind in IDENTIFICATIONS["CO"] else next(c for c, kinds in IDENTIFICATIONS.items() if kind in kinds)


def _department(question: Question, text: str, today: date) -> str:
    names = DEPARTMENTS[(question.country or "CO").upper()]
    for name in names:
        if name.casefold() == text.casefold():
            return name
    raise _Wrong("choice", "Please choose one from the list.")


def _choice(question: Question, text: str, today: date) -> str:
    """By its value, or by the words that people see."""
    for value, _shown in question.choices:
        if text == value:
            return value
    for value, shown in question.choices:
        if text.casefold() == shown.casefold():
            return value
    raise _Wrong("choice", "Please choose one from the list.")


def _check(question: Question, text: str, today: date) -> str:
    chosen = [part.strip() for part in text.split(",") if part.strip()]
    if any(one not in (question.values or ()) for one in chosen):
        raise _Wrong("choice", "Please choose from the list.")
    return ", ".join(value for value in question.values or () if value in chosen)


def _image(question: Question, text: str, today: date) -> str:
    match = DATA_URI.match(text[:40])
    if not match:
        raise _Wrong("image", "Please choose a picture: PNG or JPEG.")
    try:
        content = base64.b64decode(text[match.end() :], validate=True)
    except (binascii.Error, ValueError):
        raise _Wrong("image", "Please choose a picture: PNG or JPEG.") from None
    if len(content) > MAX_IMAGE:
        raise _Wrong("image_too_large", "The picture must not be larger than 8 MB.")
    kind = "png" if content.startswith(HEADS["png"]) else "jpeg"
    if not content.startswith(HEADS[kind]):
        raise _Wrong("image", "Please choose a picture: PNG or JPEG.")
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _signature(question: Question, text: str, today: date) -> str:
    """A drawing as a picture, or a name that is set in a handwriting face."""
    allowed = question.allow or ["draw", "font"]
    if text.startswith("data:"):
        if "draw" not in allowed:
            raise _Wrong("signature_kind", "Please type your name to sign here.")
        return _image(question, text, today)
    if "font" not in allowed:
        raise _Wrong("signature_kind", "Please draw your signature here.")
    if len(text) > MAX_SIGNATURE_TEXT or not is_one_line(text):
        raise _Wrong("too_long", "Please use %(most)s characters at the most.", most=MAX_SIGNATURE_TEXT)
    return text


READERS: dict[str, Callable[[Question, str, date], str]] = {
    "text": _plain,
    "name": _plain,
    "request": _plain,
    "email": _email,
    "phone": _phone,
    "number": _number,
    "currency": _number,
    "date": _date,
    "nit": _nit,
    "identification": _identification,
    "department": _department,
    "select": _choice,
    "searchlist": _choice,
    "clausula": _choice,
    "check": _check,
    "image": _image,
    "signature": _signature,
}


def _pattern_faults(asked: list[Question], values: Mapping[str, str]) -> list[Fault]:
    pairs = {q.name: (q.regex, values[q.name]) for q in asked if q.regex and q.name in values}
    return [Fault((name,), "pattern", "This is not written as it must be.") for name in patterns.unmatched(pairs)]


def _group_faults(asked: list[Question], values: Mapping[str, str]) -> Iterator[Fault]:
    """Said at every question of the group that has an answer, so that the person sees it where they are."""
    groups: dict[str, list[Question]] = {}
    for question in asked:
        if question.group and question.name in values:
            groups.setdefault(question.group.id, []).append(question)
    for questions in groups.values():
        total = sum(Decimal(values[question.name]) for question in questions)
        for question in questions:
            if question.group and total > Decimal(str(question.group.max)):
                own = question.group.error_message.replace("%", "%%")
                sentence = own or "Together these must not be more than %(most)s."
                yield Fault((question.name,), "group", sentence, {"most": kept(Decimal(str(question.group.max)))})
