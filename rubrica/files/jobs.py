"""Work on what is stored already. The body of each job is one call, and it may run twice."""

from typing import Any

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

CARE = "care"
# A storage or a key service that is away comes back within three days, or somebody has to look.
PATIENT = RetryStrategy(max_attempts=40, wait=60, linear_wait=300)


@app.task(queue=CARE, retry=PATIENT)
def encrypt_anew(organization_id: int | None, replaced: list[str], after: int = 0, last: bool = False) -> None:
    from rubrica.files import rekeying

    rekeying.go_on(organization_id, replaced, after, last)


def later(seconds: int, **how: Any) -> None:
    encrypt_anew.configure(schedule_in={"seconds": seconds}).defer(**how)
