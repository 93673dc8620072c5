"""A report as a drawing: where each bar and point lies. The template writes it as SVG, and a table says the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, log10

from rubrica.console.reports.figures import Part

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, FOOT = 44, 8, 10, 24  # around the field of the bars
LINES = 4  # across the field
MOST_LABELS = 12  # below it
GAP = 0.28  # of a part that stays free between two parts


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True)
class Label:
    """A word beside a line across, or below a part; ``at`` is its x or y."""

    at: float
    text: object


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    lines: list[Label]
    labels: list[Label]
    points: list[tuple[float, float]]

    @property
    def box(self) -> str:
        return f"0 0 {WIDTH} {HEIGHT}"

    @property
    def left(self) -> int:
        return LEFT

    @property
    def right(self) -> int:
        return WIDTH - RIGHT

    @property
    def foot(self) -> int:
        return HEIGHT - 6

    @property
    def path(self) -> str:
        """Through all points."""
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in self.points) if self.points else ""


def counts(parts: Sequence[Part]) -> Chart:
    """Two bars for each part: what was sent; and what ended, agreed below and the rest above it."""
    top = nice(max((max(part.sent, sum(part.ended.values())) for part in parts), default=0))
    width, height = _part_width(parts), _height(top)
    bars: list[Bar] = []
    for index, part in enumerate(parts):
        x, each = LEFT + width * (index + GAP / 2), width * (1 - GAP) / 2
        good, bad = height(part.finished), height(part.unfinished)
        floor = HEIGHT - FOOT
        bars += [
            Bar(x, floor - height(part.sent), each, height(part.sent), "sent"),
            Bar(x + each, floor - good, each, good, "finished"),
            Bar(x + each, floor - good - bad, each, bad, "unfinished"),
        ]
    lines = [Label(HEIGHT - FOOT - height(top * step / LINES), round(top * step / LINES)) for step in range(LINES + 1)]
    return Chart([bar for bar in bars if bar.height > 0], lines, _labels(parts), [])


def times(parts: Sequence[Part]) -> Chart:
    """A point for each part in which anything was finished, at the middle of the times that it took."""
    known = [part.median for part in parts if part.median is not None]
    longest = max(known, default=timedelta())
    unit = timedelta(days=1) if longest >= timedelta(days=2) else timedelta(hours=1)
    top = nice(longest / unit)
    width, height = _part_width(parts), _height(top)
    points = [
        (LEFT + width * (index + 0.5), HEIGHT - FOOT - height(part.median / unit))
        for index, part in enumerate(parts)
        if part.median is not None
    ]
    lines = [Label(HEIGHT - FOOT - height(top * s / LINES), unit * (top * s / LINES)) for s in range(LINES + 1)]
    return Chart([], lines, _labels(parts), points)


def nice(largest: float) -> int:
    """The next round number that can be divided by the lines."""
    if largest <= LINES:
        return LINES
    power = 10 ** int(log10(largest))
    return next(step for step in (_fours(power * n / 10) for n in (10, 12, 16, 20, 40, 60, 80, 100)) if step >= largest)


def _fours(number: float) -> int:
    return ceil(number / LINES) * LINES


def _part_width(parts: Sequence[Part]) -> float:
    return (WIDTH - LEFT - RIGHT) / max(len(parts), 1)


def _height(top: float) -> Callable[[float], float]:
    return lambda value: (HEIGHT - TOP - FOOT) * value / top


def _labels(parts: Sequence[Part]) -> list[Label]:
    """The start of every part, or of every second or third where they would touch; the last part always."""
    width, step = _part_width(parts), ceil(len(parts) / MOST_LABELS)
    chosen = range(len(parts) - 1, -1, -step)
    return [Label(LEFT + width * (index + 0.5), parts[index].start) for index in sorted(chosen)]
