"""What is wrong with a template, or with an answer to one of its questions."""

from dataclasses import dataclass, field

from django.utils.translation import gettext

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """``path`` names the field, or begins with the question's name; ``values`` are put into the sentence."""

    path: Path
    code: str
    sentence: str
    values: dict[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """In the language that is active."""
        sentence = gettext(self.sentence)
        return sentence % self.values if self.values else sentence


class TemplateInvalid(Exception):
    """The definition of a template does not hold together; nothing was stored."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(fault.sentence for fault in faults))
        self.faults = faults


class TemplateRefused(Exception):
    """A template cannot be used as asked. ``code`` is stable; ``sentence`` says what to do."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence
