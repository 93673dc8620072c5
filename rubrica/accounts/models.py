"""Who may do what: organizations, their members, and the secrets with which programs act for them."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from rubrica import clock, tenancy
from rubrica.accounts import usage
from rubrica.accounts.audit import AuditEntry
from rubrica.accounts.brand import Brand
from rubrica.accounts.invitations import Invitation
from rubrica.database import one_row

__all__ = ["ApiKey", "AuditEntry", "BearerToken", "Invitation", "Member", "Organization", "TokenEnvironment", "digest"]

LANGUAGES = [("es", "Español"), ("en", "English"), ("pt", "Português")]


def digest(secret: str) -> bytes:
    """SHA-256 of a secret of 128 random bits or more; ASVS 6.5.2 asks for no slow hash above 112 bits."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


class Organization(models.Model):
    """The tenant: owns everything, and is what aero calls an environment."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200, unique=True)
    language = models.CharField(max_length=2, choices=LANGUAGES, default="es")
    languages = models.JSONField(default=list, db_default=[], blank=True)  # offered to participants; none is all
    # From 0 to 1 (docs/identity.md): a face on a card that is less like the selfie counts as another person's.
    face_threshold = models.FloatField(default=0.6, db_default=0.6)
    # A PDF with scripts, attachments or the like is refused, and not freed of them (docs/sealing.md).
    refuses_active_content = models.BooleanField(default=False, db_default=False)
    # How its pages and mails look: a picture that we keep and serve ourselves, and colours as #rrggbb.
    image = models.ForeignKey("files.Blob", models.PROTECT, null=True, related_name="+")
    # Where a program said that the picture is, and why it could not be had from there.
    image_source = models.CharField(max_length=2000, default="", db_default="", blank=True)
    image_problem = models.CharField(max_length=300, default="", db_default="", blank=True)
    primary_color = models.CharField(max_length=7, default="", db_default="", blank=True)
    alternate_color = models.CharField(max_length=7, default="", db_default="", blank=True)
    # Members must have a second factor or a passkey before they see anything else.
    requires_second_factor = models.BooleanField(default=False, db_default=False)
    # Who comes by OIDC with a verified address of this domain becomes a member with this role, uninvited.
    oidc_domain = models.CharField(max_length=253, default="", db_default="", blank=True)
    oidc_role = models.CharField(max_length=10, default="viewer", db_default="viewer")
    # Days by class where they are not those of the installation (``rubrica.retention.classes``).
    retention = models.JSONField(default=dict, db_default={}, blank=True)
    # Quotas (``rubrica.limits``): processes begun in a month, bytes kept, members; null is without end.
    most_processes = models.BigIntegerField(null=True, blank=True)
    most_bytes = models.BigIntegerField(null=True, blank=True)
    most_members = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["oidc_domain"], condition=~models.Q(oidc_domain=""), name="organization_oidc_domain_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def brand(self) -> Brand:
        return Brand(self.slug, self.primary_color, self.alternate_color, self.image_id)

    @property
    def offered_languages(self) -> list[tuple[str, str]]:
        """With their names; the usual one is always among them."""
        offered = {self.language, *(self.languages or dict(LANGUAGES))}
        return [(code, name) for code, name in LANGUAGES if code in offered]

    def member_id(self, email: str) -> int | None:
        """The member with this e-mail address, which is kept in lower case."""
        row = one_row(MEMBER_BY_EMAIL, {"organization": self.pk, "email": email.lower()})
        return row[0] if row else None


MEMBER_BY_EMAIL = "SELECT id FROM accounts_member WHERE organization_id = %(organization)s AND email = %(email)s"


class MemberManager(BaseUserManager["Member"]):
    def create_user(
        self, organization: Organization, email: str, password: str | None = None, **fields: Any
    ) -> "Member":
        member = self.model(organization=organization, email=email.strip().lower(), **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def get_by_natural_key(self, username: str | None) -> "Member":
        return self.get(email__iexact=username)


class Member(AbstractBaseUser):
    """A person of an organization, who signs in with an e-mail address."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        EDITOR = "editor", _("Editor")
        REVIEWER = "reviewer", _("Reviewer")
        VIEWER = "viewer", _("Viewer")

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="members")
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.EDITOR)
    language = models.CharField(max_length=2, choices=LANGUAGES, default="es")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)

    objects = MemberManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["organization"]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_owner(self) -> bool:
        return self.role == self.Role.OWNER

    @property
    def may_edit(self) -> bool:
        return self.role in {self.Role.OWNER, self.Role.EDITOR}

    @property
    def may_review(self) -> bool:
        return self.may_edit or self.role == self.Role.REVIEWER


ORGANIZATION_FIELDS = [field.attname for field in Organization._meta.concrete_fields]
KEY_OF_ORGANIZATION = f"""
SELECT k.digest, k.kind, {", ".join(f"o.{name}" for name in ORGANIZATION_FIELDS)}
  FROM accounts_apikey k JOIN accounts_organization o ON o.id = k.organization_id
 WHERE k.digest = %(digest)s AND k.revoked_at IS NULL
"""  # noqa: S608  the names are the model's own


