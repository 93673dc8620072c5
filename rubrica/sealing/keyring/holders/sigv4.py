"""AWS Signature Version 4 of a request, after Amazon's public description of it.

By hand, as the library that does it brings 14 MB of services that nobody here calls; Amazon's own test vectors and a
second implementation hold it in the tests.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, repr=False)
class Credentials:
    access_key: str
    secret_key: str
    session_token: str = ""


def signed(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    credentials: Credentials,
    scope: tuple[str, str],
    now: datetime,
) -> dict[str, str]:
    """The headers to send, with Authorization; ``scope`` is region and service. The address carries no query."""
    parts = urlsplit(url)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    full = {**headers, "Host": parts.netloc, "X-Amz-Date": stamp}
    if credentials.session_token:
        full["X-Amz-Security-Token"] = credentials.session_token
    lower = sorted((name.lower(), " ".join(value.split())) for name, value in full.items())
    names = ";".join(name for name, _ in lower)
    canonical = "\n".join(
        [
            method,
            quote(parts.path or "/", safe="/-_.~"),
            "",
            *(f"{name}:{value}" for name, value in lower),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        ]
    )
    range_ = "/".join((stamp[:8], *scope, "aws4_request"))
    to_sign = "\n".join([ALGORITHM, stamp, range_, hashlib.sha256(canonical.encode()).hexdigest()])
    signature = hmac.digest(_key(credentials.secret_key, stamp[:8], *scope), to_sign.encode(), "sha256").hex()
    credential = f"Credential={credentials.access_key}/{range_}"
    return {**full, "Authorization": f"{ALGORITHM} {credential}, SignedHeaders={names}, Signature={signature}"}


def _key(secret: str, *steps: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for step in (*steps, "aws4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    return key
