"""Document definitions of the aero dialect (contract/aero.md §4.2)."""

from typing import Any

import pytest

from rubrica.accounts.models import Member
from rubrica.records.models import Definition, DefinitionVersion, Record
from tests.cast import Acme
from tests.contract.aero import DEFINITION, Aero, at, ok, says

BASE = "/document-definitions"


@pytest.fixture
def aero(acme: Acme) -> Aero:
    return Aero(acme.owner)


def text(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "text", **more}


def test_it_works(aero: Aero) -> None:
    made = aero.define()
    assert len(made["_id"]) == 21
    listed = {"_id": made["_id"], "name": "Invoices", "label": "Invoices of suppliers"}
    assert listed in ok(aero.get(BASE))["documentDefinitions"]
    for word in (made["_id"], "Invoices"):
        assert ok(aero.get(f"{BASE}/{word}"))["documentDefinition"] == made
    assert [field["name"] for field in made["fields"]] == [field["name"] for field in DEFINITION["fields"]]
    assert made["statuses"] == [{"name": "draft"}, {"name": "done", "label": "Done"}]
    changed = ok(aero.patch(f"{BASE}/Invoices", {"label": "Bills"}))["documentDefinition"]
    assert changed["label"] == "Bills" and changed["fields"] == made["fields"]
    assert ok(aero.delete(f"{BASE}/Invoices")) == {"status": "ok"}
    says(aero.get(f"{BASE}/Invoices"), 404, "not_found")


def test_put_changes_what_is_named_as_patch_does(aero: Aero) -> None:
    made = aero.define()
    back = ok(aero.put(f"{BASE}/Invoices", made | {"label": "Bills"}))["documentDefinition"]
    assert back["_version"] == made["_version"] and back["fields"] == made["fields"]
    more = [*made["fields"], text("remark")]
    back = ok(aero.put(f"{BASE}/Invoices", {"fields": more}))["documentDefinition"]
    assert back["_version"] == 2 and back["lineBlocks"] == made["lineBlocks"]
    assert sorted(DefinitionVersion.objects.values_list("version", flat=True)) == [1, 2]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, '"name" is required'),
    ({"name": "a/b"}, '"name" must be one line without a slash, of at most 100 characters'),
    ({"label": 5}, '"label" must be one line of at most 200 characters'),
    ({"colour": "red"}, '"colour" is not allowed'),
    ({"fields": {}}, '"fields" must be an array'),
    ({"fields": [7]}, '"fields[0]" must be of type object'),
    ({"fields": [{"type": "text"}]}, '"fields[0].name" is required'),
    ({"fields": [text("a", colour="red")]}, '"fields[0].colour" is not allowed'),
    ({"fields": [text("a", required="yes")]}, '"fields[0].required" must be a boolean'),
    ({"fields": [{"name": "a", "type": "picklist"}]}, '"fields[0]" needs "options"'),
    ({"fields": [{"name": "a", "type": "reference"}]}, '"fields[0]" needs "definition"'),
    ({"fields": [text("a", many=True)]}, '"fields[0]" may not have "many"'),
    ({"fields": [{"name": "a", "type": "picklist", "options": ["x", "x"]}]}, '"fields[0]" must not contain "x" twice'),
    ({"fields": [text("a"), text("a")]}, '"value" must not contain "a" twice'),
    ({"fields": [text("a"), text("a.b")]}, '"value" must not have "a" as a field and as a group'),
    ({"fields": [text("status")]}, '"value" must not use the reserved name "status"'),
    ({"fields": [text("lines")]}, '"value" must not use the name "lines" twice'),
    ({"lineBlocks": [{"name": "l", "fields": [text("externalId")]}]},
     '"lineBlocks[0]" must not use the reserved name "externalId"'),
    ({"statuses": ['a"%(x)s'] * 2}, '"value" must not contain "a"%(x)s" twice'),
    ({"statuses": ["a", "a"]}, '"value" must not contain "a" twice'),
    ({"fields": [{"name": "f", "type": "attachment", "maxAttachments": 0}]},
     '"fields[0].maxAttachments" must be greater than or equal to 1'),
    ({"fields": [{"name": "r", "type": "reference", "definition": "Nowhere"}]},
     '"r.definition" must be the name or id of a document definition'),
    ({"fields": [{"name": "r", "type": "reference", "definition": "Invoices"}]},
     '"r.definition" must not be the document definition itself'),
]  # fmt: skip