class ApiKey(models.Model):
    """One half of a key pair: ``puk_`` reads, ``prk_`` writes; 36 characters, of which only a digest is kept."""

    class Kind(models.TextChoices):
        PUBLIC = "puk"
        PRIVATE = "prk"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="api_keys")
    kind = models.CharField(max_length=3, choices=Kind.choices)
    prefix = models.CharField(max_length=8)
    digest = models.BinaryField(unique=True, max_length=32)
    name = models.CharField(max_length=100, default="", db_default="", blank=True)
    created_at = models.DateTimeField(default=clock.now)
    last_used_at = models.DateTimeField(null=True)  # to ten minutes (``usage``)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.prefix}…"

    @classmethod
    def issue(cls, organization: Organization, kind: str, name: str = "") -> tuple[Self, str]:
        """The new row and its secret, which is shown this once."""
        secret = f"{kind}_{secrets.token_hex(16)}"
        row = cls.objects.create(
            organization=organization, kind=kind, prefix=secret[:8], digest=digest(secret), name=name
        )
        return row, secret

    def revoke(self) -> bool:
        """Closes it for good; says whether it was open."""
        return type(self).objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=clock.now()) == 1

    @classmethod
    def organization_of(cls, secret: str, kind: str) -> Organization | None:
        """The organization that a live key of this kind belongs to; a key of the other kind is no key at all."""
        wanted = digest(secret)
        with tenancy.every_organization("A key is found by its digest, and says whose it is."):
            row = one_row(KEY_OF_ORGANIZATION, {"digest": wanted})
        if row is None or not hmac.compare_digest(row[0], wanted) or row[1] != kind:
            return None
        organization = Organization.from_db(None, ORGANIZATION_FIELDS, row[2:])
        with tenancy.only(organization.pk):
            usage.key_used(wanted)
        return organization


class BearerToken(models.Model):
    """What a program sends as ``Authorization: Bearer …`` to the aero dialect, acting as a member.

    It opens the organization of its member, and those that its rows of ``TokenEnvironment`` name.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="bearer_tokens")
    member = models.ForeignKey(Member, models.CASCADE, related_name="bearer_tokens")
    digest = models.BinaryField(unique=True, max_length=32)
    name = models.CharField(max_length=100, default="", db_default="", blank=True)
    created_at = models.DateTimeField(default=clock.now)
    last_used_at = models.DateTimeField(null=True)  # to ten minutes (``usage``)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"token of {self.member}"

    @classmethod
    def issue(
        cls, member: Member, expires_at: datetime | None = None, prefix: str = "rbt_", name: str = ""
    ) -> tuple[Self, str]:
        """The new row and its secret, which is shown this once."""
        secret = f"{prefix}{secrets.token_urlsafe(32)}"
        row = cls.objects.create(
            organization=member.organization, member=member, digest=digest(secret), expires_at=expires_at, name=name
        )
        return row, secret

    @classmethod
    def live(cls, secret: str) -> Self | None:
        """The token of this secret; None when it is unknown, revoked, expired, or of a member who left."""
        wanted = digest(secret)
        with tenancy.every_organization("A token is found by its digest, and says whose it is."):
            row = one_row(LIVE_TOKEN, {"digest": wanted, "now": clock.now()})
            if row is None:
                return None
            usage.token_used(wanted)
        token = cls.from_db("default", TOKEN_FIELDS, row[: len(TOKEN_FIELDS)])
        member = Member.from_db("default", MEMBER_FIELDS, row[len(TOKEN_FIELDS) : ITS_ORGANIZATION])
        organization = Organization.from_db("default", ORGANIZATION_FIELDS, row[ITS_ORGANIZATION:-1])
        token.member, token.organization, token.opens_more = member, organization, row[-1]
        member.organization = organization
        return token

    opens_more = True  # whether there may be rows of ``TokenEnvironment``; known where it was found by its secret

    def members(self) -> dict[str, Member]:
        """As whom it acts, by the slug of each organization that it opens; its own comes first."""
        more = self.environments.filter(member__is_active=True).select_related("organization", "member")
        opened = {self.organization.slug: self.member}
        with tenancy.every_organization("A token may open several."):
            for row in more:
                row.member.organization = row.organization
                opened[row.organization.slug] = row.member
        return opened

    def allow(self, member: Member) -> None:
        """Opens this member's organization to it as well; whoever was named for that organization before is not."""
        organization = member.organization
        self.environments.update_or_create(organization=organization, defaults={"member": member})

    def revoke(self) -> bool:
        """Closes it for good; says whether it was open."""
        return type(self).objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=clock.now()) == 1


class TokenEnvironment(models.Model):
    """A further organization that a token opens, and as which of its members it acts there."""

    token = models.ForeignKey(BearerToken, models.CASCADE, related_name="environments", db_index=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "organization"], name="token_environment_once")]

    def __str__(self) -> str:
        return f"{self.token} in {self.organization}"


TOKEN_FIELDS = [field.attname for field in BearerToken._meta.concrete_fields]
MEMBER_FIELDS = [field.attname for field in Member._meta.concrete_fields]
ITS_ORGANIZATION = len(TOKEN_FIELDS) + len(MEMBER_FIELDS)
LIVE_TOKEN = f"""
SELECT {", ".join(f"t.{name}" for name in TOKEN_FIELDS)}, {", ".join(f"m.{name}" for name in MEMBER_FIELDS)},
       {", ".join(f"o.{name}" for name in ORGANIZATION_FIELDS)},
       EXISTS (SELECT FROM accounts_tokenenvironment e JOIN accounts_member f ON f.id = e.member_id AND f.is_active
                WHERE e.token_id = t.id)
  FROM accounts_bearertoken t JOIN accounts_member m ON m.id = t.member_id AND m.is_active
  JOIN accounts_organization o ON o.id = t.organization_id
 WHERE t.digest = %(digest)s AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > %(now)s)
"""  # noqa: S608  the names are the models' own
