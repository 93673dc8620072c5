"""Reports: what was sent, what became of it, how long it took; drawn, told in a table, and as files."""

import csv
import io
import re
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import translation

from rubrica import clock
from rubrica.accounts.models import Member
from rubrica.console import exporting
from rubrica.console.reports import chart, export, figures
from rubrica.console.reports.figures import Part
from rubrica.console.reports.period import PERIODS, Asked
from rubrica.console.templatetags.reports import duration
from rubrica.processes.models import Folder, Process
from tests import sending
from tests.cast import Acme, signed_in

NOW = datetime(2026, 5, 14, 15, 30, tzinfo=UTC)  # a Thursday
REPORTS = "/console/reports"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def client(acme: Acme) -> Client:
    return signed_in(acme.owner)


def process(acme: Acme, days_ago: float, state: str = "open", hours: float = 0, **more: object) -> Process:
    """Sent so many days ago, and ended so many hours later."""
    made = sending.start(acme, sending.person("Carla"), name=str(more.pop("name", "P")))
    at = NOW - timedelta(days=days_ago)
    ended = None if state == "open" else at + timedelta(hours=hours)
    Process.objects.filter(pk=made.pk).update(created_at=at, state=state, ended_at=ended, **more)
    made.refresh_from_db()
    return made


def test_it_works(client: Client, acme: Acme) -> None:
    process(acme, 3, "finished", 4)
    process(acme, 2, "rejected", 1)
    process(acme, 1)
    page = client.get(REPORTS, {"period": "month"})
    shown = page.context["figures"]
    assert (shown.sent, shown.total("finished"), shown.total("rejected"), shown.total("expired")) == (3, 1, 1, 0)
    assert shown.median == timedelta(hours=4)
    text = page.content.decode()
    assert text.count("chart__bar--sent") >= 3
    assert "<svg" in text and "<table" in text


@pytest.mark.parametrize(
    ("period", "first", "parts"),
    [
        ("month", datetime(2026, 4, 15, tzinfo=UTC), 30),
        ("quarter", datetime(2026, 2, 16, tzinfo=UTC), 13),
        ("year", datetime(2025, 6, 1, tzinfo=UTC), 12),
        ("years", datetime(2023, 6, 1, tzinfo=UTC), 36),
    ],
)
def test_a_period_has_even_parts(period: str, first: datetime, parts: int) -> None:
    starts = Asked(period).starts()
    assert (starts[0], len(starts)) == (first, parts)
    assert starts == sorted(set(starts)) and starts[-1] <= NOW


@pytest.mark.parametrize("period", list(PERIODS))
def test_each_process_is_counted_in_its_part(acme: Acme, period: str) -> None:
    days = [0, 1, 6, 8, 29.5, 31, 85, 200, 360, 700]
    for ago in days:
        process(acme, ago, "finished", 1)
    found = figures.figures(acme.organization, Asked(period))
    since = found.parts[0].start
    assert found.sent == sum(NOW - timedelta(days=ago) >= since for ago in days)
    for part, after in zip(found.parts, [*found.parts[1:], None], strict=True):
        end = after.start if after else NOW + timedelta(seconds=1)
        assert part.sent == sum(part.start <= NOW - timedelta(days=ago) < end for ago in days)


def test_what_was_sent_before_and_ended_in_the_period_counts_as_ended(acme: Acme) -> None:
    process(acme, 40, "finished", 24 * 38)
    found = figures.figures(acme.organization, Asked("month"))
    assert (found.sent, found.total("finished")) == (0, 1)


def test_the_middle_and_the_slow_ones(acme: Acme) -> None:
    for hours in (1, 2, 3, 4, 100):
        process(acme, 10, "finished", hours)
    process(acme, 10, "cancelled", 240)
    found = figures.figures(acme.organization, Asked("month"))
    assert found.median == timedelta(hours=3)
    assert found.slowest is not None and timedelta(hours=4) < found.slowest <= timedelta(hours=100)


