from django.urls import include, path

from rubrica.console import actions, contacts, downloads, holding, home, identity, people, search, views
from rubrica.console.bulk import urls as bulk
from rubrica.console.developers import urls as developers
from rubrica.console.members import urls as members
from rubrica.console.privacy import urls as privacy
from rubrica.console.records import urls as records
from rubrica.console.reports import urls as reports
from rubrica.console.reviewing import urls as reviewing
from rubrica.console.sending import urls as sending
from rubrica.console.settings import urls as settings
from rubrica.console.templating import urls as templating

app_name = "console"
PROCESS = "processes/<str:process>"
FILE = f"{PROCESS}/files/<int:file>"
PARTICIPANT = f"{PROCESS}/participants/<str:participant>"
SUBMISSION = f"{PROCESS}/submissions/<int:submission>"
DOCUMENT = f"{PROCESS}/documents/<str:code>"

urlpatterns = [
    path("", home.home, name="home"),
    path("processes", views.processes, name="processes"),
    path("review", include(reviewing)),
    path("search", search.search, name="search"),
    path("search/found", search.found, name="search_found"),
    path("reports", include(reports)),
    path("language", actions.language, name="language"),
    path("contacts", contacts.contacts, name="contacts"),
    path("contacts/forget", contacts.forget, name="forget_contact"),
    path("sending/bulk", include(bulk)),
    path("sending", include(sending)),
    path("templates", include(templating)),
    path("records", include(records)),
    path("people", include(privacy)),
    path("settings", include(settings)),
    path("developers", include(developers)),
    path("", include(members)),
    path(PROCESS, views.process, name="process"),
    path(f"{PROCESS}/live", views.live, name="live"),
    path(f"{PROCESS}/cancel", actions.cancel, name="cancel"),
    path(f"{PROCESS}/evidence", downloads.evidence, name="evidence"),
    path(f"{PROCESS}/evidence/pdf", downloads.sealed_evidence, name="sealed_evidence"),
    path(f"{PROCESS}/evidence/container", downloads.container, name="container"),
    path(f"{PROCESS}/evidence/again", actions.make_evidence, name="make_evidence"),
    path(f"{PROCESS}/reactivate", actions.reactivate, name="reactivate"),
    path(f"{PROCESS}/hold", holding.hold, name="hold"),
    path(f"{PROCESS}/hold/lift", holding.lift, name="lift_hold"),
    path(f"{FILE}/approve", actions.approve, name="approve"),
    path(f"{FILE}/reject", actions.reject, name="reject"),
    path(f"{FILE}/reset", actions.reset, name="reset"),
    path(f"{PARTICIPANT}/resend", people.resend, name="resend"),
    path(f"{PARTICIPANT}/link", people.link, name="link"),
    path(f"{PARTICIPANT}/email", people.change_email, name="change_email"),
    path(f"{PARTICIPANT}/decision", identity.decide, name="decide"),
    path(f"{PROCESS}/captures/<int:capture>", identity.capture, name="capture"),
    path(f"{DOCUMENT}/seal", actions.seal, name="seal"),
    path(f"{DOCUMENT}/level", actions.raise_level, name="raise_level"),
    path(f"{PROCESS}/evidence/level", actions.raise_evidence, name="raise_evidence"),
    path(f"{DOCUMENT}/original", downloads.original, name="original"),
    path(f"{DOCUMENT}/sealed", downloads.sealed, name="sealed"),
    path(f"{SUBMISSION}/download", downloads.submission, name="submission"),
    path(f"{SUBMISSION}/preview", downloads.preview, name="preview"),
]