@pytest.mark.parametrize(("change", "description"), WRONG, ids=range(len(WRONG)))
def test_wrong_definitions_are_not_stored(aero: Aero, change: dict[str, Any], description: str) -> None:
    says(aero.post(BASE, DEFINITION | change), 400, "validation_error", f"Body error: {description}")
    assert not Definition.objects.exists()


@pytest.mark.parametrize("name", ["_a", "1a", "a b", "a.", ".a", "a..b", "á", "a\n", "a-b"])
def test_names_of_fields_are_plain(aero: Aero, name: str) -> None:
    answer = aero.post(BASE, DEFINITION | {"fields": [text(name)]})
    says(answer, 400, "validation_error")
    assert answer.json()["description"].startswith('Body error: "fields[0].name" must be made of letters')


def test_a_definition_cannot_be_changed_to_refer_to_itself(aero: Aero) -> None:
    made = aero.define()
    for word in ("Invoices", made["_id"]):
        fields = [*made["fields"], {"name": "r", "type": "reference", "definition": word}]
        says(aero.patch(f"{BASE}/Invoices", {"fields": fields}), 400, "validation_error")
    assert Definition.objects.get().version == 1


def test_names_are_taken_once(aero: Aero) -> None:
    made = aero.define()
    for name in ("Invoices", made["_id"], "signing-processes"):
        says(aero.post(BASE, DEFINITION | {"name": name}), 409, "conflict")
    aero.define(name="Other")
    says(aero.patch(f"{BASE}/Other", {"name": "Invoices"}), 409, "conflict")


def test_only_owners_change_definitions(aero: Aero, acme: Acme) -> None:
    aero.define()
    editor = Member.objects.create_user(acme.organization, "eva@acme.example", role="editor")
    for member in (acme.reviewer, editor):
        client = Aero(member)
        ok(client.get(f"{BASE}/Invoices"))
        says(client.post(BASE, DEFINITION | {"name": "x"}), 403, "forbidden")
        says(client.patch(f"{BASE}/Invoices", {"label": "x"}), 403, "forbidden")
        says(client.delete(f"{BASE}/Invoices"), 403, "forbidden")
    assert Definition.objects.get().label == "Invoices of suppliers"


def test_a_stranger_finds_nothing(aero: Aero, other: Acme) -> None:
    made = aero.define()
    document = aero.new()
    sara = Aero(other.owner)
    assert "Invoices" not in {one["name"] for one in ok(sara.get(BASE))["documentDefinitions"]}
    for word in ("Invoices", made["_id"]):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            says(sara.call(method, f"{BASE}/{word}", {}), 404, "not_found")
            says(sara.call(method, at(document["_id"], word), {}), 404, "not_found")


def test_a_definition_with_documents_stays(aero: Aero) -> None:
    aero.define()
    made = aero.new()
    says(aero.delete(f"{BASE}/Invoices"), 409, "conflict")
    ok(aero.delete(at(made["_id"])))
    ok(aero.delete(f"{BASE}/Invoices"))


def test_a_definition_that_others_refer_to_stays(aero: Aero) -> None:
    aero.define()
    aero.define(name="Payments", fields=[{"name": "of", "type": "reference", "definition": "Invoices"}])
    says(aero.delete(f"{BASE}/Invoices"), 409, "conflict")
    ok(aero.delete(f"{BASE}/Payments"))
    ok(aero.delete(f"{BASE}/Invoices"))


def replaced(name: str, **changes: Any) -> list[dict[str, Any]]:
    """The fields of the definition with one of them changed; without it where nothing is said."""
    changed = [field | changes if field["name"] == name else field for field in DEFINITION["fields"]]
    return [field for field in changed if changes or field["name"] != name]


BREAKS: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    ({"fields": replaced("title")}, [{"path": "title", "problem": "values would be lost", "documents": 2}]),
    ({"fields": replaced("amount", type="text")},
     [{"path": "amount", "problem": "values are of another type", "documents": 1}]),
    ({"fields": replaced("kind", options=["services"])},
     [{"path": "kind", "problem": "options are in use", "documents": 1}]),
    ({"fields": replaced("amount", required=True)}, [{"path": "amount", "problem": "is missing", "documents": 1}]),
    ({"lineBlocks": []}, [{"path": "lines", "problem": "lines would be lost", "documents": 1}]),
    ({"lineBlocks": [{"name": "lines", "fields": [text("sku")]}]},
     [{"path": "lines.quantity", "problem": "values would be lost", "documents": 1}]),
    ({"lineBlocks": [{"name": "lines", "fields": [text("sku"), {"name": "quantity", "type": "number",
                                                                "required": True}]}]},
     [{"path": "lines.quantity", "problem": "is missing", "documents": 1}]),
    ({"statuses": ["done"]},
     [{"path": "statuses", "problem": "the status is in use", "value": "draft", "documents": 2}]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "details"), BREAKS, ids=range(len(BREAKS)))
