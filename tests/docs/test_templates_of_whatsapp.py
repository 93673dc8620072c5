"""The words that people hand in to WhatsApp are the words that are sent."""

import pytest

from rubrica.notify import short
from tests.docs.markdown import page


@pytest.mark.parametrize("language", ["es", "en", "pt"])
@pytest.mark.parametrize("kind", sorted(short.SENTENCES))
def test_the_page_has_every_template(kind: str, language: str) -> None:
    text = page("docs/messages.md")
    section = text.partition(f"### `{kind}`\n")[2].partition("\n### ")[0]
    assert section, "the message is not on the page"
    assert f"```text\n{short.template(kind, language)}\n```" in section or kind in short.ONLY


@pytest.mark.parametrize("kind", sorted(short.SENTENCES.keys() - short.ONLY.keys()))
def test_the_page_names_the_variables_in_order(kind: str) -> None:
    section = page("docs/messages.md").partition(f"### `{kind}`\n")[2].partition("```")[0]
    named = [f"`{{{{{place}}}}}` {name}" for place, name in enumerate(short.variables(kind), 1)]
    assert ", ".join(named) in section
