"""Where a ``valuePath`` leads (contract/aero.md §2)."""

import pytest

from rubrica.records import paths
from rubrica.records.errors import NotFound, Wrong
from rubrica.records.schema import Shape

SHAPE = Shape.model_validate(
    {
        "fields": [
            {"name": "picture", "type": "attachment"},
            {"name": "section.field.attachments", "type": "attachment"},
            {"name": "title", "type": "text"},
        ],
        "lineBlocks": [
            {
                "name": "lines",
                "fields": [
                    {"name": "photo", "type": "attachment"},
                    {"name": "more.photo", "type": "attachment"},
                    {"name": "sku", "type": "text"},
                ],
            }
        ],
    }
)
VALUES = {"lines": [{"_id": "Abc", "externalId": "a.b"}, {"_id": "0", "externalId": "Abc"}, {"_id": "Def"}]}
LEADS = {
    "picture": "picture",
    "section.field.attachments": "section.field.attachments",
    "lines.Abc.photo": "lines.Abc.photo",
    "lines.a.b.photo": "lines.Abc.photo",
    "lines[a.b].photo": "lines.Abc.photo",
    "lines[a.b].more.photo": "lines.Abc.more.photo",
    "lines.2.photo": "lines.Def.photo",
    "lines.1.more.photo": "lines.0.more.photo",
    "lines.0.photo": "lines.0.photo",  # an _id wins over a place
}


@pytest.mark.parametrize(("text", "canonical"), LEADS.items())
def test_it_works(text: str, canonical: str) -> None:
    assert paths.attachment_place(SHAPE, text).canonical(VALUES) == canonical


@pytest.mark.parametrize(
    "text",
    ["", None, "Picture", "title", "section", "section.field", "lines", "lines.photo", "lines.Abc", "lines.Abc.sku",
     "lines.Abc.nothing", "lines[].photo", "lines[Abc]photo", "nothing.0.photo", "picture.0", ".", "lines..photo",
     "x" * 1001],
)  # fmt: skip
def test_what_leads_to_no_field_of_files_is_wrong(text: str | None) -> None:
    with pytest.raises(Wrong) as wrong:
        paths.attachment_place(SHAPE, text)
    assert wrong.value.path == "valuePath" and wrong.value.source == "Query"


@pytest.mark.parametrize("line", ["Xyz", "3", "-1", "1e1", "²"])
def test_a_line_that_is_not_there_is_not_found(line: str) -> None:
    with pytest.raises(NotFound):
        paths.attachment_place(SHAPE, f"lines.{line}.photo").canonical(VALUES)


def test_a_canonical_path_says_where_it_leads() -> None:
    assert paths.parts("section.field.attachments", SHAPE) == ("", "", "section.field.attachments")
    assert paths.parts("lines.Abc.more.photo", SHAPE) == ("lines", "Abc", "more.photo")
