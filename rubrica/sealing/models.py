"""The keys that seal, encrypted at rest; ``keys`` makes and opens them."""

from django.db import models

from rubrica import clock
from rubrica.accounts.models import Organization


class Authority(models.Model):
    """The installation's certificate authority. There is one; every seal's chain ends at it."""

    only = models.BooleanField(default=True, unique=True, editable=False)
    certificate_pem = models.TextField()
    private_key = models.BinaryField()  # nonce and AES-256-GCM of the PKCS #8 DER
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "authorities"
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="authority_only_one")]

    def __str__(self) -> str:
        return f"authority of {self.created_at:%Y-%m-%d}"


class SealingKey(models.Model):
    """An organization's signing key; retired ones stay, for their certificates explain old seals."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="sealing_keys")
    certificate_pem = models.TextField()
    private_key = models.BinaryField()  # nonce and AES-256-GCM of the PKCS #8 DER, bound to the organization
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
