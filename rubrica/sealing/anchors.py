"""The certificates that verification trusts, in a file, so that ``rubrica verify`` needs no database."""

import os
import secrets
from pathlib import Path

from cryptography import x509
from django.conf import settings


def anchors() -> list[x509.Certificate]:
    """The installation's authority from DATA_DIR/pki/ca.pem; nothing before the first start."""
    path = anchor_path()
    return x509.load_pem_x509_certificates(path.read_bytes()) if path.exists() else []


def anchor_path() -> Path:
    return Path(settings.DATA_DIR) / "pki" / "ca.pem"


def export_anchor(pem: str) -> None:
    """Write the authority's certificate where ``anchors`` finds it, whole or not at all."""
    path = anchor_path()
    if path.exists() and path.read_text() == pem:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    temporary.write_text(pem)
    os.replace(temporary, path)
