"""Every sentence of the templates and of the code has its Spanish and its Portuguese."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

APPS = [path.parent for path in Path(__file__).parents[2].glob("*/locale") if any(path.iterdir())]
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext_lazy"}
IN_TEMPLATE = re.compile(
    r"\bn?gettext\((?:u)?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|\b_\((?:u)?('(?:[^'\\]|\\.)*')\)"
)


def in_templates(app: Path) -> Iterator[str]:
    for template in [*app.glob("templates/**/*.html"), *app.glob("templates/**/*.txt")]:
        for found in IN_TEMPLATE.finditer(templatize(template.read_text())):
            yield ast.literal_eval(found[1] or found[2])


def in_code(app: Path) -> Iterator[str]:
    for module in app.rglob("*.py"):
        if "tests" in module.parts or "migrations" in module.parts:
            continue
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                sentence = node.args[1 if node.func.id.startswith("pgettext") else 0]
                if isinstance(sentence, ast.Constant):
                    yield str(sentence.value)


@pytest.mark.parametrize("language", ["es", "pt"])
@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_nothing_is_left_in_english(app: Path, language: str) -> None:
    with (app / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file)
    known = {message.id if isinstance(message.id, str) else message.id[0]: message.string for message in catalogue}
    used = {*in_templates(app), *in_code(app)}
    assert used, "the sentences of this app were not found"
    assert sorted(sentence for sentence in used if not known.get(sentence)) == []