def test_what_took_long_is_kept_for_a_while(acme: Acme, other: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    process(acme, 1)
    assert figures.lately(acme.organization, Asked("month")).sent == 1
    process(acme, 1)
    assert figures.lately(acme.organization, Asked("month")).sent == 2, "counting was quick, so nothing is kept"
    monkeypatch.setattr(figures, "LONG", -1.0)
    kept = figures.lately(acme.organization, Asked("month"))
    process(acme, 1)
    assert figures.lately(acme.organization, Asked("month")) == kept
    assert figures.lately(acme.organization, Asked("quarter")).sent == 3
    assert figures.lately(other.organization, Asked("month")).sent == 0, "nobody sees another organization's"


def test_folders_with_those_below_and_templates_narrow(client: Client, acme: Acme) -> None:
    above, below, beside = (Folder.make(acme.organization, path) for path in ("a", "a/b", "ab"))
    process(acme, 1, folder_id=above.pk, template="t1")
    process(acme, 1, folder_id=below.pk, template="t1")
    process(acme, 1, folder_id=beside.pk)
    process(acme, 1)
    assert client.get(REPORTS, {"folder": "a"}).context["figures"].sent == 2
    assert client.get(REPORTS, {"folder": "a/b"}).context["figures"].sent == 1
    assert client.get(REPORTS, {"template": "t1"}).context["figures"].sent == 2
    assert client.get(REPORTS, {"folder": "a%"}).context["figures"].sent == 0
    groups = {one["name"]: one["group"].sent for one in client.get(REPORTS).context["by_folder"]}
    assert groups == {"a": 1, "a/b": 1, "ab": 1, "": 1}
    assert {one["name"]: one["group"].sent for one in client.get(REPORTS).context["by_template"]} == {"t1": 2, "": 2}


@pytest.mark.parametrize("query", ["period=never", "folder=%00", "template=%27%3B", "folder=" + "x" * 999])
def test_an_odd_address_is_answered(client: Client, acme: Acme, query: str) -> None:
    process(acme, 1)
    assert client.get(f"{REPORTS}?{query}").status_code == 200
    assert client.post(f"{REPORTS}/processes.csv?{query}").status_code == 200


def test_another_organization_sees_none_of_it(acme: Acme, other: Acme) -> None:
    process(acme, 1, "finished", 1)
    stranger = signed_in(other.owner)
    assert stranger.get(REPORTS).context["figures"].sent == 0
    assert len(rows(stranger)) == 1


def test_every_member_may_look(acme: Acme) -> None:
    viewer = Member.objects.create_user(acme.organization, "v@acme.example", role="viewer")
    assert signed_in(viewer).get(REPORTS).status_code == 200
    assert (Client().get(REPORTS).status_code, signed_in(viewer).post(REPORTS).status_code) == (302, 405)
    for address in (f"{REPORTS}/processes.csv", f"{REPORTS}/processes.xlsx"):
        assert Client().post(address).status_code == 302
        answer = signed_in(viewer).post(address)
        assert (answer.status_code, bool(answer.getvalue())) == (200, True)
        assert signed_in(viewer).get(address).status_code == 405


def rows(client: Client, **query: str) -> list[list[str]]:
    answer = client.post(f"{REPORTS}/processes.csv", query_params=query)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    body = answer.getvalue().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(body, newline="")))


def test_a_csv_has_every_process_newest_first(client: Client, acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "BATCH", 2)
    folder = Folder.make(acme.organization, "a/b")
    for number in range(5):
        process(acme, 5 - number, "finished", 2.5, name=f"=P{number}", folder_id=folder.pk)
    head, *found = rows(client)
    assert head[:3] == ["Package id", "Name", "Status"]
    assert [row[1] for row in found] == [f"'=P{number}" for number in range(4, -1, -1)]
    assert found[0][2:4] == ["Finished", "a/b"]
    assert found[0][10] == "2.5"
    assert found[0][-1] == "Carla <carla@example.com>"
    assert rows(client, folder="nothing") == [head]


def test_a_workbook_has_the_newest(client: Client, acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST_IN_WORKBOOK", 2)
    for number in range(3):
        process(acme, 3 - number, name=f"P{number}")
    answer = client.post(f"{REPORTS}/processes.xlsx")
    body = answer.getvalue()
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert re.findall(r"<t>(P\d)</t>", sheet) == ["P2", "P1"]
    assert ".xlsx" in answer.headers["Content-Disposition"]


def test_the_drawing_stays_in_its_frame() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    parts = [
        Part(start + timedelta(days=n), sent=n * 7, ended={"finished": n, "expired": n * 2}, median=timedelta(hours=n))
        for n in range(30)
    ]
    for drawn in (chart.counts(parts), chart.times(parts)):
        for bar in drawn.bars:
            assert drawn.left <= bar.x and bar.x + bar.width <= drawn.right
            assert bar.y >= chart.TOP and bar.y + bar.height <= chart.HEIGHT - chart.FOOT + 0.01
        for x, y in drawn.points:
            assert drawn.left <= x <= drawn.right and chart.TOP <= y <= chart.HEIGHT - chart.FOOT
        assert len(drawn.labels) <= chart.MOST_LABELS
    heights = {bar.kind: bar.height for bar in chart.counts(parts).bars[-3:]}
    assert heights["sent"] == pytest.approx(7 * heights["finished"])
    assert heights["unfinished"] == pytest.approx(2 * heights["finished"])


@pytest.mark.parametrize("largest", [0, 0.2, 1, 4, 5, 9, 10, 11, 99, 100, 101, 12_345, 1_000_000])
def test_the_top_line_is_a_round_number_above_all_bars(largest: float) -> None:
    top = chart.nice(largest)
    assert top >= largest and top % chart.LINES == 0
    assert top <= max(largest * 2.01, 4)


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (None, "–"),
        (timedelta(seconds=20), "< 1 min"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=42), "42 minutes"),
        (timedelta(hours=1), "1.0 hour"),
        (timedelta(hours=30), "30 hours"),
        (timedelta(days=3.25), "3.2 days"),
        (timedelta(days=40), "40 days"),
    ],
)
def test_times_are_said_as_people_say_them(time: timedelta | None, said: str) -> None:
    with translation.override("en"):
        assert duration(time) == said


def test_the_template_of_a_process_is_kept(acme: Acme) -> None:
    made = sending.start(acme, sending.person("Carla"), template="a" * 24)
    assert Process.objects.get(pk=made.pk).template == "a" * 24


def test_the_page_says_it_in_the_members_language(acme: Acme, client: Client) -> None:
    process(acme, 1, "finished", 5)
    Member.objects.filter(pk=acme.owner.pk).update(language="es")
    page = client.get(reverse("console:reports")).content.decode()
    assert "<h1>Informes</h1>" in page
    assert "5,0 horas" in page
