"""Messages in a sentence or two, for telephones. The same sentences are the WhatsApp templates to get approved.

Imports nothing of Django's that needs settings, because the settings ask which kinds there are.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext, gettext_noop, override

VARIABLE = re.compile(r"%\((\w+)\)s")
# Meta takes no variable that is empty, and no template of more than 1024 characters.
NOTHING = "–"
LONGEST = {"organization": 60, "name": 100, "reason": 300}
MAX_VARIABLE = 500

# WhatsApp allows no variable at the beginning or the end. Those with the same variables may share one template.
SENTENCES = {
    "invite": gettext_noop(
        "Message from %(organization)s: “%(name)s” is waiting for you. Open it here:\n%(link)s\n"
        "The link is yours alone, so do not pass it on."
    ),
    "remind": gettext_noop(
        "Reminder from %(organization)s: “%(name)s” is still waiting for you. Go on here:\n%(link)s\n"
        "The link is yours alone, so do not pass it on."
    ),
    "reactivated": gettext_noop(
        "Message from %(organization)s: “%(name)s” goes on after all and needs you. Open it here:\n%(link)s\n"
        "The link is yours alone, so do not pass it on."
    ),
    "edited": gettext_noop(
        "Message from %(organization)s: “%(name)s” was changed and needs you again. Open it here:\n%(link)s\n"
        "Earlier links no longer work. This one is yours alone, so do not pass it on."
    ),
    "new_link": gettext_noop(
        "Message from %(organization)s: this is your new link to “%(name)s”, as you asked:\n%(link)s\n"
        "The link is yours alone, so do not pass it on."
    ),
    "unblocked": gettext_noop(
        "Message from %(organization)s: you can go on with “%(name)s”. Open it here:\n%(link)s\n"
        "The link is yours alone, so do not pass it on."
    ),
    "complete": gettext_noop(
        "Message from %(organization)s: please fill in the form of “%(name)s”. Open it here:\n%(link)s\n"
        "The link is yours alone, so do not pass it on."
    ),
    "reject_file": gettext_noop(
        "Message from %(organization)s: a file that you sent for “%(name)s” could not be accepted. "
        "See why and send another here:\n%(link)s\nThe link is yours alone, so do not pass it on."
    ),
    "finished": gettext_noop(
        "Message from %(organization)s: “%(name)s” is finished. Download it here:\n%(link)s\n"
        "The link is yours alone, so do not pass it on."
    ),
    "cancelled": gettext_noop(
        "Message from %(organization)s: “%(name)s” was called off. The reason: %(reason)s\n"
        "Nothing more is asked of you."
    ),
    "identity_rejected": gettext_noop(
        "Message from %(organization)s: your identity could not be confirmed for “%(name)s”. "
        "Please ask them how to go on."
    ),
    "expired": gettext_noop(
        "Message from %(organization)s: the time for “%(name)s” is over. Nothing more is asked of you."
    ),
    "code": gettext_noop(
        "%(code)s is your code for %(organization)s. It is good for %(minutes)s minutes. Do not tell it to anybody."
    ),
    "test": gettext_noop("Test from %(organization)s: messages reach this number."),
}
# The words around a code are WhatsApp's own: templates of the category “authentication” have one variable.
ONLY = {"code": ("code",)}


@dataclass(frozen=True)
class Words:
    """One short message: ``values`` by the names that its sentence uses."""

    kind: str
    language: str
    values: dict[str, str]

    def __post_init__(self) -> None:
        if self.kind not in SENTENCES:
            raise ValueError(f"There is no short form of {self.kind!r}.")

    @cached_property
    def text(self) -> str:
        with override(self.language):
            return gettext(SENTENCES[self.kind]) % {name: self._value(name) for name in names(SENTENCES[self.kind])}

    @property
    def title(self) -> str:
        """One line for lists, without what the message opens."""
        return " · ".join(self._value(name) for name in ("organization", "name") if self.values.get(name))

    @property
    def variables(self) -> list[str]:
        """What stands for ``{{1}}``, ``{{2}}``, … of the template."""
        return [self._value(name) for name in variables(self.kind)]

    def _value(self, name: str) -> str:
        longest = LONGEST.get(name, MAX_VARIABLE)
        value = self.values.get(name, "").strip()
        # A link that is cut leads nowhere.
        return (value if len(value) <= longest or name == "link" else f"{value[: longest - 1]}…") or NOTHING


def variables(kind: str) -> tuple[str, ...]:
    return ONLY.get(kind) or names(SENTENCES[kind])


def names(sentence: str) -> tuple[str, ...]:
    return tuple(VARIABLE.findall(sentence))


def template(kind: str, language: str) -> str:
    """The sentence as it is handed in for approval; empty for codes, whose words are WhatsApp's own."""
    if kind in ONLY:
        return ""
    with override(language):
        sentence = gettext(SENTENCES[kind])
    places = {name: f"{{{{{place}}}}}" for place, name in enumerate(variables(kind), 1)}
    return VARIABLE.sub(lambda found: places[found[1]], sentence)
