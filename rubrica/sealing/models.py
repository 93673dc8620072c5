"""The keys that seal, encrypted at rest or held elsewhere, and what our authority has issued."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from rubrica import clock
from rubrica.accounts.models import Organization


class Authority(models.Model):
    """The installation's certificate authority. There is one; every seal's chain ends at it."""

    only = models.BooleanField(default=True, unique=True, editable=False)
    certificate_pem = models.TextField()
    former_pem = models.TextField(blank=True, default="", db_default="")  # of the same key, before it was renewed
    private_key = models.BinaryField()  # nonce and AES-256-GCM of the PKCS #8 DER
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "authorities"
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="authority_only_one")]

    def __str__(self) -> str:
        return f"authority of {self.created_at:%Y-%m-%d}"


class IssuedCertificate(models.Model):
    """What our authority has signed: the lists of what was revoked, and the answers about one, come from here."""

    class Reason(models.TextChoices):
        """RFC 5280 §5.3.1. After the first one, nothing that the key signed can be trusted without a timestamp."""

        KEY_COMPROMISE = "key_compromise", _("Somebody else may have the key")
        SUPERSEDED = "superseded", _("Another certificate takes its place")
        CESSATION = "cessation_of_operation", _("It is not needed any more")
        AFFILIATION = "affiliation_changed", _("The name in it is no longer right")

    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="issued_certificates")
    serial = models.CharField(max_length=40, unique=True)  # lower-case hexadecimal
    subject = models.TextField()
    not_after = models.DateTimeField()
    issued_at = models.DateTimeField(default=clock.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=30, choices=Reason.choices, blank=True)

    def __str__(self) -> str:
        return f"{self.serial} {self.subject}"


class SealingKey(models.Model):
    """An organization's signing key; retired ones stay, for their certificates explain old seals."""

    class Holder(models.TextChoices):
        FILE = "file", _("In this installation, encrypted")
        PKCS11 = "pkcs11", _("HSM or token (PKCS #11)")
        AWS = "aws", _("AWS KMS")
        AZURE = "azure", _("Azure Key Vault")
        GOOGLE = "google", _("Google Cloud KMS")
        CSC = "csc", _("Signing service (CSC API)")

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="sealing_keys")
    holder = models.CharField(max_length=10, choices=Holder.choices, default=Holder.FILE, db_default=Holder.FILE)
    # Set where our own authority issued the certificate, so that it can be revoked here.
    issued = models.OneToOneField(IssuedCertificate, models.PROTECT, null=True, related_name="key")
    certificate_pem = models.TextField()
    chain_pem = models.TextField(blank=True, default="", db_default="")  # of others' certificates, up to the root
    # Nonce and AES-256-GCM, bound to the organization: of the PKCS #8 DER, or of the JSON with a holder's secrets.
    private_key = models.BinaryField()
    # What the holder has to know and every member may see.
    reference = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    usable_until = models.DateTimeField(null=True)  # the first end among the certificate and those above it
    problem = models.TextField(
        blank=True, default="", db_default=""
    )  # why the holder did not sign when it was asked last
    checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(retired_at=None), name="sealing_key_one_current"
            )
        ]

    def __str__(self) -> str:
        return f"key of {self.organization} since {self.created_at:%Y-%m-%d}"

    @property
    def is_ours(self) -> bool:
        return self.issued_id is not None
