"""That no certificate of a chain was withdrawn: OCSP responses (RFC 6960) and lists (RFC 5280 §5), each one checked.

Addresses come from the certificates. They are called by the guarded way out, so one that leads into the own network
must be allowed by RUBRICA_ALLOW_PRIVATE_ADDRESSES. For our own authority nobody is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID
from django.utils.translation.trans_null import gettext_noop as _

from rubrica import clock
from rubrica.sealing.keyring import revocation as own
from rubrica.sealing.levels import chain, fetching
from rubrica.sealing.levels.chain import Chain
from rubrica.sealing.levels.revision import Material
from rubrica.sealing.levels.trouble import NotRaised

LEEWAY = timedelta(minutes=5)  # between clocks
WITHOUT_END = timedelta(days=1)  # how long an answer counts that names no end


@dataclass(frozen=True)
class Proof:
    """Of one certificate: a response or a list, and the certificates that its signature needs."""

    ocsp: bytes = b""
    crl: bytes = b""
    certificates: tuple[x509.Certificate, ...] = ()


def gather(chains: Iterable[Chain]) -> Material:
    """Everything that proves these chains, which reach their roots. Raises ``NotRaised`` REVOCATION_MISSING or
    CERTIFICATE_REVOKED."""
    certificates: dict[x509.Certificate, None] = {}
    proofs: dict[x509.Certificate, Proof] = {}
    for links in chains:
        certificates.update(dict.fromkeys(links))
        for below, above in pairwise(links):
            if below not in proofs:
                proofs[below] = proof(below, above)
                certificates.update(dict.fromkeys(proofs[below].certificates))
    return Material(
        tuple(item.public_bytes(Encoding.DER) for item in certificates),
        tuple(dict.fromkeys(item.crl for item in proofs.values() if item.crl)),
        tuple(dict.fromkeys(item.ocsp for item in proofs.values() if item.ocsp)),
    )


def complete(links: Chain, pool: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]) -> Chain:
    """The chain up to an anchor or a root, with what ``pool`` and the certificates' own addresses give.

    Raises ``NotRaised`` CHAIN_INCOMPLETE.
    """
    known = [*links[1:], *anchors, *pool]
    found = chain.climb(links[0], lambda below: [*known, *_issuers(below)])
    for height, certificate in enumerate(found):
        if certificate in anchors:
            return found[: height + 1]
    if not chain.is_root(found[-1]):
        top = found[-1].subject.rfc4514_string()
        raise NotRaised("CHAIN_INCOMPLETE", _("A certificate's issuer cannot be found."), top)
    return found


def _issuers(below: x509.Certificate) -> Iterable[x509.Certificate]:
    for address in _access(below, AuthorityInformationAccessOID.CA_ISSUERS):
        try:
            yield x509.load_der_x509_certificate(fetching.get(address))
        except (fetching.Unfetched, ValueError):
            continue


def proof(below: x509.Certificate, above: x509.Certificate) -> Proof:
    """That ``below``, issued by ``above``, is not withdrawn. Raises ``NotRaised``."""
    now = clock.now()
    if own.is_ours(below):
        listed = own.crl()
        _check_list(listed, below, above, now)  # our own register may say that it was withdrawn
        return Proof(crl=listed)
    tried: list[str] = []
    # A root's list is short, and pyHanko's past validation knows no response that a root has signed itself.
    ways = (_by_list, _by_ocsp) if chain.is_root(above) else (_by_ocsp, _by_list)
    for look in ways:
        if found := look(below, above, now, tried):
            return found
    about = f"{below.subject.rfc4514_string()}: {'; '.join(tried) or 'it names no address'}"
    raise NotRaised("REVOCATION_MISSING", _("Whether a certificate was revoked cannot be found out."), about)


def _by_ocsp(below: x509.Certificate, above: x509.Certificate, now: datetime, tried: list[str]) -> Proof | None:
    # SHA-1 only names the issuer here, and is the one name that every responder knows (RFC 5019 §2.1.1).
    request = ocsp.OCSPRequestBuilder().add_certificate(below, above, hashes.SHA1()).build()  # noqa: S303
    body = request.public_bytes(Encoding.DER)
    for address in _access(below, AuthorityInformationAccessOID.OCSP):
        try:
            response = fetching.post(address, body, "application/ocsp-request")
            responders = _check_response(response, below, above, now)
            if not all(map(_is_exempt, responders)):
                # A responder is not asked about itself; its issuer's list says whether it was withdrawn.
                lists = [_by_list(one, above, now, tried) for one in responders]
                if None in lists:
                    continue
                return Proof(response, next(item.crl for item in lists if item), responders)
            return Proof(ocsp=response, certificates=responders)
        except (fetching.Unfetched, _Useless) as problem:
            tried.append(f"{address} {problem}")
    return None


def _by_list(below: x509.Certificate, above: x509.Certificate, now: datetime, tried: list[str]) -> Proof | None:
    for address in _points(below):
        try:
            content = fetching.get(address)
            _check_list(content, below, above, now)
            return Proof(crl=content)
        except (fetching.Unfetched, _Useless) as problem:
            tried.append(f"{address} {problem}")
    return None


class _Useless(Exception):
    """An answer that proves nothing; the text says why."""


def _check_list(content: bytes, below: x509.Certificate, above: x509.Certificate, now: datetime) -> None:
    """Raises ``_Useless``, and ``NotRaised`` where the certificate is on the list."""
    try:
        listed = x509.load_der_x509_crl(content)
        signed = listed.issuer == below.issuer and listed.is_signature_valid(above.public_key())  # type: ignore[arg-type]
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _Useless(f"is no list ({error})") from error
    if not signed:
        raise _Useless("is not its issuer's list")
    _check_age(listed.last_update_utc, listed.next_update_utc, now)
    if listed.get_revoked_certificate_by_serial_number(below.serial_number) is not None:
        raise _revoked(below)


def _check_response(
    content: bytes, below: x509.Certificate, above: x509.Certificate, now: datetime
) -> tuple[x509.Certificate, ...]:
    """The responder's certificate where it has one of its own. Raises ``_Useless``, and ``NotRaised`` if revoked."""
    try:
        response = ocsp.load_der_ocsp_response(content)
        if response.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise _Useless(f"answers {response.response_status.name}")
        responder = _responder(response, above)
        digest = response.signature_hash_algorithm
        _verify(response, responder or above, digest)
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise _Useless(f"is no response ({type(error).__name__} {error})") from error
    if response.serial_number != below.serial_number:
        raise _Useless("is about another certificate")
    _check_age(response.this_update_utc, response.next_update_utc, now)
    if response.certificate_status == ocsp.OCSPCertStatus.REVOKED:
        raise _revoked(below)
    if response.certificate_status != ocsp.OCSPCertStatus.GOOD:
        raise _Useless("does not know it")
    return (responder,) if responder else ()


