"""The key with which each organization seals: one of ours, made on first use, or one that its owner has brought."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import transaction

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.sealing.keyring.anchors import export_imported
from rubrica.sealing.keyring.authority import CONTEXT, ensure_authority, issue, subject_of, wait_for_turn
from rubrica.sealing.keyring.holders.base import Holder, HolderFailed, KeyKind
from rubrica.sealing.keyring.holders.kinds import opened
from rubrica.sealing.keyring.locking import KeyLocked, lock, unlock
from rubrica.sealing.models import Authority, IssuedCertificate, SealingKey
from rubrica.sealing.values import KeyUnusable, SigningKey

__all__ = ["KeyLocked", "check_opens", "check_usable", "ensure_authority", "revoke", "rotate", "signing_key", "use"]

LIFE = timedelta(days=365 * 25)

_cache: dict[int, SigningKey] = {}
_cache_lock = threading.Lock()


def signing_key(organization: Organization) -> SigningKey:
    """The organization's current key, made on first use. Raises ``KeyUnusable``."""
    row = current(organization) or _made(organization)
    key = _opened(row)
    if row.usable_until is not None and row.usable_until <= clock.now():
        raise KeyUnusable(
            "KEY_EXPIRED",
            "The certificate that seals has ended; an owner has to renew it under Settings → Certificate.",
        )
    return key


def check_usable(organization: Organization) -> None:
    """Asked before anything is promised that ends with a seal. Raises ``KeyUnusable``.

    Whether a holder outside answers is what was found when it was asked last (``checking``): a call to it here would
    make every sending as slow as that service.
    """
    row = current(organization)
    if row is not None and row.problem:
        raise KeyUnusable(
            "KEY_UNREACHABLE",
            "The key that seals does not answer where it is kept; an owner sees why under Settings → Certificate.",
        )
    signing_key(organization)


def current(organization: Organization) -> SealingKey | None:
    return SealingKey.objects.filter(organization=organization, retired_at=None).first()


def loaded(row: SealingKey) -> SigningKey:
    """Any key, also a retired one. Raises ``KeyUnusable``."""
    return _opened(row)


def use(
    organization: Organization,
    certificate: x509.Certificate,
    chain: Iterable[x509.Certificate],
    *,
    holder: str,
    secret: bytes,
    reference: dict[str, str],
    issued: IssuedCertificate | None = None,
) -> SealingKey:
    """Makes this the organization's current key; the one before is retired, and what it sealed stays good."""
    above = list(chain)
    with transaction.atomic():
        wait_for_turn()
        SealingKey.objects.filter(organization=organization, retired_at=None).update(retired_at=clock.now())
        row = SealingKey.objects.create(
            organization=organization,
            holder=holder,
            issued=issued,
            certificate_pem=pem(certificate),
            # A certificate that stands by itself is its own root.
            chain_pem="" if issued else "".join(map(pem, above or [certificate])),
            private_key=lock(secret, context(organization.pk)),
            reference=reference,
            usable_until=min(one.not_valid_after_utc for one in [certificate, *above]),
            checked_at=clock.now(),
        )
        transaction.on_commit(lambda: _export(row))
    return row


def rotate(organization: Organization) -> SealingKey:
    """A new key of ours in place of the current one, whichever that is."""
    with transaction.atomic():
        wait_for_turn()
        return _new(organization)


def retire(key: SealingKey) -> bool:
    """Nothing is sealed with it any more; the next seal makes a key of ours. False where it was so already."""
    return SealingKey.objects.filter(pk=key.pk, retired_at=None).update(retired_at=clock.now()) == 1


@transaction.atomic
def revoke(key: SealingKey, reason: IssuedCertificate.Reason) -> bool:
    """Our authority says from now on that its certificate is not good; false where it did already.

    Only one that we issued: others are revoked by whoever issued them.
    """
    retire(key)
    found = IssuedCertificate.objects.filter(key=key, revoked_at=None)
    return found.update(revoked_at=clock.now(), reason=reason) == 1


def check_opens(authority: Authority, rows: Iterable[SealingKey]) -> None:
    """Raises ``KeyLocked`` when one of them does not open with SECRET_KEY."""
    unlock(bytes(authority.private_key), CONTEXT)
    for row in rows:
        unlock(bytes(row.private_key), context(row.organization_id))


def context(organization_id: int) -> bytes:
    """Bound into the encryption, so that a row copied to another organization does not open there."""
    return b"organization:%d" % organization_id


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _made(organization: Organization) -> SealingKey:
    """The first one; of many who ask at once, one makes it."""
    with transaction.atomic():
        wait_for_turn()
        return current(organization) or _new(organization)


def _new(organization: Organization) -> SealingKey:
    private = ec.generate_private_key(ec.SECP256R1())
    until = clock.now() + LIFE
    certificate, issued = issue(subject_of(organization.name), private.public_key(), until, organization)
    plain = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    above = x509.load_pem_x509_certificate(ensure_authority().certificate_pem.encode())
    return use(organization, certificate, [above], holder="file", secret=plain, reference={}, issued=issued)


def _opened(row: SealingKey) -> SigningKey:
    with _cache_lock:
        known = _cache.get(row.pk)
    if known is not None:
        return known
    key = _loaded(row)
    transaction.on_commit(lambda: _remember(row.pk, key))  # not before: a row rolled back must not live on here
    return key


def _loaded(row: SealingKey) -> SigningKey:
    secret = unlock(bytes(row.private_key), context(row.organization_id))
    certificate = x509.load_pem_x509_certificate(row.certificate_pem.encode())
    try:
        holder = opened(row.holder, row.reference, secret)
    except HolderFailed as failure:
        raise KeyUnusable("KEY_UNREACHABLE", failure.sentence) from failure
    above = row.chain_pem or ensure_authority().certificate_pem
    chain = tuple(one for one in x509.load_pem_x509_certificates(above.encode()) if one != certificate)
    if not row.is_ours:
        _export(row)
    kind: KeyKind = "ec" if isinstance(certificate.public_key(), ec.EllipticCurvePublicKey) else "rsa"
    return SigningKey(certificate, chain, _signing(row, holder, kind))


def _signing(row: SealingKey, holder: Holder, kind: KeyKind) -> Callable[[bytes], bytes]:
    if row.holder == SealingKey.Holder.FILE:
        return lambda data: holder.sign(data, kind)

    def sign(data: bytes) -> bytes:
        try:
            return holder.sign(data, kind)
        except HolderFailed as failure:
            if not failure.is_passing:  # Nothing more is promised until an owner has looked, or a check has gone well.
                SealingKey.objects.filter(pk=row.pk).update(problem=str(failure), checked_at=clock.now())
            raise

    return sign


def _remember(pk: int, key: SigningKey) -> None:
    with _cache_lock:
        _cache[pk] = key


def _export(row: SealingKey) -> None:
    """Where nobody asks the database, verification knows ours by these files."""
    if not row.is_ours:
        export_imported(row.certificate_pem + row.chain_pem)
