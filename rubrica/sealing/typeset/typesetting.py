"""Pages of our own, set by typst, with the fonts that this package ships and no others.

The same data gives the same pages on every machine. Text of people arrives as JSON and is never markup. A compiler is
kept for each template, because what typst has once worked out it remembers: a second document costs a fraction.
"""

from __future__ import annotations

import atexit
import functools
import json
import logging
import os
import queue
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings

logger = logging.getLogger(__name__)

# A few pages are set faster than the typesetter's threads hand them around: with them it took a third more CPU.
os.environ.setdefault("RAYON_NUM_THREADS", "1")

PREFIX = "rubrica-typeset-"
LEFT_AFTER_SECONDS = 3600  # a folder that nobody has used for that long may be of a process that was killed
TEMPLATES = Path(__file__).parent
DATA = "data.json"
FONTS = TEMPLATES.parent / "fonts"  # put there by tools.frontend; without them typst's own have to do
OTHERS = (
    "Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Thai", "Noto Sans SC", "Noto Sans KR", "Noto Emoji",
    "DejaVu Sans Mono", "New Computer Modern", "New Computer Modern Math",
)  # fmt: skip


class Workshop:
    """A folder with templates, the data and images of one document at a time, and a compiler for each template."""

    def __init__(self) -> None:
        place = Path(settings.SCRATCH_DIR or tempfile.gettempdir())
        place.mkdir(parents=True, exist_ok=True)
        _sweep(place)
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        self._compilers: dict[str, Any] = {}

    def compiled(self, template: str, data: Mapping[str, Any]) -> bytes:
        """The PDF of ``template`` with ``data``.

        A text that the typesetter cannot take must not keep a signed contract open, so it is made plain.
        """
        import typst

        try:
            return self._compile(template, json.dumps({**data, **_families()}))
        except typst.TypstError:
            logger.exception("Typesetting failed; plain letters are used instead")
            letters = json.dumps({**data, **_families()}, ensure_ascii=False)
            return self._compile(template, letters.encode("latin-1", "replace").decode("latin-1"))

    def clear(self) -> None:
        """Remove what belongs to one document; people's data is not kept."""
        for path in self.folder.iterdir():
            if path.suffix != ".typ":
                path.unlink()

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _compile(self, template: str, data: str) -> bytes:
        (self.folder / DATA).write_text(data, encoding="utf-8")
        pdf: Any = self._compiler(template).compile(format="pdf", pdf_tags=False)
        return bytes(pdf)

    def _compiler(self, template: str) -> Any:
        import typst

        if template not in self._compilers:
            path = self.folder / template
            path.write_bytes((TEMPLATES / template).read_bytes())
            # The data comes in a file: other inputs would make typst forget what it has worked out.
            self._compilers[template] = typst.Compiler(
                str(path), root=str(self.folder), font_paths=_fonts(), ignore_system_fonts=True
            )
        return self._compilers[template]


_idle: queue.LifoQueue[Workshop] = queue.LifoQueue()


@contextmanager
def workshop() -> Iterator[Workshop]:
    """A workshop for one document; there are as many as were ever used at one time."""
    shop = _free() or Workshop()
    try:
        yield shop
    finally:
        shop.clear()
        _idle.put(shop)


def _free() -> Workshop | None:
    """One that waits and still has its folder, which is in use from now on."""
    with suppress(queue.Empty):
        while True:
            shop = _idle.get_nowait()
            with suppress(FileNotFoundError):  # swept: it has waited for long
                os.utime(shop.folder)
                return shop
    return None


def _sweep(place: Path) -> None:
    """What a killed process was setting are people's names and drawings; nobody else would ever remove them."""
    limit = time.time() - LEFT_AFTER_SECONDS
    for path in place.glob(f"{PREFIX}*"):
        with suppress(OSError):  # another process is at it, or it is another user's
            if path.stat().st_mtime < limit:
                shutil.rmtree(path)


@atexit.register
def _remove_all() -> None:
    with suppress(queue.Empty):
        while True:
            _idle.get_nowait().remove()


@functools.cache
def _fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[str(FONTS)] if FONTS.is_dir() else [])


@functools.cache
def _families() -> dict[str, list[str]]:
    """The fonts of text and of digests in the order in which a letter is looked for in them."""
    there = set(_fonts().families())
    others = [family for family in OTHERS if family in there]
    return {"fonts": ["Libertinus Serif", *others], "mono": ["DejaVu Sans Mono", "Libertinus Serif", *others]}
