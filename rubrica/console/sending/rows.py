"""People as the page has them: what somebody types, read into what a draft keeps, with a sentence for each fault."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django.http import QueryDict
from django.utils.translation import gettext as _

from rubrica.drafting.content import MAX_FILES, MAX_NAME, MAX_ORDER, MAX_PEOPLE, MAX_READERS, AskedFile, Person, new_id
from rubrica.drafting.typed import dialled, text_faults
from rubrica.processes.errors import Problem
from rubrica.web.text import is_one_line

ID = re.compile(r"[a-z0-9]{1,16}")
MAX_ROWS = MAX_PEOPLE + MAX_READERS
ROLES = ("signer", "approver", "reader")
CODES = ("", "mail", "sms", "whatsapp")
PICTURES = ("", "photo", "card", "both_sides")
LANGUAGES = ("", "es", "en", "pt")


@dataclass
class FileRow:
    name: str = ""
    optional: bool = False


@dataclass
class Row:
    """One person; ``faults`` by field."""

    id: str = field(default_factory=new_id)
    kind: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    role: str = "signer"
    step: str = "1"
    files: list[FileRow] = field(default_factory=list)
    code: str = ""
    pictures: str = ""
    video: bool = False
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return not (self.name or self.email or self.phone or self.kind or self.files)

    @property
    def has_checks(self) -> bool:
        return bool(self.code or self.pictures or self.video)

    @property
    def shown_files(self) -> list[FileRow]:
        """With an empty one at the end, so that another can be asked for without a script."""
        return [*self.files, FileRow()]


def of_people(people: Sequence[Person]) -> list[Row]:
    return [
        Row(
            one.id, one.kind, one.name, one.email, one.phone, one.language, one.role, str(one.step),
            [FileRow(file.name, file.optional) for file in one.files], one.code, one.pictures, one.video,
        )
        for one in people
    ]  # fmt: skip


def typed(post: QueryDict) -> Iterator[Row]:
    """In the order in which the page had them. An id of its own making may come from the page's script."""
    seen: set[str] = set()
    for key in post.getlist("person")[: MAX_ROWS + 1]:
        if ID.fullmatch(key) and key not in seen:
            seen.add(key)
            yield _row(post, key)


def _row(post: QueryDict, key: str) -> Row:
    def said(name: str) -> str:
        return " ".join(post.get(f"{key}-{name}", "").replace("\0", "").split())[:1000]

    names = [" ".join(name.replace("\0", "").split())[:1000] for name in post.getlist(f"{key}-file")]
    optional = [value == "optional" for value in post.getlist(f"{key}-must")]
    files = [FileRow(name, may) for name, may in zip(names, optional, strict=False) if name]
    return Row(
        id=key, kind=said("kind")[:100], name=said("name"), email=said("email"), phone=said("phone"),
        language=_one_of(said("language"), LANGUAGES), role=_one_of(said("role"), ROLES), step=said("step"),
        files=files, code=_one_of(said("code"), CODES), pictures=_one_of(said("pictures"), PICTURES),
        video=f"{key}-video" in post,
    )  # fmt: skip


def _one_of(value: str, known: tuple[str, ...]) -> str:
    return value if value in known else known[0]


def read(rows: Sequence[Row], *, with_steps: bool) -> list[Person]:
    """The people of these rows; where one has faults, they stand in its row, and what is read is not to be kept."""
    return [_person(row, with_steps) for row in rows]


def _person(row: Row, with_steps: bool) -> Person:
    phone = dialled(row.phone)
    row.faults = {name: _(said) for name, said in text_faults(row.name, row.email, phone).items()} | _file_faults(row)
    step = int(row.step) if row.step.isascii() and row.step.isdigit() and len(row.step) < 6 else -1
    if with_steps and not 0 <= step <= MAX_ORDER:
        row.faults["step"] = _("Write a number from 0 to 10000.")
    known = {"language": row.language, "role": row.role, "code": row.code, "pictures": row.pictures}
    return Person(
        id=row.id,
        kind=row.kind,
        name=row.name,
        email=row.email,
        phone=phone,
        step=min(max(step, 0), MAX_ORDER) if step >= 0 else 1,
        files=[AskedFile(name=file.name, optional=file.optional) for file in row.files],
        video=row.video,
        **cast(Any, known),
    )


def _file_faults(row: Row) -> dict[str, str]:
    names = [file.name for file in row.files]
    if len(names) > MAX_FILES:
        return {"files": _("One person can be asked for 100 files.")}
    if any(len(name) > MAX_NAME or not is_one_line(name) for name in names):
        return {"files": _("Write one line of 200 characters at the most.")}
    if len(set(names)) < len(names):
        return {"files": _("Two files have the same name. Each needs its own.")}
    return {}


def show(rows: Sequence[Row], problems: Sequence[Problem]) -> list[str]:
    """Puts what is missing at its fields; gives what concerns all of them."""
    by_id = {row.id: row for row in rows}
    rest = []
    for problem in problems:
        row = by_id.get(str(problem.path[1])) if len(problem.path) > 2 else None
        if row is None:
            rest.append(_(problem.message))
        else:
            row.faults.setdefault(str(problem.path[2]), _(problem.message))
    return rest
