"""What a process looks like as a document."""

from functools import cache

from rubrica.accounts.models import Organization
from rubrica.processes.models import Process
from rubrica.records.models import Definition
from rubrica.records.schema import Shape

NAME = "signing-processes"
KEY = "signingprocesses00000"
NUMBER = 0  # the primary key that no stored definition has
READ_ONLY = "The signing processes can be read here, and are not changed here."

TEXTS = ("name", "subject", "kind", "creatorEmail")
PEOPLE_TEXTS = ("name", "email", "phone", "role", "status")
SEALED, EVIDENCE, PEOPLE, FILES = "sealed", "evidence", "participants", "files"


def is_meant(word: str) -> bool:
    return word in {NAME, KEY}


def is_built_in(definition: Definition) -> bool:
    return definition.pk == NUMBER


def built_in(organization: Organization) -> Definition:
    """As every organization has it."""
    made = Definition(pk=NUMBER, organization=organization, key=KEY, name=NAME, label="Signing processes")
    made.created_at = made.modified_at = organization.created_at
    made.schema = _stored()
    made.__dict__["shape"] = shape()
    return made


@cache
def shape() -> Shape:
    people = [*(_text(name) for name in PEOPLE_TEXTS), _moment("finishedOn"), _files(FILES)]
    fields = [*(_text(name) for name in TEXTS), _moment("endedOn"), _moment("expiresOn")]
    return Shape.model_validate(
        {
            "fields": [*fields, _files(SEALED), _files(EVIDENCE)],
            "lineBlocks": [{"name": PEOPLE, "fields": people}],
            "statuses": [{"name": str(state)} for state in Process.State.values],
        }
    )


@cache
def _stored() -> dict[str, object]:
    return shape().stored()


def _text(name: str) -> dict[str, str]:
    return {"name": name, "type": "text"}


def _moment(name: str) -> dict[str, str]:
    return {"name": name, "type": "dateTime"}


def _files(name: str) -> dict[str, str]:
    return {"name": name, "type": "attachment"}
