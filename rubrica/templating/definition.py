"""A template's JSON as a whole: its questions, who signs, what must be answered; and whether it holds together."""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from rubrica.templating import patterns
from rubrica.templating.countries import CALLING_CODES, DEPARTMENTS, IDENTIFICATIONS
from rubrica.templating.dates import read_limit
from rubrica.templating.faults import Fault, TemplateInvalid
from rubrica.templating.numbers import read_number
from rubrica.templating.questions import (
    MAX_QUESTIONS,
    MAX_SIGNERS,
    MEANT_FOR,
    NEEDED,
    Key,
    Question,
    SignerProfile,
    given,
)

RESERVED = {"signDate", "signComplete"}
NUMBERS = {"number", "currency"}


class Definition(BaseModel):
    """``description``, ``name`` and the HTML are the template's own; this is what filling it in needs."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    config: Annotated[list[Question], Field(max_length=MAX_QUESTIONS)]
    signers: Annotated[list[SignerProfile], Field(max_length=MAX_SIGNERS)] = Field(alias="signatureProfile")
    sign: Annotated[list[Key], Field(max_length=MAX_QUESTIONS)]
    pre_build: StrictBool = Field(default=False, alias="preBuild")
    pre_build_data: list[Key] = Field(default=[], alias="preBuildData")
    help: dict[str, str] = {}

    @cached_property
    def by_name(self) -> dict[str, Question]:
        return {question.name: question for question in self.config}

    @property
    def recipient(self) -> str:
        """The question that holds the address of who completes a pre-filled document."""
        return self.pre_build_data[-1] if self.pre_build_data else ""

    def is_required(self, question: Question) -> bool:
        return question.type == "signature" or question.name in self.sign

    def help_of(self, question: Question) -> str:
        """``help`` names a text of the root's table, or is the text itself."""
        return self.help.get(question.help or "", question.help or "")

    def stored(self) -> dict[str, Any]:
        """As JSON again, with the names of the contract and what the author wrote."""
        return self.model_dump(by_alias=True, exclude_unset=True)


def read(raw: dict[str, Any]) -> Definition:
    """Raises TemplateInvalid with every fault, each with its path, such as ``config[3].regex``."""
    try:
        definition = Definition.model_validate(raw)
    except ValidationError as error:
        raise TemplateInvalid([_fault(one) for one in error.errors()]) from None
    faults = list(_faults(definition))
    if faults:
        raise TemplateInvalid(faults)
    return definition


WORDS = {
    "missing": ("required", "This field is required."),
    "extra_forbidden": ("unknown_attribute", "This attribute is not known here."),
    "string_pattern_mismatch": ("malformed", "This is not written as it must be."),
    "literal_error": ("unknown_choice", "This is none of the words that are allowed here."),
}


def _fault(error: Any) -> Fault:
    path = tuple(part for part in error["loc"] if part not in {"str", "list[constrained-str]", "constrained-str"})
    code, sentence = WORDS.get(error["type"], (str(error["type"]), str(error["msg"])))
    return Fault(path, code, sentence)


def _faults(definition: Definition) -> Iterator[Fault]:
    yield from _names(definition)
    for index, question in enumerate(definition.config):
        path = ("config", index)
        yield from _attributes(question, path)
        yield from _limits(question, path)
        yield from _choices(question, path)
        yield from _conditions(definition, question, path)
    yield from _circles(definition)
    yield from _patterns(definition)
    yield from _references(definition)
    yield from _signers(definition)


def _names(definition: Definition) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, question in enumerate(definition.config):
        names = {question.name, *question.clause_names().values()} if question.is_clause else {question.name}
        if names & RESERVED:
            yield Fault(("config", index, "name"), "reserved", "This name is kept for the product itself.")
        if names & seen:
            yield Fault(("config", index, "name"), "duplicate", "Two questions have this name.")
        seen |= names


def _attributes(question: Question, path: tuple[str | int, ...]) -> Iterator[Fault]:
    written = given(question)
    for name in sorted(written & MEANT_FOR.keys()):
        if question.type not in MEANT_FOR[name]:
            yield Fault((*path, name), "not_for_type", "This attribute means nothing for a question of this type.")
    needed = NEEDED.get(question.type)
    if needed and needed not in written:
        yield Fault((*path, needed), "required", "This field is required.")
    country = (question.country or "").upper()
    countries: dict[str, set[str]] = {
        "phone": set(CALLING_CODES),
        "identification": set(IDENTIFICATIONS),
        "department": set(DEPARTMENTS),
    }
    known = countries.get(question.type)
    if country and known is not None and country not in {name.upper() for name in known}:
        yield Fault((*path, "country"), "unknown_country", "This country is not known for questions of this type.")


