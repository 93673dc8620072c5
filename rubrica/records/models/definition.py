"""What records of one kind look like."""

import json
from functools import cached_property, lru_cache

from django.db import models

from rubrica import clock
from rubrica.accounts.models import Member, Organization
from rubrica.records.ids import new_definition_key
from rubrica.records.schema import Shape


class Definition(models.Model):
    """``schema`` is the ``Shape`` in force; each one that ever was is a ``DefinitionVersion``."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="definitions", db_index=False)
    key = models.CharField(max_length=21, default=new_definition_key)
    name = models.CharField(max_length=100)
    label = models.CharField(max_length=200, blank=True)
    version = models.IntegerField(default=1)
    schema = models.JSONField()
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    modified_at = models.DateTimeField(default=clock.now)
    modified_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="definition_name_once"),
            models.UniqueConstraint(fields=["organization", "key"], name="definition_key_once"),
        ]

    def __str__(self) -> str:
        return self.label or self.name

    @cached_property
    def shape(self) -> Shape:
        return _shape(json.dumps(self.schema))


# Every call needs its definition's shape, and reading it anew costs as much as a few statements. Nobody changes one.
@lru_cache(maxsize=500)
def _shape(schema: str) -> Shape:
    return Shape.model_validate(json.loads(schema))


class DefinitionVersion(models.Model):
    """A record keeps the number of the version that it was last checked against."""

    definition = models.ForeignKey(Definition, models.CASCADE, related_name="versions", db_index=False)
    version = models.IntegerField()
    schema = models.JSONField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["definition", "version"], name="definition_version_once")]

    def __str__(self) -> str:
        return f"{self.definition_id}, version {self.version}"
