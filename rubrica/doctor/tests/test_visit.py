"""The round itself: limits of time, what breaks off, what no output may hold."""

import io
import json
import time

import pytest

from rubrica.doctor import report, visit
from rubrica.doctor.findings import Check, Finding, Result, failure, ok, together, warning
from rubrica.doctor.hiding import hidden


def test_what_hangs_is_given_up_and_holds_up_nobody() -> None:
    def hang() -> Finding:
        time.sleep(30)
        return ok("Too late.")

    began = time.monotonic()
    late, quick = visit.attend([Check("late", hang, seconds=0.3), Check("quick", lambda: ok("Here."))])
    assert time.monotonic() - began < 10
    assert late.finding.status == "failure"
    assert "No answer" in late.finding.sentence
    assert quick == Result("quick", ok("Here."))


def test_a_check_that_breaks_off_is_a_failure_of_its_own() -> None:
    def broken() -> Finding:
        raise OSError("no such device")

    found = visit.ask("broken", broken).finding
    assert found.status == "failure"
    assert "OSError no such device" in found.sentence


def test_the_worst_of_several_is_told() -> None:
    found = together([ok("Fine."), warning("Low.", "Mend."), failure("One.", "Do."), failure("Two.", "Do.")])
    assert found == failure("One. Two.", "Do.")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("RUBRICA_SMTP_URL", "smtp://me:p%40ssword@mail.example", "refused p%40ssword and p@ssword"),
        ("RUBRICA_SMTP_URL", "smtp://me:hunter22@mail.example", "cannot read smtp://me:hunter22@mail.example"),
        ("RUBRICA_SMTP_URL", "smtp://[:hunter22@mail.example", "wrong: smtp://[:hunter22@mail.example"),
        ("RUBRICA_SECRET_KEY", "hunter22", "the key hunter22"),
        ("RUBRICA_WHATSAPP_APP_SECRET", "hunter22", "said hunter22"),
        ("RUBRICA_DATABASE_URL", "postgresql://u:hunter22@db/x", 'connection "password=hunter22" failed'),
    ],
)
def test_no_secret_is_ever_printed(monkeypatch: pytest.MonkeyPatch, name: str, value: str, text: str) -> None:
    monkeypatch.setenv(name, value)
    shown = hidden(failure(text, text))
    for secret in ("hunter22", "p%40ssword", "p@ssword"):
        assert secret not in shown.sentence + shown.do
    assert "…" in shown.sentence


def test_a_password_that_is_our_name_leaves_the_commands_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUBRICA_DATABASE_URL", "postgresql://rubrica:rubrica@db/rubrica")
    shown = hidden(failure("postgresql://rubrica:rubrica@db/rubrica is away", "Run `rubrica migrate`."))
    assert shown == failure("postgresql://…@db/rubrica is away", "Run `rubrica migrate`.")


def test_the_secret_from_a_file_is_not_printed(settings: object) -> None:
    settings.SECRET_KEY = "from-a-file-1234"  # type: ignore[attr-defined]
    assert hidden(ok("it is from-a-file-1234")).sentence == "it is …"


RESULTS = [Result("mail", ok("Works.")), Result("public address", warning("Low.", "Mend it."))]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_paper_is_aligned_and_without_colour() -> None:
    out = io.StringIO()
    assert report.write(iter(RESULTS), out) == RESULTS
    assert out.getvalue().splitlines() == [
        "ok       mail            Works.",
        "warning  public address  Low.",
        "                         → Mend it.",
        "",
        "1 ok, 1 warning.",
    ]


def test_a_terminal_gets_colour_unless_it_wants_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    report.write(iter(RESULTS), out)
    assert "\033[33mwarning" in out.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    report.write(iter(RESULTS), plain)
    assert "\033" not in plain.getvalue()


def test_a_terminal_breaks_lines_under_their_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("NO_COLOR", "1")
    lines = report.paragraph(Result("mail", ok("word " * 20)), on_terminal=True).splitlines()
    assert len(lines) > 2
    assert all(len(line) <= 60 for line in lines)
    assert all(line.startswith(" " * 25 + "word") for line in lines[1:])


def test_one_object_for_programs() -> None:
    assert json.loads(report.as_json(RESULTS)) == {
        "ok": True,
        "checks": [
            {"name": "mail", "status": "ok", "sentence": "Works.", "do": ""},
            {"name": "public address", "status": "warning", "sentence": "Low.", "do": "Mend it."},
        ],
    }


def test_only_failures_change_the_exit_code() -> None:
    assert report.exit_code(RESULTS) == 0
    assert report.exit_code([*RESULTS, Result("x", failure("No.", "Do."))]) == 1
