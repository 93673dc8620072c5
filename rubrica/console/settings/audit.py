"""Settings → Audit: who signed in and changed what, newest first, and all of it for a spreadsheet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from rubrica import clock
from rubrica.accounts.audit import note
from rubrica.accounts.models import AuditEntry, Member
from rubrica.console.access import done_by_owners, shown_to_owners
from rubrica.console.exporting import MOST_IN_WORKBOOK, in_batches
from rubrica.console.settings.areas import settings_page
from rubrica.web import tables

TEMPLATE = "console/settings/audit.html"
PAGE = 100  # entries
Kind = AuditEntry.Kind
WORDS = {
    Kind.SIGNED_IN: gettext_lazy("Signed in"),
    Kind.SIGN_IN_FAILED: gettext_lazy("Signing in failed"),
    Kind.SIGN_IN_REFUSED: gettext_lazy("Signing in was refused"),
    Kind.PASSWORD_CHANGED: gettext_lazy("Changed the password"),
    Kind.PASSWORD_RESET_ASKED: gettext_lazy("Asked for a new password"),
    Kind.PASSWORD_RESET: gettext_lazy("Chose a new password"),
    Kind.FACTOR_ADDED: gettext_lazy("Added a second factor"),
    Kind.FACTOR_REMOVED: gettext_lazy("Removed a second factor"),
    Kind.FACTOR_FAILED: gettext_lazy("Wrote a wrong code"),
    Kind.CODES_MADE: gettext_lazy("Made recovery codes"),
    Kind.SESSIONS_ENDED: gettext_lazy("Signed out elsewhere"),
    Kind.INVITED: pgettext_lazy("audit", "Invited"),
    Kind.INVITED_AGAIN: gettext_lazy("Invited again"),
    Kind.INVITATION_REVOKED: gettext_lazy("Took an invitation back"),
    Kind.JOINED: gettext_lazy("Joined the team"),
    Kind.ROLE_CHANGED: gettext_lazy("Changed a role"),
    Kind.DEACTIVATED: gettext_lazy("Closed an account"),
    Kind.REACTIVATED: gettext_lazy("Opened an account again"),
    Kind.FACTORS_CLEARED: gettext_lazy("Took second factors away"),
    Kind.KEYS_MADE: gettext_lazy("Made API keys"),
    Kind.KEY_REVOKED: gettext_lazy("Revoked an API key"),
    Kind.TOKEN_MADE: gettext_lazy("Made a token"),
    Kind.TOKEN_REVOKED: gettext_lazy("Revoked a token"),
    Kind.SETTINGS_CHANGED: gettext_lazy("Changed settings"),
    Kind.WEBHOOK_ADDED: gettext_lazy("Added a webhook"),
    Kind.WEBHOOK_CHANGED: gettext_lazy("Changed a webhook"),
    Kind.WEBHOOK_REMOVED: gettext_lazy("Removed a webhook"),
    Kind.SECRET_SHOWN: gettext_lazy("Looked at a signing secret"),
    Kind.CERTIFICATE_CHANGED: gettext_lazy("Changed the certificate"),
    Kind.EXPORTED: gettext_lazy("Exported data"),
    Kind.SENT_TO_MANY: gettext_lazy("Sent to many"),
    Kind.HELD: gettext_lazy("Placed a legal hold"),
    Kind.RELEASED: gettext_lazy("Lifted a legal hold"),
    Kind.PERSON_EXPORTED: gettext_lazy("Exported a person’s data"),
    Kind.PERSON_ERASED: gettext_lazy("Erased a person"),
    Kind.STORAGE_KEY_CHANGED: gettext_lazy("Changed the key of the files"),
}
BAD = {Kind.SIGN_IN_FAILED, Kind.SIGN_IN_REFUSED, Kind.FACTOR_FAILED}


@dataclass(frozen=True)
class Row:
    entry: AuditEntry

    @property
    def words(self) -> str:
        return str(WORDS.get(Kind(self.entry.kind), self.entry.kind))

    @property
    def is_bad(self) -> bool:
        return self.entry.kind in BAD

    @property
    def details(self) -> str:
        return ", ".join(f"{name}: {_plain(value)}" for name, value in self.entry.details.items())


@shown_to_owners
def audit(request: HttpRequest, member: Member) -> HttpResponse:
    kind, who, before = (request.GET.get(name, "").replace("\0", "") for name in ("kind", "who", "before"))
    found = _narrowed(member, kind, who.strip())
    if before.isascii() and before.isdecimal() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = [Row(entry) for entry in found[: PAGE + 1]]
    context = {
        "rows": rows[:PAGE],
        "older": rows[PAGE - 1].entry.pk if len(rows) > PAGE else None,
        "before": before,
        "kind": kind,
        "who": who,
        "most_in_workbook": formats.number_format(MOST_IN_WORKBOOK, force_grouping=True),
        "kinds": sorted(((one.value, str(words)) for one, words in WORDS.items()), key=lambda pair: pair[1]),
    }
    return settings_page(request, "audit", TEMPLATE, context)


@done_by_owners
def export_audit(request: HttpRequest, member: Member, form: str) -> HttpResponseBase:
    """By POST, since it is written down too."""
    if form not in {"csv", "xlsx"}:
        raise Http404
    kind, who = (request.POST.get(name, "").replace("\0", "") for name in ("kind", "who"))
    note(request, Kind.EXPORTED, member, f"audit.{form}")
    head = [
        _("Time (UTC)"),
        _("What"),
        _("Code"),
        _("Name"),
        _("E-mail"),
        _("About"),
        _("Details"),
        _("Address"),
        _("Browser"),
    ]
    words = {str(one): str(said) for one, said in WORDS.items()}  # the language is active no more while rows go out
    found = in_batches(_narrowed(member, kind, who.strip()), most=MOST_IN_WORKBOOK if form == "xlsx" else None)
    rows = _lines(found, words)
    name = f"audit-{clock.now():%Y-%m-%d}.{form}"
    if form == "xlsx":
        return FileResponse(tables.xlsx_file(head, rows), as_attachment=True, filename=name, content_type=tables.XLSX)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(tables.csv_rows(head, rows), content_type=tables.CSV, headers=headers)


def _lines(found: Iterator[AuditEntry], words: Mapping[str, str]) -> Iterator[list[Any]]:
    for entry in found:
        what = [words.get(entry.kind, entry.kind), entry.kind]
        who = [entry.name, entry.email, entry.subject]
        yield [entry.at, *what, *who, Row(entry).details, entry.address or "", entry.agent]


def _narrowed(member: Member, kind: str, who: str) -> "QuerySet[AuditEntry]":
    found = member.organization.audit.order_by("-pk")
    if kind in Kind.values:
        found = found.filter(kind=kind)
    if who:
        found = found.filter(email__iexact=who)
    return found


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
