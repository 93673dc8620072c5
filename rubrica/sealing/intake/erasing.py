"""Taking the letters of signature tags out of a page's content, leaving everything around them where it was.

Runs in the sandbox. The glyphs really go: what is drawn in their place is a movement of the pen of the same width, so
that text after a tag stays where it was. ``tags`` compares the result with the page as it was, and covers what this
module could not find: a tag in an encoding that says nothing, or written out of order.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from rubrica.sealing.intake.glyphs import Font

TAG = re.compile(r"\{\{signature:(\d{1,5})\}\}")
SHOWING = {"Tj", "TJ", "'", '"'}
MAX_FORMS = 200  # form XObjects looked into from one page


@dataclass
class TextState:
    """The part of the graphics state that moves the pen."""

    font: Font | None = None
    size: float = 0.0
    letter_space: float = 0.0
    word_space: float = 0.0

    def advance(self, code: int, width: float) -> float:
        """How far a glyph moves the pen, in thousandths of the font size, as TJ counts it."""
        if not self.size or self.font is None:
            return 0.0
        extra = self.letter_space + (self.word_space if code == 32 and self.font.code_bytes == 1 else 0.0)
        return width + extra * 1000 / self.size


@dataclass(frozen=True)
class Glyph:
    """One glyph shown: by which instruction, in which of its strings, at which byte, what it says, how wide."""

    instruction: int
    part: int
    start: int
    end: int
    letters: str
    advance: float


@dataclass
class Content:
    """A parsed content stream with the glyphs it shows and the form XObjects it draws, in order."""

    instructions: list[Any]
    glyphs: list[Glyph] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)


def erase_from_page(pdf: Any, page: Any, indexes: Collection[int]) -> None:
    """Take every tag of ``indexes`` out of the page's own content and the form XObjects it draws."""
    from rubrica.sealing.pdf.reading import inherited

    content = _erase(page, inherited(page, "/Resources"), indexes, set())
    if content is not None:
        page.Contents = pdf.make_stream(content)


def _erase(drawn: Any, resources: Any, indexes: Collection[int], seen: set[tuple[int, int]]) -> bytes | None:
    """The new content of a page or form, or None where nothing was to be taken out of it."""
    import pikepdf

    resources = resources if isinstance(resources, pikepdf.Dictionary) else pikepdf.Dictionary()
    content = _read(drawn, resources)
    forms = resources.get("/XObject", pikepdf.Dictionary())
    for name in content.forms:
        form = forms.get(name)
        if isinstance(form, pikepdf.Stream) and form.objgen not in seen and len(seen) < MAX_FORMS:
            seen.add(form.objgen)
            changed = _erase(form, form.get("/Resources", resources), indexes, seen)
            if changed is not None:
                form.write(changed)
    doomed = _tag_glyphs(content.glyphs, indexes)
    if not doomed:
        return None
    data: bytes = pikepdf.unparse_content_stream(list(_without(content.instructions, doomed)))
    return data


def _read(drawn: Any, resources: Any) -> Content:
    """The instructions of a page or form, and each glyph with its width under the text state it is shown in."""
    import pikepdf

    content = Content(list(pikepdf.parse_content_stream(drawn)))
    fonts = _Fonts(resources.get("/Font"))
    state, stack = TextState(), []
    for number, instruction in enumerate(content.instructions):
        operator = str(instruction.operator)
        operands = instruction.operands
        if operator == "q":
            stack.append(replace(state))
        elif operator == "Q":
            state = stack.pop() if stack else state
        elif operator == "Do" and operands:
            content.forms.append(str(operands[0]))
        elif operator in SHOWING:
            if operator == '"' and len(operands) == 3:
                state.word_space, state.letter_space = float(operands[0]), float(operands[1])
            content.glyphs.extend(_shown(number, operands, state))
        else:
            _follow(state, operator, operands, fonts)
    return content


