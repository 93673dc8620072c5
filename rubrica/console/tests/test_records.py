"""The record store in the console: definitions, the table, one record."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rubrica.accounts.models import Member
from rubrica.records import definitions, saving
from rubrica.records.changing import note
from rubrica.records.errors import Forbidden
from rubrica.records.models import Definition, Record, RecordEvent
from tests.cast import Acme, signed_in

SHAPE: dict[str, Any] = {
    "name": "Invoices",
    "label": "Supplier invoices",
    "fields": [
        {"name": "title", "label": "Title", "type": "text", "translationKey": "kept"},
        {"name": "amount", "type": "number"},
        {"name": "paid", "type": "boolean"},
        {"name": "tags", "type": "picklist", "many": True, "options": ["a", {"name": "b", "label": "Bee"}]},
        {"name": "seen", "type": "dateTime"},
        {"name": "paper", "label": "Papers", "type": "attachment"},
    ],
    "lineBlocks": [{"name": "lines", "label": "Positions", "fields": [
        {"name": "sku", "type": "text"}, {"name": "photo", "type": "attachment"}]}],
    "statuses": ["draft", "done"],
}  # fmt: skip
READ = ["definitions", "new_definition", "records", "definition", "new_record", "record"]
DO = ["add_record", "change_record", "remove_record"]
OWN = ["add_definition", "change_definition", "remove_definition"]


@pytest.fixture
def invoices(acme: Acme) -> Definition:
    return definitions.create(acme.organization, SHAPE, acme.owner)


@pytest.fixture
def record(invoices: Definition, acme: Acme) -> Record:
    values = {"title": "First", "amount": 3, "externalId": "one", "lines": [{"sku": "x", "externalId": "l"}]}
    return saving.create(invoices, values, acme.owner)


@pytest.fixture
def olga(acme: Acme) -> Client:
    return signed_in(acme.owner)


def address(name: str, record: Record) -> str:
    more = {"definitions": 0, "new_definition": 0, "add_definition": 0, "record": 2, "change_record": 2}
    found = [record.definition.key, record.key][: 2 if name == "remove_record" else more.get(name, 1)]
    return reverse(f"console:{name}", args=found)


def ask(client: Client, name: str, record: Record) -> Any:
    return client.get(address(name, record)) if name in READ else client.post(address(name, record))


def test_every_address_is_tested() -> None:
    from rubrica.console.records.urls import urlpatterns

    assert {*READ, *DO, *OWN} <= {pattern.name for pattern in urlpatterns}


@pytest.mark.parametrize("name", READ + DO + OWN)
def test_who_gets_in_where(record: Record, acme: Acme, other: Acme, name: str) -> None:
    assert ask(Client(), name, record).status_code == 302
    if record.definition.key in address(name, record):
        assert ask(signed_in(other.owner), name, record).status_code == 404
    reviewer = ask(signed_in(acme.reviewer), name, record)
    assert (reviewer.status_code == 403) == (name in OWN)
    wrong = signed_in(acme.owner)
    address_of = address(name, record)
    assert (wrong.post(address_of) if name in READ else wrong.get(address_of)).status_code == 405
    record.refresh_from_db()
    assert record.revision == 1


def page(client: Client, name: str, record: Record, **query: str) -> str:
    answer = client.get(address(name, record), query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("name", ["definition", "change_definition", "remove_definition", "records", "new_record"])
def test_a_definition_with_a_nul_is_not_found(olga: Client, name: str) -> None:
    ask_ = olga.get if name in READ else olga.post
    assert ask_(reverse(f"console:{name}", args=["a\0"])).status_code == 404


@pytest.mark.parametrize("value", ["[" * 3000, "{", "1e999", "9" * 5000])
def test_a_filter_takes_whatever_is_typed(olga: Client, record: Record, value: str) -> None:
    assert "First" not in page(olga, "records", record, field="amount", way="is", value=value)


def test_the_lists_show_what_is_there(olga: Client, record: Record) -> None:
    assert "Supplier invoices" in page(olga, "definitions", record)
    table = page(olga, "records", record)
    assert "one" in table and "First" in table and "1 to 1 of 1" in table
    assert "No record matches" in page(olga, "records", record, field="title", way="is", value="Second")
    assert "First" in page(olga, "records", record, field="title", way="has", value="fir", sort="-title")
    assert "First" in page(olga, "records", record, field="amount", way="more", value="2", status="draft")
    assert "No record matches" in page(olga, "records", record, field="amount", way="empty")
    assert "is not allowed" in page(olga, "records", record, field="nothing", way="is", value="2")


def test_a_reviewer_reads_and_is_offered_no_change(acme: Acme, record: Record) -> None:
    tomas = signed_in(acme.reviewer)
    text = page(tomas, "record", record)
    assert "First" in text and "Papers" in text
    assert "Remove the record" not in text and 'name="v-title"' not in text
    assert "New record" not in page(tomas, "records", record)


def test_a_record_is_made_changed_and_removed(olga: Client, invoices: Definition) -> None:
    new = {"v-title": "Second", "v-amount": "12,5", "v-paid": "true", "v-tags": ["", "a", "b"], "status": "done",
           "v-seen": "2026-01-02T03:04", "externalId": "two", "l-lines": "", "l-lines-0-_id": "",
           "l-lines-0-sku": "y"}  # fmt: skip
    answer = olga.post(reverse("console:add_record", args=[invoices.key]), new, follow=True)
    assert "The record is there." in answer.content.decode()
    made = Record.objects.get()
    assert made.values["lines"][0]["sku"] == "y"
    assert {name: value for name, value in made.values.items() if name != "lines"} == {
        "title": "Second",
        "amount": 12.5,
        "paid": True,
        "tags": ["a", "b"],
        "seen": "2026-01-02T03:04:00.000Z",
    }
    assert (made.status, made.external_id) == ("done", "two")
    line = made.values["lines"][0]["_id"]
    change = {"hash": made.hash, "v-title": "", "v-amount": "7", "v-tags": "", "l-lines": "", "l-lines-3-_id": line}
    olga.post(address("change_record", made), change)
    made.refresh_from_db()
    assert made.values["amount"] == 7 and made.values["lines"] == [{"_id": line}]
    assert not {"title", "tags"} & set(made.values) and made.values["paid"] is True
    olga.post(address("remove_record", made))
    assert not Record.objects.exists()


def test_a_signature_in_a_line_stays_until_it_is_removed(olga: Client, acme: Acme) -> None:
    fields = [{"name": "sku", "type": "text"}, {"name": "sign", "type": "signature"}]
    shape = {"name": "Signed", "fields": [], "lineBlocks": [{"name": "lines", "fields": fields}]}
    drawn = "data:image/png;base64,iVBORw0KGgo="
    made = saving.create(
        definitions.create(acme.organization, shape, acme.owner), {"lines": [{"sku": "x", "sign": drawn}]}, acme.owner
    )
    sent = {"l-lines": "", "l-lines-0-_id": made.values["lines"][0]["_id"], "l-lines-0-sku": "y"}
    for more, held in (({}, drawn), ({"l-lines-0-sign": ""}, None)):
        olga.post(address("change_record", made), {**sent, **more, "hash": made.hash})
        made.refresh_from_db()
        assert (made.values["lines"][0]["sku"], made.values["lines"][0].get("sign")) == ("y", held)


def test_lines_come_and_go_before_anything_is_saved(olga: Client, record: Record) -> None:
    line = {"l-lines": "", "l-lines-0-_id": record.values["lines"][0]["_id"], "l-lines-0-sku": "kept"}
    more = olga.post(address("change_record", record), {**line, "do": "add:lines", "v-title": "typed"}).content.decode()
    assert "l-lines-1-sku" in more and 'value="kept"' in more and 'value="typed"' in more
    less = olga.post(address("change_record", record), {**line, "do": "drop:l-lines-0"}).content.decode()
    assert "l-lines-0-sku" not in less
    record.refresh_from_db()
    assert record.revision == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"v-amount": "many"}, "“amount” must be a number"),
        ({"externalId": "a/b"}, "“externalId” must not contain a slash"),
        ({"status": "gone"}, "“status” must be one of"),
        ({"hash": "0" * 24}, "changed by somebody else"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    olga: Client, record: Record, typed: dict[str, str], said: str
) -> None:
    answer = olga.post(address("change_record", record), {"hash": record.hash, "v-title": "typed", **typed})
    assert answer.status_code == 400
    text = answer.content.decode()
    assert said in text
    assert 'value="typed"' in text
    record.refresh_from_db()
    assert record.revision == 1


def test_the_built_in_definition_is_read_only(olga: Client, acme: Acme) -> None:
    answer = olga.get(reverse("console:records", args=["signing-processes"]))
    assert answer.status_code == 200 and "New record" not in answer.content.decode()
    refused = olga.post(reverse("console:add_record", args=["signing-processes"]), {})
    assert refused.status_code == 400


def form_of(text: str) -> dict[str, Any]:
    """What a browser would send back of the editor, unchanged."""
    import html
    import re

    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", text):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (' type="checkbox"' not in tag or " checked" in tag):
            found[name[1]] = html.unescape(value[1]) if value else "on"
    for name, inner in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>', text, re.DOTALL):
        found[name] = html.unescape(inner)
    for name, inner in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    found.pop("csrfmiddlewaretoken", None)
    return found


def test_what_the_editor_shows_can_be_saved_back(olga: Client, record: Record) -> None:
    """Nothing is lost on the way, also what the editor does not show."""
    before = record.definition.schema
    sent = form_of(page(olga, "definition", record))
    assert olga.post(address("change_definition", record), sent).status_code == 302
    after = Definition.objects.get()
    assert after.schema == before and after.version == 1


def test_a_definition_is_made_with_rows_that_come_and_go(olga: Client, acme: Acme) -> None:
    start = form_of(olga.get(reverse("console:new_definition")).content.decode())
    start |= {
        "name": "Leases",
        "label": "Leases",
        "f-0-name": "tenant",
        "f-0-required": "on",
        "statuses": "new\nold = Old",
    }
    add = reverse("console:add_definition")
    more = form_of(olga.post(add, {**start, "do": "add:f"}).content.decode())
    more |= {"f-1-name": "kind", "f-1-type": "picklist", "f-1-options": "flat\nhouse = A house"}
    blocks = form_of(olga.post(add, {**more, "do": "add:b"}).content.decode())
    assert not Definition.objects.exists()
    blocks |= {"b-0-name": "rents", "b-0-f-0-name": "due", "b-0-f-0-type": "date"}
    answer = olga.post(add, blocks)
    assert answer.status_code == 302, answer.content
    made = Definition.objects.get()
    assert made.schema == {
        "fields": [
            {"name": "tenant", "type": "text", "required": True},
            {"name": "kind", "type": "picklist", "options": [{"name": "flat"}, {"name": "house", "label": "A house"}]},
        ],
        "lineBlocks": [{"name": "rents", "fields": [{"name": "due", "type": "date"}]}],
        "statuses": [{"name": "new"}, {"name": "old", "label": "Old"}],
    }
    less = form_of(olga.post(add, {**blocks, "do": "drop:f-0"}).content.decode())
    assert "f-0-name" not in less and less["f-1-name"] == "kind"


def test_the_editor_says_what_a_change_would_break(olga: Client, record: Record) -> None:
    sent = form_of(page(olga, "definition", record)) | {"statuses": "done", "f-1-type": "date"}
    answer = olga.post(address("change_definition", record), sent)
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "amount: values are of another type; documents: 1" in text
    assert "statuses: the status is in use (draft); documents: 1" in text
    assert Definition.objects.get().version == 1


def test_access_groups_are_typed_as_in_the_api(olga: Client, record: Record, acme: Acme) -> None:
    sent = form_of(page(olga, "definition", record))
    wrong = olga.post(address("change_definition", record), sent | {"access": "{"})
    assert wrong.status_code == 400 and "must be valid JSON" in wrong.content.decode()
    groups = [{"_id": "g", "name": "Readers", "memberGroupIds": ["reviewer"], "permissions": [{"fields": ["title"]}]}]
    assert olga.post(address("change_definition", record), sent | {"access": json.dumps(groups)}).status_code == 302
    text = page(signed_in(acme.reviewer), "record", record)
    assert "First" in text and "amount" not in text


def test_a_definition_is_removed_once_it_is_empty(olga: Client, record: Record) -> None:
    kept = olga.post(address("remove_definition", record), follow=True)
    assert "There are 1 documents of this definition." in kept.content.decode()
    record.delete()
    olga.post(address("remove_definition", record))
    assert not Definition.objects.exists()


def test_members_of_a_role_may_be_let_in_by_a_group(acme: Acme, invoices: Definition) -> None:
    groups = [{"name": "All", "memberGroupIds": ["viewer"], "permissions": [{"edit": True, "create": True}]}]
    definitions.change(invoices, {"accessGroups": groups}, acme.owner)
    viewer = Member.objects.create_user(acme.organization, "vera@acme.example", role="viewer", language="en")
    client = signed_in(viewer)
    assert client.post(reverse("console:add_record", args=[invoices.key]), {"v-title": "x"}).status_code == 302
    assert Record.objects.get().created_by == viewer


def restrict(record: Record, acme: Acme, *permissions: dict[str, Any]) -> Client:
    """A reviewer who may do this and nothing else."""
    blocks = [{"name": "lines", "fields": [{"name": "sku", "type": "text"}, {"name": "price", "type": "number"},
                                           {"name": "photo", "type": "attachment"}]}]  # fmt: skip
    groups = [{"name": "Readers", "memberGroupIds": ["reviewer"], "permissions": list(permissions)}]
    changed = definitions.change(record.definition, {"lineBlocks": blocks, "accessGroups": groups}, acme.owner)
    record.definition = changed
    return signed_in(acme.reviewer)


def test_lines_are_saved_with_columns_that_are_only_seen(acme: Acme, record: Record) -> None:
    tomas = restrict(record, acme, {"fields": ["title", "lines"]}, {"fields": ["lines.sku"], "edit": True})
    saved = saving.merge(record, {"lines": [record.values["lines"][0] | {"price": 5}]}, acme.owner)
    form = form_of(page(tomas, "record", record))
    assert "l-lines-0-price" not in form
    assert tomas.post(address("change_record", record), form | {"l-lines-0-sku": "y"}).status_code == 302
    record.refresh_from_db()
    assert record.values["lines"] == [saved.values["lines"][0] | {"sku": "y"}]


def test_a_column_that_is_only_seen_is_not_cleared(acme: Acme, record: Record) -> None:
    restrict(record, acme, {"fields": ["title", "lines"]}, {"fields": ["lines.sku"], "edit": True})
    saved = saving.merge(record, {"lines": [record.values["lines"][0] | {"price": 5}]}, acme.owner)
    with pytest.raises(Forbidden):
        saving.merge(record, {"lines": [saved.values["lines"][0] | {"price": None}]}, acme.reviewer)


def test_history_speaks_of_what_the_member_sees(olga: Client, acme: Acme, record: Record) -> None:
    line = record.values["lines"][0]["_id"]
    for path in ("paper", f"lines.{line}.photo"):
        told = {"fileName": f"of-{path}.pdf", "valuePath": path, "from": "Secrets/1/paper"}
        note(record, RecordEvent.Kind.COPIED, acme.owner, **told)
    saving.merge(record, {"amount": 7, "title": "Other"}, acme.owner)
    tomas = restrict(record, acme, {"fields": ["title", "paper"]})
    text, whole = page(tomas, "record", record), page(olga, "record", record)
    assert "of-paper.pdf" in text and "title · " in text
    assert "photo" not in text and "amount" not in text and "Secrets" not in text
    assert f"of-lines.{line}.photo.pdf" in whole and "amount, title" in whole and "from Secrets/1/paper" in whole
