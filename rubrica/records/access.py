"""Who sees and changes what: access group × status × field (contract/aero.md §4.2).

An owner may do everything. Where a definition has no access groups the roles of members decide alone: owners and
editors change, everybody sees. Otherwise a member may do what the groups say that this record has them in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rubrica.accounts.models import Member
from rubrica.records.ids import user_id
from rubrica.records.models import Definition, Record
from rubrica.records.schema import EVERYTHING, AccessGroup, Permission, Shape

CREATOR, MODIFIER = "creator", "modifier"
WHOLE = ""  # the record itself, where ``create`` and ``delete`` are asked for


@dataclass(frozen=True)
class Sight:
    """What a member may do with one record in its status; ``permissions`` is None where everything is allowed alike."""

    permissions: list[Permission] | None
    may_change: bool = True

    def sees(self, declared: str) -> bool:
        return self._may("view", declared, everybody=True)

    def edits(self, declared: str) -> bool:
        return self._may("edit", declared)

    def creates(self, block: str = WHOLE) -> bool:
        return self._may("create", block)

    def deletes(self, block: str = WHOLE) -> bool:
        return self._may("delete", block)

    @property
    def sees_something(self) -> bool:
        return self.permissions is None or any(one.view and one.fields for one in self.permissions)

    def _may(self, action: str, declared: str, everybody: bool = False) -> bool:
        if self.permissions is None:
            return everybody or self.may_change
        return any(getattr(one, action) and covers(one, declared) for one in self.permissions)


class Rights:
    """A member's rights over the records of a definition."""

    def __init__(self, definition: Definition, member: Member) -> None:
        self.shape, self.member = definition.shape, member
        self.by_role = member.is_owner or not self.shape.access_groups

    def on(self, record: Record) -> Sight:
        if self.by_role:
            return Sight(None, self.member.may_edit)
        mine = self._words(record)
        groups = [group for group in self.shape.access_groups if mine & set(people(record, self.shape, group))]
        return Sight([one for group in groups for one in group.permissions if _speaks_of(one, record.status)])

    def on_new(self) -> Sight:
        """Of a record that the member is about to make."""
        record = Record(created_by=self.member, modified_by=self.member, status=first_status(self.shape))
        return self.on(record)

    def may_ask_for(self, declared: str) -> bool:
        """Whether no record that the member sees can hide this field: else a filter could tell what it holds."""
        if self.by_role:
            return True
        statuses = [status.name for status in self.shape.statuses] or [""]
        sights = [
            Sight([one for one in group.permissions if _speaks_of(one, status)])
            for group in self.shape.access_groups
            for status in statuses
        ]
        return all(sight.sees(declared) for sight in sights if sight.sees_something)

    def condition(self) -> tuple[str, list[Any]]:
        """In SQL, for a row ``r`` of records: those that the member sees something of."""
        if self.by_role:
            return "true", []
        said, values = ["false"], []
        for group in self.shape.access_groups:
            seen = [one for one in group.permissions if one.view and one.fields]
            if seen:
                text, more = self._member_of(group)
                statuses = {status for one in seen for status in one.statuses}
                if EVERYTHING not in statuses:
                    text, more = f"({text} AND r.status = ANY(%s))", [*more, sorted(statuses)]
                said.append(text)
                values += more
        return f"({' OR '.join(said)})", values

    def _member_of(self, group: AccessGroup) -> tuple[str, list[Any]]:
        who = "coalesce(r.access #> %s, to_jsonb(%s::text[]))"
        place: list[Any] = [["who", group.id], closure(self.shape.access_groups)[group.id]]
        me = self.member.pk
        said = (
            f"(jsonb_exists_any({who}, %s) OR (r.created_by_id = %s AND jsonb_exists({who}, '{CREATOR}'))"
            f" OR (r.modified_by_id = %s AND jsonb_exists({who}, '{MODIFIER}')))"
        )
        return said, [*place, sorted(_names(self.member)), me, *place, me, *place]

    def _words(self, record: Record) -> set[str]:
        words = _names(self.member)
        if record.created_by_id == self.member.pk:
            words.add(CREATOR)
        if record.modified_by_id == self.member.pk:
            words.add(MODIFIER)
        return words


def _names(member: Member) -> set[str]:
    return {str(user_id(member.pk)), member.role}


def covers(permission: Permission, declared: str) -> bool:
    """``lines`` covers ``lines.amount``, as a group covers the fields in it; the whole record only ``*`` covers."""
    return any(one == EVERYTHING or declared == one or declared.startswith(f"{one}.") for one in permission.fields)


def _speaks_of(permission: Permission, status: str) -> bool:
    return EVERYTHING in permission.statuses or status in permission.statuses


def first_status(shape: Shape) -> str:
    return shape.statuses[0].name if shape.statuses else ""


def people(record: Record, shape: Shape, group: AccessGroup) -> list[str]:
    """Who is in a group of this record; one that it does not know yet has the definition's people."""
    known: list[str] | None = record.access.get("who", {}).get(group.id)
    return closure(shape.access_groups)[group.id] if known is None else known


def closure(groups: Iterable[AccessGroup]) -> dict[str, list[str]]:
    """For each group everybody in it, also by way of the groups that it takes in."""
    known = {group.id: group for group in groups}
    found: dict[str, list[str]] = {}
    for start in known:
        reached, todo = set[str](), [start]
        while todo:
            one = todo.pop()
            if one in known and one not in reached:
                reached.add(one)
                todo += known[one].member_related_access_group_ids
        words = {word for one in reached for word in [*known[one].member_user_ids, *known[one].member_group_ids]}
        found[start] = sorted(words)
    return found


def stored(groups: list[AccessGroup]) -> dict[str, Any]:
    """What a record keeps of its groups: as they are shown, and worked out for the filter."""
    return {"groups": [shown(group) for group in groups], "who": closure(groups)}


def shown(group: AccessGroup) -> dict[str, Any]:
    return {
        "_id": group.id,
        "memberUserIds": group.member_user_ids,
        "memberGroupIds": group.member_group_ids,
        "memberRelatedAccessGroupIds": group.member_related_access_group_ids,
    }
