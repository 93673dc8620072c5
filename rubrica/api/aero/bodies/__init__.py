"""The ways in which files come in a call: a form, JSON, or the raw body (contract/aero.md §3.2)."""

from rubrica.api.aero.bodies.reading import files_of
from rubrica.records.attachments.incoming import Allowance

__all__ = ["Allowance", "files_of"]
