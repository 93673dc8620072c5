"""The certificates that verification trusts, in files, so that ``rubrica verify`` needs no database."""

import hashlib
import os
import secrets
from pathlib import Path

from cryptography import x509
from django.conf import settings


def anchors() -> list[x509.Certificate]:
    """The installation's authority from DATA_DIR/pki/ca.pem, and the certificates that organizations have brought.

    Of those it is the certificate itself and not the authority above it, which has issued others' as well. Nothing
    before the first start.
    """
    path = anchor_path()
    own = x509.load_pem_x509_certificates(path.read_bytes()) if path.exists() else []
    return own + [chain[0] for chain in imported()]


def imported() -> list[list[x509.Certificate]]:
    """Each certificate that an organization has brought, with those above it up to the root."""
    folder = anchor_path().parent / "imported"
    return [x509.load_pem_x509_certificates(path.read_bytes()) for path in sorted(folder.glob("*.pem"))]


def anchor_path() -> Path:
    return Path(settings.DATA_DIR) / "pki" / "ca.pem"


def export_anchor(pem: str) -> None:
    """Write the authority's certificate where ``anchors`` finds it, whole or not at all."""
    _write(anchor_path(), pem)


def export_imported(pem: str) -> None:
    """Write a certificate that was brought, and its chain, where ``imported`` finds them."""
    name = hashlib.sha256(pem.encode()).hexdigest()[:32]
    _write(anchor_path().parent / "imported" / f"{name}.pem", pem)


def _write(path: Path, pem: str) -> None:
    if path.exists() and path.read_text() == pem:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    temporary.write_text(pem)
    os.replace(temporary, path)
