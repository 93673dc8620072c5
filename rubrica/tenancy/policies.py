"""Which rows of a table belong to whom.

A table with a column ``organization_id`` needs nothing said here. What has none belongs to its parent's organization,
seen through an index of the parent; what belongs to no organization is listed with its reason. A table in neither list
is refused by ``rubrica migrate`` and by a test.
"""

from collections.abc import Collection

SEEN = "current_setting('rubrica.organization', true)"
EVERY = f"{SEEN} = '*'"
OWN = f"organization_id::text = {SEEN} OR {EVERY}"

# Column, and the table that it points at: whoever sees that row sees this one.
THROUGH = {
    "account_emailaddress": ("user_id", "accounts_member"),
    "account_emailconfirmation": ("email_address_id", "account_emailaddress"),
    "bulk_batchpaper": ("batch_id", "bulk_batch"),
    "bulk_batchrow": ("batch_id", "bulk_batch"),
    "drafting_draftpaper": ("draft_id", "drafting_draft"),
    "files_piece": ("upload_id", "files_partialupload"),
    "mfa_authenticator": ("user_id", "accounts_member"),
    "processes_due": ("process_id", "processes_process"),
    "processes_ledgersignature": ("head_id", "processes_ledgerhead"),
    "processes_ledgertimestamp": ("head_id", "processes_ledgerhead"),
    "records_definitionversion": ("definition_id", "records_definition"),
    "socialaccount_socialaccount": ("user_id", "accounts_member"),
    "socialaccount_socialtoken": ("account_id", "socialaccount_socialaccount"),
    "usersessions_usersession": ("user_id", "accounts_member"),
    "webhooks_attempt": ("delivery_id", "webhooks_delivery"),
}
# The organization itself.
ITSELF = {"accounts_organization": f"id::text = {SEEN} OR {EVERY}"}

OF_NOBODY = {
    "auth_group": "Django's; not used",
    "auth_group_permissions": "Django's; not used",
    "auth_permission": "Django's own list of what there is",
    "cache": "counts of tries to sign in, by digest, and for minutes",
    "django_content_type": "Django's own list of what there is",
    "django_migrations": "what was migrated",
    "limits_rate": "how often somebody has called, by digest of a key, a link or an address, for a minute",
    "django_session": "found by its secret before anybody knows whose it is; holds nothing but who signed in",
    "procrastinate_events": "what became of jobs",
    "procrastinate_jobs": "the queue of the whole installation; arguments are ids, which a job looks up in its sight",
    "procrastinate_periodic_defers": "when the clock enqueued what",
    "procrastinate_workers": "who works",
    "sealing_authority": "the installation's certificate authority",
    "socialaccount_socialapp": "the installation's server of OpenID Connect",
}

# What was written once and is read for ever: the application can neither change nor remove it.
APPEND_ONLY = (
    "accounts_auditentry",
    "processes_event",
    "processes_ledgerhead",
    "processes_ledgerleaf",
    "processes_ledgernode",
    "processes_ledgersignature",
    "processes_ledgertimestamp",
)
# What the erasure of a person blanks in it; a trigger lets nothing else through.
BLANKED = {"processes_event": ("actor", "actor_name", "ip", "user_agent", "data", "salt", "erased")}


def policy(table: str, columns: Collection[str]) -> str | None:
    """The condition for ``table``, given its columns; None where none is known."""
    if table in ITSELF:
        return _likely(ITSELF[table])
    if table in THROUGH:
        column, parent = THROUGH[table]
        # The parent's own policy decides; where it would let everything through, no row of it is looked at.
        return _likely(f"{EVERY} OR EXISTS (SELECT FROM {parent} parent WHERE parent.id = {table}.{column})")
    return _likely(OWN) if "organization_id" in columns else None


def _likely(condition: str) -> str:
    """PostgreSQL guesses that one row in a hundred meets such a condition, and so reads and sorts what an index has in
    order. The program asks for nothing but its own rows: in this form it guesses that nearly all do."""
    return f"nullif({condition}, false) IS NOT NULL"
