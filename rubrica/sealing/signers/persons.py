"""A key for one signature of one person: made for it, certified by the installation's authority, and forgotten."""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.sealing.keyring import authority
from rubrica.sealing.keyring.holders.file import in_memory
from rubrica.sealing.values import SigningKey

# A timestamp proves that the signature was made while the certificate lived. Where there is none, validators look at
# the certificate as it is today; and as nobody has the key any more, it does no harm that it lives long.
HOURS, YEARS = timedelta(hours=12), timedelta(days=365 * 25)
LONGEST_NAME, LONGEST_ADDRESS = 64, 255  # X.520, PKCS #9


def key_for(organization: Organization, name: str, email: str, *, is_timestamped: bool) -> SigningKey:
    """Raises ``KeyLocked`` when SECRET_KEY is another."""
    private = ec.generate_private_key(ec.SECP256R1())
    until = clock.now() + (HOURS if is_timestamped else YEARS)
    certificate, _row = authority.issue(_subject(name, email), private.public_key(), until, organization)
    return in_memory(private, certificate, (authority.current().certificate,))


def _subject(name: str, email: str) -> x509.Name:
    short = name.encode("utf-8", "ignore")[:LONGEST_NAME].decode("utf-8", "ignore").strip() or email[:LONGEST_NAME]
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, short)]
    if email.isascii() and 0 < len(email) <= LONGEST_ADDRESS:
        parts.append(x509.NameAttribute(NameOID.EMAIL_ADDRESS, email))
    return x509.Name(parts)
