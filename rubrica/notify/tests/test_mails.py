"""Every mail is made so that the common clients show it, in light and dark, and that it says the same as plain text."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from rubrica.accounts.colors import contrast
from rubrica.notify.letters import readable_on
from rubrica.notify.samples import SAMPLES, sample

TEMPLATES = Path(__file__).parents[1] / "templates" / "notify"
LANGUAGES = ["es", "en", "pt"]
CLIPPED = 100_000  # bytes; from there on Gmail cuts a mail off
LOGO = "https://rubrica.example/brand/acme/1/2.png"
READABLE = 4.5  # WCAG 2.2, 1.4.3
COLOR = re.compile(r"#[0-9a-f]{6}")


class Parts(HTMLParser):
    """The elements with their attributes, and the words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attributes}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def html_of(kind: str, language: str = "en", **looks: str) -> str:
    return str(sample(kind, language, **looks).compose("<sample>").alternatives[0][0])


def test_every_message_has_a_sample() -> None:
    assert {path.name.removesuffix(".subject.txt") for path in TEMPLATES.glob("*.subject.txt")} == set(SAMPLES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SAMPLES)
def test_it_is_laid_out_by_tables_and_brings_everything_with_it(kind: str, language: str) -> None:
    html = html_of(kind, language, logo=LOGO)
    found = Parts(html)
    assert len(html.encode()) < CLIPPED
    assert found.all("html")[0]["lang"] == language and found.all("html")[0]["dir"] == "ltr"
    assert not found.all("script", "link", "iframe", "form", "svg", "video", "div class")
    assert {table.get("role") for table in found.all("table")} == {"presentation"}
    assert [image["src"] for image in found.all("img")] == [LOGO] and found.all("img")[0]["alt"]
    assert "url(" not in html and "@import" not in html and "position:" not in html
    assert len(found.all("h1")) == 1 and len(found.all("title")) == 1
    assert not [attributes for _tag, attributes in found.elements if any(name.startswith("on") for name in attributes)]


@pytest.mark.parametrize("kind", SAMPLES)
def test_one_button_and_only_whole_addresses(kind: str) -> None:
    found = Parts(html_of(kind))
    buttons = [link for link in found.all("a") if link.get("class") == "button"]
    assert len(buttons) == (1 if SAMPLES[kind].get("link") else 0)
    assert all(link["href"].startswith("https://") for link in found.all("a"))
    assert all(link["rel"] == "noopener noreferrer" for link in found.all("a"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SAMPLES)
def test_plain_text_says_the_same(kind: str, language: str) -> None:
    made = sample(kind, language).compose("<sample>")
    text, found = str(made.body), Parts(str(made.alternatives[0][0]))
    assert {link["href"] for link in found.all("a")} <= set(re.findall(r"https://[^\s]+", text))
    assert not re.search(r"</?[a-z]+[ >]|&[a-z]+;|\{[{%]", text)
    assert "أمينة بن علي" in text and made.subject and "\n" not in made.subject


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_list_of_mails_shows_a_sentence_of_its_own(kind: str) -> None:
    html = html_of(kind)
    preheader = html.partition('mso-hide:all">')[2].partition("<span>")[0].strip()
    assert len(preheader) > 15 and "<" not in preheader


def inked(html: str) -> Iterator[tuple[str, str]]:
    """By class the colour of words in the dark theme, as the mail's own style has them."""
    dark = html.partition("prefers-color-scheme: dark")[2].partition("[data-ogsc]")[0]
    yield from re.findall(r"\.(\w+) \{ (?:color|background): (#[0-9a-f]{6})", dark)


@pytest.mark.parametrize("kind", SAMPLES)
def test_words_are_read_on_their_grounds_in_both_themes(kind: str) -> None:
    html = html_of(kind)
    dark = dict(inked(html))
    for words in ("ink", "soft", "link"):
        assert contrast(dark[words], dark["card"]) >= READABLE
    assert contrast(dark["soft"], dark["page"]) >= READABLE and contrast(dark["ink"], dark["note"]) >= READABLE
    for style in re.findall(r'style="([^"]*)"', html):
        ink = re.search(r"(?:^|;)color:(#[0-9a-f]{6})", style)
        ground = re.search(r"background:(#[0-9a-f]{6})", style)
        if ink:
            grounds = [ground[1]] if ground else ["#ffffff", "#f3f5f7"]
            assert all(contrast(ink[1], one) >= READABLE for one in grounds), style


@pytest.mark.parametrize("color", ["#ffffff", "#000000", "#ffe000", "#767676", "#777777", "#2345a0", "#ff0000"])
def test_a_button_is_read_in_whatever_colour_the_organization_has(color: str) -> None:
    html = html_of("invite", color=color)
    assert f'bgcolor="{color}"' in html and f"color:{readable_on(color)}" in html
    assert contrast(color, readable_on(color)) >= READABLE


def test_the_page_of_samples_is_there_in_development_alone(client: Client, settings: Any) -> None:
    assert {client.get(path).status_code for path in ("/mails", "/mails/sample")} == {404}
    settings.DEBUG = True
    for kind in SAMPLES:
        assert kind in client.get("/mails", {"kind": kind, "in": "pt"}).text
    shown = client.get("/mails/sample", {"kind": "invite", "in": "pt", "color": "#123456"})
    assert '<html lang="pt"' in shown.text and 'bgcolor="#123456"' in shown.text
    assert "sandbox" in shown["Content-Security-Policy"]
    assert client.get("/mails", {"kind": "nothing", "in": "xx"}).status_code == 200