def test_a_change_that_would_break_documents_says_which(
    aero: Aero, change: dict[str, Any], details: list[dict[str, Any]]
) -> None:
    aero.define()
    aero.new(title="a", amount=5, kind="goods", lines=[{"sku": "x", "quantity": 1}, {"sku": "y"}])
    aero.new(title="b", kind="services")
    answer = aero.patch(f"{BASE}/Invoices", change)
    says(answer, 409, "conflict")
    assert answer.json()["details"] == details
    assert Definition.objects.get().version == 1


def test_a_change_that_breaks_nothing_goes_through(aero: Aero) -> None:
    aero.define()
    made = aero.new(title="a", kind="goods", day="2026-01-02")
    fields = [
        text("title", required=True),
        text("day"),
        {"name": "kind", "type": "picklist", "options": ["goods", "gifts"]},
        {"name": "fresh", "type": "number"},
    ]
    changed = ok(aero.patch(f"{BASE}/Invoices", {"fields": fields, "lineBlocks": [], "statuses": ["draft", "new"]}))
    assert changed["documentDefinition"]["_version"] == 2
    assert Record.objects.get().version == 1
    after = ok(aero.patch(at(made["_id"]), {"kind": "gifts"}))["document"]
    assert (after["day"], after["kind"]) == ("2026-01-02", "gifts")
    assert Record.objects.get().version == 2


GROUPS: list[dict[str, Any]] = [
    {
        "_id": "clerks",
        "name": "Clerks",
        "memberGroupIds": ["reviewer"],
        "permissions": [
            {"fields": ["title", "lines"], "statuses": ["draft"], "edit": True, "create": True},
            {"fields": ["amount"], "statuses": ["draft"]},
        ],
    },
    {
        "_id": "makers",
        "name": "Makers",
        "memberUserIds": ["creator"],
        "permissions": [{"create": True, "delete": True}],
    },
]


@pytest.fixture
def tomas(aero: Aero, acme: Acme) -> Aero:
    """A reviewer, whom an access group lets see and change some fields of drafts."""
    aero.define(accessGroups=GROUPS)
    return Aero(acme.reviewer)


def test_a_group_shows_its_fields_and_no_others(aero: Aero, tomas: Aero) -> None:
    made = aero.new(title="t", amount=3, kind="goods", lines=[{"sku": "x"}])
    seen = ok(tomas.get(at(made["_id"])))["document"]
    assert (seen["title"], seen["amount"]) == ("t", 3)
    assert not {"kind", "paid", "picture"} & set(seen)
    assert seen["lines"][0]["sku"] == "x"
    assert [group["_id"] for group in seen["accessGroups"]] == ["clerks", "makers"]


def test_what_a_group_may_not_edit_is_forbidden_and_what_it_does_not_see_is_unknown(aero: Aero, tomas: Aero) -> None:
    made = aero.new(title="t", amount=3, kind="goods")
    assert ok(tomas.patch(at(made["_id"]), {"title": "u", "amount": 3}))["document"]["title"] == "u"
    says(tomas.patch(at(made["_id"]), {"amount": 4}), 403, "forbidden")
    says(tomas.patch(at(made["_id"]), {"kind": "goods"}), 400, "validation_error", 'Body error: "kind" is not allowed')
    says(tomas.delete(at(made["_id"])), 403, "forbidden")
    assert ok(aero.get(at(made["_id"])))["document"]["kind"] == "goods"


