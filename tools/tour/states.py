"""The table of the tour: one row for each state of a page. ``at`` is an address, or a name that ``stage`` gives one."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tools.tour import doing
from tools.tour.server import OWNER

EMPTY, EDITOR, REVIEWER, VIEWER = (f"{name}@acme.example" for name in ("empty", "editor", "reviewer", "viewer"))
NOBODY = ""


@dataclass(frozen=True)
class State:
    """``who`` is signed in; ``do`` brings the page there; ``status`` is what the server answers."""

    name: str
    at: str
    who: str = NOBODY
    do: Callable[[Page], None] | None = None
    status: int = 200
    development: bool = False


def _console() -> list[State]:
    return [
        State("home", "/console/", OWNER),
        State("home-empty", "/console/", EMPTY),
        State("home-viewer", "/console/", VIEWER),
        State("menu", "/console/", OWNER, doing.unfold_menu),
        State("account-menu", "/console/", OWNER, doing.open_account_menu),
        State("review", "/console/review", REVIEWER),
        State("review-viewer", "/console/review", VIEWER),
        State("review-empty", "/console/review", EMPTY),
        State("review-keys", "/console/review", REVIEWER, doing.open_keys),
        State("phrases", "/console/review/phrases", REVIEWER),
        State("processes", "/console/processes", OWNER),
        State("processes-empty", "/console/processes", EMPTY),
        State("processes-nothing-found", "/console/processes?q=nobody+at+all", OWNER),
        State("search", "/console/search?q=ana", OWNER),
        State("search-nothing", "/console/search?q=nobody+at+all", OWNER),
        State("search-dialog", "/console/", OWNER, doing.open_search),
        State("reports", "/console/reports", OWNER),
        State("reports-empty", "/console/reports", EMPTY),
    ]


def _processes() -> list[State]:
    return [
        State("process-fresh", "process: Recién enviado", OWNER),
        State("process-to-review", "process: Por revisar", OWNER),
        State("process-to-review-viewer", "process: Por revisar", VIEWER),
        State("process-send-back", "process: Por revisar", OWNER, doing.open_sending_back),
        State("process-finished", "process: Terminado", OWNER),
        State("process-rejected", "process: Rechazado", OWNER),
        State("process-cancelled", "process: Cancelado", OWNER),
        State("process-expired", "process: Vencido", OWNER),
        State("process-more-time", "process: Vencido con Ana", OWNER),
        State("process-fields-filled", "process: Campos llenos", OWNER, doing.unfold_all),
        State("process-blocked", "process: Identidad otp", OWNER),
        State("process-decide", "process: Bloqueada", OWNER),
        State("process-names", "process: Nombres", OWNER),
    ]


def _sending() -> list[State]:
    return [
        State("new-process", "/console/sending", OWNER),
        State("new-process-empty", "/console/sending", EMPTY),
        State("draft-documents", "draft: documents", OWNER),
        State("draft-people", "draft: people", OWNER),
        State("draft-people-faults", "draft: nothing yet", OWNER, doing.send_first_form),
        State("draft-places", "draft: places", OWNER),
        State("draft-message", "draft: message", OWNER),
        State("draft-review", "draft: review", OWNER),
        State("draft-faults", "draft: faults", OWNER),
        State("bulk", "/console/sending/bulk", OWNER),
        State("bulk-columns", "batch_columns: waits", OWNER),
        State("bulk-check", "batch_check: waits", OWNER),
        State("bulk-sent", "batch: sent", OWNER),
        State("contacts", "/console/contacts", OWNER),
    ]


def _desk() -> list[State]:
    return [
        State("templates", "/console/templates", OWNER),
        State("templates-empty", "/console/templates", EMPTY),
        State("new-template", "/console/templates/new", OWNER),
        State("template-questions", "template: questions", OWNER),
        State("template-places", "template: places", OWNER),
        State("template-try", "template: try", OWNER),
        State("definitions", "/console/records", OWNER),
        State("definitions-empty", "/console/records", EMPTY),
        State("new-definition", "/console/records/new", OWNER),
        State("definition", "records: definition", OWNER),
        State("records", "records: records", OWNER),
        State("records-none", "records: none", OWNER),
        State("new-record", "records: new record", OWNER),
        State("record", "records: one", OWNER),
        State("record-viewer", "records: one", VIEWER),
    ]


def _settings() -> list[State]:
    areas = ("company", "languages", "folders", "channels", "webhooks", "deliveries", "certificate", "security",
             "storage", "retention", "audit")  # fmt: skip
    return [
        *[State(f"settings-{area}", f"/console/settings/{area}", OWNER) for area in areas],
        State("settings-viewer", "/console/settings/company", VIEWER),
        State("retention-viewer", "/console/settings/retention", VIEWER),
        State("people-data", "/console/people", OWNER),
        State("people-data-found", "/console/people", OWNER, doing.find_person),
        State("settings-empty", "/console/settings/webhooks", EMPTY),
        State("webhook", "webhook", OWNER),
        State("new-webhook", "/console/settings/webhooks/new", OWNER),
        State("delivery", "delivery", OWNER),
        State("team", "/console/team", OWNER),
        State("developers", "/console/developers", OWNER),
        State("tokens", "/console/developers/tokens", OWNER),
        State("events", "/console/developers/events", OWNER),
        State("account", "/console/account", OWNER),
        State("account-viewer", "/console/account", VIEWER),
        State("password-change", "/accounts/password/change/", OWNER),
        State("outbox", "/outbox", OWNER),
        State("outbox-empty", "/outbox", EMPTY),
        State("message", "/outbox", OWNER, doing.open_first_row),
    ]


def _participant() -> list[State]:
    own = ("fresh", "not your turn", "file sent back", "ready to sign", "fields to fill in", "waiting for others",
           "files only", "finished",
           "names", "approver", "identity: otp", "identity: pictures", "form")  # fmt: skip
    return [
        *[State(f"participant-{name.replace(': ', '-').replace(' ', '-')}", f"link: {name}") for name in own],
        State("participant-reject", "link: ready to sign", NOBODY, doing.open_reject),
        State("participant-type", "link: ready to sign", NOBODY, doing.choose_typing),
        State("participant-blocked", "link: blocked", NOBODY, None),
        State("participant-rejected", "link: rejected", NOBODY, None, 410),
        State("participant-cancelled", "link: cancelled", NOBODY, None, 410),
        State("participant-expired", "link: expired", NOBODY, None, 410),
        State("participant-more-time-asked-for", "link: more time asked for", NOBODY, None, 410),
        State("participant-replaced", "link: replaced", NOBODY, None, 410),
        State("participant-unknown", f"/s/{'x' * 43}", NOBODY, None, 404),
    ]


def _everybody() -> list[State]:
    return [
        State("sign-in", "/accounts/login/"),
        State("sign-in-wrong", "/accounts/login/", NOBODY, doing.sign_in_wrongly),
        State("password-reset", "/accounts/password/reset/"),
        State("verify", "/verify"),
        State("verify-not-sealed", "/verify", NOBODY, doing.verify_unsealed),
        State("reference", "/reference/"),
        State("reference-participant", "/reference/participant"),
        State("not-found", "/nothing/here", NOBODY, None, 404),
        State("forbidden", "/outbox", VIEWER, None, 403),
        State("styleguide", "/styleguide", development=True),
        State("mails", "/mails", development=True),
    ]


STATES = [*_everybody(), *_participant(), *_console(), *_processes(), *_sending(), *_desk(), *_settings()]
