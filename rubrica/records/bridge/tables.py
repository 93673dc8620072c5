"""Processes under the names and columns of our own tables, so that every filter and order of records works on them.

A statement that begins with TABLES reads these in the place of the tables. PostgreSQL puts their text where they are
read, so an index of the processes answers what a filter asks, and JSON is made for the rows of a page alone.
"""

from typing import Any

from rubrica.accounts.models import Organization
from rubrica.records.bridge.definition import EVIDENCE, FILES, NUMBER, PEOPLE, SEALED, built_in, is_built_in
from rubrica.records.errors import NotFound
from rubrica.records.models import Definition, Record
from rubrica.web.text import findable

NOT_THERE = 'There is no document "%(id)s".'
MOMENT = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""

# Takes ``organization`` once.
TABLES = f"""
WITH records_record AS NOT MATERIALIZED (
  SELECT p.id, p.organization_id, {NUMBER}::bigint AS definition_id, p.public_id AS key,
         (SELECT d.code FROM processes_document d WHERE d.process_id = p.id ORDER BY d.position, d.id LIMIT 1)
           AS external_id,
         p.state AS status,
         jsonb_strip_nulls(jsonb_build_object(
           'name', p.name, 'subject', p.subject, 'kind', p.kind, 'creatorEmail', p.creator_email,
           'endedOn', {MOMENT.format("p.ended_at")}, 'expiresOn', {MOMENT.format("p.expires_at")},
           '{PEOPLE}', (SELECT jsonb_agg(jsonb_build_object(
               '_id', s.public_id, 'name', s.name, 'email', s.email, 'phone', nullif(s.phone, ''), 'role', s.role,
               'status', s.status, 'finishedOn', {MOMENT.format("s.finished_at")}) ORDER BY s.order, s.id)
             FROM processes_participant s WHERE s.process_id = p.id))) AS values,
         1 AS version, p.chain_length AS revision, '{{}}'::jsonb AS access, p.created_at,
         p.creator_id AS created_by_id, p.updated_at AS modified_at, NULL::bigint AS modified_by_id
    FROM processes_process p WHERE p.organization_id = %s),
records_attachment AS NOT MATERIALIZED (
  SELECT f.process_id AS record_id, '{PEOPLE}.' || s.public_id || '.{FILES}' AS path, NULL::timestamptz AS staged_until
    FROM processes_requestedfile f JOIN processes_participant s ON s.id = f.participant_id
    JOIN processes_submission u ON u.id = f.current_id AND u.decision <> 'rejected'
  UNION ALL SELECT d.process_id, '{SEALED}', NULL FROM processes_document d WHERE d.sealed_id IS NOT NULL
  UNION ALL SELECT e.process_id, '{EVIDENCE}', NULL FROM processes_evidence e WHERE e.pdf_id IS NOT NULL)
"""  # noqa: S608  our own words

# The code of a document names its process too, as that of the first one shows in ``externalId``.
ONE = """
SELECT r.* FROM records_record r WHERE r.id = (
  SELECT p.id FROM processes_process p LEFT JOIN processes_document d ON d.process_id = p.id AND d.code = %s
   WHERE p.organization_id = %s AND (p.public_id = %s OR d.code IS NOT NULL) LIMIT 1)
"""


def tables(definition: Definition) -> tuple[str, list[Any]]:
    """What a statement over the records of a definition begins with, and its values; nothing for stored ones."""
    return (TABLES, [definition.organization_id]) if is_built_in(definition) else ("", [])


def find(organization: Organization, word: str) -> Record:
    """By the id of a process, or the code of one of its documents. Raises NotFound."""
    word = findable(word)
    for record in Record.objects.raw(TABLES + ONE, [organization.pk, word, organization.pk, word]):
        record.definition = built_in(organization)
        return record
    raise NotFound(NOT_THERE, id=word)
