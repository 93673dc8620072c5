"""How long a signature can be relied on: as long as its certificates and its algorithm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

# NIST SP 800-57 part 1, table 4: 112 bits of strength, RSA-2048 up to RSA-3071, are good for signatures until 2030.
END_OF_112_BITS = datetime(2031, 1, 1, tzinfo=UTC)
BROKEN = datetime(1970, 1, 1, tzinfo=UTC)


def good_until(chain: Sequence[x509.Certificate]) -> datetime:
    """The first end in a chain, its root left out: whoever checks later knows that one by itself."""
    below = [certificate for certificate in chain if certificate.issuer != certificate.subject] or chain[:1]
    return min(moment for item in below for moment in (item.not_valid_after_utc, _end_of_key(item)))


def _end_of_key(certificate: x509.Certificate) -> datetime:
    public = certificate.public_key()
    if not isinstance(public, rsa.RSAPublicKey) or public.key_size >= 3072:
        return datetime.max.replace(tzinfo=UTC)
    return END_OF_112_BITS if public.key_size >= 2048 else BROKEN
