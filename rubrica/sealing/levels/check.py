"""A second look at a file whose level was raised, by pyHanko's validation, in the sandbox.

It has the file, the roots and a moment, and nothing from the network: what it needs must be in the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.levels.revision import Held, Material, held_by, seal_of, timestamps_after
from rubrica.sealing.levels.trouble import NotRaised

CHUNK = 1 << 20
LEEWAY = timedelta(minutes=5)  # between the clocks of servers


@dataclass(frozen=True)
class Expected:
    """What the file must begin with and end as. ``roots`` are DER; ``lately`` is about the newest timestamp, which
    the file itself can say nothing about before its next one."""

    beginning_sha256: str
    beginning_size: int
    roots: tuple[bytes, ...]
    lately: Material
    now: datetime


def check(path: str, expected: Expected) -> Held:
    """What the file holds, where all of that is sound. Raises ``NotRaised`` LEVEL_CHECK."""
    if _beginning(path, expected.beginning_size) != expected.beginning_sha256:
        raise _unsound("it does not begin with the file as it was")
    try:
        return _checked(path, expected)
    except NotRaised:
        raise
    except Exception as error:  # whatever a validator stumbles over, the file is not good
        raise _unsound(f"{type(error).__name__}: {error}") from error


def _unsound(about: str) -> NotRaised:
    return NotRaised("LEVEL_CHECK", _("The file with the new timestamp did not pass its own check."), about)


def _beginning(path: str, size: int) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while size and (chunk := file.read(min(size, CHUNK))):
            digest.update(chunk)
            size -= len(chunk)
    return digest.hexdigest()


def _checked(path: str, expected: Expected) -> Held:
    from pyhanko.pdf_utils.reader import PdfFileReader

    with open(path, "rb") as file:
        reader = PdfFileReader(file, strict=False)
        held, seal = held_by(reader), seal_of(reader)
        stamps = timestamps_after(reader, seal)
        for signature in (seal, *stamps):
            _check_changes(signature)
        if stamps and held.level != "B-LT" and stamps[-1].evaluate_signature_coverage().name != "ENTIRE_FILE":
            raise _unsound("the newest timestamp does not cover the file")
        _check_in_time(reader, seal, stamps, expected, held.has_material)
        return held


def _check_changes(signature: Any) -> None:
    from pyhanko.sign.diff_analysis import ModificationLevel

    signature.compute_integrity_info()
    level = getattr(signature.diff_result, "modification_level", None)
    if level is None or level > ModificationLevel.LTA_UPDATES:
        raise _unsound(f"something else than validation data was added after {signature.field_name}")


def _check_in_time(reader: Any, seal: Any, stamps: list[Any], expected: Expected, has_material: bool) -> None:
    """Each timestamp is good when its successor is made and the newest one now, so that no moment is uncovered; the
    seal is good at the first proven moment. Revocation data is looked for in the file alone, and for the newest
    timestamp in what was fetched since.
    """
    from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp

    moments = [*map(_time_of, stamps), expected.now]
    context = _Contexts(reader, expected, has_material)
    for stamp, successor in zip(stamps, moments[1:], strict=True):
        status = validate_pdf_timestamp(stamp, context.at(successor), skip_diff=True)
        if not (status.intact and status.valid and status.trusted):
            raise _unsound(f"{stamp.field_name} is not good at {successor:%Y-%m-%d %H:%M:%S}")
    proven = min([*filter(None, [_time_inside(seal)]), *moments])
    sealed = validate_pdf_signature(
        seal, context.at(proven), context.at(moments[0]), key_usage_settings=_usage(), skip_diff=True
    )
    if not (sealed.intact and sealed.valid and sealed.trusted):
        raise _unsound("the seal is not good at the moment that is proven")
    inside = sealed.timestamp_validity
    if inside is not None and not (inside.intact and inside.valid and inside.trusted):
        raise _unsound(f"the seal's timestamp is not good at {moments[0]:%Y-%m-%d %H:%M:%S}")


def _usage() -> Any:
    """Of the two usages that sign documents one is enough; pyHanko wants the second by itself."""
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    return KeyUsageConstraints({"digital_signature", "non_repudiation"}, match_all_key_usages=False)


class _Contexts:
    """What pyHanko validates with, for each moment; nothing is fetched."""

    def __init__(self, reader: Any, expected: Expected, has_material: bool) -> None:
        from asn1crypto import crl, ocsp

        lists, answers, certificates = _stored(reader)
        lately = expected.lately
        self._given: dict[str, Any] = {
            "trust_roots": _certificates(expected.roots),
            "other_certs": [*certificates, *_certificates(lately.certificates)],
            "crls": [*lists, *map(crl.CertificateList.load, lately.crls)],
            "ocsps": [*answers, *map(ocsp.OCSPResponse.load, lately.ocsps)],
            "revocation_mode": "require" if has_material else "soft-fail",
        }

    def at(self, moment: datetime) -> Any:
        """What was fetched after a moment says more about it than what was fetched before."""
        from pyhanko_certvalidator import ValidationContext

        return ValidationContext(
            moment=moment, allow_fetching=False, retroactive_revinfo=True, time_tolerance=LEEWAY, **self._given
        )


def _stored(reader: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """Lists, responses and certificates of the DSS."""
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.errors import NoDSSFoundError

    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return [], [], []
    from asn1crypto import crl, ocsp

    lists = [crl.CertificateList.load(item.get_object().data) for item in store.crls]
    answers = [ocsp.OCSPResponse.load(item.get_object().data) for item in store.ocsps]
    return lists, answers, list(store.load_certs())


def _time_of(stamp: Any) -> datetime:
    moment: datetime = stamp.signed_data["encap_content_info"]["content"].parsed["gen_time"].native
    return moment


def _time_inside(seal: Any) -> datetime | None:
    """The time of the timestamp inside the seal."""
    from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

    tokens = list(extract_tst_data_iter(seal.signer_info, signed=False))
    return tokens[0]["encap_content_info"]["content"].parsed["gen_time"].native if tokens else None


def _certificates(ders: Sequence[bytes]) -> list[Any]:
    from asn1crypto import x509

    return [x509.Certificate.load(der) for der in ders]
