import re

import pytest
from django.utils.translation import gettext, override

from rubrica.notify import short

LANGUAGES = ["es", "en", "pt"]
KINDS = sorted(short.SENTENCES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_it_works(kind: str, language: str) -> None:
    values = {"organization": "Acme", "name": "Lease", "link": "https://x/s/1", "reason": "Too dear", "code": "402718"}
    text = short.Words(kind, language, values | {"minutes": "10"}).text
    assert "%(" not in text
    assert all(values[name] in text for name in short.names(short.SENTENCES[kind]) if name in values)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(short.SENTENCES.keys() - short.ONLY.keys()))
def test_every_sentence_can_be_a_template_of_whatsapp(kind: str, language: str) -> None:
    """Meta's rules: variables counted from 1 in order, none at either end, no more than 1024 characters in all."""
    body = short.template(kind, language)
    places = re.findall(r"{{(\d+)}}", body)
    assert places == [str(place) for place in range(1, len(places) + 1)]
    assert not body.startswith("{{")
    assert not body.endswith("}}")
    longest = sum(short.LONGEST.get(name, 200) for name in short.variables(kind))
    assert len(body) + longest < 1024


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_the_variables_is_the_same_in_every_language(kind: str, language: str) -> None:
    with override(language):
        assert short.names(gettext(short.SENTENCES[kind])) == short.names(short.SENTENCES[kind])


def test_a_code_is_alone_in_its_template() -> None:
    values = {"code": "402718", "organization": "Acme", "minutes": "10"}
    assert short.Words("code", "en", values).variables == ["402718"]
    assert short.template("code", "en") == ""
    assert short.Words("code", "en", values).title == "Acme"
