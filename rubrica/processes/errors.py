"""What the domain refuses. Codes are stable words; the sentences are translated where they are shown."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with what was sent: ``path`` names the field as a list of names and indexes."""

    path: tuple[str | int, ...]
    code: str
    message: str


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
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems
