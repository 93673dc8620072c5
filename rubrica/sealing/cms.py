"""The signature's value: a PAdES B-B CMS object (ETSI EN 319 142-1 §5.3) over a digest, by a key kept in memory."""

import asyncio
import functools
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from rubrica.sealing.values import SigningKey

CMS_OVERHEAD = 2048  # bytes: attributes, identifiers and a P-256 signature take about 700


def reserved_digits(key: SigningKey) -> int:
    """Hexadecimal digits to keep free in the file for a signature by ``key``."""
    certificates = (key.certificate, *key.chain)
    return 2 * (CMS_OVERHEAD + sum(len(certificate.public_bytes(Encoding.DER)) for certificate in certificates))


def sign_digest(digest: bytes, key: SigningKey) -> bytes:
    """The DER of a detached CMS signature over a SHA-256 digest, with the chain inside; B-B, so without a timestamp."""
    signed: bytes = asyncio.run(_signer(key).async_sign(digest, "sha256", use_pades=True)).dump()
    return signed


@functools.lru_cache(maxsize=256)
def _signer(key: SigningKey) -> Any:
    """pyHanko's signer around the loaded key; its own SimpleSigner parses the key again for every signature."""
    from asn1crypto import algos, x509
    from pyhanko.sign.signers.pdf_cms import Signer
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    class KeptKeySigner(Signer):
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            return key.private_key.sign(data, ec.ECDSA(hashes.SHA256()))

    store = SimpleCertificateStore()
    store.register_multiple(x509.Certificate.load(item.public_bytes(Encoding.DER)) for item in key.chain)
    return KeptKeySigner(
        signing_cert=x509.Certificate.load(key.certificate.public_bytes(Encoding.DER)),
        cert_registry=store,
        signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
    )
