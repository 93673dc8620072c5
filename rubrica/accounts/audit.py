"""What was done with accounts, keys and settings, by whom and from where: rows that are added and never changed."""

from typing import Any

from django.db import models
from django.http import HttpRequest

from rubrica import clock
from rubrica.web import caller
from rubrica.web.text import UNSTORABLE


class AuditEntry(models.Model):
    """One thing that somebody did in an organization, or tried to.

    The database refuses to change or delete a row (``refuse_rewriting``), so a person stands here by number, name and
    address as they were then, and not as a key that would follow them.
    """

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in"
        SIGN_IN_FAILED = "sign_in_failed"
        SIGN_IN_REFUSED = "sign_in_refused"
        PASSWORD_CHANGED = "password_changed"  # noqa: S105  a kind of event
        PASSWORD_RESET_ASKED = "password_reset_asked"  # noqa: S105  a kind of event
        PASSWORD_RESET = "password_reset"  # noqa: S105  a kind of event
        FACTOR_ADDED = "factor_added"
        FACTOR_REMOVED = "factor_removed"
        FACTOR_FAILED = "factor_failed"
        CODES_MADE = "codes_made"
        SESSIONS_ENDED = "sessions_ended"
        INVITED = "invited"
        INVITED_AGAIN = "invited_again"
        INVITATION_REVOKED = "invitation_revoked"
        JOINED = "joined"
        ROLE_CHANGED = "role_changed"
        DEACTIVATED = "deactivated"
        REACTIVATED = "reactivated"
        FACTORS_CLEARED = "factors_cleared"
        KEYS_MADE = "keys_made"
        KEY_REVOKED = "key_revoked"
        TOKEN_MADE = "token_made"  # noqa: S105  a kind of event
        TOKEN_REVOKED = "token_revoked"  # noqa: S105  a kind of event
        SETTINGS_CHANGED = "settings_changed"
        WEBHOOK_ADDED = "webhook_added"
        WEBHOOK_CHANGED = "webhook_changed"
        WEBHOOK_REMOVED = "webhook_removed"
        SECRET_SHOWN = "secret_shown"  # noqa: S105  a kind of event
        CERTIFICATE_CHANGED = "certificate_changed"
        EXPORTED = "exported"
        SENT_TO_MANY = "sent_to_many"
        HELD = "held"
        RELEASED = "released"
        PERSON_EXPORTED = "person_exported"
        PERSON_ERASED = "person_erased"
        STORAGE_KEY_CHANGED = "storage_key_changed"

    organization = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="audit", db_index=False)
    at = models.DateTimeField(default=clock.now)
    kind = models.CharField(max_length=30)  # a Kind
    member_id = models.BigIntegerField(null=True)  # who did it; empty where nobody was signed in
    name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=500, blank=True)  # whom or what it was done to
    details = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="audit_newest_first")]

    def __str__(self) -> str:
        return f"{self.kind} by {self.email or 'nobody'}"


def note(request: HttpRequest | None, kind: AuditEntry.Kind, by: Any, subject: str = "", **details: Any) -> AuditEntry:
    """Writes down what ``by``, a member, did. In the transaction of the deed, where there is one."""
    return AuditEntry.objects.create(
        organization_id=by.organization_id,
        kind=kind,
        member_id=by.pk,
        name=by.name,
        email=by.email,
        subject=_clean(subject, 500),
        details=details,
        address=caller.address(request) or None if request else None,
        agent=_clean(caller.agent(request), 300) if request else "",
    )


def _clean(text: str, length: int) -> str:
    return UNSTORABLE.sub("?", text)[:length]
