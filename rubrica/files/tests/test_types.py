"""Names and kinds of files: what is taken, and what a name becomes."""

import pytest

from rubrica.files.intake import IntakeRefused
from rubrica.files.types import ACCEPTED, FAMILIES, check, clean_name


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("card.pdf", "card.pdf"),
        ("CARD.PDF", "CARD.PDF"),
        ("李明.pdf", "李明.pdf"),
        ("n\u0303.pdf", "ñ.pdf"),
        ("/etc/passwd", "passwd.pdf"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a/", "file.pdf"),
        ("", "file.pdf"),
        (" . . ", "file.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("card.pdf.", "card.pdf"),
        ("card.pdf ", "card.pdf"),
        ("card.pdf\0.exe", "card.pdf.exe"),
        ("a\tb\nc.pdf", "abc.pdf"),
        ("fdp\u202efdp.exe", "fdpfdp.exe"),
        ("\ud800.pdf", "pdf.pdf"),
        ("no ending", "no ending.pdf"),
        ("e" * 400 + ".pdf", "e" * 251 + ".pdf"),
        ("🖋" * 100 + ".pdf", "🖋" * 62 + ".pdf"),
        ("Mr. Smith and a very long tail", "Mr. Smith and a very long tail.pdf"),
        ("x." + "y" * 400, "x." + "y" * 249 + ".pdf"),
    ],
)
def test_clean_name(name: str, clean: str) -> None:
    assert clean_name(name, "application/pdf") == clean
    assert len(clean.encode()) <= 255
    assert clean_name(clean, "application/pdf") == clean


def test_an_unknown_kind_gets_no_ending() -> None:
    assert clean_name("thing", "application/octet-stream") == "thing"


@pytest.mark.parametrize("media_type", [media for family in FAMILIES.values() for media in family])
def test_every_accepted_kind_under_its_own_name(media_type: str) -> None:
    check(media_type, clean_name("file", media_type))


@pytest.mark.parametrize(
    ("media_type", "name"),
    [
        ("text/plain", "a.html"), ("text/plain", "a.svg"), ("text/html", "a.txt"), ("image/svg+xml", "a.svg"),
        ("image/svg+xml", "a.png"), ("application/pdf", "a.png"), ("image/png", "a.pdf"), ("image/png", "a"),
        ("application/zip", "a.docx"), ("", "a.txt"), ("image/png; x=y", "a.png"), ("IMAGE/PNG", "a.png"),
        ("application/x-msdownload", "a.exe"), ("image/png", "a.png.html"), ("image/png", "a.pn\u0261"),
    ],
)  # fmt: skip
def test_what_is_not_listed_does_not_come_in(media_type: str, name: str) -> None:
    with pytest.raises(IntakeRefused) as caught:
        check(media_type, name)
    assert (caught.value.code, caught.value.status) == ("FILE_TYPE_REFUSED", 415)


def test_nothing_that_browsers_run_is_accepted() -> None:
    active = {".html", ".htm", ".xhtml", ".svg", ".svgz", ".xml", ".xsl", ".xht", ".js", ".mjs", ".swf", ".hta", ".exe"}
    assert not active & set(ACCEPTED)
