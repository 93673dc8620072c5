"""The shape of records, as it goes over the wire and as it is stored: one JSON object (contract/aero.md §4.2)."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, model_validator
from pydantic import Field as Limits
from pydantic.alias_generators import to_camel

from rubrica.records.ids import new_line_key
from rubrica.web.text import is_one_line

MAX_FIELDS = 500
MAX_BLOCKS = 50
MAX_CHOICES = 1000
MAX_GROUPS = 50
MAX_MEMBERS = 1000
NAME = r"[A-Za-z][A-Za-z0-9_]*"
WHOLE_NAME = re.compile(NAME)
# What stands beside a record's own values, and could not be told from them.
RESERVED = {"status", "externalId", "accessGroups", "id"}
LINE_RESERVED = {"externalId", "id"}
KINDS = ("text", "number", "boolean", "date", "dateTime", "picklist", "reference", "signature", "attachment")
EVERYTHING = "*"
MEBIBYTE = 1024 * 1024  # bytes


def _one_line(text: str) -> str:
    if not is_one_line(text):
        raise ValueError("must be one line without control characters")
    return text


Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_one_line)]
Filled = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_one_line)]
Path = Annotated[str, StringConstraints(pattern=rf"^{NAME}(\.{NAME})*$", max_length=100)]
Name = Annotated[str, StringConstraints(pattern=rf"^{NAME}$", max_length=100)]


class Part(BaseModel):
    """Spelled in camelCase outside; what nobody knows is refused, so that a slip of the pen is noticed."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True)


class Choice(Part):
    """A status or a value of a picklist; a bare text is one that is shown as it is called."""

    name: Filled
    label: Line = ""


def _from_text(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


Choices = Annotated[list[Annotated[Choice, BeforeValidator(_from_text)]], Limits(max_length=MAX_CHOICES)]


class Field(Part):
    """``name`` is the declared path: dots put a field into a group. ``many``: a picklist or reference that takes
    several. ``definition`` and ``on_delete`` say what a reference leads to, and what becomes of it when that goes."""

    name: Path
    label: Line = ""
    translation_key: Line | None = None
    type: Literal["text", "number", "boolean", "date", "dateTime", "picklist", "reference", "signature", "attachment"]
    required: bool = False
    many: bool = False
    options: Choices = []
    definition: Filled | None = None
    on_delete: Literal["prevent", "delete", "clear"] = "prevent"
    max_attachments: Annotated[int, Limits(ge=1, le=10_000)] | None = None
    max_file_size_mb: Annotated[float, Limits(gt=0, le=5120, strict=False)] | None = None
    max_image_width: Annotated[int, Limits(ge=1, le=100_000)] | None = None
    accepted_types: Annotated[list[Filled], Limits(max_length=100)] = []

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        _check_distinct([option.name for option in self.options])
        if self.type == "picklist" and not self.options:
            raise ValueError('needs "options"')
        if self.type == "reference" and not self.definition:
            raise ValueError('needs "definition"')
        if self.many and self.type not in {"picklist", "reference"}:
            raise ValueError('may not have "many"')
        return self

    @property
    def max_bytes(self) -> int | None:
        """Of one file; a megabyte is 2^20 here, so that nothing is refused that aero takes."""
        return None if self.max_file_size_mb is None else int(self.max_file_size_mb * MEBIBYTE)

    @property
    def is_attachment(self) -> bool:
        return self.type == "attachment"

    @property
    def shown_name(self) -> str:
        return self.label or self.name


Fields = Annotated[list[Field], Limits(max_length=MAX_FIELDS)]


class LineBlock(Part):
    """A table within the record: every line has the same fields."""

    name: Name
    label: Line = ""
    fields: Fields = []

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:
        _check_names([field.name for field in self.fields], LINE_RESERVED)
        return self

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)

    @property
    def shown_name(self) -> str:
        return self.label or self.name


class Group(Part):
    """The heading of fields whose names begin with ``name`` and a dot."""

    name: Path
    label: Line = ""


class Permission(Part):
    """What a group may do in these statuses with these fields; ``*`` is all of them, a block's name all of its lines.

    ``create`` and ``delete`` speak of lines, and with ``*`` of whole records.
    """

    statuses: Annotated[list[Filled], Limits(max_length=MAX_CHOICES)] = [EVERYTHING]
    fields: Annotated[list[Filled], Limits(max_length=MAX_FIELDS)] = [EVERYTHING]
    view: bool = True
    edit: bool = False
    create: bool = False
    delete: bool = False


People = Annotated[list[Filled], Limits(max_length=MAX_MEMBERS)]


class AccessGroup(Part):
    """Users by their ids or ``creator`` and ``modifier``; groups of users are the roles of members."""

    id: Annotated[Filled, Limits(alias="_id")] = Limits(default_factory=new_line_key)
    name: Filled
    member_user_ids: People = []
    member_group_ids: Annotated[list[Literal["owner", "editor", "reviewer", "viewer"]], Limits(max_length=4)] = []
    member_related_access_group_ids: People = []
    permissions: Annotated[list[Permission], Limits(max_length=1000)] = []


class Shape(Part):
    fields: Fields = []
    groups: Annotated[list[Group], Limits(max_length=MAX_FIELDS)] = []
    line_blocks: Annotated[list[LineBlock], Limits(max_length=MAX_BLOCKS)] = []
    statuses: Choices = []
    access_groups: Annotated[list[AccessGroup], Limits(max_length=MAX_GROUPS)] = []

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:
        _check_names([field.name for field in self.fields], RESERVED)
        _check_distinct([status.name for status in self.statuses])
        _check_distinct([group.id for group in self.access_groups])
        blocks = [block.name for block in self.line_blocks]
        _check_distinct(blocks)
        taken = RESERVED | {field.name.partition(".")[0] for field in self.fields}
        if clash := sorted(taken & set(blocks)):
            raise ValueError(f'must not use the name "{clash[0]}" twice')
        return self

    def field(self, name: str) -> Field | None:
        return self._by_name.get(name)

    def block(self, name: str) -> LineBlock | None:
        return next((block for block in self.line_blocks if block.name == name), None)

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    def everywhere(self) -> Iterator[tuple[LineBlock | None, Field]]:
        """Every field, those of lines with their block."""
        yield from ((None, field) for field in self.fields)
        yield from ((block, field) for block in self.line_blocks for field in block.fields)

    def stored(self) -> dict[str, Any]:
        """As it lies in the database and goes over the wire: without what was not said."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def declared(block: LineBlock | None, field: Field) -> str:
    """``amount``, or for a field of lines ``lines.amount``: how rights and lists of faults name it."""
    return f"{block.name}.{field.name}" if block else field.name


def _check_names(names: list[str], reserved: set[str]) -> None:
    _check_distinct(names)
    for name in names:
        first, *rest = name.split(".")
        if first in reserved:
            raise ValueError(f'must not use the reserved name "{first}"')
        above = {".".join([first, *rest[:count]]) for count in range(len(rest))}
        if clash := sorted(above & set(names)):
            raise ValueError(f'must not have "{clash[0]}" as a field and as a group')


def _check_distinct(names: list[str]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f'must not contain "{twice}" twice')
