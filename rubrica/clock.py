"""Time comes from here alone, so that a test or a leap of the machine's clock is met in one place."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
