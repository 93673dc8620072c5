"""Processes by the beginnings of words in their names and those of their people and documents."""

from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from rubrica.accounts.models import Organization
from rubrica.database import all_rows
from rubrica.web.text import searchable

MAX_WORDS, MAX_LENGTH = 10, 200
COMMON = 10_000  # processes, from which on words are common

# What is rare is looked up by its words, as the API's list of processes does it; of what is common the newest are
# found soonest by walking back from the newest.
RARE = "SELECT id FROM processes_of_words(%(words)s, %(common)s) AS id"
AMONG = """to_tsvector('simple', "processes_process"."words") @@ to_tsquery('simple', %s)"""


def with_words(organization: Organization, words: str) -> Q | None:
    """Those of the organization that hold all of the words; None where there is no word in it."""
    if not (terms := query_of(organization, words)):
        return None
    rare = [row[0] for row in all_rows(RARE, {"words": terms, "common": COMMON})]
    if len(rare) < COMMON:
        return Q(pk__in=rare)
    return Q(RawSQL(AMONG, [terms], output_field=BooleanField()))  # noqa: S611  our own text


def query_of(organization: Organization, words: str) -> str:
    """In the language of ``to_tsquery``: the word of the organization keeps the others' out. Empty without words."""
    terms = searchable(words[:MAX_LENGTH]).split()[:MAX_WORDS]
    return " & ".join([f"o{organization.pk}", *(f"{term}:*" for term in terms)]) if terms else ""
