"""The worker's own connections, which wait for notifications: through a pooler in transaction mode none would come."""

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector

DIRECT = "direct"  # beside the pooler, where RUBRICA_DATABASE_DIRECT_URL says how
POLLING_SECONDS = 1.0  # between looks for jobs where nobody tells of them


def connector() -> PsycopgConnector:
    return PsycopgConnector(kwargs=connector_params(DIRECT if DIRECT in settings.DATABASES else DEFAULT_DB_ALIAS))


def options() -> dict[str, object]:
    """For a crew: it listens where notifications reach it, and looks often where they do not."""
    if settings.DATABASE_POOLER == "none" or DIRECT in settings.DATABASES:
        return {}
    return {"listen_notify": False, "fetch_job_polling_interval": POLLING_SECONDS}
