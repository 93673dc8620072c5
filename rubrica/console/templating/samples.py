"""Answers to try a template with, so that its author need not type them all."""

from collections.abc import Callable
from datetime import timedelta

from rubrica.templating import answers, composing
from rubrica.templating.definition import Definition
from rubrica.templating.questions import Question

TEXTS = {
    "text": "Lorem ipsum",
    "name": "Ana Ruiz",
    "email": "ana@example.com",
    "phone": "+573001234567",
    "number": "5000",
    "currency": "1500000",
    "nit": "900123456-7",
    "department": "Antioquia",
    "request": "ABC-123",
    "signature": "Ana Ruiz",
}
IMAGE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PIXEL = f"data:image/png;base64,{IMAGE}"


def samples(definition: Definition) -> dict[str, str]:
    """Plausible ones; where limits or patterns refuse them, the author sees which."""
    found = {question.name: _sample(question) for question in definition.config}
    emails = [question.name for question in definition.config if question.type == "email"]
    for number, name in enumerate(emails[1:], start=2):
        found[name] = f"ana{number}@example.com"  # two signers must not have the same address
    return found


def _sample(question: Question) -> str:
    if question.default:
        return question.default
    if question.choices:
        return question.choices[0][0]
    made = MAKERS.get(question.type)
    text = made(question) if made else TEXTS[question.type]
    return text[: question.max_length] if question.max_length else text


def _signature(question: Question) -> str:
    return TEXTS["signature"] if "font" in (question.allow or ["font"]) else PIXEL


def _day(question: Question) -> str:
    today = composing.today()
    years = (question.after_sub_years or 0) - (question.sub_years or 0)
    day = today.replace(day=1) + timedelta(days=366 * years)
    if question.sub_days:
        day -= timedelta(days=question.sub_days + 31)
    for limit in (question.min, question.max):
        if limit and limit != "now":
            return limit
    return (day if years or question.sub_days else today).isoformat()


MAKERS: dict[str, Callable[[Question], str]] = {
    "check": lambda question: ", ".join((question.values or [])[:2]),
    "identification": lambda question: f"{answers.identification_types(question)[0]} 1084340519",
    "date": _day,
    "number": lambda question: question.min or question.max or TEXTS["number"],
    "currency": lambda question: question.min or question.max or TEXTS["currency"],
    "image": lambda question: PIXEL,
    "signature": _signature,
}
