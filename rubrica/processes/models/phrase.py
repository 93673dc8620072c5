"""Why files are sent back, in words that an organization uses again and again."""

from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation.trans_null import gettext_noop as _

from rubrica.accounts.models import LANGUAGES, Organization
from rubrica.processes.errors import Refused

LONGEST = 300  # characters
MOST = 40  # of one organization in one language: more are not read any more
# Offered until an organization has its own; they become its own with the first one that it adds.
USUAL = (
    _("The picture is blurred."),
    _("Part of it is cut off."),
    _("It is too dark to read."),
    _("It has expired."),
    _("It is not what was asked for."),
)


class Phrase(models.Model):
    """One reason in one language, which is that of the person who reads it."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="phrases", db_index=False)
    language = models.CharField(max_length=2, choices=LANGUAGES)
    text = models.CharField(max_length=LONGEST)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organization", "language", "text"], name="phrase_once")]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def texts(cls, organization: Organization, language: str) -> list[str]:
        """What is offered, the oldest first."""
        own = list(organization.phrases.filter(language=language).values_list("text", flat=True))
        return own or usual(language)

    @classmethod
    def add(cls, organization: Organization, language: str, text: str) -> Self:
        """Raises Refused with PHRASE_INVALID or TOO_MANY_PHRASES; one that is there already stays as it is."""
        text = " ".join(text.split())
        if not 0 < len(text) <= LONGEST or language not in dict(settings.LANGUAGES):
            raise Refused("PHRASE_INVALID", _("A phrase has from 1 to 300 characters."))
        with transaction.atomic():
            # Whoever else adds one waits here, so that the usual ones come once and the limit holds.
            Organization.objects.select_for_update().get(pk=organization.pk)
            own = organization.phrases.filter(language=language)
            if not own.exists():
                cls.objects.bulk_create(
                    [cls(organization=organization, language=language, text=one) for one in usual(language)]
                )
            elif own.count() >= MOST and not own.filter(text=text).exists():
                raise Refused("TOO_MANY_PHRASES", _("40 phrases are enough; remove one first."))
            return cls.objects.get_or_create(organization=organization, language=language, text=text)[0]


def usual(language: str) -> list[str]:
    with translation.override(language):
        return [gettext(text) for text in USUAL]
