"""What a sealed PDF carries that a bundle shows beside it: manifest, certificates, timestamps and revocation data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rubrica.sealing import sandbox
from rubrica.sealing.pdf.reading import open_pdf, signature_fields
from rubrica.sealing.values import Refusal
from rubrica.sealing.writing.manifest import LIMIT, SIGNATURE_KEY

TIMESTAMP = "signature_time_stamp_token"
MOST = 1000  # of each kind, from one file


@dataclass(frozen=True)
class Extracts:
    """``manifest`` as it is in the file, or nothing; all else DER, without what is there twice."""

    manifest: bytes = b""
    certificates: tuple[bytes, ...] = ()
    timestamps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()


class Unreadable(Exception):
    """A PDF that we sealed ourselves could not be read: a fault of the machine or of ours, and no refusal."""


def extracts(path: Path) -> Extracts:
    """Of the sealed PDF at ``path``. Raises ``Unreadable``: a bundle that silently lacks something proves nothing."""
    try:
        return sandbox.run(extracts_here, str(path), seconds=60, megabytes=2048)
    except Refusal as error:
        raise Unreadable(str(error)) from error


def extracts_of_signature(signature: bytes) -> Extracts:
    """Of one of our own CMS signatures that lies apart."""
    tokens = _known(_tokens([signature]))
    return Extracts(certificates=_known(_certificates([signature, *tokens])), timestamps=tokens)


def extracts_here(path: str) -> Extracts:
    """``extracts`` without the sandbox around it."""
    with open_pdf(Path(path)) as pdf:
        values = sorted((field.V for field in signature_fields(pdf)), key=_end)
        signatures = [bytes(value.Contents) for value in values]
        stamps = [bytes(value.Contents) for value in values if value.get("/Type") == "/DocTimeStamp"]
        tokens = _known([*_tokens(signatures), *(_trimmed(stamp) for stamp in stamps)])
        store = pdf.Root.get("/DSS")
        certificates = [*_certificates([*signatures, *tokens]), *_streams(store, "/Certs")]
        return Extracts(
            manifest=_manifest(values),
            certificates=_known(certificates),
            timestamps=tokens,
            crls=_known(_streams(store, "/CRLs")),
            ocsps=_known(_streams(store, "/OCSPs")),
        )


def _end(value: Any) -> int:
    """How far a signature reaches: later ones reach farther."""
    _start, _gap, after, length = value.ByteRange
    return int(after) + int(length)


def _manifest(values: list[Any]) -> bytes:
    """The newest: where a file was sealed twice, the last seal is the one that counts."""
    for value in reversed(values):
        if SIGNATURE_KEY in value:
            data = bytes(value[SIGNATURE_KEY].EF.F.read_bytes())
            return data if len(data) <= LIMIT else b""
    return b""


def _signed(signature: bytes) -> Any:
    from asn1crypto import cms, tsp  # noqa: F401 - tsp teaches cms the timestamp's attribute

    return cms.ContentInfo.load(signature)["content"]


def _trimmed(signature: bytes) -> bytes:
    """Without the zeros that fill the gap in the file."""
    from asn1crypto import parser

    return signature[: parser.peek(signature)]


def _certificates(signatures: list[bytes]) -> Iterator[bytes]:
    for signature in signatures:
        with suppress(ValueError, TypeError, KeyError):  # what an earlier stranger's signature holds is theirs
            yield from (certificate.dump() for certificate in _signed(signature)["certificates"])


def _tokens(signatures: list[bytes]) -> Iterator[bytes]:
    """The timestamps among the unsigned attributes (RFC 3161 appendix A)."""
    for signature in signatures:
        with suppress(ValueError, TypeError, KeyError):
            for signer in _signed(signature)["signer_infos"]:
                for attribute in signer["unsigned_attrs"]:
                    if attribute["type"].native == TIMESTAMP:
                        yield from (value.dump() for value in attribute["values"])


def _streams(store: Any, key: str) -> list[bytes]:
    found = store.get(key) if store is not None else None
    return [bytes(stream.read_bytes()) for stream in list(found)[:MOST]] if found is not None else []


def _known(found: Any) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(found))[:MOST]
