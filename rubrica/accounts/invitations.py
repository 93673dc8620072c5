"""Invitations: how somebody becomes a member. A link that works once, for a week, from the newest mail alone."""

import hashlib
import secrets
from datetime import timedelta
from typing import Self

from django.db import models, transaction
from django.utils.crypto import salted_hmac

from rubrica import clock, tenancy

LIVES = timedelta(days=7)


class InvitationRefused(Exception):
    """It cannot be made or taken; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Invitation(models.Model):
    """Of one person to one organization. The secret of its link follows from ``nonce`` and the installation's secret,
    so that a mail that is sent twice carries the same link; only its digest is looked up."""

    organization = models.ForeignKey("accounts.Organization", models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10)
    language = models.CharField(max_length=2)
    invited_by = models.ForeignKey("accounts.Member", models.CASCADE, related_name="+")
    nonce = models.CharField(max_length=32)
    digest = models.BinaryField(unique=True, max_length=32)
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(default=clock.now)  # when its newest link was made
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_once_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.organization}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= clock.now()

    @property
    def secret(self) -> str:
        return salted_hmac("rubrica.accounts.invitations", self.nonce, algorithm="sha256").hexdigest()

    def renew(self) -> None:
        """Another link, for a whole week; the one before leads nowhere."""
        self.nonce = secrets.token_hex(16)
        self.digest = hashlib.sha256(self.secret.encode()).digest()
        self.sent_at = clock.now()
        self.expires_at = self.sent_at + LIVES

    def renew_open(self) -> bool:
        """As ``renew``, of an invitation that is there; says whether it was still open."""
        self.renew()
        fresh = {name: getattr(self, name) for name in ("nonce", "digest", "sent_at", "expires_at")}
        return self._open().update(**fresh) == 1

    def revoke(self) -> bool:
        return self._open().update(revoked_at=clock.now()) == 1

    def claim(self) -> bool:
        """The one who gets in; in the transaction that makes the member."""
        return self._open().filter(expires_at__gt=clock.now()).update(accepted_at=clock.now()) == 1

    def _open(self) -> "models.QuerySet[Invitation]":
        return Invitation.objects.filter(pk=self.pk, accepted_at=None, revoked_at=None)

    @classmethod
    def opened_by(cls, secret: str) -> Self | None:
        """The invitation whose link this is, if it still leads somewhere."""
        wanted = hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
        found = cls.objects.select_related("organization", "invited_by")
        with tenancy.every_organization("An invitation is found by its secret, and says whose it is."):
            return found.filter(digest=wanted, accepted_at=None, revoked_at=None, expires_at__gt=clock.now()).first()

    @classmethod
    def open_for(cls, email: str) -> "models.QuerySet[Self]":
        """Those of an address that somebody else has vouched for."""
        open_ = cls.objects.filter(email=email, accepted_at=None, revoked_at=None, expires_at__gt=clock.now())
        return open_.select_related("organization", "invited_by")

    @transaction.atomic
    def join(self, name: str, password: str | None) -> "models.Model":
        """The new member. Without a password they sign in by a passkey or by OIDC. Raises InvitationRefused."""
        from rubrica.accounts.models import Member

        if not self.claim():
            raise InvitationRefused("This invitation was used or taken back. Ask for another one.")
        if Member.objects.filter(email=self.email).exists():
            raise InvitationRefused("This address belongs to an account already. Sign in with it, or ask for help.")
        return Member.objects.create_user(
            self.organization, self.email, password, role=self.role, name=name, language=self.language
        )
