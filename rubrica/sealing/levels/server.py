"""The timestamp server that RUBRICA_TSA_URL names, and whom its answers must lead to."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

if TYPE_CHECKING:
    from cryptography import x509

FORM = "https://user:password@host/path"
PEM = "-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True)
class Server:
    """``url`` is without the login. ``anchors_pem`` is empty where every well-formed authority is accepted."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    anchors_pem: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """What may be shown of it."""
        return urlsplit(self.url).netloc

    @property
    def login(self) -> dict[str, str]:
        """The header that says who asks (RFC 7617)."""
        if not self.user:
            return {}
        pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    @cached_property
    def anchors(self) -> tuple[x509.Certificate, ...]:
        """Raises ValueError where the PEM is broken."""
        from cryptography import x509

        return tuple(x509.load_pem_x509_certificates(self.anchors_pem.encode())) if self.anchors_pem else ()


def read(url: str, anchors_pem: str) -> Server | None:
    """None where no server is set. Raises SystemExit with a sentence for what no timestamp server can be."""
    if not url:
        return None
    if anchors_pem and PEM not in anchors_pem:
        raise SystemExit("RUBRICA_TSA_CA must be certificates in PEM form (or RUBRICA_TSA_CA_FILE name such a file).")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise SystemExit(f"RUBRICA_TSA_URL cannot be read. It must be like {FORM}.") from None
    if parts.scheme not in {"http", "https"} or not host or parts.fragment:
        raise SystemExit(f"RUBRICA_TSA_URL must be an address like {FORM}, of http or https.")
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path or "/", parts.query, ""))
    return Server(bare, unquote(parts.username or ""), unquote(parts.password or ""), anchors_pem)
