"""HTML cleaned, filled and made into a PDF: what must stay, what must go, and what must not take for ever."""

import io
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from rubrica.sealing.intake.render import page_words
from rubrica.templating import cleaning, composing, engine, wording
from rubrica.templating.faults import TemplateRefused
from rubrica.templating.filling import fill, filling
from rubrica.templating.tests.examples import COMPLETE, TODAY, question, read
from tests.sending import drawing

NOBODY = read()
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "script in svg": "<svg><script>alert(1)</script></svg>",
    "mathml": "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "handler": "<img src='data:image/png;base64,AAAA' onerror='alert(1)'>",
    "handler without quotes": "<p onclick=alert(1)>x</p>",
    "body handler": "<body onload=alert(1)>",
    "link": "<a href='javascript:alert(1)'>x</a>",
    "hidden link": "<a href=' &#106;ava\tscript:alert(1)'>x</a>",
    "data link": "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "external image": "<img src='https://elsewhere.example/pixel.png'>",
    "relative image": "<img src='/elsewhere/pixel.png'>",
    "file": "<img src='file:///etc/passwd'>",
    "svg image": "<img src='data:image/svg+xml;base64,AAAA'>",
    "frame": "<iframe src='https://elsewhere.example/'></iframe>",
    "object": "<object data='file:///etc/passwd'></object><embed src='file:///etc/passwd'>",
    "form": "<form action='https://elsewhere.example/'><input name=a><button>x</button></form>",
    "refresh": "<meta http-equiv=refresh content='0;url=https://elsewhere.example/'>",
    "base": "<base href='https://elsewhere.example/'>",
    "sheet": "<link rel=stylesheet href='https://elsewhere.example/a.css'>",
    "attachment": "<link rel=attachment href='file:///etc/passwd'>",
    "import": "<style>@import url('https://elsewhere.example/a.css'); p { color: red }</style>",
    "import of a text": "<style>@import 'https://elsewhere.example/a.css';</style>",
    "escaped import": "<style>@\\69mport 'https://elsewhere.example/a.css';</style>",
    "background": "<style>p { background: url(https://elsewhere.example/a.png) }</style>",
    "escaped background": "<p style='background: \\75rl(https://elsewhere.example/a.png)'>x</p>",
    "image set": "<p style='background: image-set(\"https://elsewhere.example/a.png\" 1x)'>x</p>",
    "variable": "<style>p { --x: url(https://elsewhere.example/a.png); background: var(--x) }</style>",
    "face": "<style>@font-face { font-family: x; src: url(https://elsewhere.example/a.woff) }</style>",
    "nested": "<style>@media print { p { background: url(//elsewhere.example/a.png) } }</style>",
    "margin": "<style>@page { @top-left { content: url(file:///etc/passwd) } }</style>",
    "binding": "<p style='behavior: url(x.htc); -moz-binding: url(x.xml#y)'>x</p>",
    "end of style": "<style>p::before { content: '</style><script>alert(1)</script>' }</style>",
    "comment": "<!--><script>alert(1)</script>-->",
    "noscript": "<noscript><p title='</noscript><script>alert(1)</script>'></noscript>",
    "template": "<template><script>alert(1)</script></template>",
}
ACTS = "<script alert(1) onerror onclick onload javascript elsewhere passwd @import x.htc http-equiv"
FORBIDDEN = f"{ACTS} <iframe <object <embed <form <input <link <base <svg".split()


@pytest.mark.parametrize("name", HOSTILE)
def test_what_acts_or_loads_is_taken_out(name: str) -> None:
    clean = cleaning.cleaned(f"<html><body><p>before</p>{HOSTILE[name]}<p>after</p></body></html>").lower()
    assert [word for word in FORBIDDEN if word in clean] == []
    assert "before" in clean


def test_words_tables_and_style_stay() -> None:
    clean = cleaning.cleaned(COMPLETE)
    for kept in ('<span name="canon">', '<div id="arrendatario" class="sign-margin">', "@page", "counter(pages)",
                 "font-size: 15pt", 'name="codeudor_si" hidden', "_______"):  # fmt: skip
        assert kept in clean


def test_a_picture_in_the_document_itself_stays() -> None:
    inline = drawing()
    clean = cleaning.cleaned(f"<img src='{inline}'><p style='background: url({inline})'>x</p>")
    assert clean.count("data:image/png;base64,") == 2


