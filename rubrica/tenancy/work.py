"""Whose rows a job may see: those of the organization that the first of its arguments belongs to."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from rubrica import tenancy
from rubrica.database import one_row

# What the ids in the arguments of jobs are of. A test holds every task to this.
TABLES = {
    "participant_id": "processes_participant",
    "process_id": "processes_process",
    "document_id": "processes_document",
    "evidence_id": "processes_evidence",
    "submission_id": "processes_submission",
    "check_id": "processes_identitycheck",
    "head_id": "processes_ledgerhead",
    "completion_id": "completing_completion",
    "batch_id": "bulk_batch",
    "webhook_id": "webhooks_webhook",
    "key_id": "sealing_sealingkey",
    "invitation_id": "accounts_invitation",
    "member_id": "accounts_member",
    "entry_id": "accounts_auditentry",
    "erasure_id": "processes_erasure",
    "export_id": "processes_personexport",
    "upload_id": "files_partialupload",
}
BY_THE_CLOCK = "timestamp"  # the one argument of tasks that look after the whole installation


def sight(arguments: Mapping[str, Any]) -> AbstractContextManager[None]:
    """For as long as the job runs. Asks the database before it is entered, and not when."""
    if {name for name in arguments if not name.startswith("_")} <= {BY_THE_CLOCK}:
        return tenancy.every_organization("The clock's jobs look after all of them.")
    if arguments.get("organization_id", 0) is None:
        return tenancy.every_organization("What is the installation's own is found beside what is not.")
    organization_id = organization_of(arguments)
    # Where its row is gone nothing is in sight, and the job will see that.
    return tenancy.nobody() if organization_id is None else tenancy.only(organization_id)


def organization_of(arguments: Mapping[str, Any]) -> int | None:
    if "organization_id" in arguments:
        return int(arguments["organization_id"])
    name = next((name for name in arguments if name in TABLES), None)
    if name is None:
        return None
    with tenancy.every_organization("A job is given the id of a row, and that says whose it is."):
        row = one_row(f"SELECT organization_id FROM {TABLES[name]} WHERE id = %(id)s", {"id": arguments[name]})  # noqa: S608
    return row[0] if row else None
