"""Every sentence of the whole tree is there in Spanish and Portuguese, once and alike, and nothing else is.

Sentences are found where they are made: in calls of gettext, in templates, and in what refusals are made with
(``tests/contract/test_sentences.py``).
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

PRODUCT = Path(__file__).resolve().parents[1] / "rubrica"
LANGUAGES = ["es", "pt"]
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
QUOTED = r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
IN_TEMPLATE = re.compile(rf"\b(?:p?gettext|np?gettext|_)\((?:u)?{QUOTED}(?:, ?(?:u)?{QUOTED})?")
CONTEXT = re.compile(r"\bpgettext\(")
VALUES = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")
# Pages for developers, which are in English alone.
IN_ENGLISH = ("styleguide", "reference/_", "reference/reference.html", "notify/gallery.html")
# Names and short forms that are the same in every language.
NO_WORDS = {
    "Rubrica", "API", "PDF", "PDFs", "CSV", "XLSX", "SHA", "SMS", "WhatsApp", "URL", "JSON", "ID", "OK", "UTC", "QR",
    "HTML", "curl", "TOTP", "OIDC", "Webhooks", "webhooks", "px", "MB", "kB", "GB", "BIC", "AUCO", "Auco", "aero",
    "OTP", "PAdES", "min", "max", "POST", "PUT", "GET", "DELETE", "es", "en", "pt", "id", "Ctrl", "Esc", "Alt",
    "HTTP", "webhook", "ms", "apt", "get", "install",
}  # fmt: skip


class Catalogue:
    """What all apps together say in one language; Django puts their catalogues into one as well."""

    def __init__(self, language: str) -> None:
        self.said: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
        self.trouble: list[str] = []
        for path in sorted(PRODUCT.rglob(f"locale/{language}/LC_MESSAGES/django.po")):
            with path.open("rb") as file:
                read = read_po(file)
            name = path.relative_to(PRODUCT).parts[0]
            self.trouble += [f"{name}: obsolete: {message}" for message in read.obsolete]
            for message in read:
                if message.id:
                    self._take(name, message)

    def _take(self, name: str, message: "object") -> None:
        ids = _texts(message.id)  # type: ignore[attr-defined]
        words = _texts(message.string)  # type: ignore[attr-defined]
        key = (message.context or "", ids[0])  # type: ignore[attr-defined]
        if message.fuzzy or not all(words) or len(words) != len(ids):  # type: ignore[attr-defined]
            self.trouble.append(f"{name}: fuzzy or unfinished: {ids[0]}")
        for text in words:
            if set(VALUES.findall(text)) - set(VALUES.findall(" ".join(ids))):
                self.trouble.append(f"{name}: other values than in English: {text}")
        if set(VALUES.findall(ids[-1])) - set(VALUES.findall(words[-1])):
            self.trouble.append(f"{name}: lacks a value: {words[-1]}")
        self.said[key].add(words)


def _texts(said: object) -> tuple[str, ...]:
    return tuple(said) if isinstance(said, tuple | list) else (str(said),)


catalogue = cache(Catalogue)


def modules() -> Iterator[Path]:
    for path in PRODUCT.rglob("*.py"):
        if not {"tests", "migrations"} & set(path.parts):
            yield path


def templates() -> Iterator[Path]:
    for path in [*PRODUCT.rglob("templates/**/*.html"), *PRODUCT.rglob("templates/**/*.txt")]:
        if not any(name in str(path) for name in IN_ENGLISH):
            yield path


def in_templates() -> Iterator[tuple[str, str, str]]:
    """Where, context and sentence."""
    for path in templates():
        for found in IN_TEMPLATE.finditer(templatize(path.read_text())):
            first = ast.literal_eval(found[1])
            if found[0].startswith("pgettext"):
                yield path.name, first, ast.literal_eval(found[2])
            else:
                yield path.name, "", first


def in_code() -> Iterator[tuple[str, str, str]]:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and called(node) in CALLS:
                texts = [part.value for part in node.args if isinstance(part, ast.Constant)]
                context = called(node).startswith("pgettext")
                if texts and isinstance(texts[0], str):
                    yield path.name, texts[0] if context else "", str(texts[1] if context else texts[0])


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


QUOTED_NAME = re.compile(r'"\w+"')


def constants() -> set[str]:
    """Every text of the code; what an f-string puts in, and a name in quotes, is called ``name`` in the catalogues."""
    found = set()
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value, QUOTED_NAME.sub('"%(name)s"', node.value)}
            elif isinstance(node, ast.JoinedStr):
                parts = [str(part.value) if isinstance(part, ast.Constant) else "%(name)s" for part in node.values]
                found.add("".join(parts))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_in_english(language: str) -> None:
    known = catalogue(language).said
    used = {*in_templates(), *in_code()}
    assert len(used) > 1000, "the sentences were not found"
    assert sorted(f"{where}: {said}" for where, context, said in used if said and (context, said) not in known) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_fuzzy_unfinished_or_lacks_a_value(language: str) -> None:
    assert catalogue(language).trouble == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_has_one_translation(language: str) -> None:
    """Apps that said it differently would overrule one another, in the order in which they are installed."""
    said = catalogue(language).said
    assert {key[1]: words for key, words in said.items() if len(words) > 1} == {}


def test_both_languages_say_the_same_sentences() -> None:
    assert sorted(catalogue("es").said.keys() ^ catalogue("pt").said.keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_outlives_its_sentence(language: str) -> None:
    used = {said for _where, _context, said in in_templates()} | constants()
    assert sorted(said for _context, said in catalogue(language).said if said not in used) == []


class Words(HTMLParser):
    """What a template says outside of its tags: every word of it would be in one language alone."""

    READ_ALOUD = {"aria-label", "title", "alt", "placeholder", "aria-description"}

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style", "pre", "code", "kbd"}
        self.found += [value for name, value in attributes if name in self.READ_ALOUD and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style", "pre", "code", "kbd"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


TRANSLATED = re.compile(
    r"\{% *blocktrans(?:late)?\b.*?\{% *endblocktrans(?:late)? *%\}|\{% *comment.*?endcomment *%\}|"
    r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->",
    re.DOTALL,
)
WORD = re.compile(r"[A-Za-zÀ-ÿ]{2,}")
# Addresses, entities, and attributes that stand in a block of their own.
NO_TEXT = re.compile(r"\S*[@/]\S*|\S+\.\S+|&\w+;|\bdata-[\w-]+|[\w-]+=\"[^\"]*\"")
# What a page tells the frame around it, such as the class of its body.
SETTINGS = re.compile(
    r"\{% block (?:body_class|referrer|shape|title_id|shutter) %\}(?:[\w -]|\{[{%].*?[}%]\})*?\{% endblock %\}"
)


def test_no_word_of_a_template_stands_outside_of_translations() -> None:
    loose = {}
    for path in templates():
        plain = TRANSLATED.sub(" ", SETTINGS.sub(" ", path.read_text()))
        texts = Words(plain).found if path.suffix == ".html" else [plain]
        words = {word for text in texts for word in WORD.findall(NO_TEXT.sub(" ", text))}
        if words - NO_WORDS:
            loose[str(path.relative_to(PRODUCT))] = sorted(words - NO_WORDS)
    assert loose == {}


SENTENCE = re.compile(r"""(?<![\w$])(["'`])([A-Z][a-z]+ [a-z]+(?: [\w,'’]+)*[.?!…]?)\1""")


def test_scripts_take_every_word_from_the_page() -> None:
    """Words in data attributes are translated by the server; what an Error is made with is for developers."""
    own = {}
    for path in [*(PRODUCT / "frontend").rglob("*.ts"), *PRODUCT.rglob("static/console/*.js")]:
        code = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*|new Error\([^)]*\)", " ", path.read_text(), flags=re.DOTALL)
        if found := [said[1] for said in SENTENCE.findall(code)]:
            own[path.name] = found
    assert own == {}


def test_members_are_told_nothing_that_was_not_translated() -> None:
    """``messages.success(request, "…")`` with a bare text."""
    bare = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "messages"
                and node.func.attr in {"success", "error", "info", "warning"}
                and isinstance(node.args[1], ast.Constant | ast.JoinedStr)
            ):
                bare.append(f"{path.name}: {ast.unparse(node)}")
    assert bare == []


DATES = re.compile(r"""\|(?:date|time):(?:"([^"]*)"|'([^']*)')""")
LOCAL = {"DATE_FORMAT", "TIME_FORMAT", "DATETIME_FORMAT", "SHORT_DATE_FORMAT", "SHORT_DATETIME_FORMAT",
         "MONTH_DAY_FORMAT", "YEAR_MONTH_FORMAT"}  # fmt: skip
FOR_MACHINES = {"c", "Y-m-d", "U"}  # in attributes


def test_days_are_written_as_the_language_writes_them() -> None:
    raw = {}
    for path in templates():
        found = {one or other for one, other in DATES.findall(path.read_text())}
        if found - LOCAL - FOR_MACHINES:
            raw[path.name] = sorted(found - LOCAL - FOR_MACHINES)
    assert raw == {}
