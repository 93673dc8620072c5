"""The questions of a template, field by field as its JSON has them (contract/auco.md §10.3)."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints

QuestionType = Literal[
    "text", "name", "email", "phone", "number", "currency", "date", "nit", "identification", "department",
    "select", "searchlist", "clausula", "check", "image", "signature", "request",
]  # fmt: skip
LISTS = {"select", "searchlist", "clausula"}
MAX_QUESTIONS, MAX_OPTIONS, MAX_SIGNERS = 300, 1000, 100
MAX_PATTERN = 500  # characters of a regular expression

# Which questions an attribute means something for; elsewhere it would be taken in and ignored, so it is refused.
MEANT_FOR: dict[str, set[str]] = {
    "options": LISTS,
    "values": {"check"},
    "select": {"check"},
    "endpoint": {"request"},
    "addText": {"number"},
    "removeText": {"currency"},
    "allow": {"signature"},
    "groupQuestion": {"number", "currency"},
    "maxlength": {"text", "name", "phone", "email", "nit", "request"},
    "regex": {"text", "name", "phone", "email", "nit", "number", "currency", "identification", "request"},
    "min": {"number", "currency", "date"},
    "max": {"number", "currency", "date"},
    "subYears": {"date"},
    "subDays": {"date"},
    "afterSubYears": {"date"},
    "country": {"phone", "identification", "department"},
}
NEEDED = {**dict.fromkeys(LISTS, "options"), "check": "values", "request": "endpoint"}


def _text(value: object) -> object:
    """Limits are written as texts in the contract, and numbers are sent as well."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _whole(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 7 else value


Key = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[\w.\-]{1,100}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Choice = Annotated[str, BeforeValidator(_text), StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Limit = Annotated[str, BeforeValidator(_text), StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Count = Annotated[int, BeforeValidator(_whole), Field(strict=True, ge=0, le=100_000)]
Years = Annotated[int, BeforeValidator(_whole), Field(strict=True, ge=0, le=200)]


class Part(BaseModel):
    """An attribute that we do not know is refused: what is taken in is acted on."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Option(Part):
    name: Choice | None = None
    label: Choice | None = None
    value: Choice

    @property
    def shown(self) -> str:
        return self.label or self.name or self.value


class Condition(Part):
    """The question is asked when ``k``, a clause, was answered with ``v``."""

    k: Key
    v: Choice


class Group(Part):
    """Questions of one group must not add up to more than ``max``."""

    id: Choice
    max: Annotated[float, Field(allow_inf_nan=False)]
    error_message: Annotated[str, StringConstraints(max_length=500)] = Field(default="", alias="errorMessage")


class Question(Part):
    name: Key
    description: Words
    type: QuestionType
    help: Annotated[str, StringConstraints(max_length=2000)] | None = None
    value: Annotated[str, BeforeValidator(_text), StringConstraints(max_length=2000)] | None = None
    options: Annotated[list[Option], Field(min_length=1, max_length=MAX_OPTIONS)] | None = None
    values: Annotated[list[Choice], Field(min_length=1, max_length=MAX_OPTIONS)] | None = None
    select: list[Choice] | None = None
    endpoint: Annotated[str, StringConstraints(max_length=2000, pattern=r"^https://[^\s/?#@]+([/?#]\S*)?$")] | None = (
        None
    )
    add_text: StrictBool | None = Field(default=None, alias="addText")
    remove_text: StrictBool | None = Field(default=None, alias="removeText")
    allow: Annotated[list[Literal["draw", "font"]], Field(min_length=1)] | None = None
    group: Group | None = Field(default=None, alias="groupQuestion")
    max_length: Count | None = Field(default=None, alias="maxlength")
    regex: Annotated[str, StringConstraints(min_length=1, max_length=MAX_PATTERN)] | None = None
    min: Limit | None = None
    max: Limit | None = None
    sub_years: Years | None = Field(default=None, alias="subYears")
    sub_days: Count | None = Field(default=None, alias="subDays")
    after_sub_years: Years | None = Field(default=None, alias="afterSubYears")
    country: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z]{2}$")] | None = None
    prereq: Annotated[list[Condition], Field(max_length=50)] = []
    any_of: Annotated[list[Choice], Field(max_length=200)] = Field(default=[], alias="prereqOptionals")

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What may be chosen: the value that is kept and the words that are shown."""
        return [(option.value, option.shown) for option in self.options or ()]

    @property
    def is_clause(self) -> bool:
        return self.type == "clausula"

    @property
    def default(self) -> str:
        if self.select:
            return ", ".join(self.select)
        return self.value or ""

    def clause_names(self) -> dict[str, str]:
        """The placeholder of each option of a clause, by the option's value."""
        return {value: f"{self.name}_{value}" for value, _shown in self.choices}


class SignerProfile(Part):
    """Where a signer's particulars stand among the answers, and the word for the signer's place in the HTML."""

    name: Key | Annotated[list[Key], Field(min_length=1, max_length=10)]
    email: Key
    phone: Key | None = None
    identification: Annotated[str, StringConstraints(pattern=r"^[\w.\-]+(\|[\w.\-]+)*$", max_length=500)] | None = None
    type: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    notification: StrictBool | None = None
    role: Literal["SIGNER", "APPROVER"] = "SIGNER"
    order: Annotated[int, BeforeValidator(_whole), Field(strict=True, ge=0, le=10_000)] | None = None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$")] | None = None
    identification_type: Choice | None = Field(default=None, alias="identificationType")

    @property
    def names(self) -> list[str]:
        return self.name if isinstance(self.name, list) else [self.name]

    @property
    def identifications(self) -> list[str]:
        return self.identification.split("|") if self.identification else []


def given(question: Question) -> set[str]:
    """The attributes that the author wrote, by their names in the JSON."""
    fields = type(question).model_fields
    return {fields[name].alias or name for name in question.model_fields_set}


Raw = dict[str, Any]
