"""Whatever a user can set, call, read or be told is named in docs/ (taken from the code, not from a list)."""

import re

import pytest
from ninja import Schema
from pydantic import BaseModel

from rubrica.api.auco import schemas
from rubrica.files.types import FAMILIES
from rubrica.processes.models import Document, Event, Participant, Process
from tests.docs import sources
from tests.docs.markdown import page, reference


def missing(names: set[str], text: str) -> list[str]:
    """The names that stand nowhere between backquotes, alone or as a whole word of what is quoted."""
    quoted = "\n".join(re.findall(r"`+([^`]+)`+", text))
    return sorted(name for name in names if not re.search(rf"(?<![\w/]){re.escape(name)}(?![\w/])", quoted))


def test_settings() -> None:
    found = sources.settings()
    assert {"RUBRICA_DATA_DIR", "RUBRICA_SMTP_URL", "RUBRICA_SECRET_KEY"} <= found
    assert missing(found, page("docs/install.md")) == []


def test_no_setting_is_made_up() -> None:
    known = sources.settings()
    named = set(sources.SETTING.findall(page("docs/install.md")))
    assert sorted(name for name in named if not {name, name.removesuffix("_FILE")} & known) == []


def test_addresses() -> None:
    found = sources.addresses()
    assert {"/v1.5/ext/attachments", "/s/{token}/state", "/uploads/{token}", "/console/", "/healthz"} <= found
    assert missing(found, reference()) == []


def test_code_words() -> None:
    found = sources.code_words()
    assert {"ATTACHMENT_NOT_FOUND", "UPLOAD_URL_USED", "UNKNOWN_LINK", "PDF_ENCRYPTED", "UNAUTHORIZED"} <= found
    assert missing(found, reference()) == []


def test_codes_of_fields() -> None:
    found = sources.field_codes()
    assert {"exclusive", "off_page", "needs_camera"} <= found
    assert missing(found, page("docs/api-auco.md")) == []


def test_events() -> None:
    assert missing(set(Event.Kind.values), page("docs/architecture.md")) == []


@pytest.mark.parametrize("states", [Process.State, Document.State, Participant.Status])
def test_states(states: type[Process.State]) -> None:
    assert missing(set(states.values), page("docs/architecture.md") + page("docs/api-auco.md")) == []


def test_commands() -> None:
    text = page("docs/operate.md")
    for name, options in sources.commands().items():
        assert f"`rubrica {name}" in text, f"rubrica {name}"
        assert sorted(option for option in options if option not in text) == [], f"rubrica {name}"


def test_fields_of_the_dialect() -> None:
    models = [
        model
        for model in vars(schemas).values()
        if isinstance(model, type) and issubclass(model, BaseModel) and model not in {BaseModel, Schema}
    ]
    fields = {field for model in models for field in model.model_fields}
    assert {"packageName", "signProfile", "decision"} <= fields
    text = page("docs/api-auco.md").replace("signProfile[x].", "").replace("files[x].", "")
    assert missing(fields, text) == []


def test_kinds_of_files() -> None:
    text = page("docs/api-own.md")
    endings = {ending for kinds in FAMILIES.values() for names in kinds.values() for ending in names[:1]}
    spelled = {".jpg": "JPEG", ".tif": "TIFF", ".webp": "WebP"}
    assert sorted(e for e in endings if spelled.get(e, e[1:].upper()) not in text) == []