def _responder(response: ocsp.OCSPResponse, above: x509.Certificate) -> x509.Certificate | None:
    """None where the issuer answers itself. Raises ``_Useless`` for a stranger (RFC 6960 §4.2.2.2)."""
    for certificate in response.certificates:
        if certificate == above or certificate.public_key() == above.public_key():
            continue
        if not chain.issued(certificate, above) or not _answers(certificate):
            raise _Useless("is signed by a stranger")
        return certificate
    return None


def _answers(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usage


def _verify(response: ocsp.OCSPResponse, by: x509.Certificate, digest: hashes.HashAlgorithm | None) -> None:
    """Raises InvalidSignature."""
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    public, data = by.public_key(), response.tbs_response_bytes
    if isinstance(public, ec.EllipticCurvePublicKey) and digest is not None:
        public.verify(response.signature, data, ec.ECDSA(digest))
    elif isinstance(public, rsa.RSAPublicKey) and digest is not None:
        public.verify(response.signature, data, padding.PKCS1v15(), digest)
    else:
        raise TypeError("a key of another kind")


def _is_exempt(responder: x509.Certificate) -> bool:
    """Its authority says that nobody needs to ask about it (RFC 6960 §4.2.2.2.1)."""
    try:
        responder.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except x509.ExtensionNotFound:
        return False
    return True


def _check_age(begin: datetime, end: datetime | None, now: datetime) -> None:
    if begin > now + LEEWAY:
        raise _Useless("is of the future")
    if now > (end or begin + WITHOUT_END) + LEEWAY:
        raise _Useless("is out of date")


def _revoked(certificate: x509.Certificate) -> NotRaised:
    return NotRaised("CERTIFICATE_REVOKED", _("A certificate was revoked."), certificate.subject.rfc4514_string())


def _access(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> list[str]:
    try:
        rows = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return []
    return [
        row.access_location.value
        for row in rows
        if row.access_method == method and isinstance(row.access_location, x509.UniformResourceIdentifier)
    ]


def _points(certificate: x509.Certificate) -> list[str]:
    try:
        rows = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return []
    names = [name for row in rows for name in row.full_name or ()]
    return [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]
