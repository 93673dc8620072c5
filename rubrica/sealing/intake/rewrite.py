"""Rewriting an unsigned PDF once, so that everything after it (previews, seal, viewers) reads the same document."""

import io
import mmap
from pathlib import Path
from typing import Any

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing import sandbox
from rubrica.sealing.intake.inspect import inspect
from rubrica.sealing.pdf.reading import page_geometries
from rubrica.sealing.values import Inspection, RefusedPdf, SandboxError

GROWTH_MEGABYTES = 64


def normalise(source: Path, target: Path) -> Inspection:
    """Rewrite ``source`` into ``target`` with qpdf, repairing what it can, and say what the result holds.

    Streams are copied and not decoded. Only for unsigned files: raises ``RefusedPdf`` PDF_SIGNED for others, for a
    rewrite would void their signatures, and the codes of ``inspect``.
    """
    room = (source.stat().st_size >> 20) * 2 + GROWTH_MEGABYTES
    try:
        sandbox.run(rewrite, str(source), str(target), seconds=60, megabytes=2048, written_megabytes=room)
        return inspect(target)
    except SandboxError as error:
        target.unlink(missing_ok=True)
        raise RefusedPdf("PDF_INVALID", _("The PDF is damaged.")) from error
    except (RefusedPdf, OSError):
        target.unlink(missing_ok=True)
        raise


def rewrite(source: str, target: str) -> None:
    """``normalise`` without the sandbox around it."""
    import pikepdf

    if _is_signed(Path(source)):
        raise RefusedPdf("PDF_SIGNED", _("A signed PDF cannot be rewritten."))
    try:
        with pikepdf.open(source, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise RefusedPdf("PDF_ENCRYPTED", _("The PDF is protected against changes."))
            page_geometries(pdf)
            save(pdf, target)
    except pikepdf.PasswordError as error:
        raise RefusedPdf("PDF_ENCRYPTED", _("The PDF is protected by a password.")) from error
    except pikepdf.PdfError as error:
        raise RefusedPdf("PDF_INVALID", _("The PDF is damaged.")) from error


def save(pdf: Any, target: str) -> None:
    """Write ``pdf`` anew with every stream as it is, and without earlier revisions."""
    import pikepdf

    raw = _Patient(target, "wb")
    with io.BufferedWriter(raw) as file:
        pdf.save(
            file,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.preserve,
            deterministic_id=True,
        )
    if raw.error:
        raise raw.error


class _Patient(io.FileIO):
    """Keeps the first error for later: qpdf, whose writer ends by itself as well, takes the process down with it."""

    error: OSError | None = None

    def write(self, data: Any) -> int:
        if self.error is None:
            try:
                return super().write(data)
            except OSError as error:
                self.error = error
        return len(data)


def _is_signed(path: Path) -> bool:
    """Whether a byte range stands anywhere in the file: it must stand in the open, so even a damaged file shows it."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return data.find(b"/ByteRange") >= 0
