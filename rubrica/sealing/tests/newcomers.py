"""Runs in a child, and imports nothing that the child may not already have."""

import importlib
import sys
from typing import Any


def loaded_by(module: str, function: str, *arguments: Any) -> list[str]:
    """The modules that the first call of a function brings in."""
    before = set(sys.modules)
    getattr(importlib.import_module(module), function)(*arguments)
    return sorted(set(sys.modules) - before)