def test_hidden_values_survive_what_others_send(aero: Aero, tomas: Aero, acme: Acme) -> None:
    groups = [{**GROUPS[0], "permissions": [{"fields": ["lines.sku"], "edit": True, "create": True, "delete": True}]}]
    ok(aero.patch(f"{BASE}/Invoices", {"accessGroups": groups}))
    made = aero.new(lines=[{"sku": "x", "quantity": 7}])
    line = ok(tomas.get(at(made["_id"])))["document"]["lines"][0]
    assert "quantity" not in line
    for hidden in ("lines.quantity", "lines._id"):
        says(tomas.get(f"{BASE}/Invoices/documents", query={hidden: 7}), 403, "forbidden")
    ok(tomas.patch(at(made["_id"]), {"lines": [line | {"sku": "y"}]}))
    after = ok(aero.get(at(made["_id"])))["document"]["lines"]
    assert [(one["sku"], one["quantity"]) for one in after] == [("y", 7)]


def test_a_document_of_which_nothing_is_seen_is_not_there(aero: Aero, tomas: Aero) -> None:
    made = aero.new(title="t", status="done")
    shown = aero.new(title="u")
    says(tomas.get(at(made["_id"])), 404, "not_found")
    says(tomas.patch(at(made["_id"]), {"title": "x"}), 404, "not_found")
    found = ok(tomas.get(f"{BASE}/Invoices/documents"))
    assert ([one["_id"] for one in found["documents"]], found["total"]) == ([shown["_id"]], 1)


def test_a_hidden_field_cannot_be_asked_for(aero: Aero, tomas: Aero) -> None:
    aero.new(kind="goods")
    core = f"{BASE}/Invoices/documents"
    says(tomas.get(core, query={"kind": "goods"}), 403, "forbidden")
    says(tomas.get(core, sort={"kind": 1}), 403, "forbidden")
    assert ok(aero.get(core, query={"kind": "goods"}))["total"] == 1


def test_a_record_has_people_of_its_own(aero: Aero, tomas: Aero, acme: Acme) -> None:
    made = aero.new(title="t")
    groups = [{"_id": "clerks", "memberGroupIds": [], "memberUserIds": []}]
    says(tomas.patch(at(made["_id"]), {"accessGroups": groups}), 403, "forbidden")
    ok(aero.patch(at(made["_id"]), {"accessGroups": groups}))
    says(tomas.get(at(made["_id"])), 404, "not_found")
    assert ok(tomas.get(f"{BASE}/Invoices/documents"))["total"] == 0
    says(aero.patch(at(made["_id"]), {"accessGroups": [{"_id": "nobody"}]}), 400, "validation_error")


def test_a_creator_is_known_as_one(aero: Aero, tomas: Aero) -> None:
    mine, hers = tomas.new(title="mine"), aero.new(title="hers")
    for made in (mine, hers):
        ok(aero.patch(at(made["_id"]), {"status": "done"}))
    assert [one["title"] for one in ok(tomas.get(f"{BASE}/Invoices/documents"))["documents"]] == ["mine"]
    assert "kind" not in ok(tomas.get(at(mine["_id"])))["document"]
    ok(tomas.delete(at(mine["_id"])))
    says(tomas.delete(at(hers["_id"])), 404, "not_found")


def test_without_groups_roles_decide(aero: Aero, acme: Acme) -> None:
    aero.define()
    made = aero.new(title="t")
    reviewer = Aero(acme.reviewer)
    assert ok(reviewer.get(at(made["_id"])))["document"]["title"] == "t"
    says(reviewer.patch(at(made["_id"]), {"title": "x"}), 403, "forbidden")
    says(reviewer.delete(at(made["_id"])), 403, "forbidden")
    says(reviewer.post(f"{BASE}/Invoices/documents/new", {}), 403, "forbidden")


def test_lines_stay_as_they_are_for_who_may_only_see_them(aero: Aero, tomas: Aero) -> None:
    groups = [{**GROUPS[0], "permissions": [{"fields": ["*"]}]}]
    ok(aero.patch(f"{BASE}/Invoices", {"accessGroups": groups}))
    made = aero.new(lines=[{"sku": "x", "externalId": "a"}, {"sku": "y"}])
    one, two = made["lines"]
    ids = [{"_id": one["_id"], "externalId": "a", "sku": "x"}, {"_id": two["_id"], "sku": "y"}]
    says(tomas.patch(at(made["_id"]), {"lines": ids[::-1]}), 403, "forbidden")
    says(tomas.patch(at(made["_id"]), {"lines": [{**ids[0], "externalId": "b"}, ids[1]]}), 403, "forbidden")
    assert ok(tomas.patch(at(made["_id"]), {"lines": ids}))["document"]["_hash"] == made["_hash"]
