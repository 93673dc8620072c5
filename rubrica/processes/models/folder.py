"""How an organization keeps its processes apart: folders by path, tags by name."""

from typing import Self

from django.db import IntegrityError, models, transaction
from django.db.models.expressions import RawSQL

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.processes.errors import Refused
from rubrica.web.text import is_one_line

RENAMED_TAGS = """
(SELECT jsonb_agg(CASE WHEN t.name = to_jsonb(%s::text) THEN to_jsonb(%s::text) ELSE t.name END ORDER BY t.place)
   FROM jsonb_array_elements(processes_process.tags) WITH ORDINALITY AS t(name, place))
"""


def plain_path(path: str) -> str:
    """As it is stored: without blanks and slashes at its ends."""
    return "/".join(part.strip() for part in path.strip("/ ").split("/"))


class Folder(models.Model):
    """``path`` has its parts divided by ``/``, without one at either end."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="folders", db_index=False)
    path = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["path"]
        constraints = [models.UniqueConstraint(fields=["organization", "path"], name="folder_path")]

    def __str__(self) -> str:
        return self.path

    @classmethod
    def make(cls, organization: Organization, path: str) -> Self:
        """Raises Refused: FOLDER_PATH, FOLDER_EXISTS."""
        folder, is_new = cls.objects.get_or_create(organization=organization, path=_checked_path(path))
        if not is_new:
            raise _folder_exists()
        return folder

    def rename(self, path: str) -> None:
        """Takes the folders below it along. Raises what ``make`` does."""
        new, old = _checked_path(path), self.path
        below = models.Q(path=old) | models.Q(path__startswith=f"{old}/")
        try:
            with transaction.atomic():
                # The deepest first, so that a folder can move to a place below its own.
                for folder in Folder.objects.filter(below, organization=self.organization_id).order_by("-path"):
                    folder.path = _checked_path(new + folder.path[len(old) :])
                    folder.save(update_fields=["path"])
        except IntegrityError:
            raise _folder_exists() from None

    def remove(self) -> None:
        """Raises Refused with FOLDER_IN_USE."""
        try:
            with transaction.atomic():
                self.delete()
        except (models.ProtectedError, IntegrityError):
            raise Refused("FOLDER_IN_USE", "There are processes in this folder.") from None


class Tag(models.Model):
    """Processes carry the names of tags, not their rows: what was sent to the outside under a name stays true."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="tags", db_index=False)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="tag_name")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def make(cls, organization: Organization, name: str) -> Self:
        """Raises Refused: TAG_NAME, TAG_EXISTS."""
        tag, is_new = cls.objects.get_or_create(organization=organization, name=_checked_name(name))
        if not is_new:
            raise _tag_exists()
        return tag

    def rename(self, name: str) -> None:
        """On every process that carries it as well. Raises what ``make`` does."""
        new, old = _checked_name(name), self.name
        try:
            with transaction.atomic():
                Tag.objects.filter(pk=self.pk).update(name=new)
                carriers = self.organization.processes.filter(tags__contains=[old])
                carriers.update(tags=RawSQL(RENAMED_TAGS, [old, new]))  # noqa: S611 both as parameters
        except IntegrityError:
            raise _tag_exists() from None

    def remove(self) -> None:
        """Raises Refused with TAG_IN_USE."""
        if self.organization.processes.filter(tags__contains=[self.name]).exists():
            raise Refused("TAG_IN_USE", "There are processes with this tag.")
        self.delete()


def _checked_path(path: str) -> str:
    found = plain_path(path)
    if not found or len(found) > 300 or "" in found.split("/") or not is_one_line(found):
        raise Refused("FOLDER_PATH", "Write a path such as Leases/2026, of at most 300 characters.")
    return found


def _folder_exists() -> Refused:
    return Refused("FOLDER_EXISTS", "There is a folder at this path already.")


def _checked_name(name: str) -> str:
    found = name.strip()
    if not found or len(found) > 100 or not is_one_line(found):
        raise Refused("TAG_NAME", "Write a name of at most 100 characters.")
    return found


def _tag_exists() -> Refused:
    return Refused("TAG_EXISTS", "There is a tag of this name already.")
