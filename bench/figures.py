"""What a measurement says, and how a run is shown."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """``ours`` and ``floor`` in ``unit``; the goal is on their ratio where there is a floor, else on ``ours``."""

    name: str
    ours: float
    unit: str
    goal: str
    floor: float | None = None
    floor_name: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.floor if self.floor else None


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table."""
    rows = ["| What | Ours | Floor or peer | Ratio | Goal |", "|---|---|---|---|---|"]
    for figure in figures:
        floor = f"{figure.floor:,.1f} {figure.unit} ({figure.floor_name})" if figure.floor else "–"
        ratio = f"{figure.ratio:.2f}" if figure.ratio else "–"
        rows.append(f"| {figure.name} | {figure.ours:,.1f} {figure.unit} | {floor} | {ratio} | {figure.goal} |")
    return "\n".join(rows)
