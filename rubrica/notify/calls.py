"""One HTTP call to a provider, and which of its refusals may pass."""

import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from rubrica import clock
from rubrica.notify.delivery import DeliveryFailed
from rubrica.web.text import UNSTORABLE

if TYPE_CHECKING:
    import httpx

CONNECT, TIMEOUT = 5, 15  # seconds; the second for each answer
LONGEST_WAIT = 24 * 3600  # seconds; a provider that asks for more is asked again tomorrow
# Besides 429 and 5xx: our credentials or our settings are wrong. These are ours to mend, and then it goes out.
OURS_TO_MEND = {401, 403, 404, 405, 408}


def post(base: str, path: str, **request: Any) -> "httpx.Response":
    """Raises DeliveryFailed when nobody answers."""
    return _call("POST", base, path, **request)


def get(base: str, path: str, **request: Any) -> "httpx.Response":
    """As ``post``, for questions."""
    return _call("GET", base, path, **request)


def _call(method: str, base: str, path: str, **request: Any) -> "httpx.Response":
    """Follows no redirect, which could take the credentials elsewhere."""
    import httpx  # which who has no provider need not load

    timeout = httpx.Timeout(TIMEOUT, connect=CONNECT)
    is_local = base.startswith("http://")  # which no proxy stands before
    try:
        with httpx.Client(base_url=base, timeout=timeout, verify=_tls(), trust_env=not is_local) as client:
            return client.request(method, path, **request)
    except httpx.TimeoutException:
        raise DeliveryFailed(f"{base} did not answer in time.") from None
    except httpx.HTTPError as error:
        raise DeliveryFailed(f"{base} cannot be reached: {error or type(error).__name__}") from None


@cache
def _tls() -> ssl.SSLContext:
    """Reading the authorities takes longer than the rest of the call."""
    return ssl.create_default_context()


def refused(who: str, answer: "httpx.Response", words: str, passes: bool = False) -> DeliveryFailed:
    """The failure that this answer is; ``passes`` where the provider's own code says that it does."""
    status = answer.status_code
    passing = passes or status == 429 or status not in range(400, 500) or status in OURS_TO_MEND
    reason = UNSTORABLE.sub("?", f"{who} refused the message: {status} {' '.join(words.split())}")[:1000]
    return DeliveryFailed(reason, permanent=not passing, retry_after=_retry_after(answer) if passing else 0)


def json_of(answer: "httpx.Response") -> dict[str, Any]:
    """An empty one for what is not a JSON object."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _retry_after(answer: "httpx.Response") -> int:
    """Seconds, from a number or a date (RFC 9110 §10.2.3); 0 when there is none that can be read."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isdecimal():
        return min(int(said[:9]), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return 0
    return min(max(0, round((_aware(moment) - clock.now()).total_seconds())), LONGEST_WAIT)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
