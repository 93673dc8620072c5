"""Who does something: a member, a participant, a program with a key, or Rubrica itself."""

from dataclasses import dataclass

MEMBER, PARTICIPANT, PROGRAM, SYSTEM = "member", "participant", "program", "system"


@dataclass(frozen=True)
class Actor:
    """``reference`` is an e-mail address, a participant's id or a key's prefix; address and agent are as received."""

    kind: str
    reference: str = ""
    name: str = ""
    ip: str = ""
    user_agent: str = ""


RUBRICA = Actor(SYSTEM, "rubrica", "Rubrica")