@pytest.mark.parametrize("source", ["<div>" * 60_000, "<style>" + "(" * 300_000, "<p style='" + "{" * 200_000 + "'>"])
def test_endless_nesting_ends(source: str, tmp_path: Path) -> None:
    path, begun = tmp_path / "deep.html", time.monotonic()
    path.write_text(source)
    try:
        cleaning.clean(path)
    except TemplateRefused as refused:
        assert refused.code == "HTML_INVALID"
    assert time.monotonic() - begun < 30


def test_what_lies_too_deep_is_refused_and_never_left_away(tmp_path: Path) -> None:
    path = tmp_path / "deep.html"
    path.write_text("<div>" * 240 + "<p>at the bottom</p>")
    html, _removed = cleaning.clean(path)
    assert b"at the bottom" in html
    path.write_text("<div>" * 260 + "<p>at the bottom</p>")
    with pytest.raises(TemplateRefused, match="250 levels"):
        cleaning.clean(path)


def test_bytes_that_are_no_text_are_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "odd.html"
    path.write_bytes(b"\xff\xfe<p>\0x\x01</p>\xc3\x28<style>p::before { content: '\\3c/style>' }</style>")
    html, _removed = cleaning.clean(path)
    assert "</style>" not in html.decode().partition("<style>")[2].rpartition("</style>")[0]


def words(pdf: bytes, tmp_path: Path) -> str:
    path = tmp_path / "made.pdf"
    path.write_bytes(pdf)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        pages = len(opened.pages)
    return " ".join(word.text for number in range(1, pages + 1) for word in page_words(path, number))


def test_answers_become_text_and_never_markup() -> None:
    html = cleaning.cleaned("<p>a<span name=q>___</span>b</p>")
    filled = fill(html, filling(read(question()), {"q": "<img src=x onerror=alert(1)>&amp;\nnext"}, TODAY))
    assert "&lt;img src=x onerror=alert(1)&gt;&amp;amp;<br>next" in filled


@pytest.mark.parametrize(
    ("kind", "more", "value", "shown"),
    [
        ("name", {}, "juan pérez", "JUAN PÉREZ"),
        ("number", {}, "50000", "50.000"),
        ("number", {"addText": True}, "5000", "5.000 (CINCO MIL)"),
        ("currency", {}, "50000", "$50.000 (CINCUENTA MIL PESOS)"),
        ("currency", {"removeText": True}, "50000", "$50.000"),
        ("date", {}, "2024-01-15", "15 de enero de 2024"),
        ("nit", {}, "9001234567", "900123456-7"),
        ("nit", {}, "8301234", "830123-4"),
        ("identification", {}, "CC 1084340519", "CC 1084340519"),
        ("select", {}, "a", "Letter A"),
        ("searchlist", {}, "AR", "Argentina"),
        ("check", {}, "cleaning, insurance", "cleaning, insurance"),
    ],
)
def test_each_type_is_shown_in_its_form(kind: str, more: dict[str, Any], value: str, shown: str) -> None:
    found = filling(read(question(kind, **more)), {"q": value}, TODAY)
    assert found.texts["q"] == shown


def test_a_clause_shows_the_words_of_its_option_and_no_other() -> None:
    html = cleaning.cleaned("<p>x <b name=q_yes hidden>YES</b><b name=q_no>NO</b> y</p><p name=signComplete>DONE</p>")
    for chosen, shown, hidden in (("yes", "YES", "NO"), ("no", "NO", "YES")):
        filled = fill(html, filling(read(question("clausula")), {"q": chosen}, TODAY))
        assert shown in filled and hidden not in filled and "hidden" not in filled and " y</p>" in filled
        assert "DONE" not in filled


def test_the_day_is_written_out() -> None:
    filled = fill(cleaning.cleaned("<p name=signDate>_</p>"), filling(NOBODY, {}, date(2024, 3, 5)))
    assert "5 de marzo de 2024" in filled


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("0", "CERO PESOS"),
        ("1", "UN PESO"),
        ("16", "DIECISÉIS PESOS"),
        ("21", "VEINTIÚN PESOS"),
        ("31", "TREINTA Y UN PESOS"),
        ("100", "CIEN PESOS"),
        ("101", "CIENTO UN PESOS"),
        ("555", "QUINIENTOS CINCUENTA Y CINCO PESOS"),
        ("1000", "MIL PESOS"),
        ("21000", "VEINTIÚN MIL PESOS"),
        ("1000000", "UN MILLÓN DE PESOS"),
        ("2000001", "DOS MILLONES UN PESOS"),
        ("1000000000", "MIL MILLONES DE PESOS"),
        ("1000000000000", "UN BILLÓN DE PESOS"),
        ("10.50", "DIEZ PESOS CON CINCUENTA CENTAVOS"),
    ],
)
def test_amounts_in_words(number: str, words: str) -> None:
    assert wording.pesos(Decimal(number), words=True).partition("(")[2] == f"{words})"


def test_signature_places_in_fractions_of_the_page() -> None:
    html = cleaning.cleaned(
        "<style>@page { size: 600pt 800pt; margin: 0 } .sign-margin { width: 150pt; height: 50pt }</style>"
        "<div id=one class=sign-margin style='position: absolute; left: 60pt; top: 400pt'></div>"
        "<div name=one class=sign-margin></div>"
        "<div name=two class='x sign-margin'></div><div style='break-before: page' name=two class=sign-margin></div>"
        "<div name=three></div>"
    )
    made = composing.compose(html, NOBODY, {}, ["one", "two", "three"])
    assert made.pages == 2 and set(made.boxes) == {"one", "two"}
    (one,) = made.boxes["one"]  # where there is an id, elements with the name do not count
    assert [round(number, 4) for number in (one.page, one.x, one.y, one.w, one.h)] == [1, 0.35, 0.5625, 150, 50]
    assert [box.page for box in made.boxes["two"]] == [1, 2]


def test_a_place_without_a_size_can_hold_a_signature() -> None:
    made = composing.compose(cleaning.cleaned("<div id=one class=sign-margin></div>"), NOBODY, {}, ["one"])
    (box,) = made.boxes["one"]
    assert (round(box.w), round(box.h)) == (160, 48)


def test_pictures_and_handwriting_come_into_the_document() -> None:
    html = cleaning.cleaned("<span name=p>_</span><span name=s>_</span>")
    definition = read(question("image", "p"), question("signature", "s"))
    plain = composing.compose(html, definition, {})
    full = composing.compose(html, definition, {"p": drawing(), "s": "Ana Ruiz"})
    with pikepdf.open(io.BytesIO(full.pdf)) as pdf:
        assert len(list(pdf.pages[0].get_images())) == 1
    assert len(full.pdf) > len(plain.pdf)


def test_the_engine_itself_fetches_nothing(tmp_path: Path) -> None:
    """Also where cleaning had missed it: a second lock on the same door."""
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP SECRET")
    html = f"<img src='file://{secret}'><link rel=attachment href='file://{secret}'><p>x</p>"
    html += f"<style>@import url('file://{secret}'); p {{ background: url('file://{secret}') }}</style>"
    pdf, _pages, _places = engine.compose_here(html, filling(NOBODY, {}, TODAY), [])
    assert b"TOP SECRET" not in pdf and b"EmbeddedFile" not in pdf
    assert words(pdf, tmp_path) == "x"


@pytest.mark.parametrize(
    "html",
    [
        "<table>" * 300 + "<tr><td>x" * 60_000,
        "<div style='width: 1e9px; height: 1e9px'>x</div>" * 2000,
        "<p>x</p><div style='break-after: page'></div>" * 5000,
        "<ul>" + "<li>" * 50_000,
    ],
)
def test_what_takes_too_long_or_too_much_is_refused(html: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing, "SECONDS", 1)
    begun = time.monotonic()
    with pytest.raises(TemplateRefused) as refused:
        composing.compose(html, NOBODY, {})
    assert refused.value.code == "DOCUMENT_NOT_COMPOSED"
    assert time.monotonic() - begun < 40


def test_a_machine_without_pango_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing, "missing_library", lambda: "cannot load library 'libpango-1.0-0'")
    with pytest.raises(TemplateRefused) as refused:
        composing.compose(COMPLETE, NOBODY, {})
    assert refused.value.code == "TEMPLATES_UNAVAILABLE"
    assert composing.PANGO.startswith("libpango")
