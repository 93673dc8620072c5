"""Making, changing and removing definitions. A change that would leave a record invalid is refused with what is in
the way."""

import re
from typing import Any

from django.db import IntegrityError, models, transaction
from pydantic import ValidationError

from rubrica import clock
from rubrica.accounts.models import Member, Organization
from rubrica.records import breaks, bridge, references
from rubrica.records.errors import Conflict, Forbidden, NotFound, Wrong
from rubrica.records.ids import new_definition_key
from rubrica.records.models import Definition, DefinitionVersion
from rubrica.records.schema import Shape
from rubrica.web.text import findable, is_one_line

LONGEST_NAME, LONGEST_LABEL = 100, 200
SHAPE = {name: field.alias or name for name, field in Shape.model_fields.items()}
KNOWN = {"name", "label", *SHAPE.values()}
# Pydantic's words for what is wrong, in those that clients of aero know.
PHRASES = {
    "missing": "is required",
    "extra_forbidden": "is not allowed",
    "string_type": "must be a string",
    "string_too_short": "is not allowed to be empty",
    "string_too_long": "length must be less than or equal to %(max_length)s characters long",
    "string_pattern_mismatch": "must be made of letters, digits and underscores, and begin with a letter",
    "bool_type": "must be a boolean",
    "int_type": "must be an integer",
    "float_type": "must be a number",
    "greater_than": "must be greater than %(gt)s",
    "greater_than_equal": "must be greater than or equal to %(ge)s",
    "less_than_equal": "must be less than or equal to %(le)s",
    "literal_error": "must be one of [%(expected)s]",
    "list_type": "must be an array",
    "too_long": "must contain less than or equal to %(max_length)s items",
    "model_type": "must be of type object",
    "model_attributes_type": "must be of type object",
}
OTHERWISE = "is not accepted here"
# Sentences of the shape's own checks carry one name in quotation marks, and a name may have such marks in it.
NAMED = re.compile(r'"(.*)"')


def find(organization: Organization, word: str) -> Definition:
    """By id, else by name. Raises NotFound."""
    if bridge.is_meant(word):
        return bridge.built_in(organization)
    rows, word = Definition.objects.filter(organization=organization), findable(word)
    found = sorted(rows.filter(models.Q(key=word) | models.Q(name=word)), key=lambda one: one.key != word)
    if not found:
        raise NotFound('There is no document definition "%(id)s".', id=word)
    return found[0]


@transaction.atomic
def create(organization: Organization, body: dict[str, Any], member: Member) -> Definition:
    _check_owner(member)
    key, now = new_definition_key(), clock.now()
    name, label, shape = _read(body)
    _check_free(organization, name)
    references.check_targets(shape, organization.pk, key, name)
    made = Definition(organization=organization, key=key, name=name, label=label, schema=shape.stored())
    made.created_at = made.modified_at = now
    made.created_by = made.modified_by = member
    _save(made)
    return made


@transaction.atomic
def change(definition: Definition, body: dict[str, Any], member: Member) -> Definition:
    """Absent keys are untouched. Raises Conflict with ``details`` when records would not be valid any more."""
    _check_owner(member)
    definition = _locked(definition)
    before = {"name": definition.name, "label": definition.label, **definition.schema}
    name, label, shape = _read({**before, **{key: value for key, value in body.items() if not key.startswith("_")}})
    if name != definition.name:
        _check_free(definition.organization, name)
    references.check_targets(shape, definition.organization_id, definition.key, name)
    broken = list(breaks.found(definition, shape))
    if broken:
        raise Conflict("There are documents that this change would make invalid.", details=broken)
    definition.name, definition.label = name, label
    definition.modified_at, definition.modified_by = clock.now(), member
    if shape.stored() != definition.schema:
        definition.version += 1
        definition.schema = shape.stored()
    _save(definition)
    definition.__dict__.pop("shape", None)
    return definition


@transaction.atomic
def remove(definition: Definition, member: Member) -> None:
    """Raises Conflict while there are documents, or references to it in other definitions."""
    _check_owner(member)
    definition = _locked(definition)
    if count := definition.records.count():
        raise Conflict("There are %(count)s documents of this definition.", count=count)
    if pointing := references.pointers(definition):
        raise Conflict('The definition "%(name)s" refers to this one.', name=pointing[0].definition.name)
    definition.delete()


def _check_owner(member: Member) -> None:
    if not member.is_owner:
        raise Forbidden("Only an owner may change document definitions.")


def _locked(definition: Definition) -> Definition:
    if bridge.is_built_in(definition):
        raise Forbidden(bridge.READ_ONLY)
    found = Definition.objects.select_for_update(of=("self",)).filter(pk=definition.pk).first()
    if found is None:
        raise NotFound('There is no document definition "%(id)s".', id=definition.key)
    return found


def _read(body: dict[str, Any]) -> tuple[str, str, Shape]:
    told = {key: value for key, value in body.items() if not key.startswith("_")}
    for key in told:
        if key not in KNOWN:
            raise Wrong(key, "is not allowed")
    name, label = _name(told.get("name")), told.get("label") or ""
    if not isinstance(label, str) or len(label) > LONGEST_LABEL or not is_one_line(label):
        raise Wrong("label", "must be one line of at most %(most)s characters", most=LONGEST_LABEL)
    return name, label, shape_of({key: value for key, value in told.items() if key not in {"name", "label"}})


def shape_of(told: dict[str, Any]) -> Shape:
    """Raises Wrong for the first thing that is not as it must be."""
    try:
        return Shape.model_validate(told)
    except ValidationError as error:
        raise _wrong(error) from None


def _wrong(error: ValidationError) -> Wrong:
    first = error.errors()[0]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    if first["type"] == "value_error":
        said = str(first["msg"]).removeprefix("Value error, ")
        names = NAMED.findall(said)
        return Wrong(path or "value", NAMED.sub('"%(name)s"', said, count=1), name=names[0] if names else "")
    phrase = PHRASES.get(first["type"], OTHERWISE)
    return Wrong(path or "value", phrase, **(first.get("ctx") or {}))


def _name(value: Any) -> str:
    if not value:
        raise Wrong("name", "is required")
    if not isinstance(value, str):
        raise Wrong("name", "must be a string")
    if len(value) > LONGEST_NAME or not is_one_line(value) or "/" in value or value != value.strip():
        raise Wrong("name", "must be one line without a slash, of at most %(most)s characters", most=LONGEST_NAME)
    return value


def _check_free(organization: Organization, name: str) -> None:
    rows = Definition.objects.filter(organization=organization)
    if bridge.is_meant(name) or rows.filter(models.Q(name=name) | models.Q(key=name)).exists():
        raise _taken(name)


def _taken(name: str) -> Conflict:
    return Conflict('There is a document definition "%(name)s" already.', name=name)


def _save(definition: Definition) -> None:
    try:
        with transaction.atomic():
            definition.save()
    except IntegrityError:
        raise _taken(definition.name) from None
    DefinitionVersion.objects.get_or_create(
        definition=definition, version=definition.version, defaults={"schema": definition.schema}
    )
