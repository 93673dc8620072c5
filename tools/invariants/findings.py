"""What was looked at and what does not hold."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Breach:
    """``invariant`` is one of ``lost``, ``double``, ``stuck``, ``chain``, ``ledger``, ``bytes`` and ``seal``."""

    invariant: str
    about: str
    sentence: str


@dataclass
class Report:
    """``seen`` counts what was looked at: a check that has seen nothing proves nothing."""

    seen: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)  # allowed, and worth knowing
    breaches: list[Breach] = field(default_factory=list)

    def breach(self, invariant: str, about: object, sentence: str) -> None:
        self.breaches.append(Breach(invariant, str(about), sentence))

    @property
    def holds(self) -> bool:
        return not self.breaches

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.holds,
            "seen": dict(self.seen),
            "notes": dict(self.notes),
            "breaches": [asdict(one) for one in self.breaches],
        }

    def in_words(self) -> str:
        lines = ["seen: " + ", ".join(f"{count:,} {what}" for what, count in sorted(self.seen.items()))]
        lines += [f"note: {count:,} {what}" for what, count in sorted(self.notes.items()) if count]
        lines += [f"BREACH {one.invariant} {one.about}: {one.sentence}" for one in self.breaches]
        broken = Counter(one.invariant for one in self.breaches)
        told = ", ".join(f"{count} {name}" for name, count in sorted(broken.items()))
        return "\n".join([*lines, f"NOT all hold: {told}." if broken else "All invariants hold."])
