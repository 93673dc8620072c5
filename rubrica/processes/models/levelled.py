"""A sealed PDF whose level is raised afterwards, and whose archive timestamp is renewed: a document, or evidence."""

from typing import ClassVar, Self

from django.db import models, transaction

from rubrica import clock
from rubrica.files.models import Blob
from rubrica.processes.errors import Refused

HIGHEST = "B-LTA"


class Levelled(models.Model):
    """``FILE`` names the column with the newest file, which begins with every older one."""

    FILE: ClassVar[str]
    UPGRADED: ClassVar[str]  # kinds of events
    UPGRADE_FAILED: ClassVar[str]

    level = models.CharField(max_length=5, blank=True)
    level_error = models.TextField(blank=True, default="", db_default="")  # why it is not higher, or not renewed
    level_tries = models.IntegerField(default=0, db_default=0)  # that failed in a row
    renew_at = models.DateTimeField(null=True)  # when the archive timestamp gets a successor

    class Meta:
        abstract = True

    @property
    def is_sealed(self) -> bool:
        raise NotImplementedError

    @property
    def named(self) -> dict[str, str]:
        """What an event says of which one it is about."""
        return {}

    def enqueue_raise(self) -> None:
        raise NotImplementedError

    @property
    def file(self) -> Blob | None:
        found: Blob | None = getattr(self, self.FILE)
        return found

    def rows(self) -> "models.QuerySet[Self]":
        """This one as it is in the database."""
        return type(self)._default_manager.filter(pk=self.pk)

    def unchanged(self) -> "models.QuerySet[Self]":
        """The same, while its file is the one that is known here."""
        return self.rows().filter(**{self.FILE: self.file})

    @property
    def is_short_of_level(self) -> bool:
        """Whether there is something to raise: the level, or the end of its archive timestamp has come near."""
        if not self.is_sealed:
            return False
        is_short = self.level != HIGHEST or (self.renew_at is not None and self.renew_at <= clock.now())
        return is_short and self.file is not None and self.file.erased_at is None

    def raise_level(self) -> None:
        """Tries now, and forgets what went wrong before. Raises Refused with LEVEL_REACHED."""
        with transaction.atomic():
            if not self.rows().select_for_update().get().is_short_of_level:
                raise Refused("LEVEL_REACHED", "This document has the highest level already.")
            self.rows().update(level_error="", level_tries=0)
            self.enqueue_raise()