def _limits(question: Question, path: tuple[str | int, ...]) -> Iterator[Fault]:
    for name, limit in (("min", question.min), ("max", question.max)):
        if limit is None:
            continue
        if question.type in NUMBERS and read_number(limit) is None:
            yield Fault((*path, name), "not_a_number", "This must be a number.")
        if question.type == "date" and not read_limit(limit):
            yield Fault((*path, name), "not_a_date", "This must be a date such as 2030-01-31, or now.")


def _choices(question: Question, path: tuple[str | int, ...]) -> Iterator[Fault]:
    values = [value for value, _shown in question.choices] or list(question.values or ())
    field = "values" if question.values else "options"
    for index, value in enumerate(values):
        if value in values[:index]:
            yield Fault((*path, field, index), "duplicate", "Two options have this value.")
        if question.values and "," in value:
            yield Fault((*path, field, index), "comma", "An option of a check must not contain a comma.")
    if question.options and question.value and question.value not in values:
        yield Fault((*path, "value"), "unknown_option", "This is none of the options.")
    for index, value in enumerate(question.select or ()):
        if value not in values:
            yield Fault((*path, "select", index), "unknown_option", "This is none of the options.")


def _conditions(definition: Definition, question: Question, path: tuple[str | int, ...]) -> Iterator[Fault]:
    for index, condition in enumerate(question.prereq):
        where = (*path, "prereq", index)
        on = definition.by_name.get(condition.k)
        if on is None:
            yield Fault((*where, "k"), "unknown_question", "There is no question with this name.")
        elif not on.is_clause:
            yield Fault((*where, "k"), "not_a_clause", "Only a question of type clausula can be a condition.")
        elif condition.v not in on.clause_names():
            yield Fault((*where, "v"), "unknown_option", "This is none of the options.")
    known = {name for other in definition.config if other.is_clause for name in other.clause_names().values()}
    for index, name in enumerate(question.any_of):
        if name not in known:
            sentence = "This must be the name of a clause, an underscore and one of its options."
            yield Fault((*path, "prereqOptionals", index), "unknown_option", sentence)


def _circles(definition: Definition) -> Iterator[Fault]:
    """A question whose own answer decides whether it is asked could never be asked."""
    clauses = {name: q.name for q in definition.config if q.is_clause for name in q.clause_names().values()}
    needs = {
        q.name: {c.k for c in q.prereq} | {clauses[name] for name in q.any_of if name in clauses}
        for q in definition.config
    }
    for index, question in enumerate(definition.config):
        reached, waiting = set(), set(needs[question.name])
        while waiting:
            name = waiting.pop()
            reached.add(name)
            waiting |= needs.get(name, set()) - reached
        if question.name in reached:
            sentence = "These conditions go round in a circle, so the question would never be asked."
            yield Fault(("config", index, "prereq"), "circle", sentence)


def _patterns(definition: Definition) -> Iterator[Fault]:
    written = {index: q.regex for index, q in enumerate(definition.config) if q.regex}
    for index in patterns.unusable(written):
        yield Fault(("config", index, "regex"), "regex_invalid", "This regular expression cannot be used.")


def _references(definition: Definition) -> Iterator[Fault]:
    for field, names in (("sign", definition.sign), ("preBuildData", definition.pre_build_data)):
        for index, name in enumerate(names):
            if name not in definition.by_name:
                yield Fault((field, index), "unknown_question", "There is no question with this name.")
    if definition.pre_build and not definition.pre_build_data:
        yield Fault(("preBuildData",), "required", "This field is required.")
    last = definition.by_name.get(definition.recipient)
    if last is not None and last.type != "email":
        sentence = "The last one must be the question for the e-mail of who completes the document."
        yield Fault(("preBuildData", len(definition.pre_build_data) - 1), "not_an_email", sentence)


def _signers(definition: Definition) -> Iterator[Fault]:
    types: set[str] = set()
    for index, signer in enumerate(definition.signers):
        path = ("signatureProfile", index)
        if signer.type in types:
            yield Fault((*path, "type"), "duplicate", "Two signers have this type.")
        types.add(signer.type)
        wanted = [("email", signer.email, {"email"}), ("phone", signer.phone, {"phone"})]
        wanted += [("name", name, set()) for name in signer.names]
        wanted += [("identification", name, set()) for name in signer.identifications]
        for field, name, kinds in wanted:
            question = definition.by_name.get(name or "")
            if name and question is None:
                yield Fault((*path, field), "unknown_question", "There is no question with this name.")
            elif question and kinds and question.type not in kinds:
                yield Fault((*path, field), "wrong_type", "The question with this name is of another type.")