def _follow(state: TextState, operator: str, operands: Any, fonts: _Fonts) -> None:
    if operator == "Tf" and len(operands) == 2:
        state.font, state.size = fonts[str(operands[0])], float(operands[1])
    elif operator == "Tc" and operands:
        state.letter_space = float(operands[0])
    elif operator == "Tw" and operands:
        state.word_space = float(operands[0])


class _Fonts:
    """The fonts of a resource dictionary, read when first used."""

    def __init__(self, dictionary: Any) -> None:
        self._dictionary = dictionary
        self._known: dict[str, Font | None] = {}

    def __getitem__(self, name: str) -> Font | None:
        import pikepdf

        if name not in self._known:
            found = self._dictionary.get(name) if isinstance(self._dictionary, pikepdf.Dictionary) else None
            self._known[name] = Font.of(found) if isinstance(found, pikepdf.Dictionary) else None
        return self._known[name]


def _shown(number: int, operands: Any, state: TextState) -> Iterator[Glyph]:
    font = state.font
    if font is None:
        return
    for part, piece in enumerate(_pieces(operands)):
        data = _bytes(piece)
        if data is None:
            continue
        for index, (code, letters, width) in enumerate(font.glyphs(data)):
            start = index * font.code_bytes
            yield Glyph(number, part, start, start + font.code_bytes, letters, state.advance(code, width))


def _pieces(operands: Any) -> list[Any]:
    """The strings and numbers that a text-showing operator shows; the last operand holds them."""
    import pikepdf

    last = operands[-1] if len(operands) else None
    return list(last) if isinstance(last, pikepdf.Array) else [last]


def _bytes(piece: Any) -> bytes | None:
    import pikepdf

    return bytes(piece) if isinstance(piece, pikepdf.String) else None


def _tag_glyphs(glyphs: list[Glyph], indexes: Collection[int]) -> dict[tuple[int, int], list[Glyph]]:
    """The glyphs of tags by instruction and string; spaces between a tag's letters count as part of it."""
    letters: list[str] = []
    owners: list[int] = []
    for index, glyph in enumerate(glyphs):
        for letter in glyph.letters:
            if not letter.isspace():
                letters.append(letter)
                owners.append(index)
    found: dict[tuple[int, int], list[Glyph]] = {}
    for match in TAG.finditer("".join(letters)):
        if int(match[1]) in indexes:
            for glyph in glyphs[owners[match.start()] : owners[match.end() - 1] + 1]:
                found.setdefault((glyph.instruction, glyph.part), []).append(glyph)
    return found


def _without(instructions: list[Any], doomed: dict[tuple[int, int], list[Glyph]]) -> Iterator[Any]:
    touched = {instruction for instruction, _part in doomed}
    for number, instruction in enumerate(instructions):
        if number not in touched:
            yield instruction
        else:
            yield from _rewritten(number, instruction, doomed)


def _rewritten(number: int, instruction: Any, doomed: dict[tuple[int, int], list[Glyph]]) -> Iterator[Any]:
    """The same as a TJ that moves the pen where the doomed glyphs were (ISO 32000-1 §9.4.3)."""
    import pikepdf

    def operation(operands: list[Any], operator: str) -> Any:
        return pikepdf.ContentStreamInstruction(operands, pikepdf.Operator(operator))

    operator, operands = str(instruction.operator), instruction.operands
    if operator == '"':
        yield operation([operands[0]], "Tw")
        yield operation([operands[1]], "Tc")
    if operator in {"'", '"'}:
        yield operation([], "T*")
    pieces: list[Any] = []
    for part, piece in enumerate(_pieces(operands)):
        gone = doomed.get((number, part))
        pieces.extend(_holed(bytes(piece), gone) if gone else [piece])
    yield operation([pikepdf.Array(pieces)], "TJ")


def _holed(data: bytes, gone: list[Glyph]) -> Iterator[Any]:
    import pikepdf

    place = 0
    for glyph in gone:
        if glyph.start > place:
            yield pikepdf.String(data[place : glyph.start])
        yield round(-glyph.advance, 3)
        place = glyph.end
    if place < len(data):
        yield pikepdf.String(data[place:])
