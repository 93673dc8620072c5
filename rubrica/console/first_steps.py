"""The command that makes an organization's first process, for the page that has none to show."""

import json
import shlex

from django.conf import settings
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member


def command(member: Member) -> str:
    """A shell line that works as pasted once the private key is put in (contract/auco.md §3)."""
    person = {
        "name": str(member),
        "email": member.email,
        "phone": "+573000000000",
        "type": "signer",
        "files": [{"name": _("ID card")}],
    }
    body = {
        "email": member.email,
        "packageName": _("My first process"),
        "subject": _("Please send us a file"),
        "message": _("We need a copy of your ID card."),
        "signProfile": [person],
    }
    lines = [
        f"curl {settings.PUBLIC_URL}/v1.5/ext/attachments",
        '-H "Authorization: $RUBRICA_PRIVATE_KEY"',
        '-H "Content-Type: application/json"',
        f"-d {shlex.quote(json.dumps(body, ensure_ascii=False, indent=1))}",
    ]
    return " \\\n  ".join(lines)
