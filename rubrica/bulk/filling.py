"""What one row makes of what is written: its people, names and texts; and what is wrong with it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from django.utils.translation import gettext_noop as _

from rubrica.bulk.columns import TITLE, Chosen, TooLong, put_in, values
from rubrica.drafting.checking import people_problems
from rubrica.drafting.content import MAX_MESSAGE, MAX_TITLE, Content, Language, Person
from rubrica.drafting.from_template import person_of
from rubrica.drafting.headings import LANGUAGES
from rubrica.drafting.typed import dialled, text_faults
from rubrica.templating import answers, composing, signers
from rubrica.templating.definition import Definition
from rubrica.web.text import is_one_line, searchable

LONG_LINE = _("Write one line of 300 characters at the most.")
LONG_MESSAGE = _("With what this row puts in, the message has more than 20,000 characters.")
SHORTEST_NUMBER = 8  # digits behind a country's code, below which these digits are no code


@dataclass(frozen=True)
class Wrong:
    """``key`` is the target that it concerns, or empty; the sentence is still in English."""

    key: str
    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)

    def spoken(self, translate: Callable[[str], str]) -> str:
        sentence = translate(self.sentence)
        return sentence % self.values if self.values else sentence


@dataclass(frozen=True)
class Filled:
    """``answers`` are those to a template's questions."""

    content: Content
    wrong: list[Wrong]
    answers: dict[str, str]


@dataclass(frozen=True)
class Form:
    """What every row is put into. ``definition`` is that of a template of questions; ``papers`` how many there are."""

    content: Content
    headings: Sequence[str]
    chosen: Chosen
    papers: int
    definition: Definition | None = None

    def fill(self, cells: Sequence[str]) -> Filled:
        said = values(self.chosen, cells)
        texts, wrong = self._texts(said, cells)
        content = self.content.model_copy(update=texts)
        wrong += _text_wrongs(content)
        if self.definition is None:
            people = [_person(person, said, self.chosen.country) for person in self.content.people]
            content = content.model_copy(update={"people": people})
            wrong += _people_wrongs(content, said, self.papers)
            return Filled(content, wrong, {})
        given = {key.removeprefix("q."): text for key, text in said.items() if key.startswith("q.")}
        people, faults = _answered(self.definition, given)
        return Filled(content.model_copy(update={"people": people}), wrong + faults, given)

    def _texts(self, said: Mapping[str, str], cells: Sequence[str]) -> tuple[dict[str, str], list[Wrong]]:
        """What is too long by far stays as it is written."""
        name, message = said.get(TITLE) or self.content.name, self.content.message
        made: dict[str, str] = {}
        wrong: list[Wrong] = []
        for key, text in {"name": name, "subject": self.content.subject, "message": message}.items():
            try:
                made[key] = put_in(text, self.headings, cells)
            except TooLong:
                wrong.append(Wrong("", LONG_MESSAGE) if key == "message" else Wrong(TITLE, LONG_LINE))
        # Name and subject are one line each.
        return {key: text if key == "message" else " ".join(text.split()) for key, text in made.items()}, wrong


def _text_wrongs(content: Content) -> Iterator[Wrong]:
    if not content.name:
        yield Wrong(TITLE, _("Give the process a name. Everybody sees it."))
    if max(len(content.name), len(content.subject)) > MAX_TITLE or not is_one_line(content.name + content.subject):
        yield Wrong(TITLE, LONG_LINE)
    if len(content.message) > MAX_MESSAGE:
        yield Wrong("", LONG_MESSAGE)


def _person(person: Person, said: Mapping[str, str], country: str) -> Person:
    found = {name: " ".join(said[key].split()) for name in ("name", "email") if (key := f"{person.id}.{name}") in said}
    if phone := said.get(f"{person.id}.phone"):
        found["phone"] = _called(phone, country)
    if language := said.get(f"{person.id}.language"):
        found["language"] = _language(language) or person.language
    return person.model_copy(update=found) if found else person


def _called(phone: str, country: str) -> str:
    """Spreadsheets take the plus away from a number, and people leave the country out."""
    number = dialled(phone)
    if number.startswith("00"):
        return f"+{number[2:]}"
    if not country or number.startswith("+"):
        return number
    has_country = number.startswith(country) and len(number) >= len(country) + SHORTEST_NUMBER
    return f"+{number}" if has_country else f"+{country}{number.lstrip('0')}"


def _language(text: str) -> Language | None:
    found = next((code for code, words in LANGUAGES.items() if searchable(text) in words), None)
    return cast(Language, found) if found else None


def _people_wrongs(content: Content, said: Mapping[str, str], papers: int) -> Iterator[Wrong]:
    for person in content.people:
        for name, sentence in text_faults(person.name, person.email, person.phone).items():
            yield Wrong(f"{person.id}.{name}", sentence)
        language = said.get(f"{person.id}.language")
        if language and _language(language) is None:
            yield Wrong(f"{person.id}.language", _("Write es, en or pt."))
    for problem in people_problems(content, papers):
        yield Wrong(".".join(str(part) for part in problem.path[1:3]), problem.message, problem.values)


def _answered(definition: Definition, given: Mapping[str, str]) -> tuple[list[Person], list[Wrong]]:
    known = answers.check(definition, given, composing.today())
    derived, faults = signers.derive(definition, known.values)
    # Where an answer is wrong, what follows from it would be said as a second fault.
    found = known.faults or faults
    wrong = [Wrong(f"q.{fault.path[0]}", fault.sentence, fault.values) for fault in found]
    if not derived and not wrong:
        wrong.append(Wrong("", _("Add at least one person who signs, approves or sends files.")))
    return [person_of(one) for one in derived], wrong
