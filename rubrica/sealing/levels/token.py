"""What a timestamp server answers, and every check before it is believed (RFC 3161 §2.4.2, RFC 5816)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.levels import chain, strength
from rubrica.sealing.levels.trouble import NotRaised

APART = timedelta(hours=1)  # between the server's clock and ours; beyond it one of them proves nothing
GRANTED = {"granted", "granted_with_mods"}
DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512(),
}  # fmt: skip


@dataclass(frozen=True)
class Token:
    """A timestamp: its DER, the time it states, and its certificates, the signer's first, as far up as they lead."""

    der: bytes
    at: datetime
    chain: tuple[x509.Certificate, ...]

    @property
    def good_until(self) -> datetime:
        """When its signature can no longer be relied on without a newer timestamp over it."""
        return strength.good_until(self.chain)


class _Bad(Exception):
    """A check that failed; the text says which."""


class _Response(core.Sequence):  # type: ignore[misc]
    """TimeStampResp; asn1crypto's own takes no refusal, as its token is not optional."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


def check(answer: bytes, digest: bytes, nonce: int, anchors: Sequence[x509.Certificate], now: datetime) -> Token:
    """The token of an answer to a request for ``digest``. Raises ``NotRaised``."""
    try:
        found = _granted(answer)
        _check_content(_stated(found), digest, nonce, now)
        signed = read(found)
        _check_validity(signed)
    except _Bad as problem:
        raise _refused(str(problem)) from problem
    except NotRaised:
        raise
    except Exception as error:  # asn1crypto raises many things at what is no timestamp; none of them is a timestamp
        raise _refused(f"{type(error).__name__}: {error}") from error
    return Token(found, signed.at, chain.up_to(signed.chain, anchors))


def read(found: bytes) -> Token:
    """A token as it is, its signature and its authority's right to sign it checked, but not whom that leads to.

    Raises ``NotRaised`` TSA_ANSWER.
    """
    try:
        signed = _signed_data(found)
        certificates = [x509.load_der_x509_certificate(item.chosen.dump()) for item in signed["certificates"]]
        (signer,) = signed["signer_infos"]
        leaf = _signer(signer, certificates)
        _check_signature(signed, signer, leaf)
        at = _stated(found).at
        _check_authority(leaf, at)
    except _Bad as problem:
        raise _refused(str(problem)) from problem
    except Exception as error:  # as above
        raise _refused(f"{type(error).__name__}: {error}") from error
    return Token(found, at, chain.ordered(leaf, certificates))


def _refused(about: str) -> NotRaised:
    return NotRaised("TSA_ANSWER", _("The timestamp server's answer did not pass its checks."), about)


def _granted(answer: bytes) -> bytes:
    """The DER of the token, where the server gave one."""
    response = _Response.load(answer, strict=True)
    status = response["status"]
    if status["status"].native not in GRANTED:
        words = [str(word) for word in status["status_string"].native or ()]
        reasons = sorted(status["fail_info"].native or ())
        said = " ".join([str(status["status"].native), *words, *map(str, reasons)])
        raise NotRaised("TSA_REFUSED", _("The timestamp server refused to make a timestamp."), said)
    token: bytes = response["time_stamp_token"].dump()
    return token


@dataclass(frozen=True)
class _Stated:
    digest: bytes
    nonce: int | None
    at: datetime


def _stated(found: bytes) -> _Stated:
    info = _signed_data(found)["encap_content_info"]["content"].parsed
    imprint = info["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != "sha256":
        raise _Bad("a digest of another kind than was sent")
    return _Stated(imprint["hashed_message"].native, info["nonce"].native, info["gen_time"].native)


def _check_content(stated: _Stated, digest: bytes, nonce: int, now: datetime) -> None:
    if stated.nonce != nonce:
        raise _Bad("another nonce than was sent")
    if stated.digest != digest:
        raise _Bad("another digest than was sent")
    if abs(stated.at - now) > APART:
        raise _Bad(f"its clock says {stated.at:%Y-%m-%d %H:%M:%S}, ours {now:%Y-%m-%d %H:%M:%S} (UTC)")


def _check_validity(signed: Token) -> None:
    for above in signed.chain[1:]:
        if not above.not_valid_before_utc <= signed.at <= above.not_valid_after_utc:
            raise _Bad("an authority above it was not valid at that time")


def _signed_data(found: bytes) -> Any:
    content = cms.ContentInfo.load(found, strict=True)
    signed = content["content"]
    if content["content_type"].native != "signed_data" or signed["encap_content_info"]["content_type"].native != (
        "tst_info"
    ):
        raise _Bad("it is no timestamp")
    return signed


def _signer(signer: Any, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    named = signer["sid"]
    for certificate in certificates:
        if named.name == "issuer_and_serial_number":
            is_it = certificate.serial_number == named.chosen["serial_number"].native
            is_it = is_it and certificate.issuer.public_bytes() == named.chosen["issuer"].dump()
        else:
            is_it = _key_id(certificate) == named.chosen.native
        if is_it:
            return certificate
    raise _Bad("the signer's certificate is not in it")


def _key_id(certificate: x509.Certificate) -> bytes:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return b""


def _check_signature(signed: Any, signer: Any, leaf: x509.Certificate) -> None:
    """Raises _Bad, or InvalidSignature."""
    name = signer["digest_algorithm"]["algorithm"].native
    if name not in DIGESTS:
        raise _Bad(f"it is signed with {name}")
    attributes = {item["type"].native: item["values"] for item in signer["signed_attrs"]}
    if attributes["content_type"][0].native != "tst_info":
        raise _Bad("it is signed as something else")
    content = bytes(signed["encap_content_info"]["content"])
    if attributes["message_digest"][0].native != hashlib.new(name, content).digest():
        raise _Bad("its content was changed")
    if not _names(attributes, leaf):
        raise _Bad("it names another certificate than its signer's")
    _verify(leaf, signer, DIGESTS[name])


def _names(attributes: dict[str, Any], leaf: x509.Certificate) -> bool:
    """Whether the signed attributes name this certificate (RFC 2634 §5.4 with SHA-1, RFC 5035 §3 with others)."""
    der = leaf.public_bytes(Encoding.DER)
    if "signing_certificate_v2" in attributes:
        first = attributes["signing_certificate_v2"][0]["certs"][0]
        known = hashlib.new(first["hash_algorithm"]["algorithm"].native, der).digest()
        return bool(first["cert_hash"].native == known)
    if "signing_certificate" in attributes:
        named = attributes["signing_certificate"][0]["certs"][0]["cert_hash"].native
        return bool(named == hashlib.sha1(der, usedforsecurity=False).digest())
    return False


def _verify(leaf: x509.Certificate, signer: Any, digest: hashes.HashAlgorithm) -> None:
    """Raises InvalidSignature."""
    public, signature = leaf.public_key(), signer["signature"].native
    data = signer["signed_attrs"].untag().dump()
    if isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(signature, data, ec.ECDSA(digest))
    elif isinstance(public, ed25519.Ed25519PublicKey):
        public.verify(signature, data)
    elif isinstance(public, rsa.RSAPublicKey):
        is_pss = signer["signature_algorithm"].signature_algo == "rsassa_pss"
        scheme = padding.PSS(padding.MGF1(digest), padding.PSS.AUTO) if is_pss else padding.PKCS1v15()
        public.verify(signature, data, scheme, digest)
    else:
        raise _Bad("its key is of an unknown kind")


def _check_authority(leaf: x509.Certificate, at: datetime) -> None:
    """RFC 3161 §2.3: the certificate is for timestamps and nothing else, critically so, and was valid."""
    if not leaf.not_valid_before_utc <= at <= leaf.not_valid_after_utc:
        raise _Bad("its certificate was not valid at that time")
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise _Bad("its certificate is not one for timestamps") from None
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise _Bad("its certificate is not one for timestamps alone")
    if strength.good_until((leaf,)) <= at:
        raise _Bad("its key is too weak by now")
