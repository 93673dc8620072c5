"""What a report is about: a stretch of time in even parts, and perhaps one folder or one template."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rubrica import clock

DAY = timedelta(days=1)
# By the word of the address: how it is called, its parts as PostgreSQL truncates moments, and how many of them.
PERIODS: dict[str, tuple[Promise, str, int]] = {
    "month": (_("30 days"), "day", 30),
    "quarter": (_("13 weeks"), "week", 13),
    "year": (_("12 months"), "month", 12),
    "years": (_("36 months"), "month", 36),
}
USUAL = "quarter"


@dataclass(frozen=True)
class Asked:
    """``folder`` and ``template`` are empty for all of them."""

    period: str = USUAL
    folder: str = ""
    template: str = ""

    @classmethod
    def of(cls, said: Mapping[str, str]) -> "Asked":
        period = said.get("period", "")
        folder, template = (said.get(name, "").replace("\0", "")[:300] for name in ("folder", "template"))
        return cls(period if period in PERIODS else USUAL, folder, template)

    @property
    def unit(self) -> str:
        return PERIODS[self.period][1]

    def starts(self) -> list[datetime]:
        """Where each part begins, in UTC, the oldest first; the last one is not over."""
        now = clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        number = PERIODS[self.period][2]
        if self.unit == "day":
            return [now - DAY * back for back in range(number - 1, -1, -1)]
        if self.unit == "week":
            monday = now - DAY * now.weekday()
            return [monday - 7 * DAY * back for back in range(number - 1, -1, -1)]
        return [_month(now, back) for back in range(number - 1, -1, -1)]


def _month(now: datetime, back: int) -> datetime:
    """The first of the month that many months ago."""
    year, month = divmod(now.year * 12 + now.month - 1 - back, 12)
    return now.replace(year=year, month=month + 1, day=1)
