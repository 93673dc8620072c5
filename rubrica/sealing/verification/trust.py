"""Whom verification trusts, and what a PDF itself brings to prove that its certificates were good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rubrica.sealing.pdf.objects import entry


@dataclass
class Trust:
    """What is trusted, and what the file itself brings to prove that certificates were good: its DSS.

    ``roots`` vouch for signers; ``stamp_roots`` only for the time. A timestamp authority's root may stand above many
    strangers, and what it vouches for as a signer is not ours.
    """

    roots: Sequence[Any]
    stamp_roots: Sequence[Any]
    certificates: list[Any] = field(default_factory=list)
    crls: list[Any] = field(default_factory=list)
    ocsps: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, reader: Any, anchors: Sequence[bytes], stamp_anchors: Sequence[bytes]) -> Trust:
        from asn1crypto import x509

        roots, others = ([x509.Certificate.load(anchor) for anchor in some] for some in (anchors, stamp_anchors))
        trust = cls(roots, [*roots, *others])
        try:
            trust._read(reader)
        except Exception:  # a DSS that does not read proves nothing
            trust.certificates, trust.crls, trust.ocsps = [], [], []
        return trust

    def _read(self, reader: Any) -> None:
        from asn1crypto import crl, ocsp, x509

        store = entry(reader.root, "/DSS")
        if store is None:
            return
        self.certificates = [x509.Certificate.load(data) for data in _streams(store, "/Certs")]
        self.crls = [crl.CertificateList.load(data) for data in _streams(store, "/CRLs")]
        self.ocsps = [ocsp.OCSPResponse.load(data) for data in _streams(store, "/OCSPs")]

    def context(self, roots: Sequence[Any], moment: datetime | None) -> Any:
        from pyhanko_certvalidator import ValidationContext

        # Roots are always named: the system's trust list is read through oscrypto, which fails on OpenSSL 3.0.19.
        # What the file brings about revocation was made after the moment that it is asked about.
        return ValidationContext(
            trust_roots=list(roots), other_certs=self.certificates, crls=self.crls, ocsps=self.ocsps,
            allow_fetching=False, moment=moment, retroactive_revinfo=True,
        )  # fmt: skip

    def accounts_for(self, chain: Sequence[Any]) -> bool:
        """Whether the file itself says about each certificate below the root that it was not revoked (B-LT)."""
        listed = {crl.issuer.hashable for crl in self.crls}
        answered = {number for response in self.ocsps for number in _serial_numbers(response)}
        return len(chain) > 1 and all(
            certificate.issuer.hashable in listed or certificate.serial_number in answered for certificate in chain[:-1]
        )


def _streams(store: Any, key: str) -> Iterator[bytes]:
    yield from (reference.get_object().data for reference in entry(store, key) or ())


def _serial_numbers(response: Any) -> Iterator[int]:
    if response["response_status"].native == "successful":
        answers = response["response_bytes"]["response"].parsed["tbs_response_data"]["responses"]
        yield from (answer["cert_id"]["serial_number"].native for answer in answers)
