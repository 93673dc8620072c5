"""What the domain refuses. Codes are stable words; the sentences are translated where they are shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    """One thing wrong with what was sent: ``path`` names the field as a list of names and indexes.

    ``values`` go into the message once it is translated.
    """

    path: tuple[str | int, ...]
    code: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        sentence = translate(self.message)
        return sentence % self.values if self.values else sentence


class Refused(Exception):
    """The state of things does not allow it. ``code`` is stable, ``detail`` says what to do.

    ``sentence`` is the same before ``values`` are put in, which is what can be translated.
    """

    def __init__(self, code: str, sentence: str, **values: object) -> None:
        self.code, self.sentence, self.values = code, sentence, values
        self.detail = sentence % values if values else sentence
        super().__init__(self.detail)


class Invalid(Exception):
    """What was sent cannot be started; nothing has been stored."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.sentence() for problem in problems))
        self.problems = problems
