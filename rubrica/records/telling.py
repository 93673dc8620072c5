"""Record events for receivers outside: to the webhook ``records`` and to no other (docs/webhooks.md)."""

import json
from collections.abc import Iterable
from typing import Any

from rubrica.records.ids import user_id
from rubrica.records.models import Record, RecordEvent
from rubrica.records.values import moment
from rubrica.webhooks.announcing import Message, announce, targets

WEBHOOK = "records"  # who wants them adds one of this word; receivers of others know nothing of records


def tell(record: Record, events: Iterable[RecordEvent]) -> None:
    """In the transaction of the events; without such a webhook it costs one look into a table."""
    to = targets(record.organization_id, [WEBHOOK])
    if to:
        messages = [
            Message(event.kind, json.dumps(_body(record, event), ensure_ascii=False, separators=(",", ":")))
            for event in events
        ]
        announce(record.organization_id, to, f"record:{record.key}", None, messages)


def _body(record: Record, event: RecordEvent) -> dict[str, Any]:
    return {
        "type": "record",
        "status": event.kind,
        "environment": record.organization.slug,
        "documentDefinition": {"_id": record.definition.key, "name": record.definition.name},
        "_id": record.key,
        "externalId": record.external_id,
        "at": moment(event.at),
        "byUserId": user_id(event.who_id),
        "data": event.data,
    }
