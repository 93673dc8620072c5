"""What is kept for how long: one row a class of data.

Days count from the end of the process (of what lies in records: from the record's last change). The installation says
how many by settings, and an organization may say otherwise within the limits of the class.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rubrica.accounts.models import Organization

FOREVER = 0
IDENTITY, FILES, DOCUMENTS, EVIDENCE = "identity", "files", "documents", "evidence"
ATTACHMENTS, MESSAGES, DELIVERIES = "attachments", "messages", "deliveries"


@dataclass(frozen=True)
class Class:
    """``least`` and ``most`` bound what an organization may set; only where ``may_stay`` it may be for good."""

    key: str
    setting: str
    title: str | Promise
    hint: str | Promise
    least: int
    most: int
    may_stay: bool = True

    @property
    def default(self) -> int:
        return int(getattr(settings, self.setting))

    def days_of(self, organization: Organization) -> int:
        """0 is for good."""
        return int(organization.retention.get(self.key, self.default))


CLASSES = [
    Class(IDENTITY, "BIOMETRIC_DAYS", _("Pictures of faces and identity cards"),
          _("Sensitive data: no longer than the purpose needs. Digests and results of the checks stay."), 1, 3650,
          may_stay=False),
    Class(FILES, "RETENTION_FILES_DAYS", _("Files that people delivered"),
          _("After the end of the process. Names and digests stay in the evidence."), 30, 36500),
    Class(DOCUMENTS, "RETENTION_DOCUMENTS_DAYS", _("Documents, as sent and as sealed"),
          _("They prove what was signed: keep them as long as anybody may go to law about it."), 365, 36500),
    Class(EVIDENCE, "RETENTION_EVIDENCE_DAYS", _("Evidence that is apart from documents"),
          _("At least as long as the documents that it is about."), 365, 36500),
    Class(ATTACHMENTS, "RETENTION_ATTACHMENTS_DAYS", _("Files in records"),
          _("Since the record was changed last. The record itself stays."), 30, 36500),
    Class(MESSAGES, "RETENTION_MESSAGES_DAYS", _("To whom messages were sent"),
          _("Addresses and numbers of invitations and reminders. The events stay."), 30, 36500),
    Class(DELIVERIES, "WEBHOOK_DAYS", _("Calls to webhooks"),
          _("What was sent and what was answered."), 1, 3650, may_stay=False),
]  # fmt: skip
BY_KEY = {one.key: one for one in CLASSES}


class OutOfBounds(ValueError):
    """``least`` and ``most`` say what would do."""

    def __init__(self, kind: Class, least: int, most: int) -> None:
        super().__init__(f"{kind.key}: {least} to {most} days")
        self.kind, self.least, self.most = kind, least, most


def checked(asked: Mapping[str, int | None]) -> dict[str, int]:
    """What an organization sets, as it is stored: None takes what the installation says. Raises OutOfBounds."""
    kept = {key: days for key, days in asked.items() if days is not None}
    for key, days in kept.items():
        kind = BY_KEY[key]
        most = min(kind.most, kind.default) if key == DELIVERIES else kind.most  # they lie in tables that go by month
        if not (kind.least <= days <= most or (days == FOREVER and kind.may_stay)):
            raise OutOfBounds(kind, kind.least, most)
    documents = kept.get(DOCUMENTS, BY_KEY[DOCUMENTS].default)
    evidence = kept.get(EVIDENCE, BY_KEY[EVIDENCE].default)
    if evidence != FOREVER and (documents == FOREVER or evidence < documents):
        raise OutOfBounds(BY_KEY[EVIDENCE], documents or BY_KEY[EVIDENCE].most, BY_KEY[EVIDENCE].most)
    return kept
