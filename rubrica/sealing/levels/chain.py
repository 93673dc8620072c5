"""From a certificate up to a root, over certificates that came with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.levels.trouble import NotRaised

LONGEST = 8  # certificates

Issuers = Callable[[x509.Certificate], Iterable[x509.Certificate]]
Chain = tuple[x509.Certificate, ...]


def ordered(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> Chain:
    """``leaf`` and what is above it, as far as ``others`` lead."""
    return climb(leaf, lambda below: others)


def climb(leaf: x509.Certificate, issuers: Issuers) -> Chain:
    """``leaf`` and the certificates above it; ``issuers`` gives candidates for each."""
    found = [leaf]
    while len(found) < LONGEST and not is_root(found[-1]):
        above = next((one for one in issuers(found[-1]) if issued(found[-1], one)), None)
        if above is None or above in found:
            break
        found.append(above)
    return tuple(found)


def up_to(chain: Chain, anchors: Sequence[x509.Certificate]) -> Chain:
    """The chain as far as one of the anchors, that included; without any, as it is.

    Raises ``NotRaised`` TSA_UNTRUSTED.
    """
    if not anchors:
        return chain
    for height, certificate in enumerate(chain):
        if certificate in anchors:
            return chain[: height + 1]
        if anchor := next((one for one in anchors if issued(certificate, one)), None):
            return (*chain[: height + 1], anchor)
    top = chain[-1].subject.rfc4514_string()
    raise NotRaised("TSA_UNTRUSTED", _("The timestamp server's certificate is not issued by whom you trust."), top)


def is_root(certificate: x509.Certificate) -> bool:
    return issued(certificate, certificate)


def issued(below: x509.Certificate, above: x509.Certificate) -> bool:
    """Whether ``above`` is an authority that signed ``below``."""
    try:
        below.verify_directly_issued_by(above)
        return above.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
